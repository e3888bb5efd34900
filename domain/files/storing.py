"""What has arrived whole is carried into storage and hashed; what nobody finished or attached is swept away.

SHA-256 is worked out here, in the one reading that carrying needs anyway: the state of a running hash can't be kept
from one request to the next, and requests of one upload may go to different processes.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from obstore.store import ObjectStore

from domain.files.uploads import parts_of
from domain.files.writing import Place, forgotten
from kit import clock, storage
from kit.storage import Piece
from models import File, FileState, Upload, UploadTicket
from models.database import connection, wake

HELD = timedelta(minutes=15)  # longer than anything takes to carry
LONGEST_PAUSE = timedelta(hours=1)
_log = structlog.get_logger()

_CLAIMED = """
UPDATE file SET fence = fence + 1, held_until = $2, attempts = attempts + 1 WHERE id = (
    SELECT id FROM file WHERE state = 'quarantined' AND stored = '' AND (held_until IS NULL OR held_until < $1)
        AND (next_try_at IS NULL OR next_try_at < $1) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, fence, attempts, media_type
"""


async def stored(place: Place, store: ObjectStore, limit: int = 50) -> int:
    """Carry what is whole into storage, one after the other; returns how many. Any number of workers may do so."""
    done = 0
    for _ in range(limit):
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + HELD])
        if not rows:
            break
        done += await _stored(place, store, rows[0])
    if done:
        await wake()  # what lies in storage is processed
    return done


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: from ten seconds, twice as long each time, to an hour."""
    return min(timedelta(seconds=5 * 2 ** min(attempts, 10)), LONGEST_PAUSE)


async def _stored(place: Place, store: ObjectStore, row: Any) -> bool:
    file_id = UUID(str(row["id"]))
    try:
        pieces = await _pieces(place, file_id)
        name = stored_name(file_id)
        attributes = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
        sha256 = await storage.keep(store, name, pieces, attributes)
    except Exception as error:  # noqa: BLE001  # one file's failure must not hold up the others
        _log.warning("file_not_stored", kind=type(error).__name__, attempts=row["attempts"])
        next_try = clock.now() + pause(row["attempts"])
        await File.filter(id=file_id, fence=row["fence"]).update(held_until=None, next_try_at=next_try)
        return False
    kept = await File.filter(id=file_id, fence=row["fence"], state=FileState.QUARANTINED).update(
        stored=name, sha256=sha256, held_until=None, next_try_at=None, attempts=0
    )
    if kept:
        await asyncio.to_thread(forgotten, place.folder, [file_id, *await parts_of(file_id)])
    elif not await File.filter(id=file_id).exclude(state=FileState.ABANDONED).exists():
        await storage.removed(store, [name])  # it was taken back meanwhile
    return bool(kept)


def stored_name(file_id: UUID) -> str:
    """Where an original lies: nothing of what a client said is in it."""
    return f"originals/{file_id.hex[:2]}/{file_id}"


def copies_of(file_id: UUID) -> str:
    """Below which prefix all copies of a file lie, those of each attempt at processing under its fence."""
    return f"copies/{file_id.hex[:2]}/{file_id}/"


async def _pieces(place: Place, file_id: UUID) -> list[Piece]:
    ids = await parts_of(file_id) or [file_id]
    found = {upload.id: upload for upload in await Upload.filter(id__in=ids)}
    return [(place.path(one, found[one].written_as), found[one].arrived) for one in ids]


_OVER = """
DELETE FROM upload u WHERE expires_on <= $1 AND final_id IS NULL AND (held_until IS NULL OR held_until < $2)
    AND NOT EXISTS (SELECT FROM file f WHERE f.id = u.id AND f.matter_id IS NOT NULL
                    AND f.state = 'quarantined' AND f.stored = '')
RETURNING id
"""
_UNWANTED = """
UPDATE file f SET state = 'abandoned' WHERE owner <> '' AND state <> 'abandoned' AND (matter_id IS NULL
    OR state = 'receiving') AND NOT EXISTS (SELECT FROM upload u WHERE u.id = f.id)
"""
_TO_REMOVE = """
SELECT id, stored FROM file WHERE state = 'abandoned' AND matter_id IS NULL
    AND (held_until IS NULL OR held_until < $1) LIMIT 500
"""


async def swept(place: Place, store: ObjectStore) -> int:
    """End what is over its time: uploads, tickets, files that belong to nothing; returns how many uploads that were.

    What was attached to a matter before all of it came stays there as abandoned.
    """
    today, now = clock.today(), clock.now()
    over = await connection().execute_query_dict(_OVER, [today, now])
    await connection().execute_query(_UNWANTED)
    await UploadTicket.filter(expires_on__lte=today).delete()
    await Upload.filter(held_until__lt=now - timedelta(hours=1)).update(held_until=None, holder=None)
    rows = await connection().execute_query_dict(_TO_REMOVE, [now])
    for row in rows:
        copies = await storage.listed(store, copies_of(UUID(str(row["id"]))))
        await storage.removed(store, [name for name in (row["stored"], *copies) if name])
        await File.filter(id=row["id"], matter_id=None).delete()
    await _bytes_swept(place)
    return len(over)


_WANTED = """
SELECT u.id, u.written_as, u.fence FROM upload u
WHERE u.id = ANY($1::uuid[])
  AND NOT EXISTS (SELECT FROM file f WHERE f.id = coalesce(u.final_id, u.id) AND f.stored <> '')
"""


async def _bytes_swept(place: Place) -> None:
    """Remove bytes that no upload needs; a row comes before its bytes and goes before them."""
    lying = await asyncio.to_thread(_lying, place.folder)
    rows = await connection().execute_query_dict(_WANTED, [list({one for one, _, _ in lying})])
    wanted = {UUID(str(row["id"])): {row["written_as"], row["fence"]} for row in rows}
    await asyncio.to_thread(_removed, (path for one, number, path in lying if number not in wanted.get(one, ())))
    await asyncio.to_thread(place.alive.swept)


def _lying(folder: Path) -> list[tuple[UUID, int, Path]]:
    found = []
    for path in folder.glob("*.*"):
        name, _, number = path.name.partition(".")
        if path.is_file() and number.isdecimal():
            found.append((UUID(name), int(number), path))
    return found


def _removed(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
