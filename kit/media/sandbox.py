"""A decoder in a child process: limited, without network, seeing one private folder, killed when it takes too long."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from kit.media.refusals import FileBroken, FileTooLarge

MIB = 1 << 20
_HERE = Path(__file__).parent
_JAIL = _HERE / "jail.py"
CHILDREN = _HERE / "children"
_KEPT = 64 * 1024
_WORDS_FOR_TOO_MUCH = ("Cannot allocate memory", "malloc of size", "File too large")
_KILLED_BY_LIMITS = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGXFSZ}
# What programs consist of: themselves, the interpreter and its packages, and what the loader reads.
_READABLE = (
    *(sys.prefix, sys.base_prefix, str(CHILDREN), "/usr", "/lib", "/lib64", "/bin", "/opt"),
    *("/etc/ld.so.cache", "/etc/fonts", "/dev/urandom", "/dev/zero", "/sys/devices/system/cpu"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one child may use. `memory` is what it writes to (RLIMIT_DATA); shared program text is not in it."""

    seconds: float = 60
    """By the clock on the wall; then its process group is killed."""
    cpu_seconds: int = 30
    memory: int = 448 * MIB
    addresses: int = 1536 * MIB
    """Address space: programs map more than they use, ffmpeg's own file alone is 180 MB."""
    file_bytes: int = 600 * MIB
    """Largest file it may write."""
    folder_bytes: int = 1200 * MIB
    """All that it may leave in its folder."""
    stack: int = 8 * MIB
    """Of each thread; it counts as memory, used or not."""
    processes: int = 256
    """Threads are counted too; by user where there are no user namespaces."""
    readable: tuple[str, ...] = ()
    """Further files or folders that it may read."""


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Done:
    """How a child ended: its exit code (negative: the signal), what it said, and its last words."""

    code: int
    output: bytes = field(repr=False)
    errors: str

    def must_have_succeeded(self) -> bytes:
        """Its output. Raises FileTooLarge if its limits stopped it, OSError if the disk is full, else FileBroken.

        A child of ours says which of the two by its exit code (3: too large); ffmpeg by its last words.
        """
        if self.code == 0:
            return self.output
        if "No space left on device" in self.errors:
            raise OSError(28, self.errors)
        if (
            self.code in _KILLED_BY_LIMITS
            or self.code == 3
            or any(words in self.errors for words in _WORDS_FOR_TOO_MUCH)
        ):
            raise FileTooLarge("处理此文件所需的资源超出上限，请压缩或拆分后再上传", details={"code": self.code})
        raise FileBroken(details={"code": self.code})


class OutOfTime(FileTooLarge):
    """The child was killed because it took too long."""

    code = "file_out_of_time"
    message = "处理此文件用时超过上限，请压缩或拆分后再上传"


async def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    source: Path | None = None,
    bounds: Bounds = DEFAULT_BOUNDS,
    on_line: Callable[[str], None] | None = None,
    output_bytes: int = 16 * MIB,
) -> Done:
    """Run a command (absolute program, no shell) whose working folder, home and only writable place is `folder`.

    `source` is opened here, for reading, and is its standard input: no path of it is known to the child. `on_line`
    gets each line of its output as it comes, and may raise to stop it. Cancelling kills the whole process group.
    Raises OutOfTime when it takes longer than allowed, and FileTooLarge when it writes more than `output_bytes` to its
    output or more than allowed into its folder.
    """
    terms = {
        "parent": os.getpid(),
        "folder": str(folder),
        "readable": [*_READABLE, *bounds.readable],
        "environment": _environment(folder),
        "limits": {
            "AS": bounds.addresses,
            "DATA": bounds.memory,
            "CPU": bounds.cpu_seconds,
            "FSIZE": bounds.file_bytes,
            "NPROC": bounds.processes,
            "NOFILE": 1024,
            "CORE": 0,
            "STACK": bounds.stack,
        },
    }
    loop = asyncio.get_running_loop()
    with open(source or os.devnull, "rb") as stdin:  # noqa: ASYNC230, PTH123  # opening alone does not block
        transport, child = await loop.subprocess_exec(
            lambda: _Child(output_bytes, on_line),
            *(sys.executable, "-I", "-S", str(_JAIL), json.dumps(terms), *map(str, command)),
            cwd=folder,
            env=_environment(folder),
            stdin=stdin,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(bounds.seconds):
            await child.over
    except TimeoutError:
        raise OutOfTime from None
    finally:
        _kill_group(transport.get_pid())
        await asyncio.shield(child.exited)
        transport.close()
    if _size(folder) > bounds.folder_bytes:
        raise FileTooLarge("处理此文件产生的内容超出上限，请压缩或拆分后再上传")
    return Done(transport.get_returncode() or 0, bytes(child.output), child.errors.decode(errors="replace"))


class _Child(asyncio.SubprocessProtocol):
    """Hears what the child says, up to `most` bytes, and its last words; knows when it has ended and all is heard."""

    def __init__(self, most: int, on_line: Callable[[str], None] | None) -> None:
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.output = bytearray()
        self.errors = b""
        self._most = most
        self._on_line = on_line
        self._unfinished = b""
        self._pid = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._pid = cast("asyncio.SubprocessTransport", transport).get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.errors = (self.errors + data)[-_KEPT:]
            return
        self.output += data
        if self.over.done():
            return
        if len(self.output) > self._most:
            self.over.set_exception(FileTooLarge("处理此文件产生的内容超出上限，请压缩或拆分后再上传"))
        elif self._on_line:
            *lines, self._unfinished = (self._unfinished + data).split(b"\n")
            try:
                for line in lines:
                    self._on_line(line.decode(errors="replace"))
            except Exception as error:  # noqa: BLE001  # whatever the listener raises is for whoever waits
                self.over.set_exception(error)

    def process_exited(self) -> None:
        """What it left behind would hold its output open."""
        _kill_group(self._pid)
        if not self.exited.done():
            self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # of the transport; there is none
        """It has ended, and all has been heard."""
        if not self.over.done():
            self.over.set_result(None)


def _environment(folder: Path) -> Mapping[str, str]:
    # One arena: else each thread of ffmpeg reserves memory of its own.
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MALLOC_ARENA_MAX": "1",
    }


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, for those that ended already
        os.killpg(pid, signal.SIGKILL)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the kernel lets us take from a decoder, for `/readyz`."""

    network: bool
    files: bool
    processes: bool


_isolation: Isolation | None = None


async def isolation(folder: Path) -> Isolation:
    """Whether decoders see no network, no other files, no other processes here: found out by a child that tries, once.

    `folder` is any private folder; it need not be empty.
    """
    global _isolation  # noqa: PLW0603  # the kernel does not change its mind while we run
    if _isolation is None:
        done = await run([sys.executable, "-I", "-S", CHILDREN / "probe.py", __file__], folder=folder)
        _isolation = Isolation(**json.loads(done.must_have_succeeded()))
    return _isolation
