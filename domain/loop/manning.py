"""Who is left for a case when those who must step aside are gone: by name, or by any post (信访工作条例 art. 28)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from domain.loop import packs
from domain.loop.packs import Receiver
from kit import clock
from models import Role
from models.database import connection

RECEIVING = frozenset({Role.REGISTRAR, Role.CALL_BACK_OFFICER})  # without whom a unit takes nothing in


@dataclass(frozen=True, slots=True)
class Accused:
    """Who is excluded: units (subordinates follow by their line) and persons.

    `above` is the region of a unit whose head is accused: such a case goes a level up. `tags` are the accused
    units' own duties, which a region above has too.
    """

    units: frozenset[UUID]
    persons: frozenset[UUID]
    above: str | None = None
    tags: frozenset[str] = frozenset()


def out(day: str, units: str, persons: str) -> str:
    """SQL: the person of post `p` must step aside; the arguments are placeholders of the day and of who is excluded."""
    return (
        f"(p.person_id = ANY({persons}::uuid[]) OR EXISTS (SELECT 1 FROM post q JOIN unit v ON v.id = q.unit_id"
        f" WHERE q.person_id = p.person_id AND q.since <= {day} AND (q.until IS NULL OR q.until >= {day})"
        f" AND v.line && {units}::uuid[]))"
    )


_LEFT = f"""
SELECT DISTINCT p.unit_id, p.role FROM post p
WHERE p.unit_id = ANY($1::uuid[]) AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2)
  AND NOT {out("$2", "$3", "$4")}
"""
_OUT = f"SELECT p.id FROM post p WHERE p.id = ANY($1::uuid[]) AND {out('$2', '$3', '$4')}"


async def left(units: Iterable[UUID], accused: Accused) -> set[tuple[UUID, Role]]:
    """Which roles of these units somebody still holds who need not step aside."""
    _, rows = await connection().execute_query(
        _LEFT, [list(units), clock.today(), list(accused.units), list(accused.persons)]
    )
    return {(row["unit_id"], Role(row["role"])) for row in rows}


async def stepping_aside(posts: Iterable[UUID], accused: Accused) -> set[UUID]:
    """Those of these posts whose persons must step aside."""
    _, rows = await connection().execute_query(
        _OUT, [list(posts), clock.today(), list(accused.units), list(accused.persons)]
    )
    return {row["id"] for row in rows}


async def receiver(accused: Accused) -> Receiver:
    """The first unit of the intake chain that still has a registrar and a call-back officer.

    Raises NoReceiver when there is none; the chain should end with a unit that has no superior.
    """
    able = (await packs.book()).outside(accused.units)
    if not accused.units and not accused.persons:
        return able[0]
    there = await left([unit.unit_id for unit in able], accused)
    for unit in able:
        if {(unit.unit_id, role) for role in RECEIVING} <= there:
            return unit
    raise packs.NoReceiver
