"""Idempotency-Key: the same key gets the same answer, another request under it is refused, as Stripe does.

An answer may hold a receipt's secret, so it is sealed with a key derived from the client's key and request:
whoever does not have both can't read it, this server included.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from kit import clock, crypto
from kit.errors import Conflict
from kit.settings import Settings
from models import KeptAnswer
from models.database import insert

KEPT_DAYS = 30


class KeyReused(Conflict):
    """The key was used for another request."""

    code, message = "key_reused", "这个 Idempotency-Key 已用于另一次请求"


@dataclass(frozen=True, slots=True)
class Kept:
    """A client's key for one request: where its answer is kept and with what it is sealed."""

    key_hash: str
    request_hash: bytes
    sealing: bytes
    before: "Kept | None" = None  # under the index key before

    def row(self, status: int, body: bytes) -> KeptAnswer:
        """The answer as a row."""
        return KeptAnswer(
            key_hash=self.key_hash,
            request_hash=self.request_hash,
            status=status,
            body=crypto.seal(self.sealing, body, about=b"kept answer"),
            kept_on=clock.today(),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, new or kept."""

    status: int
    body: bytes
    replayed: bool


def keyed(settings: Settings, scope: str, key: str, request: Any) -> Kept:
    """A key within its scope (whose it is, which route) for this request."""
    content = sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).digest()
    return Kept(
        key_hash=crypto.keyed_hash(settings.index, b"kept", scope.encode(), key.encode()).hex(),
        request_hash=crypto.keyed_hash(settings.index, b"kept request", content),
        sealing=crypto.derive(key.encode() + b"\0" + content, b"kept answer"),
        before=keyed(settings.before, scope, key, request) if settings.before else None,
    )


def dumped(answer: Any) -> bytes:
    """An answer as the JSON that is sent and kept."""
    return orjson.dumps(answer, default=str)  # asyncpg's UUID is no UUID to orjson


async def given(kept: Kept) -> Answer | None:
    """What was answered under this key; raises KeyReused if the request was another."""
    row = await KeptAnswer.get_or_none(key_hash=kept.key_hash)
    if row is None:
        return await given(kept.before) if kept.before else None
    if not crypto.same(row.request_hash, kept.request_hash):
        raise KeyReused
    return Answer(row.status or 200, crypto.open_(kept.sealing, row.body or b"", about=b"kept answer"), replayed=True)


async def answered(kept: Kept | None, status: int, act: Callable[[], Awaitable[Any]]) -> Answer:
    """Act and keep the answer in one transaction, or give what was kept; a refusal is not kept."""
    if kept is None:
        return Answer(status, dumped(await act()), replayed=False)
    if before := await given(kept):
        return before
    try:
        async with in_transaction():
            # The row goes in first: a second request with this key waits here until the first has committed.
            await insert([kept.row(status, b"")])
            body = dumped(await act())
            await KeptAnswer.filter(key_hash=kept.key_hash).update(body=kept.row(status, body).body)
            return Answer(status, body, replayed=False)
    except IntegrityError:
        if before := await given(kept):
            return before
        raise


async def swept() -> int:
    """Forget answers older than 30 days; returns how many."""
    return await KeptAnswer.filter(kept_on__lt=clock.today() - timedelta(days=KEPT_DAYS)).delete()
