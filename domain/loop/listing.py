"""Matters as a list: all that an actor may see, in keyset pages; newest first, or of the late the longest late."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.loop.kinds import TIERS, Kind
from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from kit import clock
from kit.words import label
from models.database import connection


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before: its day of filing, or among the late its statutory due moment."""

    key: date | datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list of matters. Late: the statutory due moment has passed and the clock runs."""

    kind: str | None = None
    stage: str | None = None
    region: str | None = None
    ended: bool | None = None
    late: bool = False


# As the partial index says it, word for word.
_LATE = "m.ended_at IS NULL AND m.paused_since IS NULL AND m.clock_stopped_at IS NULL AND m.statutory_due < "


async def page(actor: Actor, filters: Filters, after: After | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Up to `limit` matters that this actor may see: newest first, among the late the longest late."""
    values = Values()
    parts = [visible_to(actor, "m", values)]
    if filters.kind:
        parts.append(f"m.kind = {values.add(filters.kind)}")
    if filters.stage:
        parts.append(f"m.stage = {values.add(filters.stage)}")
    if filters.region:
        parts.append(f"m.region_id LIKE {values.add(filters.region + '%')}")
    if filters.ended is not None:
        parts.append("m.ended_at IS NOT NULL" if filters.ended else "m.ended_at IS NULL")
    if filters.late:
        parts.append(f"{_LATE}{values.add(clock.now())}::timestamptz")
        beyond, order = "(m.statutory_due, m.id) > ({}::timestamptz, {}::uuid)", "m.statutory_due, m.id"
    else:
        beyond, order = "(m.filed_on, m.id) < ({}::date, {}::uuid)", "m.filed_on DESC, m.id DESC"
    if after:
        parts.append(beyond.format(values.add(after.key), values.add(after.id)))
    # In the text: for an unknown limit a plan reads and sorts all that there is.
    _, rows = await connection().execute_query(
        f"SELECT m.* FROM matter m WHERE {' AND '.join(parts)} ORDER BY {order} LIMIT {int(limit)}", values.list
    )
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "kind_label": label(row["kind"], Kind.REGISTRY[row["kind"]].label),
            "number": row["number"],
            "stage": row["stage"],
            "stage_label": label(row["stage"], Kind.REGISTRY[row["kind"]].stages[row["stage"]]),
            "region": row["region_id"],
            "tier": row["tier"],
            "tier_label": label(row["tier"], TIERS[row["tier"]]),
            "filed_on": row["filed_on"],
            "statutory_due": row["statutory_due"] and clock.local(row["statutory_due"]),
            "paused_since": row["paused_since"] and clock.local(row["paused_since"]),
            "clock_stopped_at": row["clock_stopped_at"] and clock.local(row["clock_stopped_at"]),
            "ended": row["ended_at"] is not None,
            "version": row["version"],
        }
        for row in rows
    ]
