"""统计: what an actor may see, counted by region, unit, category and period; see `docs/figures.md`.

Offices that see a whole place read the sums of it, less what they are shut out of; everybody else's cases are counted
one by one, as `counted_for` gives them. Both ways give the same numbers (`tests/domain/figures/test_statistics.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.figures.tally import MEASURES
from domain.loop import packs
from domain.loop.sight import OFFICES, Values, counted_for
from domain.people.actors import Actor
from kit import clock
from models import ActorKind, Role
from models.database import connection

Row = Mapping[str, int]
NONE: Row = dict.fromkeys(MEASURES, 0)
CITY, COUNTY = 4, 6  # digits of a region's code; sums are kept down to the county


class By(StrEnum):
    """Into what a total is taken apart."""

    REGION = "region"
    UNIT = "unit"
    CATEGORY = "category"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases, and of which days: from the first to the last, both included, none later than today."""

    since: date
    until: date
    region: str = ""
    unit: UUID | None = None
    category: str | None = None
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of what was asked for, its parts in their order, and where the open cases stand now."""

    asked: Asked
    total: Row
    groups: Sequence[tuple[str, Row]] = ()
    stages: Mapping[str, int] = field(default_factory=dict)


async def counted(actor: Actor, asked: Asked) -> Counted:
    """Everything that the statistics page shows; nothing where the actor has no part in cases."""
    asked, within = await _within(actor, asked)
    if not within:
        return Counted(asked, NONE)
    whole = dict(await _rows(actor, replace(asked, by=None))).get("", NONE)
    groups = sorted(await _rows(actor, asked)) if asked.by else []
    return Counted(asked, whole, groups, await _stages(actor, asked))


async def total(actor: Actor, asked: Asked) -> Row:
    """Only the numbers of the whole."""
    asked, within = await _within(actor, asked)
    return dict(await _rows(actor, replace(asked, by=None))).get("", NONE) if within else NONE


async def _within(actor: Actor, asked: Asked) -> tuple[Asked, bool]:
    """What was asked for as far as the actor's own region reaches, and days as far as they have come."""
    root = min((await packs.book()).regions, key=len, default="")
    wanted = asked.region or root
    own = actor.standing.region if actor.standing and actor.role is Role.SUPERVISOR else ""
    region = max(wanted, own, key=len)
    asked = replace(asked, region=region, until=min(asked.until, clock.today()))
    return asked, region.startswith(wanted) and region.startswith(own)


async def _rows(actor: Actor, asked: Asked) -> list[tuple[str, Row]]:
    values, among = Values(), await _among(asked)
    inner = (_of_sums if has_sums(actor, asked) else _one_by_one)(actor, asked, values, among)
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in MEASURES)
    _, rows = await connection().execute_query(f"SELECT key, {sums} FROM ({inner}) counted GROUP BY key", values.list)
    found = [(row["key"], {name: row[name] for name in MEASURES}) for row in rows if row["key"] is not None]
    return [(key, row) for key, row in found if any(row.values())]


async def _among(asked: Asked) -> list[str]:
    """Which regions or units are told apart: those right below the place, or those of the place itself."""
    match asked.by:
        case By.REGION:
            statement = "SELECT code AS name FROM region WHERE parent_id = $1"
        case By.UNIT:
            statement = "SELECT id::text AS name FROM unit WHERE region_id = $1"
        case _:
            return []
    _, rows = await connection().execute_query(statement, [asked.region])
    return [row["name"] for row in rows]


_NAMES = ", ".join(MEASURES)
_LESS = ", ".join(f"-{name}" for name in MEASURES)


def has_sums(actor: Actor, asked: Asked) -> bool:
    """Whether the actor sees whole places, and sums of what is asked for are kept."""
    if not (actor.kind is ActorKind.SYSTEM or actor.role in OFFICES):
        return False
    if asked.unit or asked.by is By.UNIT:
        return not asked.category and len(asked.region) <= CITY and asked.by not in (By.REGION, By.CATEGORY)
    return len(asked.region) < COUNTY if asked.by is By.REGION else len(asked.region) <= COUNTY


def _of_sums(actor: Actor, asked: Asked, values: Values, among: list[str]) -> str:
    """SQL: the sums of a place, what is not added to them yet, and less what the actor is shut out of."""
    office = _office(actor, values)
    days = f"day BETWEEN {values.add(asked.since)}::date AND {values.add(asked.until)}::date"
    these = f"{days} AND {office} AND {_narrowed('c', asked, values, among)}"
    sums, of = _scope(asked, values, among)
    key = _key("c", asked)
    parts = [
        f"SELECT {sums} AS key, {_NAMES} FROM tally t WHERE {days} AND {office} AND {of}",
        f"SELECT {key}, {_NAMES} FROM tally_change c WHERE {these}",
    ]
    if actor.kind is not ActorKind.SYSTEM:
        units, person = values.add(list(actor.shut)), values.add(actor.person_id)
        shut = f"r.unit_id = ANY({units}::uuid[]) OR r.person_id = {person}::uuid"
        parts.append(
            f"SELECT {key}, {_LESS} FROM case_event c"
            f" WHERE {these} AND c.matter_id IN (SELECT r.matter_id FROM recusal r WHERE {shut})"
        )
    return " UNION ALL ".join(parts)


def _scope(asked: Asked, values: Values, among: list[str]) -> tuple[str, str]:
    """SQL: the key of a row of sums, and which rows."""
    if asked.unit or asked.by is By.UNIT:
        units = [str(asked.unit)] if asked.unit else among
        if asked.by is By.UNIT:
            units = [unit for unit in units if unit in among]
        here = f"t.part LIKE {values.add(asked.region + '%')}"
        key = "t.scope" if asked.by is By.UNIT else _key("t", asked)
        return key, f"t.scope = ANY({values.add(units)}::text[]) AND {here}"
    if asked.by is By.CATEGORY and not asked.category:
        part = "t.part <> ''"
    else:
        part = f"t.part = {values.add(asked.category or '')}"
    if asked.by is By.REGION:
        return "t.scope", f"t.scope = ANY({values.add(among)}::text[]) AND {part}"
    key = "t.part" if asked.by is By.CATEGORY else _key("t", asked)
    return key, f"t.scope = {values.add(asked.region)} AND {part}"


def _one_by_one(actor: Actor, asked: Asked, values: Values, among: list[str]) -> str:
    """SQL: what happened in each case that the actor may see."""
    days = f"day BETWEEN {values.add(asked.since)}::date AND {values.add(asked.until)}::date"
    return (
        f"SELECT {_key('c', asked)} AS key, {_NAMES} FROM matter m JOIN case_event c ON c.matter_id = m.id"
        f" WHERE {days} AND {_narrowed('c', asked, values, among)} AND {counted_for(actor, 'm', values)}"
    )


def _key(alias: str, asked: Asked) -> str:
    match asked.by:
        case By.REGION:
            return f"left({alias}.region_id, {_below(asked.region)})"
        case By.UNIT:
            return f"{alias}.unit_id::text"
        case By.CATEGORY:
            return f"{alias}.category_id"
        case By.MONTH:
            return f"to_char({alias}.day, 'YYYY-MM')"
    return "''"


def _below(region: str) -> int:
    """How many digits the regions right below one have: towns have three more than their county."""
    return len(region) + (3 if len(region) >= COUNTY else 2)


def _narrowed(alias: str, asked: Asked, values: Values, among: list[str]) -> str:
    parts = [f"{alias}.region_id LIKE {values.add(asked.region + '%')}"]
    if asked.unit:
        parts.append(f"{alias}.unit_id = {values.add(asked.unit)}::uuid")
    if asked.category:
        parts.append(f"{alias}.category_id = {values.add(asked.category)}")
    if asked.by in (By.REGION, By.UNIT):
        parts.append(f"{_key(alias, asked)} = ANY({values.add(among)}::text[])")
    return " AND ".join(parts)


def _office(actor: Actor, values: Values) -> str:
    """SQL: an intake office's cases are those that it received."""
    if actor.standing and actor.role in OFFICES - {Role.SUPERVISOR}:
        return f"office_id = {values.add(actor.standing.unit_id)}::uuid"
    return "TRUE"


async def _stages(actor: Actor, asked: Asked) -> dict[str, int]:
    """Where the open cases of the place stand now, whatever the period."""
    values = Values()
    parts = [
        "m.kind = 'case'",
        "m.ended_at IS NULL",
        "m.opened_by_id IS NULL",
        f"m.region_id LIKE {values.add(asked.region + '%')}",
    ]
    join = ""
    if asked.unit or asked.category:
        join = " JOIN case_fact c ON c.matter_id = m.id"
        parts.append(_narrowed("c", replace(asked, by=None), values, []))
    parts.append(counted_for(actor, "m", values))
    _, rows = await connection().execute_query(
        f"SELECT m.stage, count(*) AS n FROM matter m{join} WHERE {' AND '.join(parts)} GROUP BY m.stage", values.list
    )
    return {row["stage"]: row["n"] for row in rows}
