"""Whoever is excluded reads as if the case were not there; whoever is not, reads it: on random trees of units."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.cases.looking import text_looked_at
from domain.loop import duties, engine, notices, packs, reading, sight
from domain.loop.duties import Tab
from domain.people import actors, units
from domain.people.actors import Actor
from kit import clock
from kit.errors import NotFound
from models import Duty, Involvement, Notice, Person, Post, Recusal, Relation, Role, Unit
from models.database import connection, insert
from tests.makers import CHENGGUAN, Walk, case_filed
from tests.observed import undone

pytestmark = pytest.mark.asyncio(loop_scope="module")

STANDS = {
    Role.REGISTRAR: Relation.INTAKE,
    Role.CALL_BACK_OFFICER: Relation.INTAKE,
    Role.LIAISON: Relation.LIAISON,
    Role.HEAD: Relation.LEAD,
    Role.HANDLER: Relation.ASSIGNEE,
    Role.SUPERVISOR: Relation.OVERSIGHT,
}
MOST = 6  # units of a tree
place = st.integers(0, MOST - 1)


@dataclass(frozen=True)
class Plan:
    """A tree (each unit's superior is an earlier one or none), what became of it, its people, and who is accused."""

    parents: list[int | None]
    merged: tuple[int, int]
    renamed: int
    people: list[
        tuple[int, Role, int | None, bool]
    ]  # unit, role, a second post elsewhere, substitute of the one before
    accused_unit: int | None
    accused_person: int | None


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    parents: list[int | None] = [None]
    parents += [draw(st.none() | st.integers(0, before)) for before in range(MOST - 1)]
    merged, renamed = draw(st.tuples(place, place)), draw(place)
    somewhere = st.sampled_from([merged[0], renamed]) | place  # what became of a unit matters, so it is drawn often
    people = st.tuples(somewhere, st.sampled_from(list(STANDS)), st.none() | somewhere, st.booleans())
    return Plan(
        parents,
        merged,
        renamed,
        draw(st.lists(people, min_size=6, max_size=8)),
        draw(st.none() | somewhere),
        draw(st.none() | st.integers(0, 5)),
    )


@dataclass
class World:
    """The tree and its people as they stand in the database."""

    units: list[UUID] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    persons: list[UUID] = field(default_factory=list)


async def _made(plan: Plan) -> World:
    world = World(units=[uuid4() for _ in plan.parents])
    old = date(2024, 1, 1)
    await insert(
        Unit(
            id=own, code=own.hex[:28], name=f"单位{number}", region_id=CHENGGUAN, since=old, line=[],
            parent_id=None if above is None else world.units[above],
        )
        for number, (own, above) in enumerate(zip(world.units, plan.parents, strict=True))
    )  # fmt: skip
    for number, (unit, role, second, substitute) in enumerate(plan.people):
        person = await Person.create(code=uuid4().hex, name=f"人员{number}")
        world.persons.append(person.id)
        before = world.posts[-1] if substitute and world.posts else None
        if before:
            unit_id, role = before.unit_id, before.role
        else:
            unit_id = world.units[unit]
        post = await Post.create(
            person_id=person.id, unit_id=unit_id, role=role, since=old, stands_in_for_id=before and before.id
        )
        world.posts.append(post)
        if second is not None:
            await Post.create(person_id=person.id, unit_id=world.units[second], role=Role.EVALUATOR, since=old)
    await units.relined()
    # Somebody's unit was renamed, another merged: both by the commands, with what follows from them.
    small, big = [await Unit.get(id=world.units[number]) for number in plan.merged]
    if small.id not in big.line:
        await units.merged([small], big, clock.today())
    living = await Unit.get(id=world.units[plan.renamed])
    if living.until is None:
        await units.renamed(living, "更名后的单位", clock.today())
    return world


async def _shut(person: UUID, accused_unit: UUID | None, accused_person: UUID | None) -> bool:
    """Worked out apart from `Unit.line`: up the tree from each post's unit, then back through what was merged."""
    if person == accused_person:
        return True
    every = {unit.id: unit for unit in await Unit.all().only("id", "parent_id", "successor_id")}
    today = clock.today()
    reached = set()
    for post in await Post.filter(person_id=person):
        unit: UUID | None = post.unit_id
        while unit and (post.until is None or post.until >= today):
            reached.add(unit)
            unit = every[unit].parent_id
    while more := {unit.id for unit in every.values() if unit.successor_id in reached} - reached:
        reached |= more
    return accused_unit in reached


async def _everything(actor: Actor) -> list[Any]:
    """The whole of what this actor reads."""
    lists = [await duties.page(actor, tab, limit=200) for tab in Tab]
    return [lists, await duties.counts(actor), await notices.inbox(actor, limit=200)]


async def _involved(walk: Walk, world: World) -> None:
    """Everybody of the tree has to do with the case, owes something, is told and waits: by the tables' own columns."""
    now, matter = clock.now(), walk.holder.matter_id
    assert matter is not None
    rows: list[Any] = []
    for number, post in enumerate(await Post.filter(id__in=[post.id for post in world.posts])):
        relation, assigned = STANDS[post.role], post.id if post.role is Role.HANDLER else None
        held = {"role": post.role, "unit_id": post.unit_id, "post_id": assigned}
        if relation is not Relation.OVERSIGHT:
            rows.append(
                Involvement(
                    id=uuid4(), matter_id=matter, relation=relation, unit_id=post.unit_id, post_id=assigned,
                    since=now, until=None,
                )
            )  # fmt: skip
        rows += [
            Duty(
                id=uuid4(), matter_id=matter, name="relay", awaited_by_post_id=post.id, awaited_by_unit_id=None,
                returned=True, opened_at=now, due_at=now + days * timedelta(days=1), **held,
            )
            for days in (-1, 1)
        ]  # fmt: skip
        rows.append(
            Notice(
                id=uuid4(), matter_id=matter, template="duty_opened", once=f"{matter}/{number}", owed_at=now,
                delivered_on=now.date(), **held,
            )
        )  # fmt: skip
    await insert(rows)


@settings(
    max_examples=10,
    phases=[Phase.generate],  # a tree that fails is small enough to read
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans())
async def test_the_excluded_read_as_if_the_case_were_not_there(shared_province: str, plan: Plan) -> None:
    packs.forget()
    async with undone():
        world = await _made(plan)
        readers = [await actors.of_person(person, active=post.id) for person, post in _pairs(world)]
        before = [await _everything(reader) for reader in readers]
        walk = await case_filed()
        await _involved(walk, world)
        accused_unit = None if plan.accused_unit is None else world.units[plan.accused_unit]
        accused_person = None if plan.accused_person is None else world.persons[plan.accused_person]
        for unit, person in ((accused_unit, None), (None, accused_person)):
            if unit or person:
                await Recusal.create(
                    matter_id=walk.holder.matter_id, unit_id=unit, person_id=person, reason="被举报", accused=True,
                    since=clock.now(),
                )  # fmt: skip
        for reader, without in zip(readers, before, strict=True):
            assert reader.person_id is not None
            if await _shut(reader.person_id, accused_unit, accused_person):
                assert await _everything(reader) == without
                await _finds_nothing(reader, walk)
            else:
                assert await _everything(reader) != without
                assert (await reading.shown(reader, walk.number))["number"] == walk.number


def _pairs(world: World) -> list[tuple[UUID, Post]]:
    return list(zip(world.persons, world.posts, strict=True))


async def _finds_nothing(reader: Actor, walk: Walk) -> None:
    """Every door that takes a number or an id says the same as for one that never was."""
    one = (await Duty.filter(matter_id=walk.holder.matter_id, role=str(reader.role)).first()) or Duty(id=uuid4())
    told = (await Notice.filter(matter_id=walk.holder.matter_id, role=str(reader.role)).first()) or Notice(id=uuid4())
    nowhere = "JB2026-00000000"
    for real, absent in (
        (sight.found(reader, walk.number), sight.found(reader, nowhere)),
        (reading.shown(reader, walk.number), reading.shown(reader, nowhere)),
        (reading.timeline(reader, walk.number), reading.timeline(reader, nowhere)),
        (text_looked_at(reader, walk.number, "好奇"), text_looked_at(reader, nowhere, "好奇")),
        (engine.take(reader, walk.number, "note", {}), engine.take(reader, nowhere, "note", {})),
        (engine.take(reader, walk.number, "nonsense", {}), engine.take(reader, nowhere, "nonsense", {})),
        (duties.claim(reader, one.id), duties.claim(reader, uuid4())),
        (duties.release(reader, one.id), duties.release(reader, uuid4())),
        (notices.read(reader, told.id), notices.read(reader, uuid4())),
    ):
        said = []
        for asked in (real, absent):
            with pytest.raises(NotFound) as caught:
                await asked
            said.append((type(caught.value), caught.value.text, caught.value.details))
        assert said[0] == said[1]
    values = sight.Values()
    condition = f"{sight.visible_to(reader, 'm', values)} AND m.id = {values.add(walk.holder.matter_id)}"
    _, rows = await connection().execute_query(f"SELECT 1 FROM matter m WHERE {condition}", values.list)
    assert rows == []
