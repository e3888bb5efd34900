"""What a decoder cannot do: see, call, take, last, or outlive its worker."""

import asyncio
import fcntl
import json
import os
import signal
import sys
from pathlib import Path

import pytest
import uvloop

from kit.media import sandbox
from kit.media.refusals import FileBroken, FileTooLarge
from kit.media.sandbox import MIB, Bounds, OutOfTime
from tests.kit.media.honeypot import Honeypot

_PYTHON = (sys.executable, "-I", "-S", "-c")


async def ran(
    script: str, into: Path, bounds: Bounds = sandbox.DEFAULT_BOUNDS, source: Path | None = None
) -> sandbox.Done:
    return await sandbox.run([*_PYTHON, script], folder=into, bounds=bounds, source=source)


# Two processes that hold the same lock until they end; the second has fled from the group where it can be caught.
_STAYS = """
import fcntl, os, sys, time
held = open("held", "w")
fcntl.flock(held, fcntl.LOCK_EX)
if os.fork() == 0 and sys.argv[1] == "flees":
    os.setsid()
print("here", flush=True)
time.sleep(600)
"""


async def staying(into: Path) -> list[str]:
    return [*_PYTHON, _STAYS, "flees" if (await sandbox.isolation(into)).processes else ""]


async def all_gone(into: Path) -> bool:
    """Whether nobody holds the lock any more, at the latest in ten seconds."""

    def lock() -> None:
        with (into / "held").open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)

    async with asyncio.timeout(10):
        await asyncio.to_thread(lock)
    return True


async def test_it_knows_nothing_of_us(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY", "secret")
    done = await ran("import os, json; print(json.dumps([dict(os.environ), os.getcwd()]))", into)
    environment, folder = json.loads(done.must_have_succeeded())
    assert set(environment) <= {"PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", "MALLOC_ARENA_MAX"}
    assert folder == environment["HOME"] == environment["TMPDIR"] == str(into)


async def test_it_leaves_the_machine_to_others(into: Path) -> None:
    """The least weight, and one of the cores, the same for all decoders of a worker."""
    script = "import os, json; print(json.dumps([os.nice(0), sorted(os.sched_getaffinity(0))]))"
    found = [json.loads((await ran(script, into)).must_have_succeeded()) for _ in range(2)]
    assert found[0] == found[1]
    niceness, cores = found[0]
    assert (niceness, len(cores)) == (19, 1)


async def test_its_input_can_be_read_and_not_written(into: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"evidence")
    script = """
import os
print(os.read(0, 99), os.lseek(0, 0, 0))
for change in (lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 0)):
    try:
        change()
    except OSError:
        print("refused")
"""
    done = await ran(script, into, source=source)
    assert done.must_have_succeeded() == b"b'evidence' 0\nrefused\nrefused\n"
    assert source.read_bytes() == b"evidence"


async def test_it_calls_nobody_and_opens_nothing_else_where_the_kernel_can_forbid_it(
    into: Path, tmp_path: Path, pot: Honeypot
) -> None:
    isolation = await sandbox.isolation(into)
    (tmp_path / "other").write_text("somebody else's")
    script = f"""
import json, socket
def tried(what):
    try:
        what()
    except OSError:
        return False
    return True
print(json.dumps({{
    "calls": tried(lambda: socket.create_connection(("127.0.0.1", {pot.url.rpartition(":")[2]}), 5)),
    "reads": tried(lambda: open({str(tmp_path / "other")!r}).read()),
    "writes": tried(lambda: open({str(tmp_path / "new")!r}, "w").write("x")),
    "own": tried(lambda: open("own", "w").write("x")),
}}))
"""
    done = json.loads((await ran(script, into)).must_have_succeeded())
    assert done == {
        "calls": not isolation.network,
        "reads": not isolation.files,
        "writes": not isolation.files,
        "own": True,
    }


@pytest.mark.parametrize(
    ("script", "bounds"),
    [
        ("import sys\ntry:\n x = bytearray(200 << 20)\nexcept MemoryError:\n sys.exit(3)", Bounds(memory=64 * MIB)),
        ("while True: pass", Bounds(cpu_seconds=1)),
        ("open('large', 'wb').write(bytes(9 << 20))", Bounds(file_bytes=MIB)),
        ("[open(str(n), 'wb').write(bytes(1 << 20)) for n in range(9)]", Bounds(folder_bytes=4 * MIB)),
        ("print('x' * (20 << 20))", Bounds()),
    ],
    ids=["memory", "processor", "file", "folder", "output"],
)
async def test_it_gets_no_more_than_its_bounds(script: str, bounds: Bounds, into: Path) -> None:
    with pytest.raises(FileTooLarge):
        (await ran(script, into, bounds)).must_have_succeeded()


async def test_it_forks_no_more_than_its_bounds(into: Path) -> None:
    script = """
import os, time
count = 0
try:
    while count < 500:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
except OSError:
    pass
print(count)
"""
    done = await ran(script, into, Bounds(processes=20))
    # Root itself is counted by nobody; its processes are killed all the same.
    assert int(done.must_have_succeeded()) < 20 or os.geteuid() == 0


async def test_too_long_and_all_that_it_started_is_killed(into: Path) -> None:
    heard: list[str] = []
    with pytest.raises(OutOfTime):
        await sandbox.run(await staying(into), folder=into, bounds=Bounds(seconds=1), on_line=heard.append)
    assert heard == ["here", "here"]
    assert await all_gone(into)


async def test_cancelling_kills_all_that_it_started(into: Path) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(sandbox.run(await staying(into), folder=into, on_line=heard.put_nowait))
    await heard.get()
    await heard.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await all_gone(into)


async def test_what_it_leaves_behind_is_not_waited_for(into: Path) -> None:
    script = "import os, time\nif os.fork() == 0: time.sleep(600)\nprint('done')"
    done = await ran(script, into, Bounds(seconds=30))
    assert done.must_have_succeeded() == b"done\n"


def test_the_same_on_the_loop_that_the_worker_runs_on(into: Path) -> None:
    async def both() -> None:
        script = "import os, sys, time\nif os.fork() == 0: time.sleep(600)\nprint('done'); sys.stderr.write('words')"
        done = await ran(script, into, Bounds(seconds=30))
        assert (done.must_have_succeeded(), done.errors) == (b"done\n", "words")
        with pytest.raises(OutOfTime):
            await sandbox.run(await staying(into), folder=into, bounds=Bounds(seconds=0.3))
        assert await all_gone(into)

    uvloop.run(both())


async def test_a_listener_that_raises_stops_it(into: Path) -> None:
    def refuse(_: str) -> None:
        raise FileTooLarge

    with pytest.raises(FileTooLarge):
        await sandbox.run(await staying(into), folder=into, on_line=refuse)
    assert await all_gone(into)


async def test_it_dies_with_a_worker_that_is_killed(into: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from kit.media import sandbox
command, folder = {await staying(into)!r}, Path({str(into)!r})
asyncio.run(sandbox.run(command, folder=folder, on_line=lambda line: print(line, flush=True)))
"""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, cwd=Path(sandbox.__file__).parents[2]
    )
    assert worker.stdout
    assert await worker.stdout.readline() + await worker.stdout.readline() == b"here\nhere\n"
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    assert await all_gone(into)


async def test_its_last_words_are_kept(into: Path) -> None:
    done = await ran("import sys; sys.stderr.write('x' * 300_000 + 'the end'); sys.exit(7)", into)
    assert done.code == 7
    assert done.errors.endswith("the end")
    assert len(done.errors) == 64 * 1024
    with pytest.raises(FileBroken):
        done.must_have_succeeded()


@pytest.mark.parametrize(
    ("done", "raised"),
    [
        (sandbox.Done(1, b"", "av_interleaved_write_frame(): No space left on device"), OSError),
        (sandbox.Done(1, b"", "x264 [error]: malloc of size 3325760 failed"), FileTooLarge),
        (sandbox.Done(3, b"", ""), FileTooLarge),
        (sandbox.Done(-9, b"", ""), FileTooLarge),
        (sandbox.Done(2, b"", "image file is truncated"), FileBroken),
        (sandbox.Done(-11, b"", ""), FileBroken),
    ],
)
def test_how_it_ended_says_whose_fault_it_is(done: sandbox.Done, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        done.must_have_succeeded()
