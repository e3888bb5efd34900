"""Who leaves a post: what they claimed is their colleagues' at once, what was assigned to them is told of."""

import asyncio
from datetime import date, timedelta

from domain.loop import duties, leaving
from domain.loop.duties import Tab
from domain.people import actors, roster
from domain.people.actors import Actor
from domain.people.roster import Row
from domain.people.roster_check import ROLE_NAMES
from kit import clock
from models import ActorKind, Duty, EntryBody, Person, Post, Role, Unit
from tests.makers import Walk, case_at, officer
from tests.observed import chained, contents

YESTERDAY = clock.today() - timedelta(days=1)


async def leaves(actor: Actor, last: date) -> list[Row]:
    """The line of a roster that ends the actor's post."""
    post = await Post.get(id=actor.post_id).prefetch_related("person", "unit")
    return [
        Row(
            2, kind="任职", unit=post.unit.code, person=post.person.code, person_name=post.person.name,
            role=ROLE_NAMES[post.role], title=post.title, since=str(post.since), until=str(last),
        )
    ]  # fmt: skip


async def claimed(walk: Walk, by: Actor) -> Duty:
    queue = await duties.page(by, Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(by, queue[0]["id"])
    return await Duty.get(id=queue[0]["id"])


async def test_an_ended_post_gives_its_claims_back(province: str) -> None:
    leaver, colleague = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    walk, other = await case_at("filed"), await case_at("filed")
    duty, kept = await claimed(walk, leaver), await claimed(other, colleague)
    before = await contents()
    tried, nothing = await leaving.imported(await leaves(leaver, YESTERDAY), dry_run=True)
    assert (tried.posts_ended, nothing, await contents()) == (1, leaving.Leaving(), before)

    report, left = await leaving.imported(await leaves(leaver, YESTERDAY))
    assert (report.posts_ended, left) == (1, leaving.Leaving(released=1))
    assert (await Duty.get(id=duty.id)).post_id is None
    assert (await Duty.get(id=kept.id)).post_id == colleague.post_id
    entries = await chained(walk.holder.matter_id)
    assert [(entry.verb, entry.actor_kind) for entry in entries[1:]] == [
        ("claim", ActorKind.POST), ("release", ActorKind.SYSTEM)
    ]  # fmt: skip
    assert (await EntryBody.get(entry_id=entries[-1].id)).body == {"inputs": {"duty": "accept"}}
    assert (await walk.matter()).version == 1  # a release is no step
    await walk.take("accept", by=colleague)
    assert (await leaving.imported(await leaves(leaver, YESTERDAY)))[1] == leaving.Leaving()


async def test_an_import_that_is_wrong_gives_nothing_back(province: str) -> None:
    leaver = await officer(Role.REGISTRAR)
    await claimed(await case_at("filed"), leaver)
    before = await contents()
    wrong = Row(3, kind="任职", unit="nowhere", person="x", person_name="x", role="承办人", since="2026-01-01")
    report, left = await leaving.imported([*await leaves(leaver, YESTERDAY), wrong])
    assert (report.applied, left, await contents()) == (False, leaving.Leaving(), before)


async def test_a_last_day_is_worked_and_the_day_after_gives_back(province: str) -> None:
    leaver = await officer(Role.REGISTRAR)
    duty = await claimed(await case_at("filed"), leaver)
    assert (await leaving.imported(await leaves(leaver, clock.today())))[1] == leaving.Leaving()
    assert (await Duty.get(id=duty.id)).post_id == leaver.post_id
    with clock.at(clock.now() + timedelta(days=1)):
        assert sum(await asyncio.gather(*(leaving.given_back() for _ in range(3)))) == 1
    assert (await Duty.get(id=duty.id)).post_id is None
    assert len(await chained(duty.matter_id)) == 3


async def test_what_was_assigned_stays_and_is_told_of_by_number_alone(province: str) -> None:
    walk = await case_at("handling")
    handler = await walk.who("answer")
    person, unit = await Person.get(id=handler.person_id), await Unit.get(posts__id=handler.post_id)
    _, left = await leaving.imported(await leaves(handler, YESTERDAY))
    assert left == leaving.Leaving(0, (leaving.Unattended(person.name, unit.name, 1),))
    assert (await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)).post_id == handler.post_id
    await walk.take("reassign")
    successor = await walk.who("answer")
    assert successor.person_id != handler.person_id
    assert await leaving.unattended() == ()


async def test_other_doors_to_the_roster_do_not_pass_it_by(province: str) -> None:
    """Whatever the import itself does not release, the daily chore does."""
    leaver = await officer(Role.REGISTRAR)
    duty = await claimed(await case_at("filed"), leaver)
    assert (await roster.imported(await leaves(leaver, YESTERDAY))).posts_ended == 1
    assert (await actors.of_person(leaver.person_id or duty.id)).standing is None
    assert await leaving.given_back() == 1
