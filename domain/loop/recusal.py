"""回避: who is excluded from a case, and what follows for whoever held it (信访工作条例 art. 28 ¶3, 30 ¶3)."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID, uuid4

from domain.loop import manning
from domain.loop.kinds import By, Move
from domain.loop.manning import Accused
from kit import clock
from kit.errors import Conflict, Invalid
from models import Duty, Involvement, Matter, Person, Recusal, Relation, Role, Unit
from models.database import connection


class RecallFirst(Conflict):
    """The unit that handles, or its officer, is to be excluded: the case must be taken back first."""

    code, message = "recall_first", "承办单位或承办人需要回避，请先收回重转"


class LastOne(Conflict):
    """Nobody else could take over; the roster must name a substitute first."""

    code, message = "last_one", "没有可以接替的人员，请先安排代理后再回避"


_ACCUSED = """
SELECT r.unit_id, r.person_id, r.accused, u.duty_tags,
       (SELECT h.region_id FROM post p JOIN unit h ON h.id = p.unit_id
        WHERE p.person_id = r.person_id AND p.role = ANY($2::text[]) AND (p.until IS NULL OR p.until >= $3)
        ORDER BY length(h.region_id) LIMIT 1) AS headed
FROM recusal r LEFT JOIN unit u ON u.id = r.unit_id WHERE r.matter_id = $1
"""


async def accused_of(matter_id: UUID) -> Accused:
    """Everybody excluded from a matter, as routing needs to know them."""
    _, rows = await connection().execute_query(_ACCUSED, [matter_id, [Role.HEAD, Role.LEADER], clock.today()])
    heads = [row["headed"] for row in rows if row["accused"] and row["headed"]]
    return Accused(
        units=frozenset(row["unit_id"] for row in rows if row["unit_id"]),
        persons=frozenset(row["person_id"] for row in rows if row["person_id"]),
        above=min(heads, key=len, default=None),
        tags=frozenset(tag for row in rows for tag in row["duty_tags"] or ()),
    )


async def known(units: Iterable[UUID], persons: Iterable[UUID]) -> None:
    """Raise Invalid for a unit or person that the roster does not have."""
    wanted_units, wanted_persons = set(units), set(persons)
    if wanted_units and await Unit.filter(id__in=wanted_units).count() < len(wanted_units):
        raise Invalid("所选单位不存在")
    if wanted_persons and await Person.filter(id__in=wanted_persons).count() < len(wanted_persons):
        raise Invalid("所选人员不存在")


async def accuse(move: Move, units: Iterable[UUID], persons: Iterable[UUID], reason: str) -> None:
    """Exclude units and persons from a matter and all that it opened; the units an accused person heads too."""
    units, persons = set(units), set(persons)
    await known(units, persons)
    headed = await connection().execute_query(
        "SELECT unit_id FROM post WHERE person_id = ANY($1::uuid[]) AND role = ANY($2::text[])"
        " AND (until IS NULL OR until >= $3)",
        [list(persons), [Role.HEAD, Role.LEADER], clock.today()],
    )
    units |= {row["unit_id"] for row in headed[1]}
    everybody = await accused_of(move.matter.id)
    everybody = replace(everybody, units=everybody.units | units, persons=everybody.persons | persons)
    await _refuse_if_held(move, everybody)
    for matter_id in (move.matter.id, *await concerned(move.matter.id)):
        move.fresh += rows(matter_id, units, persons, reason, move, accused=True)
    await _pass_on(move, everybody)
    await _given_back(move, everybody)


def rows(
    matter_id: UUID, units: Iterable[UUID], persons: Iterable[UUID], reason: str, move: Move, *, accused: bool
) -> list[Recusal]:
    """Recusals as rows."""
    pairs = [*((unit, None) for unit in units), *((None, person) for person in persons)]
    return [
        Recusal(
            id=uuid4(), matter_id=matter_id, unit_id=unit, person_id=person, reason=reason[:200], accused=accused,
            since=move.at,
        )
        for unit, person in pairs
    ]  # fmt: skip


_OPENED = """
SELECT m.id FROM matter m WHERE m.opened_by_id = b.id
UNION ALL SELECT s.matter_id FROM matter_source s WHERE s.source_id = b.id
"""
_MERGED = "UNION ALL SELECT c.matter_id FROM case_file c WHERE c.merged_into_id = b.id"


async def opened_by(matter_id: UUID) -> list[UUID]:
    """Every matter that this one opened or that was made out of it, and those in turn."""
    return await _below(matter_id, _OPENED)


async def concerned(matter_id: UUID) -> list[UUID]:
    """Every matter that is kept from whomever this one is kept from: those, and what was merged into it."""
    return await _below(matter_id, _OPENED + _MERGED)


async def _below(matter_id: UUID, next_: str) -> list[UUID]:
    _, found = await connection().execute_query(
        f"WITH RECURSIVE below AS (SELECT $1::uuid AS id UNION SELECT x.id FROM below b CROSS JOIN LATERAL ({next_}) x)"
        " SELECT id FROM below WHERE id <> $1::uuid",
        [matter_id],
    )
    return [row["id"] for row in found]


_SPARED = frozenset({Role.HANDLER, Role.SUPERVISOR})  # another handler is named, a supervisor above sees to it
HOLDS = {Relation.LIAISON: Role.LIAISON, Relation.ASSIST_LIAISON: Role.LIAISON, Relation.LEAD: Role.HEAD}


async def _refuse_if_held(move: Move, accused: Accused) -> None:
    """The unit that handles is in the accused's line, its officer steps aside, or nobody is left to sign or approve."""
    places = [place for place in move.involved if place.relation is not Relation.INTAKE]
    if not places:
        return
    lines = await Unit.filter(id__in=[place.unit_id for place in places]).values_list("line", flat=True)
    there = await manning.left([place.unit_id for place in places], accused)
    if (
        any(accused.units.intersection(line) for line in lines)
        or await manning.stepping_aside([place.post_id for place in places if place.post_id], accused)
        or any((place.unit_id, HOLDS[place.relation]) not in there for place in places if place.relation in HOLDS)
    ):
        raise RecallFirst


async def _pass_on(move: Move, accused: Accused) -> None:
    """If the receiving unit has nobody left who may know, the next of the intake chain takes its place."""
    present = move.matter.receiving_unit_id
    if {role for _, role in await manning.left([present], accused)} >= manning.RECEIVING:
        return
    receiver = (await manning.receiver(accused)).unit_id
    await move.release(Relation.INTAKE)
    move.involve(Relation.INTAKE, receiver)
    await Duty.filter(matter_id=move.matter.id, closed_at=None, unit_id=present).update(unit_id=receiver, post_id=None)
    await Matter.filter(id=move.matter.id).update(receiving_unit_id=receiver)
    move.matter.receiving_unit_id = receiver


async def _given_back(move: Move, accused: Accused) -> None:
    """What an excluded person had claimed goes back to their unit."""
    claimed = [duty.post_id for duty in move.duties if duty.post_id]
    aside = await manning.stepping_aside(claimed, accused) if claimed else set()
    if aside:
        await Duty.filter(matter_id=move.matter.id, closed_at=None, post_id__in=aside).update(post_id=None)


async def step_aside(move: Move, reason: str) -> None:
    """An officer excludes themself; raises LastOne when nobody of their role is left in their unit."""
    standing, person = move.actor.standing, move.actor.person_id
    if standing is None or person is None:
        return
    accused = await accused_of(move.matter.id)
    others = await manning.left([standing.unit_id], replace(accused, persons=accused.persons | {person}))
    if (standing.unit_id, standing.role) not in others and standing.role not in _SPARED:
        raise LastOne
    await shut_out(move, person, reason)


async def shut_out(move: Move, person: UUID, reason: str) -> None:
    """A person is out of a matter and of what comes of it; whatever they had claimed there is their unit's again."""
    matters = [move.matter.id, *await concerned(move.matter.id)]
    for matter_id in matters:
        move.fresh += rows(matter_id, [], [person], reason, move, accused=False)
    claimed = Duty.filter(matter_id__in=matters, closed_at=None, post_id__not_isnull=True)
    posts: list[UUID] = [duty.post_id for duty in await claimed if duty.post_id]
    aside = await manning.stepping_aside(posts, Accused(frozenset(), frozenset({person}))) if posts else set()
    await claimed.filter(post_id__in=aside).update(post_id=None)


async def handed_on(move: Move, by: By, unit_id: UUID) -> None:
    """Another unit stands so to a matter and to whatever came of it, and owes what that role owes there."""
    place = move.standing(by.relation)
    if place is None:
        return
    below = await concerned(move.matter.id)
    await move.release(by.relation)
    move.involve(by.relation, unit_id)
    standing = Involvement.filter(matter_id__in=below, relation=by.relation, unit_id=place.unit_id, until=None)
    beside = [one.matter_id for one in await standing]
    await standing.update(until=move.at)
    move.fresh += [
        Involvement(id=uuid4(), matter_id=one, relation=by.relation, unit_id=unit_id, since=move.at) for one in beside
    ]
    matters = [move.matter.id, *beside]
    owed = Duty.filter(matter_id__in=matters, closed_at=None, unit_id=place.unit_id, role=by.role)
    await owed.update(unit_id=unit_id, post_id=None)
    if by.relation is Relation.INTAKE:
        await Matter.filter(id__in=matters).update(receiving_unit_id=unit_id)
        move.matter.receiving_unit_id = unit_id
