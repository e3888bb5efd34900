"""Every request for an identity, as the audit administrator reads them: who, what for, by whose leave, how often."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.identity.inputs import PARTS, PURPOSES
from domain.identity.requesting import KIND
from domain.identity.table import LABELS, Stage
from domain.loop.sight import Values, not_excluded
from domain.people.actors import Actor
from domain.people.names import Name, named
from kit import clock
from kit.words import label
from models import IdentityPart, IdentityPurpose
from models.database import connection


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    filed_on: date
    id: UUID


async def page(actor: Actor, after: After | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Up to `limit` requests that this actor is not shut out of, the newest first; never an identity."""
    values = Values()
    parts = [not_excluded(actor, "m", values)]
    if after:
        parts.append(f"(m.filed_on, m.id) < ({values.add(after.filed_on)}::date, {values.add(after.id)}::uuid)")
    _, rows = await connection().execute_query(
        "SELECT m.id, m.number, m.stage, m.filed_on, c.number AS of, r.* FROM matter m"
        " JOIN identity_request r ON r.matter_id = m.id JOIN matter c ON c.id = m.opened_by_id"
        f" WHERE m.kind = '{KIND}' AND {' AND '.join(parts)} ORDER BY m.filed_on DESC, m.id DESC LIMIT {int(limit)}",
        values.list,
    )
    names = await named(post for row in rows for post in (row["asked_by_post_id"], row["decided_by_post_id"]))

    def who(post: UUID | None) -> dict[str, str] | None:
        name: Name | None = names.get(post) if post else None
        return {"unit": name.unit, "person": name.person} if name else None

    return [
        {
            "id": row["id"],
            "number": row["number"],
            "case": row["of"],
            "filed_on": row["filed_on"],
            "stage": row["stage"],
            "stage_label": label(row["stage"], LABELS[Stage(row["stage"])]),
            "purpose_label": label(row["purpose"], PURPOSES[IdentityPurpose(row["purpose"])]),
            "part_label": label(row["part"], PARTS[IdentityPart(row["part"])]),
            "reason": row["reason"],
            "asked_by": who(row["asked_by_post_id"]),
            "decided_by": who(row["decided_by_post_id"]),
            "open_until": row["open_until"] and clock.local(row["open_until"]),
            "deferred": row["deferred"],
            "looks": row["looks"],
        }
        for row in rows
    ]
