"""What tests look at from outside: all that the tables hold, and a chain recomputed from its description."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC
from functools import wraps
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import pytest
from tortoise.transactions import in_transaction

from kit.errors import Refusal
from models import Entry, EntryBody, Matter
from models.database import connection

TABLES = (
    "matter", "case_file", "case_text", "rating", "involvement", "recusal", "entry", "entry_body", "duty", "notice",
    "kept_answer", "anchored_head",
    "letter", "letter_series", "supervision", "supervision_cause", "interview", "disqualification", "rectification",
    "typical", "typical_issue", "matter_source",
    "archive", "hold",
    "destruction", "destruction_item", "tombstone",
)  # fmt: skip
# The application's login can't read the vault; a report that is refused is looked for in the tables beside it.


async def contents() -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a hash of what they say: equal means nothing was written or changed."""
    parts = [
        f"SELECT '{table}' AS name, count(*) AS n, md5(string_agg(t::text, '|' ORDER BY t::text)) AS said"
        f" FROM {table} t"
        for table in TABLES
    ]
    _, rows = await connection().execute_query(" UNION ALL ".join(parts))
    return {row["name"]: (row["n"], row["said"]) for row in rows}


class _Undone(Exception):
    pass


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """Whatever is done inside is rolled back."""
    try:
        async with in_transaction():
            yield
            raise _Undone
    except _Undone:
        pass


@asynccontextmanager
async def refused(reason: type[Refusal]) -> AsyncIterator[pytest.ExceptionInfo[Refusal]]:
    """What is done inside is refused for just this reason, and nothing was written."""
    before = await contents()
    with pytest.raises(reason) as caught:
        yield caught
    assert type(caught.value) is reason
    assert await contents() == before


def rolled_back(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A test that changes the roster for itself alone."""

    @wraps(test)
    async def wrapped(*args: Any, **named: Any) -> None:
        async with undone():
            await test(*args, **named)

    return wrapped


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


async def chained(matter_id: UUID | None) -> list[Entry]:
    """The entries of a matter, after each hash was worked out anew and found right up to the matter's head."""
    matter = await Matter.get(id=matter_id)
    entries = await Entry.filter(matter_id=matter_id).order_by("seq")
    bodies = {body.entry_id: body for body in await EntryBody.filter(entry_id__in=[entry.id for entry in entries])}
    head = bytes(32)
    for seq, entry in enumerate(entries, start=1):
        body = bodies[entry.id]
        facts = {
            "seq": seq,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "verb": entry.verb,
            "actor_kind": entry.actor_kind.value,
            "post": str(entry.post_id) if entry.post_id else None,
            "stage": entry.stage,
            "readers": sorted(entry.readers),
            "clock": entry.clock,
        }
        assert body.salt is not None
        said = dict(body.body)
        public = sha256(sha256(body.salt + b"public").digest() + _json(said.pop("public", {}))).digest()
        private = sha256(sha256(body.salt + b"private").digest() + _json(said)).digest()
        body_hash = sha256(public + private).digest()
        facts_hash = sha256(entry.salt + _json(facts)).digest()
        head = sha256(head + seq.to_bytes(4, "big") + facts_hash + body_hash).digest()
        assert (entry.seq, entry.facts_hash, entry.body_hash, entry.hash) == (seq, facts_hash, body_hash, head)
    assert (matter.entries_made, matter.head) == (len(entries), head)
    return entries
