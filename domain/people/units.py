"""Regions and the tree of units: loading, the line of superiors, search, renaming and merging."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from kit import clock
from kit.errors import Conflict, Invalid
from models import Level, Post, Region, Unit
from models.database import connection, insert


class UnitEnded(Conflict):
    """A unit that was already renamed, merged or closed."""

    code, message = "unit_ended", "单位已经更名、并入其他单位或撤销"


async def regions_loaded(path: Path) -> int:
    """Load the regions of a CSV (code, name, level, parent) and return how many are new or changed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        given = [(row["code"], row["name"], Level(row["level"]), row["parent"] or None) for row in csv.DictReader(file)]
    async with in_transaction():
        known = {region.code: region for region in await Region.all()}
        await insert(
            Region(code=code, name=name, level=level, parent_id=parent)
            for code, name, level, parent in given
            if code not in known
        )
        changed = 0
        for code, name, level, parent in given:
            if code in known and (known[code].name, known[code].level, known[code].parent_id) != (name, level, parent):
                await Region.filter(code=code).update(name=name, level=level, parent_id=parent)
                changed += 1
    return changed + len({code for code, *_ in given} - known.keys())


# First up the tree, then back through mergers: whoever took over the staff of an accused unit is shut out with it,
# but a predecessor's former superiors are not the successor's.
_LINES = """
WITH RECURSIVE up (unit, id) AS (
    SELECT id, id FROM unit
    UNION SELECT up.unit, u.parent_id FROM up JOIN unit u ON u.id = up.id WHERE u.parent_id IS NOT NULL
), line (unit, id) AS (
    SELECT unit, id FROM up
    UNION SELECT line.unit, u.id FROM line JOIN unit u ON u.successor_id = line.id
), lines AS (
    SELECT unit, array_agg(id ORDER BY id) AS ids FROM line GROUP BY unit
)
UPDATE unit SET line = lines.ids FROM lines WHERE lines.unit = unit.id AND unit.line IS DISTINCT FROM lines.ids
RETURNING unit.id
"""


async def relined() -> int:
    """Work out every unit's line anew after the tree has changed; returns how many lines changed."""
    return len(await connection().execute_query_dict(_LINES))


def within(unit: Unit, above: UUID) -> bool:
    """Whether a unit is the other one, is below it, or has taken over somebody who was."""
    return above in unit.line


def subtree(above: UUID) -> QuerySet[Unit]:
    """A unit with everything below it, and whatever took these over."""
    return Unit.filter(line__contains=[above])


async def search(text: str, region_prefix: str = "", limit: int = 20) -> list[Unit]:
    """Units of today whose name contains the text, in the regions whose code begins so; shortest names first."""
    today = clock.today()
    found = await (
        Unit.filter(Q(until=None) | Q(until__gte=today), since__lte=today)
        .filter(name__contains=text.strip(), region_id__startswith=region_prefix)
        .order_by("region_id", "code")
        .limit(limit)
    )
    return list(found)


async def renamed(unit: Unit, new_name: str, on_day: date) -> Unit:
    """Give a unit a new name from a day on, as a unit of its own whose predecessor is the old one.

    The code stays with the living unit, so rosters and rules go on naming it; the old row's gets the day appended.
    Raises UnitEnded, or Invalid for a day to come.
    """
    async with in_transaction():
        await _endable([unit], on_day)
        code = unit.code
        await Unit.filter(id=unit.id).update(code=f"{code[:29]}@{on_day:%Y%m%d}", until=on_day - timedelta(days=1))
        new = Unit(
            id=uuid4(),
            code=code,
            name=new_name,
            region_id=unit.region_id,
            parent_id=unit.parent_id,
            duty_tags=unit.duty_tags,
            since=on_day,
        )
        await insert([new])
        await _taken_over([unit.id], new.id, on_day)
    return await Unit.get(id=new.id)


async def merged(units: Sequence[Unit], into: Unit, on_day: date) -> Unit:
    """Merge units into another that stands already: it gets their departments, posts, open work and duty tags.

    Raises UnitEnded, or Invalid for a day to come or a unit merged into itself or into its own department.
    """
    async with in_transaction():
        await _endable([*units, into], on_day)
        if any(within(into, unit.id) for unit in units):
            raise Invalid("不能把单位并入它自己或它的下级单位")
        ids = [unit.id for unit in units]
        await Unit.filter(id__in=ids).update(until=on_day - timedelta(days=1))
        tags = dict.fromkeys([*into.duty_tags, *(tag for unit in units for tag in unit.duty_tags)])
        await Unit.filter(id=into.id).update(duty_tags=list(tags))
        await _taken_over(ids, into.id, on_day)
    return await Unit.get(id=into.id)


async def _endable(units: Sequence[Unit], on_day: date) -> None:
    if on_day > clock.today():
        raise Invalid("生效日期不能晚于今天")
    standing = await Unit.filter(id__in=[unit.id for unit in units], until=None).select_for_update().count()
    if standing < len({unit.id for unit in units}):
        raise UnitEnded


# What goes on belongs to the successor; what has ended stays where it was done.
_HANDED_OVER = (
    "UPDATE unit SET successor_id = $2 WHERE id = ANY($1)",
    "UPDATE unit SET parent_id = $2 WHERE parent_id = ANY($1) AND until IS NULL",
    "UPDATE duty SET unit_id = $2 WHERE unit_id = ANY($1) AND closed_at IS NULL",
    "UPDATE duty SET awaited_by_unit_id = $2 WHERE awaited_by_unit_id = ANY($1) AND closed_at IS NULL",
    "UPDATE involvement SET unit_id = $2 WHERE unit_id = ANY($1) AND until IS NULL",
    "UPDATE notice SET unit_id = $2 WHERE unit_id = ANY($1) AND read_at IS NULL",
    "UPDATE matter SET receiving_unit_id = $2 WHERE receiving_unit_id = ANY($1) AND ended_at IS NULL",
    """UPDATE case_file c SET lead_unit_id = $2 FROM matter m
       WHERE m.id = c.matter_id AND m.ended_at IS NULL AND c.lead_unit_id = ANY($1)""",
)


async def _taken_over(old: list[UUID], new: UUID, on_day: date) -> None:
    await Post.filter(Q(until=None) | Q(until__gte=on_day), unit_id__in=old).update(unit_id=new)
    for statement in _HANDED_OVER:
        await connection().execute_query(statement, [old, new])
    await relined()


async def people(unit_id: UUID, role: str | None, name: str | None, limit: int) -> list[dict[str, Any]]:
    """The active posts of a unit and of those below it, by unit and name."""
    found = Post.filter(unit_id__in=[unit.id for unit in await subtree(unit_id)], since__lte=clock.today())
    found = found.filter(Q(until=None) | Q(until__gte=clock.today()))
    if role:
        found = found.filter(role=role)
    if name:
        found = found.filter(person__name__contains=name)
    posts = await found.select_related("person", "unit").order_by("unit__code", "person__name", "id").limit(limit)
    return [
        {
            "post": post.id,
            "person": post.person_id,
            "name": post.person.name,
            "title": post.title,
            "role": post.role,
            "unit": post.unit_id,
            "unit_name": post.unit.name,
        }
        for post in posts
    ]
