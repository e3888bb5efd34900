"""Whoever leaves a post leaves what they claimed to their colleagues; what was assigned to them waits for the unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tortoise.transactions import in_transaction

from domain.loop import duties, sight
from domain.people import roster
from domain.people.actors import SYSTEM
from domain.people.roster import RosterReport, Row
from kit import clock
from models import Duty
from models.database import connection, insert

_HELD = "FROM duty d JOIN post p ON p.id = d.post_id WHERE d.closed_at IS NULL AND p.until < $1"
_CLAIMED = f"SELECT d.id, d.matter_id, d.name {_HELD} AND NOT {duties.assigned('d')} ORDER BY d.matter_id, d.id"
_ASSIGNED = f"""
SELECT n.name AS person, u.name AS unit, count(*) AS duties
FROM (SELECT p.person_id, p.unit_id {_HELD} AND {duties.assigned("d")}) left_behind
JOIN person n ON n.id = left_behind.person_id JOIN unit u ON u.id = left_behind.unit_id
GROUP BY n.id, u.id ORDER BY u.code, n.code
"""


@dataclass(frozen=True, slots=True)
class Unattended:
    """How many open duties are assigned to somebody whose post has ended: their unit must assign them anew."""

    person: str
    unit: str
    duties: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an import did about those who left. Which matters these are is not for whoever keeps the roster."""

    released: int = 0
    unattended: tuple[Unattended, ...] = ()


async def imported(rows: Iterable[Row], **how: Any) -> tuple[RosterReport, Leaving]:
    """A roster import (`roster.imported`, same arguments); in its transaction, claims of ended posts are given back."""
    async with in_transaction():
        report = await roster.imported(rows, **how)
        return report, Leaving(await given_back(), await unattended()) if report.applied else Leaving()


async def given_back() -> int:
    """Release every duty that was claimed, not assigned, through a post that has ended; returns how many.

    Safe to run twice, and run daily: a last day in the future ends a post without another import.
    """
    async with in_transaction():
        held = {row["matter_id"] for row in await _claimed()}
        locked = {matter.id: matter for matter in await sight.locked(held)}
        claimed = [row for row in await _claimed() if row["matter_id"] in locked]  # as it is under the locks
        await Duty.filter(id__in=[row["id"] for row in claimed]).update(post_id=None)
        for row in claimed:
            matter = locked[row["matter_id"]]
            await insert(duties.turned(matter, SYSTEM, "release", row["name"], clock.now()))
            await matter.save(update_fields=["entries_made", "head"])
    return len(claimed)


async def _claimed() -> list[dict[str, Any]]:
    return [dict(row) for row in await connection().execute_query_dict(_CLAIMED, [clock.today()])]


async def unattended() -> tuple[Unattended, ...]:
    """Whose assigned duties nobody does any more, by unit and person."""
    found = await connection().execute_query_dict(_ASSIGNED, [clock.today()])
    return tuple(Unattended(**row) for row in found)
