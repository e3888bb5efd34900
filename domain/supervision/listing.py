"""Lists of supervisions with their rung, and of units that get no honours in a year, as far as a reader may know."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.kinds import Kind
from domain.loop.sight import Values, not_excluded, visible_to
from domain.people.actors import Actor
from kit import clock
from kit.words import label, phrase
from models.database import connection


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    filed_on: date
    id: UUID


class Shelf(StrEnum):
    """What asks for a look: to be decided, to be answered, late with that, hanging, to be looked at again."""

    PROPOSED = "proposed"
    WITH_UNIT = "with_unit"
    LATE = "late"
    LISTED = "listed"
    LOOK_BACK = "look_back"


_ON: dict[Shelf, str] = {
    Shelf.PROPOSED: "m.stage = 'proposed'",
    Shelf.WITH_UNIT: "m.stage IN ('issued', 'received')",
    Shelf.LATE: "m.stage IN ('issued', 'received') AND s.answer_due < {now}",
    Shelf.LISTED: "s.listed_on IS NOT NULL AND s.unlisted_on IS NULL",
    Shelf.LOOK_BACK: "b2.due_at IS NOT NULL",
}
_FROM = (
    " FROM matter m JOIN supervision s ON s.matter_id = m.id JOIN rung r ON r.code = s.rung_id"
    " JOIN unit u ON u.id = s.unit_id JOIN unit b ON b.id = s.by_unit_id"
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list."""

    rung: str | None = None
    ended: bool | None = None
    shelf: Shelf | None = None


async def page(actor: Actor, filters: Filters, after: After | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Up to `limit` supervisions that this actor may see, newest first."""
    values = Values()
    parts = ["m.kind = 'supervision'", visible_to(actor, "m", values)]
    if filters.rung:
        parts.append(f"s.rung_id = {values.add(filters.rung)}")
    if filters.ended is not None:
        parts.append("m.ended_at IS NOT NULL" if filters.ended else "m.ended_at IS NULL")
    if filters.shelf:
        parts.append(_ON[filters.shelf].format(now=values.add(clock.now()) if filters.shelf is Shelf.LATE else ""))
    if after:
        parts.append(f"(m.filed_on, m.id) < ({values.add(after.filed_on)}::date, {values.add(after.id)}::uuid)")
    _, rows = await connection().execute_query(
        "SELECT m.id, m.number, m.stage, m.filed_on, m.ended_at, s.rung_id, s.subject, s.answer_due, s.listed_on,"
        f" s.unlisted_on, r.name AS rung, u.name AS unit, b.name AS by_unit, b2.due_at AS look_back_due{_FROM}"
        " LEFT JOIN LATERAL (SELECT d.due_at FROM duty d WHERE d.matter_id = m.id AND d.name = 'look_back'"
        " AND d.closed_at IS NULL LIMIT 1) b2 ON TRUE"
        f" WHERE {' AND '.join(parts)} ORDER BY m.filed_on DESC, m.id DESC LIMIT {int(limit)}",
        values.list,
    )
    stages, now = Kind.REGISTRY["supervision"].stages, clock.now()
    return [
        {
            "id": row["id"],
            "number": row["number"],
            "stage": row["stage"],
            "stage_label": label(row["stage"], stages[row["stage"]]),
            "rung": row["rung_id"],
            "rung_label": phrase(row["rung"]),
            "subject": row["subject"],
            "unit": row["unit"],
            "by_unit": row["by_unit"],
            "filed_on": row["filed_on"],
            "answer_due": row["answer_due"] and clock.local(row["answer_due"]),
            "late": row["stage"] in ("issued", "received") and (row["answer_due"] or now) < now,
            "look_back_due": row["look_back_due"] and clock.local(row["look_back_due"]),
            "listed": row["listed_on"] is not None and row["unlisted_on"] is None,
            "ended": row["ended_at"] is not None,
        }
        for row in rows
    ]


async def late(actor: Actor) -> list[dict[str, Any]]:
    """Which units are late with their answer, on which rung, how many times; whoever is late the longest first."""
    values = Values()
    condition, late = visible_to(actor, "m", values), _ON[Shelf.LATE].format(now=values.add(clock.now()))
    _, rows = await connection().execute_query(
        f"SELECT u.name AS unit, s.rung_id AS rung, r.name, count(*) AS late, min(s.answer_due) AS since{_FROM}"
        f" WHERE m.kind = 'supervision' AND m.ended_at IS NULL AND {late} AND {condition}"
        " GROUP BY u.id, u.name, s.rung_id, r.name ORDER BY since, unit LIMIT 200",
        values.list,
    )
    return [
        {
            "unit": row["unit"],
            "rung": row["rung"],
            "rung_label": phrase(row["name"]),
            "late": row["late"],
            "since": clock.local(row["since"]),
        }
        for row in rows
    ]


async def disqualified(actor: Actor, year: int) -> list[dict[str, Any]]:
    """取消评先资格的单位: those of a year in the actor's region, but for what they are shut out of."""
    if actor.standing is None:
        return []
    values = Values()
    of_year, region = values.add(year), values.add(actor.standing.region + "%")
    _, rows = await connection().execute_query(
        "SELECT u.name AS unit, u.region_id, d.year, d.reason, d.since, d.revoked_on, d.revoke_reason"
        " FROM disqualification d JOIN unit u ON u.id = d.unit_id JOIN matter m ON m.id = d.matter_id"
        f" WHERE d.year = {of_year} AND u.region_id LIKE {region} AND {not_excluded(actor, 'm', values)}"
        " ORDER BY u.region_id, u.name, d.since LIMIT 1000",
        values.list,
    )
    return [dict(row) for row in rows]


async def rungs() -> list[tuple[str, str]]:
    """The ladder, from the lowest rung on, with the names in the language asked for."""
    return [(code, phrase(name)) for code, name in (await packs.book()).choices_of["rungs"].items()]
