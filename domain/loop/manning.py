"""Who is left for a case when those who must step aside are gone: by name, or by any post (信访工作条例 art. 28)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.packs import Receiver
from kit import clock
from models import Role, Unit
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that might lead, with those of its people who may."""

    id: UUID
    name: str
    region: str
    tags: frozenset[str]
    liaison_unit: UUID | None
    lacks: str


# The people of each unit by their index, unit for unit: whatever the planner thinks of a roster just imported.
_POSTS = f"""
SELECT u.id, u.name, u.region_id, u.duty_tags, u.line, p.role, {out("$3", "$6", "$7")} AS out
FROM unit u LEFT JOIN LATERAL (
    SELECT p.role, p.person_id FROM post p WHERE p.unit_id = u.id AND p.role = ANY($4::text[])
        AND p.since <= $3 AND (p.until IS NULL OR p.until >= $3) OFFSET 0
) p ON true
WHERE u.since <= $3 AND (u.until IS NULL OR u.until >= $3)
  AND (u.region_id = ANY($1::text[])
       OR u.line && $5::uuid[]
       OR u.line && ARRAY(SELECT c.id FROM unit c WHERE c.region_id = ANY($1::text[]) AND c.duty_tags && $2::text[]))
"""


def chain_of(region: str, above: str | None) -> list[str]:
    """The regions in which an owner is looked for, nearest first: towns use their county's people.

    With `above`, only regions over that one's level count; above the province there is none, so it stays.
    """
    codes = [region[:length] for length in (6, 4, 2) if length <= len(region)]
    if above is None:
        return codes
    higher = [code for code in codes if len(code) < min(len(above), 6)]
    return higher or codes[-1:]


async def candidates(chain: list[str], tags: set[str], accused: Accused, extra: list[UUID]) -> list[Candidate]:
    """The units of these regions that have one of these tags, and `extra`, with what each lacks to lead."""
    roles, today = [Role.LIAISON, Role.HANDLER, Role.HEAD], clock.today()
    _, rows = await connection().execute_query(
        _POSTS, [chain, sorted(tags), today, roles, extra, list(accused.units), list(accused.persons)]
    )
    units: dict[UUID, Any] = {}
    manned: dict[UUID, set[str]] = {}
    liaisons: dict[str, set[UUID]] = {}
    for row in rows:
        units[row["id"]] = row
        if row["role"] is None or row["out"]:
            continue
        # A handler of a department handles for every unit above it; heads and liaisons only for their own.
        for unit in row["line"] if row["role"] == Role.HANDLER else [row["id"]]:
            manned.setdefault(unit, set()).add(row["role"])
        if row["role"] == Role.LIAISON:
            liaisons.setdefault(row["region_id"], set()).add(row["id"])
    found = []
    for unit in sorted(units.values(), key=lambda row: (-len(row["region_id"]), row["name"], str(row["id"]))):
        has = manned.get(unit["id"], set())
        excluded = bool(accused.units & set(unit["line"]))
        lacks = (
            "应当回避" if excluded else "没有负责人" if "head" not in has else "" if "handler" in has else "没有承办人"
        )
        own = unit["id"] if "liaison" in has else None
        desk = own or next(
            (min(liaisons[code], key=str) for code in chain if unit["region_id"].startswith(code) and code in liaisons),
            None,
        )
        found.append(Candidate(unit["id"], unit["name"], unit["region_id"], frozenset(unit["duty_tags"]), desk, lacks))
    return found


async def liaison_of(unit_id: UUID, accused: Accused) -> UUID | None:
    """The unit whose liaison signs for another: itself, else its county's, city's or province's."""
    unit = await Unit.get_or_none(id=unit_id)
    if unit is None:
        return None
    found = await candidates(chain_of(unit.region_id, None), set(), accused, [unit_id])
    return next((candidate.liaison_unit for candidate in found if candidate.id == unit_id), None)


_NEAREST = f"""
SELECT u.id FROM post p JOIN unit u ON u.id = p.unit_id
WHERE p.role = $1 AND u.region_id = ANY($5::text[]) AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2)
  AND NOT {out("$2", "$3", "$4")}
ORDER BY length(u.region_id) DESC, u.code LIMIT 1
"""


async def nearest(role: Role, regions: Iterable[str], accused: Accused) -> UUID | None:
    """The unit with somebody of a role who need not step aside, in the smallest of these regions, if any."""
    values = [role, clock.today(), list(accused.units), list(accused.persons), list(regions)]
    _, rows = await connection().execute_query(_NEAREST, values)
    return rows[0]["id"] if rows else None
