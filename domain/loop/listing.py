"""Matters as a list: all that an actor may see, newest first, in keyset pages."""

from dataclasses import dataclass
from datetime import date
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
    """The last row of the page before."""

    filed_on: date
    id: UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list of matters."""

    kind: str | None = None
    stage: str | None = None
    region: str | None = None


async def page(actor: Actor, filters: Filters, after: After | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Up to `limit` matters that this actor may see."""
    values = Values()
    parts = [visible_to(actor, "m", values)]
    if filters.kind:
        parts.append(f"m.kind = {values.add(filters.kind)}")
    if filters.stage:
        parts.append(f"m.stage = {values.add(filters.stage)}")
    if filters.region:
        parts.append(f"m.region_id LIKE {values.add(filters.region + '%')}")
    if after:
        parts.append(f"(m.filed_on, m.id) < ({values.add(after.filed_on)}::date, {values.add(after.id)}::uuid)")
    _, rows = await connection().execute_query(
        f"SELECT m.* FROM matter m WHERE {' AND '.join(parts)} ORDER BY m.filed_on DESC, m.id DESC"
        f" LIMIT {values.add(limit)}",
        values.list,
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
            "ended": row["ended_at"] is not None,
            "version": row["version"],
        }
        for row in rows
    ]
