"""问题清单: the lines that a reader may see, in keyset pages, newest first; and how many of them stand where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.clocks import due
from domain.loop.duties import DUE_SOON
from domain.loop.kinds import Kind
from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from domain.rectification.arising import RECTIFICATION
from domain.rectification.inputs import SOURCES
from domain.rectification.stages import IN_VERIFICATION, Stage
from kit import clock
from kit.words import label
from models import RectificationSource as Source
from models.database import connection


class State(StrEnum):
    """What a line may be looked for by; a line may be in several."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    VERIFYING = "verifying"
    STRUCK_OFF = "struck_off"
    REOPENED = "reopened"


class LedgerBy(StrEnum):
    """Into what the ledger is taken apart."""

    REGION = "region"
    UNIT = "unit"
    SOURCE = "source"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the ledger: unit, place with all below it, source, where it stands, days on which it was listed."""

    unit: UUID | None = None
    region: str | None = None
    source: Source | None = None
    state: State | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    filed_on: date
    id: UUID


_RUNS = "m.ended_at IS NULL AND m.paused_since IS NULL AND m.clock_stopped_at IS NULL"
_VERIFYING = "m.stage IN ({})".format(", ".join(f"'{stage}'" for stage in sorted(IN_VERIFICATION)))
_STRUCK = f"m.stage = '{Stage.STRUCK_OFF}'"


async def states(values: Values) -> dict[State, str]:
    """SQL: the condition of each state, of a matter `m` and its line `r`."""
    now = clock.now()
    here = f"{values.add(now)}::timestamptz"
    soon = f"{values.add(due(now, DUE_SOON, (await packs.book()).calendar))}::timestamptz"
    return {
        State.OPEN: "m.ended_at IS NULL",
        State.DUE_SOON: f"{_RUNS} AND m.statutory_due >= {here} AND m.statutory_due <= {soon}",
        State.OVERDUE: f"{_RUNS} AND m.statutory_due < {here}",
        State.VERIFYING: _VERIFYING,
        State.STRUCK_OFF: _STRUCK,
        State.REOPENED: "m.ended_at IS NULL AND r.reopenings > 0",
    }


def _narrowed(actor: Actor, filters: Filters, values: Values, known: Mapping[State, str]) -> str:
    parts = [f"m.kind = '{RECTIFICATION}'", visible_to(actor, "m", values)]
    if filters.unit:
        parts.append(f"r.unit_id = {values.add(filters.unit)}::uuid")
    if filters.region:
        parts.append(f"m.region_id LIKE {values.add(filters.region + '%')}")
    if filters.source:
        parts.append(f"r.source = {values.add(str(filters.source))}")
    if filters.state:
        parts.append(f"({known[filters.state]})")
    if filters.since:
        parts.append(f"m.filed_on >= {values.add(filters.since)}::date")
    if filters.until:
        parts.append(f"m.filed_on <= {values.add(filters.until)}::date")
    return " AND ".join(parts)


LINE = """
m.id, m.number, m.stage, m.region_id, m.filed_on, m.statutory_due, m.ended_at, r.source, r.problem, r.reopenings,
r.struck_off_on, r.published_on, u.name AS unit, b.name AS by_unit, v.name AS verifier
"""


async def page(
    actor: Actor,
    filters: Filters,
    after: After | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Up to `limit` lines of the ledger that this actor may see, newest first."""
    values = Values()
    known = await states(values)
    where = _narrowed(actor, filters, values, known)
    if after:
        where += f" AND (m.filed_on, m.id) < ({values.add(after.filed_on)}::date, {values.add(after.id)}::uuid)"
    _, rows = await connection().execute_query(
        f"SELECT {LINE}, {known[State.OVERDUE]} AS overdue, {known[State.DUE_SOON]} AS due_soon"
        " FROM matter m JOIN rectification r ON r.matter_id = m.id JOIN unit u ON u.id = r.unit_id"
        " JOIN unit b ON b.id = r.by_unit_id LEFT JOIN unit v ON v.id = r.verifier_id"
        f" WHERE {where} ORDER BY m.filed_on DESC, m.id DESC LIMIT {int(limit)}",
        values.list,
    )
    return [shown(row) for row in rows]


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the ledger as lists have it."""
    stages = Kind.REGISTRY[RECTIFICATION].stages
    return {
        "id": row["id"],
        "number": row["number"],
        "stage": row["stage"],
        "stage_label": label(row["stage"], stages[row["stage"]]),
        "source": row["source"],
        "source_label": label(row["source"], SOURCES[Source(row["source"])]),
        "problem": row["problem"],
        "unit": row["unit"],
        "by_unit": row["by_unit"],
        "verifier": row["verifier"],
        "region": row["region_id"],
        "filed_on": row["filed_on"],
        "due_on": row["statutory_due"] and clock.local(row["statutory_due"]).date(),
        "overdue": row["overdue"],
        "due_soon": row["due_soon"],
        "reopened": row["reopenings"] > 0,
        "struck_off_on": row["struck_off_on"] if row["stage"] == Stage.STRUCK_OFF else None,
        "published": row["published_on"] is not None,
        "ended": row["ended_at"] is not None,
    }


MEASURES = ("listed", "working", "verifying", "due_soon", "overdue", "struck_off", "on_time", "ever_struck", "reopened")
NONE: Mapping[str, int] = dict.fromkeys(MEASURES, 0)
_KEYS = {
    LedgerBy.REGION: "left(m.region_id, {digits})",
    LedgerBy.UNIT: "r.unit_id::text",
    LedgerBy.SOURCE: "r.source",
    LedgerBy.MONTH: "to_char(m.filed_on, 'YYYY-MM')",
}
_BELOW = {0: 2, 2: 4, 4: 6, 6: 9}  # digits of the regions right below a place


async def counted(
    actor: Actor, filters: Filters, by: LedgerBy | None = None
) -> tuple[Mapping[str, int], Sequence[Any]]:
    """The whole, and its parts by their key in order: one statement over the ledger's own index.

    What was dropped (撤销) is counted nowhere. `docs/figures.md` says what each number means.
    """
    values = Values()
    known = await states(values)
    where = _narrowed(actor, filters, values, known)
    digits = _BELOW.get(len(filters.region or ""), 12)
    key = _KEYS[by].format(digits=digits) if by else "''"
    numbers = {
        "listed": "TRUE",
        "working": f"m.ended_at IS NULL AND NOT {_VERIFYING}",
        "verifying": _VERIFYING,
        "due_soon": known[State.DUE_SOON],
        "overdue": known[State.OVERDUE],
        "struck_off": _STRUCK,
        "on_time": f"{_STRUCK} AND m.clock_stopped_at <= m.statutory_due",
        "ever_struck": "r.struck_off_on IS NOT NULL",
        "reopened": "r.reopenings > 0",
    }
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})::int AS {name}" for name, condition in numbers.items())
    _, rows = await connection().execute_query(
        f"SELECT {key} AS key, {counts} FROM matter m JOIN rectification r ON r.matter_id = m.id"
        f" WHERE {where} AND m.stage <> '{Stage.DROPPED}' GROUP BY 1 ORDER BY 1",
        values.list,
    )
    parts = [(row["key"], {name: row[name] for name in MEASURES}) for row in rows]
    total = {name: sum(part[name] for _, part in parts) for name in MEASURES}
    return total, parts if by else []
