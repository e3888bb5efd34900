"""A receipt is handed out by a link that works once: the chat, which WeChat keeps, never holds it."""

from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import orjson
from tortoise.transactions import in_transaction

from kit import clock, crypto
from kit.errors import Refusal
from kit.settings import Settings
from models import ChatMedia, Pickup

LASTS = timedelta(days=3)
AGAIN = timedelta(minutes=10)  # in which whoever took it may ask again, as the answer may have been lost


class PickedUp(Refusal):
    """Taken by somebody, over its time, or never there: one answer for all."""

    status, code, message = 410, "picked_up", "这个链接已经用过或已过期；举报照常办理，结果会按您留的电话回访"


async def left(settings: Settings, content: Any, ticket_id: UUID | None) -> str:
    """Leave something to be picked up; gives the token of the link, which is kept nowhere."""
    token = token_urlsafe(32)
    await Pickup.create(
        token_hash=_hash(settings, token),
        content=crypto.seal(_key(token), orjson.dumps(content, default=str), about=b"pickup", cipher=settings.cipher),
        ticket_id=ticket_id,
        ends_at=clock.now() + LASTS,
    )
    return token


async def taken(settings: Settings, token: str, taker: str) -> tuple[dict[str, Any], int]:
    """What was left, and how many files that were sent with it are lost; `taker` is a random key of the caller's own.

    The same taker gets it again for ten minutes. Raises PickedUp.
    """
    whose = crypto.keyed_hash(settings.index, b"taker", taker.encode()).hex()
    async with in_transaction():
        hashes = [_hash(one, token) for one in (settings, settings.before) if one]
        row = await Pickup.filter(token_hash__in=hashes).select_for_update().first()
        if row is None or row.ends_at <= clock.now() or row.taken_by not in {"", whose}:
            raise PickedUp
        if not row.taken_by:
            ends_at = min(row.ends_at, clock.now() + AGAIN)
            await Pickup.filter(token_hash=row.token_hash).update(taken_by=whose, ends_at=ends_at)
        lost = await ChatMedia.filter(ticket_id=row.ticket_id, state="failed").count() if row.ticket_id else 0
    content: dict[str, Any] = orjson.loads(crypto.open_(_key(token), row.content, about=b"pickup"))
    return content, lost


async def swept() -> int:
    """Forget what was taken or is over its time; returns how many that were."""
    return await Pickup.filter(ends_at__lte=clock.now()).delete()


def _hash(settings: Settings, token: str) -> str:
    return crypto.keyed_hash(settings.index, b"pickup", token.encode()).hex()


def _key(token: str) -> bytes:
    return crypto.derive(token.encode(), b"pickup")
