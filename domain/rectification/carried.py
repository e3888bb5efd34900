"""必述内容: the lines that a unit or an official has to answer for in a year, as an earlier year left them open."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson

from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from domain.rectification.arising import RECTIFICATION
from domain.rectification.ledger import LINE, State, shown, states
from domain.rectification.stages import Stage
from models.database import connection

MOST = 200

# Judged in the year, or listed in it: a case that was judged last year and comes to light now is still answered for.
_LOST = """
m.stage <> '{dropped}' AND r.source = 'lawsuit'
AND ((m.filed_on >= {begin} AND m.filed_on < {end}) OR (r.judged_on >= {begin} AND r.judged_on < {end}))
"""
# Open when the year began (not struck off before it, or reopened before it and still open), or reopened in it.
_CARRIED = """
m.filed_on < {begin} AND m.stage <> '{dropped}' AND (
    r.struck_off_on IS NULL OR r.struck_off_on >= {begin} OR (r.reopened_on >= {begin} AND r.reopened_on < {end})
    OR (m.ended_at IS NULL AND r.reopened_on < {begin})
)
"""


async def into(
    year: int, *, unit: UUID | None = None, official: UUID | None = None, actor: Actor
) -> list[dict[str, Any]]:
    """Lines listed before a year that were unfinished when it began, or reopened in it; the longest listed first.

    Of a unit, of an official (by person), or, where both are given, of either; as far as `actor` may see them: the
    system sees all. `why` is unfinished or reopened.
    """
    return await _found(_CARRIED, year, unit, official, actor)


async def lost_in(year: int, *, unit: UUID, actor: Actor) -> list[dict[str, Any]]:
    """败诉: a unit's lost lawsuits that were judged or listed in a year, whatever became of them since."""
    return await _found(_LOST, year, unit, None, actor)


async def _found(which: str, year: int, unit: UUID | None, official: UUID | None, actor: Actor) -> list[dict[str, Any]]:
    values = Values()
    known = await states(values)
    begin, end = (f"{values.add(date(one, 1, 1))}::date" for one in (year, year + 1))
    whose = [f"r.unit_id = {values.add(unit)}::uuid"] if unit else []
    whose += [f"r.official_id = {values.add(official)}::uuid"] if official else []
    carried = which.format(begin=begin, end=end, dropped=Stage.DROPPED)
    _, rows = await connection().execute_query(
        f"SELECT {LINE}, {known[State.OVERDUE]} AS overdue, {known[State.DUE_SOON]} AS due_soon, r.measures, r.done,"
        f" r.reopened_on >= {begin} AND r.reopened_on < {end} AS again"
        " FROM rectification r JOIN matter m ON m.id = r.matter_id JOIN unit u ON u.id = r.unit_id"
        " JOIN unit b ON b.id = r.by_unit_id LEFT JOIN unit v ON v.id = r.verifier_id"
        f" WHERE m.kind = '{RECTIFICATION}' AND ({' OR '.join(whose) or 'FALSE'}) AND {carried}"
        f" AND {visible_to(actor, 'm', values)} ORDER BY m.filed_on, m.id LIMIT {MOST}",
        values.list,
    )
    return [
        shown(row)
        | {
            "measures": orjson.loads(row["measures"]),
            "done": row["done"],
            "why": "reopened" if row["again"] else "unfinished",
        }
        for row in rows
    ]
