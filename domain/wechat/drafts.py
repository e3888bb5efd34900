"""What a talk has brought so far: one row for each person, sealed, and gone when the talk ends."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from tortoise.transactions import in_transaction

from domain.files import tickets, uploads
from domain.files.uploads import Wish
from domain.wechat.talk import ENDS_AFTER, REMINDED_AFTER, Draft, State
from kit import clock, crypto
from kit.settings import Settings
from models import ChatMedia, Conversation, Fan
from models.database import connection

LARGEST = 20 << 20  # bytes of anything sent in a chat
_TYPES = {"image": "image/jpeg", "voice": "audio/amr", "video": "video/mp4", "shortvideo": "video/mp4"}
_BATCH = 100


@dataclass(slots=True)
class Talk:
    """A talk as it stands; `row` is None until something is kept of it."""

    state: State = State.IDLE
    draft: Draft = field(default_factory=dict, repr=False)
    ticket_id: UUID | None = None
    kept: bool = False
    over: bool = False


async def held(settings: Settings, fan: Fan) -> Talk:
    """The talk with somebody, which nobody else changes until the transaction ends; one over its time is erased."""
    row = await Conversation.filter(fan_id=fan.id).select_for_update().first()
    if row is None:
        return Talk()
    if row.ends_at <= clock.now():
        await erased(row.fan_id, row.ticket_id)
        return Talk(over=True)
    draft = orjson.loads(crypto.open_with(settings.masters, row.draft, about=about(fan.id))) if row.draft else {}
    return Talk(State(row.state), draft, row.ticket_id, kept=True)


async def keep(settings: Settings, fan: Fan, talk: Talk) -> None:
    """Write down where it stands; the time until it ends begins anew."""
    box = crypto.seal(settings.master, orjson.dumps(talk.draft), about=about(fan.id), cipher=settings.cipher)
    values: dict[str, Any] = {
        "state": talk.state.value,
        "draft": box,
        "ticket_id": talk.ticket_id,
        "ends_at": clock.now() + ENDS_AFTER,
        "reminded": False,
    }
    if talk.kept:
        await Conversation.filter(fan_id=fan.id).update(**values)
    else:
        await Conversation.create(fan_id=fan.id, **values)


_GIVEN_UP = """
WITH files AS (UPDATE upload SET expires_on = $2 WHERE owner = $3),
     ticket AS (UPDATE upload_ticket SET expires_on = $2 WHERE id = $1::uuid AND matter_id IS NULL)
UPDATE chat_media SET state = 'failed', problem = 'given_up' WHERE ticket_id = $1::uuid AND state = 'owed'
    AND EXISTS (SELECT FROM upload_ticket t WHERE t.id = $1::uuid AND t.matter_id IS NULL)
"""


async def erased(fan_id: UUID, ticket_id: UUID | None = None) -> None:
    """The draft is gone at once, and its files, unless they were filed, with the next sweep of uploads."""
    await Conversation.filter(fan_id=fan_id).delete()
    await Fan.filter(id=fan_id, account_id=None).update(spoke_at=None)
    if ticket_id:
        await connection().execute_query(_GIVEN_UP, [ticket_id, clock.today(), f"ticket:{ticket_id}"])


async def brought(settings: Settings, app_id: str, talk: Talk, kind: str, media_id: str) -> None:
    """Owe the fetching of something sent in a talk; the file exists from now on, its bytes come later.

    Raises QuotaReached.
    """
    if talk.ticket_id is None:
        token, _ = await tickets.issued(settings, None)
        ticket = await tickets.opened(settings, token)  # nobody holds the token: the talk's own way is the id
        talk.ticket_id = ticket.id if ticket else None
    wish = Wish(length=None, media_type=_TYPES[kind])
    upload = await uploads.begun(f"ticket:{talk.ticket_id}", wish, largest_of_source=LARGEST)
    media = ChatMedia(ticket_id=talk.ticket_id, file_id=upload.id, app_id=app_id, kind=kind, media_id=b"")
    media.media_id = crypto.seal(settings.master, media_id.encode(), about=media.id.bytes, cipher=settings.cipher)
    await media.save(force_create=True)
    talk.draft["files"] = talk.draft.get("files", 0) + 1


async def files_of(talk: Talk) -> tuple[list[UUID], int]:
    """The files that a talk brought, and how many more were lost on the way."""
    rows = await ChatMedia.filter(ticket_id=talk.ticket_id).order_by("id") if talk.ticket_id else []
    return [row.file_id for row in rows if row.file_id and row.state != "failed"], sum(
        row.state == "failed" for row in rows
    )


_REMINDED = """
UPDATE conversation SET reminded = true WHERE fan_id IN (
    SELECT fan_id FROM conversation WHERE NOT reminded AND ends_at <= $1 AND ends_at > $2
    ORDER BY ends_at LIMIT $3 FOR UPDATE SKIP LOCKED
) RETURNING fan_id
"""
_OVER = """
SELECT fan_id, ticket_id FROM conversation WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""


async def to_remind() -> list[Fan]:
    """Whose talk is about to end; each is named once for each silence."""
    now = clock.now()
    soon = now + ENDS_AFTER - REMINDED_AFTER
    rows = await connection().execute_query_dict(_REMINDED, [soon, now, _BATCH])
    return await Fan.filter(id__in=[row["fan_id"] for row in rows])


async def ended() -> list[Fan]:
    """Erase the talks that are over their time; gives whose they were."""
    async with in_transaction():
        rows = await connection().execute_query_dict(_OVER, [clock.now(), _BATCH])
        fans = await Fan.filter(id__in=[row["fan_id"] for row in rows])
        for row in rows:
            await erased(row["fan_id"], row["ticket_id"])
    return fans


def about(fan_id: UUID) -> bytes:
    """What a sealed draft says that it is."""
    return b"draft\0" + UUID(str(fan_id)).bytes
