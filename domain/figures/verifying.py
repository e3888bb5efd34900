"""The proof of the figures: facts against the entries, sums against the facts, due dates and ratings against both."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from domain.cases import facts
from domain.figures.tally import MEASURES, SPREAD
from domain.loop import packs
from domain.loop.clocks import Effect, derive
from kit import clock
from models import Tier
from models.database import connection

BATCH = 2000
FIRST = UUID(int=0)


@dataclass(slots=True)
class Report:
    """How much was looked at, and what differs: a case's number, or a sum's place and day, with what is wrong."""

    cases: int = 0
    sums: int = 0
    faults: list[str] = field(default_factory=list)


async def verified() -> Report:
    """Work everything out anew from the entries and compare it with what is kept."""
    report = Report()
    async for batch in _batches():
        report.cases += len(batch)
        await _facts(batch, report)
        await _dues(batch, report)
        await _ratings(batch, report)
    await _sums(report)
    return report


async def _batches() -> AsyncIterator[list[UUID]]:
    last = FIRST
    while True:
        _, rows = await connection().execute_query(
            "SELECT id FROM matter WHERE kind = 'case' AND opened_by_id IS NULL AND id > $1::uuid ORDER BY id LIMIT $2",
            [last, BATCH],
        )
        if not rows:
            return
        batch = [row["id"] for row in rows]
        yield batch
        last = batch[-1]


_COLUMNS = ", ".join(facts.COLUMNS)
_DIFFERENT = f"""
WITH derived AS ({facts.derived("m.id = ANY($1::uuid[])")}),
kept AS (SELECT {_COLUMNS} FROM case_fact WHERE matter_id = ANY($1::uuid[]))
SELECT m.number, to_jsonb(d) AS derived, to_jsonb(k) AS kept
FROM derived d FULL JOIN kept k ON k.matter_id = d.matter_id JOIN matter m ON m.id = coalesce(d.matter_id, k.matter_id)
WHERE to_jsonb(d) IS DISTINCT FROM to_jsonb(k) ORDER BY m.number
"""


async def _facts(batch: list[UUID], report: Report) -> None:
    _, rows = await connection().execute_query(_DIFFERENT, [batch])
    for row in rows:
        said, kept = _read(row["derived"]), _read(row["kept"])
        wrong = [name for name in facts.COLUMNS if said.get(name) != kept.get(name)]
        report.faults.append(f"{row['number']}：与办理记录不符（{'、'.join(wrong)}）")


def _read(raw: Any) -> dict[str, Any]:
    return dict(orjson.loads(raw)) if isinstance(raw, str | bytes) else dict(raw or {})


async def _dues(batch: list[UUID], report: Report) -> None:
    """The due date of a case is what its entries' effects on the clock make it."""
    book = await packs.book()
    _, rows = await connection().execute_query(
        "SELECT m.number, m.rule_pack_id, m.tier, m.statutory_due,"
        " array_agg(e.clock::text ORDER BY e.seq) FILTER (WHERE e.clock IS NOT NULL) AS effects"
        " FROM matter m JOIN entry e ON e.matter_id = m.id WHERE m.id = ANY($1::uuid[]) GROUP BY m.id",
        [batch],
    )
    for row in rows:
        pack = book.packs[row["rule_pack_id"]]
        effects = [Effect.read(orjson.loads(raw)) for raw in row["effects"] or ()]
        state = derive(effects, pack.terms_of(Tier(row["tier"])), pack.calendar, roll=pack.roll_holidays)
        if state.statutory_due != (row["statutory_due"] and clock.local(row["statutory_due"])):
            report.faults.append(f"{row['number']}：法定期限与办理记录不符")


_RATINGS = """
SELECT m.number FROM rating r JOIN matter m ON m.id = r.matter_id
WHERE r.matter_id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT 1 FROM entry e JOIN entry_body b ON b.entry_id = e.id
    WHERE e.matter_id = r.matter_id AND e.verb IN ('rate', 'call_back') AND (
        b.body IS NULL OR ((b.body #>> '{inputs,solved}')::boolean = r.solved
                           AND (b.body #>> '{inputs,result}')::int = r.result)
    )
) ORDER BY m.number
"""


async def _ratings(batch: list[UUID], report: Report) -> None:
    """A rating is what was said in some entry, unless that has been shredded."""
    _, rows = await connection().execute_query(_RATINGS, [batch])
    report.faults += [f"{row['number']}：评价与办理记录不符" for row in rows]


_ALL_SUMS = f"""
WITH added AS (
    SELECT scope, part, office_id, day, {", ".join(MEASURES)} FROM tally
    UNION ALL
    SELECT s.scope, s.part, c.office_id, c.day, {", ".join(MEASURES)}
    FROM tally_change c CROSS JOIN LATERAL {SPREAD.format("c")} s
    UNION ALL
    SELECT s.scope, s.part, c.office_id, c.day, {", ".join(f"-{name}" for name in MEASURES)}
    FROM case_event c CROSS JOIN LATERAL {SPREAD.format("c")} s
)
SELECT scope, part, day FROM added GROUP BY scope, part, office_id, day
HAVING {" OR ".join(f"sum({name}) <> 0" for name in MEASURES)} ORDER BY scope, part, day
"""


async def _sums(report: Report) -> None:
    """Each sum is that of its cases, changes not added yet included: the difference of the two is nothing anywhere."""
    _, rows = await connection().execute_query(_ALL_SUMS)
    report.faults += [f"{row['scope']} {row['part']} {row['day']}：合计与各件不符" for row in rows]
    _, counted = await connection().execute_query("SELECT count(*) AS n FROM tally")
    report.sums = counted[0]["n"]
