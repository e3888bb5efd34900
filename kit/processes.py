"""Child processes that never outlive their parent, and those that an earlier run left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PATIENCE = 10.0


def die_with_parent(number: int) -> None:
    """Have the kernel send us signal `number` when the thread that started us ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def bound_to_us(number: int) -> Callable[[], None]:
    """Make the `preexec_fn` of a child that gets signal `number` when our main thread ends, however it ends."""
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(number)
        if os.getppid() != parent:  # we died before the kernel was told
            os._exit(1)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str],
    on_our_death: int = signal.SIGKILL,
    owner: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in its own session (a Ctrl-C reaches only us, who stop it in order).

    Its output is appended to `log`. `owner` is the (user id, group id) to run as; only root may give
    it. Call it from the main thread: the kernel watches the thread, not the process.
    """
    with log.open("ab") as sink:
        return subprocess.Popen(  # noqa: S603 - our own commands only
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to_us(on_our_death),  # noqa: PLW1509 - one thread; nothing else does this after the change of user
            user=owner and owner[0],
            group=owner and owner[1],
            extra_groups=[] if owner else None,
        )


def stop(processes: Sequence[subprocess.Popen[bytes]], *signals: int, patience: float = PATIENCE) -> None:
    """Send each signal in turn to those still alive, wait up to `patience` seconds, and kill at last."""
    for number in (*signals, signal.SIGKILL):
        alive = [process for process in processes if process.poll() is None]
        for process in alive:
            process.send_signal(number)
        deadline = time.monotonic() + patience
        for process in alive:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def stop_leftovers(program: str, folder: Path, *signals: int, patience: float = PATIENCE) -> None:
    """Stop what still runs `program` in `folder`, by each signal in turn and a kill at last.

    A process is known by its program and working folder, never by a number in a file: that number
    may belong to somebody else by now.
    """
    for number in (*signals, signal.SIGKILL):
        parents = dict(_running(program, folder))
        for pid in parents.keys() - {pid for pid, parent in parents.items() if parent in parents}:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while any(_running(program, folder)):
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        else:
            return


def _running(program: str, folder: Path) -> Iterator[tuple[int, int]]:
    """(process, parent) for each process that runs `program` in `folder`; none where there is no /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            runs = (process / "exe").readlink().name.removesuffix(" (deleted)")
            if runs == program and (process / "cwd").readlink() == folder:
                yield int(process.name), int((process / "stat").read_text().rpartition(")")[2].split()[1])
