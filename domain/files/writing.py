"""One writer at a time appends to an upload: a lock with a fence, bytes on disk before they are acknowledged.

The lock is a row's: whoever takes it raises `fence`, and nothing is acknowledged under an older one. Bytes are fenced
too: who takes over from a holder that may still be alive goes on in a copy, so that a zombie writes into a file that
nobody reads. A holder whose process is gone can't write, and is followed at once and in place.
"""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.files.uploads import AlreadyAttached, Gone, over, parts_of
from kit import clock
from kit.alive import Alive
from kit.errors import Conflict, NotAllowed, NotFound, Refusal, TooLarge
from models import File, FileState, Upload
from models.database import connection

T = TypeVar("T")
BLOCK = 3 << 15  # bytes written at once
SAVED_EVERY = 1 << 23  # bytes that a killed process may cost a client, at most
SAVED_AFTER = timedelta(seconds=5)  # the same in time, for slow lines; also keeps the lock
HELD = timedelta(seconds=30)  # after so long without a sign the lock may be taken over
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MOST_BUFFERS = 512  # the kernel takes 1024 at once


class Interrupted(Exception):
    """The line broke, or nothing came for too long; raised by whoever gives us the bytes."""


class OffsetConflict(Conflict):
    """The bytes don't begin where those that are here end; `details.offset` says where that is."""

    code, message = "offset_conflict", "续传位置不符，请先查询已上传的长度"


class UploadLocked(Refusal):
    """Somebody else writes to this upload, or took over from us."""

    status, code, message = 423, "upload_locked", "这个文件正在上传，请稍后再试"
    retry_after = 2


class ChecksumMismatch(Refusal):
    """The bytes are not those that the client meant; none of them is kept."""

    status, code, message = 460, "checksum_mismatch", "校验不一致，这一段没有保存，请重传"


class LengthFixed(Refusal):
    """A length is told once."""

    status, code, message = 400, "length_fixed", "文件长度已经确定，不能更改"


class Incomplete(Refusal):
    """The line was silent for too long; what came before is kept."""

    status, code, message = 408, "upload_interrupted", "上传中断，已收到的部分已保存，请续传"


class DiskFull(Refusal):
    """There is no room for more bytes; what was acknowledged is kept."""

    status, code, message = 507, "storage_full", "存储空间不足，暂时不能上传附件，文字内容仍可提交"
    retry_after = 600


@dataclass(slots=True)
class Place:
    """Where the bytes of uploads lie until they are stored, for all processes, and this one's sign of life."""

    folder: Path
    alive: Alive

    @classmethod
    def below(cls, var: Path) -> "Place":
        """The folder of an installation; nothing is made before it is used."""
        return cls(var / "uploads", Alive(var / "uploads" / "alive"))

    def path(self, upload: UUID, written_as: int) -> Path:
        """The file of an upload's bytes."""
        return self.folder / f"{upload}.{written_as}"


@dataclass(slots=True)
class Writing:
    """The right to append to an upload, until it is taken back."""

    place: Place
    id: UUID
    fence: int
    arrived: int
    length: int | None
    most: int
    path: Path
    expires_on: date
    file: int = -1
    saved: int = 0
    saved_at: datetime | None = None


_TAKEN = """
UPDATE upload SET fence = fence + 1, holder = $2, held_until = $3, length = coalesce(length, $7)
WHERE id = $1 AND owner = $4 AND arrived = $5 AND concat <> 'final' AND (expires_on > $8 OR arrived = length)
  AND (length IS NULL OR $7::bigint IS NULL OR length = $7) AND coalesce(length, $7, 0) <= most
  AND (held_until IS NULL OR held_until < $9 OR holder = ANY($6::uuid[]))
RETURNING new.fence, new.length, most, written_as, expires_on, old.holder AS before
"""


async def taken(place: Place, owner: str, upload: UUID, offset: int, length: int | None = None) -> Writing:
    """Take the lock, to append at `offset`; `length` tells what was not told before.

    Raises NotFound, NotAllowed (put together of parts), Gone, OffsetConflict, LengthFixed, TooLarge or UploadLocked.
    """
    task = asyncio.create_task(_taken(place, owner, upload, offset, length))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:  # the line broke before a byte was read: the lock must not outlive the request
        with suppress(Refusal, OSError):
            writing = await task
            await asyncio.to_thread(os.close, writing.file)
            await _given_back(writing)
        raise


async def _taken(place: Place, owner: str, upload: UUID, offset: int, length: int | None) -> Writing:
    ended: list[UUID] = []
    for _ in range(2):
        now = clock.now()
        rows = await connection().execute_query_dict(
            _TAKEN, [upload, place.alive.id, now + HELD, owner, offset, ended, length, now.date(), now]
        )
        if rows:
            return await _at_work(place, upload, offset, rows[0])
        holder = await _why_not(upload, owner, offset, length)
        if holder is None or not await asyncio.to_thread(place.alive.ended, holder):
            break
        ended = [holder]
    raise UploadLocked


async def _at_work(place: Place, upload: UUID, offset: int, row: Any) -> Writing:
    writing = Writing(
        place=place,
        id=upload,
        fence=row["fence"],
        arrived=offset,
        length=row["length"],
        most=row["most"],
        path=place.path(upload, row["written_as"]),
        expires_on=row["expires_on"],
        saved=offset,
    )
    try:
        if row["before"] is not None and not await asyncio.to_thread(place.alive.ended, row["before"]):
            await _moved_on(writing)
        writing.file = await asyncio.to_thread(_opened, writing.path, offset)
    except FileNotFoundError:
        await _given_back(writing)
        raise Gone from None
    except OSError as error:
        await _given_back(writing)
        raise _told(error) from error
    writing.saved_at = clock.now()
    return writing


async def _why_not(upload_id: UUID, owner: str, offset: int, length: int | None) -> UUID | None:
    """Raise the reason for which the lock can't be had, or give who has it."""
    upload = await Upload.get_or_none(id=upload_id, owner=owner)
    if upload is None:
        raise NotFound("没有找到这个上传")
    if upload.concat == "final":
        raise NotAllowed("由分段合并的文件不能续写")
    if over(upload):
        raise Gone
    if length is not None and upload.length not in {None, length}:
        raise LengthFixed
    if length is not None and length > upload.most:
        raise TooLarge(details={"limit": upload.most})
    if upload.held_until is None and upload.arrived != offset:
        raise OffsetConflict(details={"offset": upload.arrived})
    return upload.holder


async def _moved_on(writing: Writing) -> None:
    """Go on in a copy of what was acknowledged: the holder before us may still write to its own."""
    fresh = writing.place.path(writing.id, writing.fence)
    await asyncio.to_thread(_copied, writing.path, fresh, writing.arrived)
    if not await Upload.filter(id=writing.id, fence=writing.fence).update(written_as=writing.fence):
        fresh.unlink(missing_ok=True)
        raise UploadLocked
    writing.path.unlink(missing_ok=True)
    writing.path = fresh


def _copied(source: Path, target: Path, size: int) -> None:
    with target.open("wb") as written:
        if size:
            with source.open("rb") as read:
                left = size
                while left and (block := read.read(min(BLOCK, left))):
                    written.write(block)
                    left -= len(block)
        written.flush()
        os.fsync(written.fileno())
    _kept_in(target.parent)


def _opened(path: Path, offset: int) -> int:
    """Raises FileNotFoundError if bytes that were acknowledged are not there."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        if offset:
            raise
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        _kept_in(path.parent)
    if os.fstat(file).st_size < offset:
        os.close(file)
        raise FileNotFoundError(path.name)
    return file


def _kept_in(folder: Path) -> None:
    """A new name is on disk only when its folder is."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


async def received(
    writing: Writing,
    chunks: AsyncIterator[bytes],
    checksum: tuple[str, bytes] | None = None,
    announced: int | None = None,
) -> bool:
    """Append what comes, give the lock back, and say whether the upload has all its bytes now.

    What arrived before the line broke is kept; with a checksum all of it or nothing, since a part can't be checked.
    Raises TooLarge, ChecksumMismatch, UploadLocked (somebody took over), Incomplete or DiskFull.
    """
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    limit = writing.most if writing.length is None else writing.length
    try:
        if writing.arrived + (announced or 0) > limit:
            raise TooLarge(details={"limit": limit})
        unbroken = await _taken_in(writing, chunks, limit, digest)
        if checksum and digest and (not unbroken or digest.digest() != checksum[1]):
            if unbroken:
                raise ChecksumMismatch
            writing.arrived = writing.saved
        finished = await _saved(writing, last=True)
        writing.fence = 0
    except OSError as error:
        raise _told(error) from error
    finally:
        os.close(writing.file)  # what is in it is on disk already
        await _given_back(writing)
    if not unbroken:
        raise Incomplete(details={"offset": writing.saved})
    return finished


async def _taken_in(writing: Writing, chunks: AsyncIterator[bytes], limit: int, digest: "hashlib._Hash | None") -> bool:
    """Write what comes, block by block; gives False when the line broke."""
    buffers: list[bytes] = []
    size, unbroken = 0, True
    try:
        async for chunk in chunks:
            size += len(chunk)
            if writing.arrived + size > limit:  # no length was announced
                raise TooLarge(details={"limit": limit})
            if digest:
                digest.update(chunk)
            buffers.append(chunk)
            if size >= BLOCK or len(buffers) >= _MOST_BUFFERS:
                block, buffers, size = buffers, [], 0
                await _written(writing, block)
                if _is_time(writing, advance=digest is None):
                    await undisturbed(_saved(writing, last=False, advance=digest is None))
    except (Interrupted, asyncio.CancelledError):  # told to stop: what came is kept as if the line had broken
        unbroken = False
    if buffers:
        await _written(writing, buffers)
    return unbroken


async def undisturbed(work: Awaitable[T]) -> T:
    """Finish what was begun before we stop: a thread may be writing to a file that must not be closed under it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _written(writing: Writing, buffers: list[bytes]) -> None:
    writing.arrived += sum(map(len, buffers))
    thread = asyncio.get_running_loop().run_in_executor(None, _put, writing.file, buffers, writing.arrived)
    await undisturbed(thread)


def _put(file: int, buffers: list[bytes], end: int) -> None:
    """Write so that the last byte comes before `end`."""
    whole = sum(map(len, buffers))
    at = end - whole
    done = os.pwritev(file, buffers, at)
    if done < whole:  # the disk is nearly full: the rest tells whether it is
        rest = memoryview(b"".join(buffers))
        while done < whole:
            done += os.pwrite(file, rest[done:], at + done)


def _is_time(writing: Writing, *, advance: bool) -> bool:
    """Whether what came should be acknowledged on the way, or the lock kept."""
    much = advance and writing.arrived - writing.saved >= SAVED_EVERY
    return much or (writing.saved_at is not None and clock.now() - writing.saved_at >= SAVED_AFTER)


_SAVED = """
WITH saved AS (
    UPDATE upload SET arrived = $3, holder = CASE WHEN $4 THEN NULL ELSE holder END,
                      held_until = CASE WHEN $4 THEN NULL ELSE $5::timestamptz END
    WHERE id = $1 AND fence = $2 RETURNING id, arrived = length AS whole, length
), whole AS (
    UPDATE file SET state = 'quarantined', bytes = s.length FROM saved s
    WHERE file.id = s.id AND s.whole AND file.state = 'receiving'
) SELECT whole FROM saved
"""


async def _saved(writing: Writing, *, last: bool, advance: bool = True) -> bool:
    """Acknowledge what is written, once it is on disk; raises UploadLocked if somebody has taken over."""
    arrived = writing.arrived if advance else writing.saved
    if arrived > writing.saved:
        await asyncio.to_thread(os.fdatasync, writing.file)
    now = clock.now()
    rows = await connection().execute_query_dict(_SAVED, [writing.id, writing.fence, arrived, last, now + HELD])
    if not rows:
        raise UploadLocked
    writing.saved, writing.saved_at = arrived, now
    return bool(rows[0]["whole"])


async def _given_back(writing: Writing) -> None:
    """Free the lock if it is still ours."""
    if writing.fence:
        await Upload.filter(id=writing.id, fence=writing.fence).update(holder=None, held_until=None)


def _told(error: OSError) -> Exception:
    return DiskFull() if error.errno in _FULL else error


async def terminated(place: Place, owner: str, upload_id: UUID) -> None:
    """Take an upload back, finished or not; raises NotFound, UploadLocked or AlreadyAttached."""
    async with in_transaction():
        upload = await Upload.filter(id=upload_id, owner=owner).select_for_update().first()
        if upload is None:
            raise NotFound("没有找到这个上传")
        if upload.held_until is not None and upload.held_until > clock.now():
            raise UploadLocked
        if upload.final_id or await File.filter(id=upload_id, matter_id__not_isnull=True).exists():
            raise AlreadyAttached
        ids = [upload_id, *await parts_of(upload_id)]
        await upload.delete()  # and its parts
        await File.filter(id=upload_id).update(state=FileState.ABANDONED)  # the sweep removes what is stored
    await asyncio.to_thread(forgotten, place.folder, ids)


def forgotten(folder: Path, uploads: list[UUID]) -> None:
    """Remove the bytes of uploads, under whichever names."""
    for upload in uploads:
        for path in folder.glob(f"{upload}.*"):
            path.unlink(missing_ok=True)
