"""What lies in quarantine becomes copies that can be shown: cleaned by kit.media, kept in storage, written as rows.

A row is worked on under a lease: whoever takes it raises `fence`, and what is made lies below a prefix with that
number and counts for nothing until one transaction, under the same fence, names it. So a worker may be killed at any
moment, or stand still and come back: another one does the file anew, and what the first left is removed.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import structlog
from obstore.exceptions import BaseError as StoreError
from obstore.store import ObjectStore
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from domain.files.storing import HELD as CARRIED_WITHIN
from domain.files.storing import copies_of, pause
from domain.files.writing import Place, undisturbed
from kit import clock, slots, storage
from kit.errors import Refusal
from kit.media import cleaning
from kit.media.cleaned import Cleaned, Copy, Rectangle, Role
from kit.media.cleaning import Tools
from kit.media.found import Kind
from kit.media.limits import Limits
from kit.media.malware import ScannerAway
from kit.media.sandbox import OutOfTime
from kit.settings import Settings
from models import File, FileCopy, FilePurpose, FileState
from models.database import connection, insert

MOST_TRIES = 10  # over about five hours; then somebody has to look
NOT_PROCESSED = "file_not_processed"
HELD = CARRIED_WITHIN / 15  # a lease without a sign of life; a worker that is gone is followed at once
BEAT = 3.0  # seconds between two signs of life, which also tell the progress
_SLOW_TWICE = 2  # a file that took too long may have had a busy machine: it is tried so often
_log = structlog.get_logger()


class NotProcessed(Refusal):
    """The tries are used up, and it was not the file's fault: somebody has to look, then it can be repeated."""

    status, code, message = 503, NOT_PROCESSED, "附件暂时没有处理成功，工作人员会重新处理，您不需要再次上传"


class Lane(StrEnum):
    """Films take minutes and must not hold up the rest; of each lane one file a worker, and one for each core."""

    FILMS = "films"
    REST = "rest"


LITTLE = {Lane.FILMS: 256 << 20, Lane.REST: 160 << 20}
"""Memory with which most files do: 1080p, a photo of any phone. Two at once leave the worker below 600 MB."""


class Room:
    """The memory of one worker: two files at once with little each, or one alone with all that a decoder may have."""

    def __init__(self) -> None:
        self._halves = asyncio.Semaphore(2)
        self._whole = asyncio.Lock()

    @asynccontextmanager
    async def half(self) -> AsyncIterator[None]:
        """Beside one other."""
        async with self._halves:
            yield

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """Alone."""
        async with self._whole, self._halves, self._halves:
            yield


class _Lost(Exception):
    """The file is no longer ours: it was taken back, or another worker has it."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where files are cleaned: a private folder for each, below one of this process, and where copies are kept."""

    place: Place
    store: ObjectStore
    folder: Path
    tools: Tools
    cores: int
    room: Room = field(default_factory=Room)

    @classmethod
    def below(cls, settings: Settings, place: Place, store: ObjectStore, tools: Tools) -> "Workshop":
        """The workshop of an installation; nothing is made before it is used."""
        return cls(place, store, settings.var / "cleaning", tools, os.cpu_count() or 1)

    @contextmanager
    def private(self, job: "_Job") -> Iterator[Path]:
        """A folder for one file, gone afterwards; raises OSError when the disk is full."""
        folder = self.folder / str(self.place.alive.id) / f"{job.id}.{job.fence}"
        try:
            (folder / "into").mkdir(parents=True, mode=0o700)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def swept(self) -> None:
        """Remove the folders of processes that are gone."""
        for folder in self.folder.glob("*-*-*-*-*"):
            if self.place.alive.ended(UUID(folder.name)):
                shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Job:
    """A file in hand."""

    id: UUID
    fence: int
    attempts: int
    name: str
    stored: str
    blurs: list[Rectangle]
    kind: Kind
    limits: Limits
    little: int
    done: float = 0.0

    @property
    def prefix(self) -> str:
        """Where this attempt's copies lie."""
        return f"{copies_of(self.id)}{self.fence}/"


_CLAIMED = """
UPDATE file SET state = 'processing', fence = fence + 1, holder = $2, held_until = $3, attempts = attempts + 1,
    progress = 0, leftovers = true
WHERE id = (
    SELECT f.id FROM file f JOIN file_purpose p ON p.code = f.purpose
    WHERE f.state IN ('quarantined', 'processing') AND f.stored <> ''
        AND (f.held_until IS NULL OR f.held_until < $1 OR f.holder = ANY($4::uuid[]))
        AND (f.next_try_at IS NULL OR f.next_try_at < $1) AND (p.media_types[1] LIKE 'video/%') = $5
    ORDER BY f.created_on, f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED
) RETURNING id
"""
_HOLDERS = "SELECT DISTINCT holder FROM file WHERE state = 'processing' AND stored <> '' AND holder IS NOT NULL"


async def processed(shop: Workshop, lane: Lane) -> int:
    """Process what waits in a lane, one after the other; returns how many ended. Any number of workers may do so."""
    done = 0
    while True:
        with slots.slot(shop.folder, lane, shop.cores) as free:
            job = await _claimed(shop, lane) if free else None
            if job is None:
                return done
            done += await _processed(shop, job)
        await tidied(shop)


async def _claimed(shop: Workshop, lane: Lane) -> _Job | None:
    holders = [UUID(str(row["holder"])) for row in await connection().execute_query_dict(_HOLDERS)]
    gone = [holder for holder in holders if await asyncio.to_thread(shop.place.alive.ended, holder)]
    now = clock.now()
    values = [now, shop.place.alive.id, now + HELD, gone, lane is Lane.FILMS]
    rows = await connection().execute_query_dict(_CLAIMED, values)
    if not rows:
        return None
    file = await File.get(id=rows[0]["id"])
    purpose = await FilePurpose.get(code=file.purpose)
    return _Job(
        id=file.id,
        fence=file.fence,
        attempts=file.attempts,
        name=file.name,
        stored=file.stored,
        blurs=[Rectangle(**one) for one in file.blurs],
        kind=kind_of(purpose),
        little=0 if shop.tools.soffice and _is_office(purpose) else LITTLE[lane],
        limits=Limits(bytes=purpose.most_bytes, seconds=purpose.most_seconds or Limits().seconds),
    )


def kind_of(purpose: FilePurpose) -> Kind:
    """What a file must turn out to be; all types of a purpose are of one kind."""
    # By the first one: `_CLAIMED` does the same.
    families = {"image": Kind.PHOTO, "video": Kind.VIDEO, "audio": Kind.VOICE}
    return families.get(purpose.media_types[0].partition("/")[0], Kind.DOCUMENT)


def _is_office(purpose: FilePurpose) -> bool:
    return kind_of(purpose) is Kind.DOCUMENT and "application/pdf" not in purpose.media_types


async def _processed(shop: Workshop, job: _Job) -> bool:
    """Bring a file to an end, or give it back to be tried again; returns whether it has ended."""
    if job.attempts > MOST_TRIES:  # whoever had it was killed each time
        return await _ended(job, FileState.FAILED, NOT_PROCESSED, {"error": "killed"})
    try:
        with shop.private(job) as folder:
            await _while_ours(job, _made(shop, job, folder))
    except _Lost:
        await _removed(shop, job)
        return False
    except asyncio.CancelledError:  # told to stop: this was no attempt
        await asyncio.shield(_given_back(job, attempts=job.attempts - 1))
        raise
    except Refusal as refusal:
        if isinstance(refusal, OutOfTime) and job.attempts < _SLOW_TWICE:
            return await _tried(job, refusal)
        told = {"said": refusal.text} if refusal.text != refusal.message else {}
        return await _ended(job, FileState.REFUSED, refusal.code, told)
    except Exception as error:  # noqa: BLE001  # a full disk, a store or scanner that is away, a bug: never the file's end
        return await _tried(job, error)
    return True


async def _while_ours(job: _Job, work: Any) -> None:
    """Do the work, and say again and again that we do; raises _Lost, with nothing left running."""
    task = asyncio.ensure_future(work)
    lease_ends = clock.now() + HELD
    try:
        while not (await asyncio.wait({task}, timeout=BEAT))[0]:
            try:
                ours = await _ours(job).update(progress=round(job.done * 95), held_until=clock.now() + HELD)
            except (OSError, BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError):
                if clock.now() > lease_ends:
                    raise
                continue  # the database is away for a moment; the work need not be lost
            if not ours:
                raise _Lost
            lease_ends = clock.now() + HELD
        task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _ours(job: _Job) -> Any:
    return File.filter(id=job.id, fence=job.fence, state=FileState.PROCESSING)


async def _made(shop: Workshop, job: _Job, folder: Path) -> None:
    """Clean, keep, and name what was made, all at once; raises _Lost and whatever cleaning and storage raise."""
    source = await storage.fetched(shop.store, job.stored, folder / "source")
    done = await _cleaned(shop, job, source, folder / "into")
    rows = await _kept(shop, job, done, folder / "into")
    facts = dict(done.facts)
    async with in_transaction():
        ours = await _ours(job).update(
            state=FileState.READY,
            media_type=facts.pop("media_type"),
            facts=facts,
            progress=100,
            problem="",
            **_FREE,
        )
        if not ours:
            raise _Lost
        await FileCopy.filter(file_id=job.id).delete()
        await insert(rows)


async def _cleaned(shop: Workshop, job: _Job, source: Path, into: Path) -> Cleaned:
    """With little memory at first; what a decoder then can't read may only have needed more, and is tried alone."""

    def heard(part: float) -> None:
        job.done = part

    async def cleaned(limits: Limits) -> Cleaned:
        return await cleaning.cleaned(
            job.kind, source, into, limits, tools=shop.tools, name=job.name, blurs=job.blurs, progress=heard
        )

    if job.little:
        try:
            async with shop.room.half():
                return await cleaned(replace(job.limits, memory=job.little))
        except Refusal as refusal:
            if "code" not in refusal.details:  # not what a decoder ended with: more memory would not help
                raise
    async with shop.room.whole():
        return await cleaned(job.limits)


_FREE = {"holder": None, "held_until": None, "next_try_at": None, "attempts": 0}


async def _kept(shop: Workshop, job: _Job, done: Cleaned, into: Path) -> list[FileCopy]:
    """Put every copy into storage; gives their rows. The pieces of a film are a folder with one row."""
    rows: list[FileCopy] = []
    pieces = 0
    for copy in done.copies:
        name = f"{job.prefix}{copy.path.relative_to(into).as_posix()}"
        size = copy.path.stat().st_size
        attributes = {"Content-Type": copy.media_type, "Content-Disposition": "attachment"}
        sha256 = await undisturbed(storage.keep(shop.store, name, [(copy.path, size)], attributes))
        if copy.role is Role.STREAM:
            pieces += size
            continue
        rows.append(
            FileCopy(
                id=uuid4(),
                file_id=job.id,
                kind=copy.role,
                place=sum(row.kind == copy.role for row in rows),
                stored=name.rpartition("/")[0] + "/" if copy.role is Role.PLAYLIST else name,
                media_type=copy.media_type,
                bytes=size,
                sha256=sha256,
                facts=_facts(copy, done),
                created_on=clock.today(),
            )
        )
    for row in rows:
        if row.kind == Role.PLAYLIST:
            row.bytes += pieces
    return rows


def _facts(copy: Copy, done: Cleaned) -> dict[str, Any]:
    """What a player or a page wants to know before it has the copy."""
    told = {
        Role.PHOTO: ("width", "height"),
        Role.POSTER: ("width", "height"),
        Role.VIDEO: ("width", "height", "seconds"),
        Role.VOICE: ("seconds",),
        Role.PDF: ("pages",),
    }.get(copy.role, ())
    return {name: done.facts[name] for name in told if name in done.facts}


async def _ended(job: _Job, state: FileState, problem: str, told: dict[str, Any]) -> bool:
    """The file will not be tried again by itself."""
    async with in_transaction():
        ours = await _ours(job).update(state=state, problem=problem, facts=told, progress=0, **_FREE)
        if ours and state is FileState.REFUSED:
            await FileCopy.filter(file_id=job.id).delete()
    _log.info("file_ended", state=state, problem=problem, attempts=job.attempts)
    return bool(ours)


async def _tried(job: _Job, error: Exception) -> bool:
    """It was not the file's fault: later again, until the tries are used up."""
    kind = type(error).__name__
    known = isinstance(error, (OSError, ScannerAway, StoreError, Refusal))
    _log.warning("file_not_processed", kind=kind, attempts=job.attempts, exc_info=not known)
    if job.attempts >= MOST_TRIES:
        return await _ended(job, FileState.FAILED, NOT_PROCESSED, {"error": kind})
    await _given_back(job, next_try_at=clock.now() + pause(job.attempts))
    return False


async def _given_back(job: _Job, **values: Any) -> None:
    await _ours(job).update(state=FileState.QUARANTINED, progress=0, holder=None, held_until=None, **values)


async def _removed(shop: Workshop, job: _Job) -> None:
    """What was made of a file that is no longer ours, of which nobody else knows."""
    await storage.removed(shop.store, await storage.listed(shop.store, job.prefix))


_UNTIDY = "SELECT id, fence FROM file WHERE leftovers AND state NOT IN ('processing', 'abandoned') LIMIT 200"


async def tidied(shop: Workshop) -> int:
    """Remove copies that no row names and folders of workers that are gone; returns how many files were tidied."""
    await asyncio.to_thread(shop.swept)
    rows = await connection().execute_query_dict(_UNTIDY)
    try:
        for row in rows:
            await _tidied(shop, UUID(str(row["id"])), row["fence"])
    except (OSError, StoreError) as error:  # the store is away: they stay marked
        _log.warning("copies_not_tidied", kind=type(error).__name__)
        return 0
    return len(rows)


async def _tidied(shop: Workshop, file_id: UUID, fence: int) -> None:
    kept = [copy.stored for copy in await FileCopy.filter(file_id=file_id)]
    prefix = copies_of(file_id)
    lying = await storage.listed(shop.store, prefix)
    await storage.removed(shop.store, [name for name in lying if _unnamed(name, prefix, fence, kept)])
    # Whoever took it meanwhile lies under a higher fence, and leaves it marked.
    await File.filter(id=file_id, fence=fence).exclude(state=FileState.PROCESSING).update(leftovers=False)


def _unnamed(name: str, prefix: str, fence: int, kept: Sequence[str]) -> bool:
    number = name.removeprefix(prefix).partition("/")[0]
    named = any(name == one or (one.endswith("/") and name.startswith(one)) for one in kept)
    return number.isdecimal() and int(number) <= fence and not named


async def repeated(*ids: UUID) -> int:
    """Have files whose tries were used up processed again; all of them without ids. Returns how many; then `wake()`."""
    failed = File.filter(state=FileState.FAILED)
    return await (failed.filter(id__in=ids) if ids else failed).update(
        state=FileState.QUARANTINED, problem="", facts={}, progress=0, **_FREE
    )


async def failed() -> list[File]:
    """死信: files whose tries are used up, the oldest first, at most a thousand."""
    return await File.filter(state=FileState.FAILED).order_by("created_on", "id").limit(1000)


async def covered(file_id: UUID, rectangles: Sequence[Rectangle]) -> bool:
    """Have the copies made anew with these parts of the picture covered; False if it is being processed now."""
    return bool(
        await File.filter(id=file_id, state__in=(FileState.READY, FileState.FAILED)).update(
            state=FileState.QUARANTINED,
            blurs=[asdict(one) for one in rectangles],
            problem="",
            progress=0,
            **_FREE,
        )
    )
