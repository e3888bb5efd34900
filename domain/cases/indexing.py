"""By what a case is found again: keyed hashes of the pairs of characters in its texts, made by the worker.

The index tells nobody what was written: without the key a term is a number, their order is lost, and long texts keep
only a sample. Filing writes nothing but the text; what changes a case's place in the index later marks it as not
indexed, by triggers: whichever kind's step it was.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop.chores import BATCH
from domain.marks.marking import even
from kit import clock, crypto
from kit.settings import Settings
from models import CaseText
from models.database import connection

MOST_TERMS = 400  # of a case; the smallest hashes of all, so that two long texts keep the same ones
_RUNS = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[0-9a-z]+")
_LOCK = 728_301  # of the one worker that counts


@cache
def key_of(settings: Settings) -> bytes:
    """The key of the index alone."""
    return crypto.derive(settings.index, b"similar cases")


def grams(text: str) -> Iterator[tuple[int, str]]:
    """What an even text is found by, with its places: each pair of Chinese characters, each word or number."""
    for run in _RUNS.finditer(text):
        word = run[0]
        if word[0] < "\u3400":
            if len(word) > 1:
                yield run.start(), word
        else:
            yield from ((run.start() + place, word[place : place + 2]) for place in range(len(word) - 1))


def term(key: bytes, gram: str) -> int:
    """The keyed hash of a gram, as the database keeps it."""
    return int.from_bytes(blake2b(gram.encode(), key=key, digest_size=4).digest(), "big", signed=True)


def terms_of(key: bytes, texts: Iterable[str]) -> list[int]:
    """The terms of a case."""
    found = {gram for text in texts for _, gram in grams(even(text))}
    return sorted(term(key, gram) for gram in found)[:MOST_TERMS]


_TAKEN = """
UPDATE case_text SET indexed_on = $2 WHERE id IN (
    SELECT id FROM case_text WHERE indexed_on IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING matter_id
"""
_TEXTS = """
SELECT t.matter_id, m.region_id, m.filed_on, c.category_id, array_agg(t.text ORDER BY t.seq) AS texts,
       m.sealed_at IS NULL AND NOT EXISTS (SELECT 1 FROM recusal r WHERE r.matter_id = t.matter_id) AS counted
FROM case_text t JOIN matter m ON m.id = t.matter_id JOIN case_file c ON c.matter_id = t.matter_id
WHERE t.matter_id = ANY($1::uuid[]) GROUP BY 1, 2, 3, 4, m.sealed_at
"""
_BEFORE = """
SELECT matter_id, terms FROM case_index WHERE matter_id = ANY($1::uuid[]) AND counted
"""
_KEPT = """
INSERT INTO case_index (matter_id, region_id, category_id, filed_on, terms, counted) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (matter_id) DO UPDATE SET region_id = excluded.region_id, category_id = excluded.category_id,
    filed_on = excluded.filed_on, terms = excluded.terms, counted = excluded.counted
"""
_COUNTED = """
INSERT INTO term_count (term, cases) SELECT * FROM unnest($1::int[], $2::int[]) ORDER BY 1
ON CONFLICT (term) DO UPDATE SET cases = term_count.cases + excluded.cases
"""


async def indexed(settings: Settings, limit: int = BATCH) -> int:
    """Index what is new or changed; returns how many texts. One worker at a time, safe to run twice."""
    key = key_of(settings)
    async with in_transaction():
        locked = await connection().execute_query_dict("SELECT pg_try_advisory_xact_lock($1) AS ours", [_LOCK])
        if not locked[0]["ours"]:
            return 0
        # Marked before they are read: what changes meanwhile waits for us, marks them anew, and is not missed.
        taken = await connection().execute_query_dict(_TAKEN, [limit, clock.today()])
        if not taken:
            return 0
        matters = list({row["matter_id"] for row in taken})
        rows = await connection().execute_query_dict(_TEXTS, [matters])
        changes: dict[int, int] = {}
        for row in await connection().execute_query_dict(_BEFORE, [matters]):
            _count(changes, row["terms"], -1)
        kept: list[list[Any]] = []
        for row in rows:
            terms = terms_of(key, row["texts"])
            _count(changes, terms if row["counted"] else (), 1)
            kept.append([row[name] for name in ("matter_id", "region_id", "category_id", "filed_on")])
            kept[-1] += [terms, row["counted"]]
        await connection().execute_many(_KEPT, kept)
        changed = {one: count for one, count in changes.items() if count}
        await connection().execute_query(_COUNTED, [list(changed), list(changed.values())])
    return len(taken)


def _count(changes: dict[int, int], terms: Iterable[int], by: int) -> None:
    for one in terms:
        changes[one] = changes.get(one, 0) + by


_FORGOTTEN = """
WITH terms AS (DELETE FROM term_count), cases AS (UPDATE case_index SET counted = false)
UPDATE case_text SET indexed_on = NULL
"""


async def forgotten() -> None:
    """The key is another: what was indexed is found no more, and the worker indexes everything anew."""
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        await connection().execute_query(_FORGOTTEN)


async def removed(matter_id: UUID) -> None:
    """Empty a case's texts; its index and its share of the counts of terms go. In the caller's transaction."""
    await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
    await connection().execute_query(_LESS, [matter_id])
    await connection().execute_query("DELETE FROM case_index WHERE matter_id = $1", [matter_id])
    await CaseText.filter(matter_id=matter_id).update(text="", indexed_on=clock.today())


_LESS = """
UPDATE term_count t SET cases = t.cases - 1 FROM case_index i
WHERE i.matter_id = $1 AND i.counted AND t.term = ANY(i.terms)
"""


async def waiting() -> int:
    """How many texts the worker has still to index."""
    return await CaseText.filter(indexed_on=None).count()
