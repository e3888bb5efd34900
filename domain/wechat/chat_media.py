"""Pictures, recordings and films of a talk are fetched from WeChat, where they lie for three days, into uploads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import UUID

import structlog

from domain.files import writing
from domain.files.writing import Place
from kit import clock, crypto
from kit.errors import Refusal, TooLarge
from kit.settings import Settings
from models import ChatMedia, Conversation, Fan, File, FileState, Upload
from models.database import connection

HELD = timedelta(minutes=5)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=30)
_BLOCK = 1 << 17
_log = structlog.get_logger()

Download = Callable[[str, str, BinaryIO], Awaitable[None]]  # app id, media id, where to; raises Lost, or anything else
Tell = Callable[[Fan], Awaitable[None]]


class Lost(Exception):
    """WeChat has it no longer, or never had it."""


_CLAIMED = """
UPDATE chat_media SET fence = fence + 1, held_until = $2, attempts = attempts + 1 WHERE id = (
    SELECT id FROM chat_media WHERE state = 'owed' AND (held_until IS NULL OR held_until < $1)
        AND (next_try_at IS NULL OR next_try_at < $1) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, ticket_id, file_id, app_id, media_id, fence, attempts
"""


async def fetched(settings: Settings, place: Place, download: Download, tell: Tell, limit: int = 20) -> int:
    """Fetch what is owed, one after the other; returns how many came. Any number of workers may do so at once.

    `tell` is called for whoever is still talking when something of theirs turns out to be lost.
    """
    done = 0
    for _ in range(limit):
        now = clock.now()
        rows = await connection().execute_query_dict(_CLAIMED, [now, now + HELD])
        if not rows:
            break
        done += await _fetched(settings, place, download, tell, rows[0])
    return done


async def _fetched(settings: Settings, place: Place, download: Download, tell: Tell, row: Any) -> bool:
    mine = ChatMedia.filter(id=row["id"], fence=row["fence"], state="owed")
    about = UUID(str(row["id"])).bytes
    media_id = crypto.open_with(settings.masters, row["media_id"], about=about).decode()
    try:
        with TemporaryFile() as file:
            await download(row["app_id"], media_id, file)
            await _carried(place, UUID(str(row["file_id"])), file)
    except (Lost, TooLarge) as error:
        if await mine.update(state="failed", problem=type(error).__name__.lower(), held_until=None):
            await _given_up(UUID(str(row["file_id"])), UUID(str(row["ticket_id"])), tell)
        return False
    except Exception as error:  # noqa: BLE001  # one file's failure must not hold up the others
        pause = min(_FIRST_PAUSE * 2 ** min(row["attempts"] - 1, 10), _LONGEST_PAUSE)
        _log.warning("chat_media_not_fetched", kind=type(error).__name__, attempts=row["attempts"])
        await mine.update(held_until=None, next_try_at=clock.now() + pause)
        return False
    return bool(await mine.update(state="done", held_until=None, next_try_at=None))


async def _carried(place: Place, upload_id: UUID, file: BinaryIO) -> None:
    """Append to the upload what it has not yet; whose it is now, the ticket's or the receipt's, is asked anew."""
    upload = await Upload.get_or_none(id=upload_id)
    if upload is None or await File.filter(id=upload_id, state=FileState.ABANDONED).exists():
        raise Lost
    size = file.seek(0, 2)
    if not size:
        raise Lost
    if upload.arrived == size == upload.length:
        return
    turn = await writing.taken(place, upload.owner, upload_id, upload.arrived, size)
    file.seek(upload.arrived)
    await writing.received(turn, _blocks(file))


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(file.read, _BLOCK):
        yield block


async def _given_up(file_id: UUID, ticket_id: UUID, tell: Tell) -> None:
    """The file stays known, to those who would look for it, as one that never came."""
    await File.filter(id=file_id, state=FileState.RECEIVING).update(state=FileState.ABANDONED)
    for talk in await Conversation.filter(ticket_id=ticket_id).select_related("fan"):
        try:
            await tell(talk.fan)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001  # the summary tells them too
            _log.warning("loss_not_told", kind=type(error).__name__)
