"""Workers as people run them: killed, stopped, two at once, and how much memory they take."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from PIL import Image

from demo.evidence import brought
from domain.files.writing import Place
from kit import storage
from kit.settings import Settings
from models import File, FileCopy, FileState
from models.database import connected, wake
from tests.kit.media.clips import encoded, jpg
from tests.kit.media.test_bad_files import MOST_MEMORY, Watch
from tests.processes import WITHIN, Process, until
from tests.servers import Servers


@pytest.fixture
def workers(province_url: str, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two workers of one installation; neither runs yet."""
    pair = (
        Process("worker", tmp_path, {"DATABASE_URL": province_url}),
        Process("worker", tmp_path, {"DATABASE_URL": province_url}),
    )
    yield pair
    for process in pair:
        process.kill()


@pytest.fixture
async def models(province_url: str) -> AsyncIterator[None]:
    async with connected(province_url, pool=2):
        yield


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place.below(tmp_path)
    yield place
    place.alive.close()


async def sent(place: Place, content: bytes, name: str, media_type: str) -> UUID:
    file = await brought(place, f"person:{uuid4()}", name, media_type, content)
    await wake()
    return file


async def eventually(true: Callable[[], Awaitable[bool]], what: str, within: float = WITHIN) -> None:
    """Look at the database again and again until it is so."""
    deadline = time.monotonic() + within
    while not await true():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)  # a pause between two looks


def film(folder: Path, seconds: int, size: str) -> bytes:
    picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d={seconds},noise=alls=6:allf=t"]
    words = [*picture, "-f", "lavfi", "-i", f"sine=d={seconds}", "-pix_fmt", "yuv420p"]
    return encoded(folder / "film.mp4", *words, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


def at_work_below(folder: Path) -> set[int]:
    """The processes that run with a working folder below this one (on Linux)."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.add(int(process.name))
        except OSError:  # gone meanwhile
            continue
    return found


def private(tmp_path: Path) -> list[Path]:
    """The private folders of files that are being cleaned."""
    return list(tmp_path.glob("cleaning/*/*/"))


def encoding(tmp_path: Path) -> bool:
    """Whether a film is being written now."""
    return any(path.stat().st_size for path in tmp_path.glob("cleaning/*/*/into/video.mp4"))


def started(process: Process) -> None:
    process.start()
    assert process.running is not None
    pid = process.running.pid
    until(lambda: f'"pid":{pid}' in process.said(), "the worker does not start")


async def ready(file: UUID) -> bool:
    return (await File.get(id=file)).state is FileState.READY


async def test_a_killed_worker_is_followed_and_leaves_nothing(
    workers: tuple[Process, Process], models: None, place: Place, tmp_path: Path
) -> None:
    first, other = workers
    started(first)
    file = await sent(place, film(tmp_path, 6, "1280x720"), "a.mp4", "video/mp4")
    await eventually(lambda: asyncio.to_thread(encoding, tmp_path), "nobody transcodes")
    started(other)
    store = storage.opened(Settings(var=tmp_path))
    await storage.put(store, f"copies/{file.hex[:2]}/{file}/1/poster.jpg", b"had been kept before the kill")
    assert (await File.get(id=file)).attempts == 1
    decoders = at_work_below(tmp_path / "cleaning")
    first.kill()
    until(lambda: not decoders & at_work_below(tmp_path / "cleaning"), "a decoder is left")
    await eventually(lambda: ready(file), "nobody took over", 3 * WITHIN)
    row = await File.get(id=file)
    assert (row.attempts, row.fence, row.holder, row.progress) == (0, 3, None, 100)
    copies = await FileCopy.filter(file_id=file)
    assert sorted(copy.kind for copy in copies) == ["playlist", "poster", "video"]

    async def tidy() -> bool:
        return not (await File.get(id=file)).leftovers and not private(tmp_path)

    await eventually(tidy, "something of the killed one is left")
    names = [copy.stored for copy in copies]
    lying = await storage.listed(store, "copies/")
    assert [one for one in lying if not any(one.startswith(name) for name in names)] == []
    assert all(f"/{file}/3/" in one for one in lying)
    assert other.end() == 0
    assert at_work_below(tmp_path) == set()
    assert "Traceback" not in other.said()


async def test_a_worker_that_is_told_to_stop_gives_the_file_back(
    workers: tuple[Process, Process], models: None, place: Place, tmp_path: Path
) -> None:
    worker, _ = workers
    started(worker)
    file = await sent(place, film(tmp_path, 10, "1280x720"), "a.mp4", "video/mp4")
    await eventually(lambda: asyncio.to_thread(encoding, tmp_path), "nobody transcodes")
    began = time.monotonic()
    assert await asyncio.to_thread(worker.end) == 0
    assert time.monotonic() - began < 10
    row = await File.get(id=file)
    assert (row.state, row.attempts, row.holder) == (FileState.QUARANTINED, 0, None)
    assert at_work_below(tmp_path) == set()
    assert private(tmp_path) == []


async def test_a_stopped_worker_that_wakes_changes_nothing(
    workers: tuple[Process, Process], models: None, place: Place, tmp_path: Path
) -> None:
    """Its lease is over, another one did the file; what it still does counts for nothing."""
    first, other = workers
    started(first)
    file = await sent(place, film(tmp_path, 4, "1280x720"), "a.mp4", "video/mp4")
    await eventually(lambda: asyncio.to_thread(encoding, tmp_path), "nobody transcodes")
    assert first.running is not None
    first.running.send_signal(signal.SIGSTOP)
    await File.filter(id=file).update(held_until=None)  # as after a minute
    started(other)
    await eventually(lambda: ready(file), "nobody took over", 3 * WITHIN)
    before = {copy.stored: copy.sha256 for copy in await FileCopy.filter(file_id=file)}
    first.running.send_signal(signal.SIGCONT)
    until(lambda: not private(tmp_path), "the first one does not notice")
    assert {copy.stored: copy.sha256 for copy in await FileCopy.filter(file_id=file)} == before
    assert first.end() == 0
    assert other.end() == 0
    lying = await storage.listed(storage.opened(Settings(var=tmp_path)), "copies/")
    assert all(any(one.startswith(name) for name in before) for one in lying)


async def test_two_at_once_process_each_file_once(
    workers: tuple[Process, Process], models: None, place: Place, servers: Servers, province_url: str, tmp_path: Path
) -> None:
    superuser = await asyncpg.connect(servers.postgres.url(province_url.partition("@/")[2].partition("?")[0]))
    await superuser.execute(
        """
        CREATE TABLE turn (file uuid, state text, holder uuid);
        GRANT INSERT ON turn TO yijian_app;
        CREATE FUNCTION note_turn() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO turn VALUES (NEW.id, NEW.state, coalesce(NEW.holder, OLD.holder)); RETURN NEW; END $$;
        CREATE TRIGGER noted AFTER UPDATE ON file FOR EACH ROW
            WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION note_turn();
        """
    )
    files = {await sent(place, jpg(), f"{number}.jpg", "image/jpeg") for number in range(14)}
    for worker in workers:
        worker.start()

    async def all_ready() -> bool:
        return await File.filter(state=FileState.READY).count() == len(files)

    await eventually(all_ready, "not all are processed")
    turns = await superuser.fetch("SELECT file, state, count(*) AS n FROM turn GROUP BY file, state")
    await superuser.close()
    of_state = {
        state: {row["file"]: row["n"] for row in turns if row["state"] == state} for state in ("processing", "ready")
    }
    assert of_state == {state: dict.fromkeys(files, 1) for state in ("processing", "ready")}
    assert await FileCopy.all().count() == 2 * len(files)
    assert [worker.end() for worker in workers] == [0, 0]


async def test_a_worker_with_all_its_children_stays_small(
    workers: tuple[Process, Process], models: None, place: Place, tmp_path: Path
) -> None:
    """A film in 1080p and large photos at the same time."""
    large = tmp_path / "large.png"
    Image.linear_gradient("L").resize((7000, 7000)).convert("RGB").save(large, compress_level=1)
    photo = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((9000, 6000)).convert("RGB").save(photo)
    watch = Watch()
    watch.start()
    workers[0].cold = True  # what it takes by itself
    try:
        started(workers[0])
        files = [
            await sent(place, film(tmp_path, 5, "1920x1080"), "a.mp4", "video/mp4"),
            await sent(place, large.read_bytes(), "b.png", "image/png"),
            await sent(place, photo.read_bytes(), "c.jpg", "image/jpeg"),
        ]
        for file in files:
            await eventually(lambda file=file: ready(file), "not processed", 3 * WITHIN)  # type: ignore[misc]  # bound at once
        assert workers[0].end() == 0
    finally:
        watch.over.set()
        watch.join()
    assert 50 << 20 < watch.peak < MOST_MEMORY, f"{watch.peak >> 20} MB"


def test_it_says_what_the_machine_lacks(workers: tuple[Process, Process]) -> None:
    worker, _ = workers
    worker.start()
    until(lambda: "没有配置查毒程序" in worker.said(), "no scanner is configured, and it does not say so")
    assert worker.end() == 0
