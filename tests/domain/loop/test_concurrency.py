"""Many at once: one wins, nobody overwrites anybody, and whoever was excluded meanwhile finds nothing."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from domain.loop import duties, engine, leaving
from domain.loop.duties import Claimed, Filters, NotClaimed, Tab
from domain.loop.kinds import WrongStage
from domain.people import actors
from kit import clock
from kit.errors import NotFound, Refusal
from models import Duty, Entry, Matter, Post, Recusal, Role
from models.database import connection
from tests.makers import INTAKE, Walk, case_at, officer, unit
from tests.observed import chained

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def outcome(act: Awaitable[Any]) -> str:
    try:
        await act
    except Refusal as refusal:
        return refusal.code
    return "done"


async def together(*acts: Awaitable[Any]) -> Counter[str]:
    return Counter(await asyncio.gather(*(outcome(act) for act in acts)))


async def the_duty(walk: Walk) -> Duty:
    return await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)


async def waiting_for_locks(least: int) -> None:
    """Until so many statements wait for a row that somebody else holds."""
    count = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(20):
        while (await connection().execute_query(count))[1][0]["n"] < least:
            await asyncio.sleep(0)


async def test_fifty_claim_one_duty_and_one_has_it(shared_province: str) -> None:
    """Fifty registrars of one centre."""
    intake = await unit(INTAKE)
    crowd = [await officer(Role.REGISTRAR, number=number) for number in range(4)]
    for code in ("6201", "6202", "6203", "6204", "6205", "6206", "6207", "6208", "6209", "6210", "6211", "6212"):
        for post in (await Post.filter(unit__region_id=code, role=Role.HEAD).order_by("id"))[:4]:
            new = await Post.create(
                person_id=post.person_id, unit_id=intake.id, role=Role.REGISTRAR, since="2026-01-01"
            )
            crowd.append(await actors.of_post(new.id))
    crowd = crowd[:50]
    assert len({actor.person_id for actor in crowd}) == 50
    walk = await case_at("filed")
    duty = await the_duty(walk)
    assert await together(*(duties.claim(actor, duty.id) for actor in crowd)) == {"done": 1, "claimed": 49}
    winner = (await the_duty(walk)).post_id
    assert winner in {actor.post_id for actor in crowd}
    entries = await chained(walk.holder.matter_id)
    assert [entry.verb for entry in entries] == ["file", "claim"]
    assert entries[-1].post_id == winner
    others = [actor for actor in crowd if actor.post_id != winner]
    assert await together(*(walk.take("accept", by=actor) for actor in others[:5])) == {"not_yours": 5}


async def test_two_step_at_once_and_one_is_told_what_changed(shared_province: str) -> None:
    """With the version they saw, the later is stale; without, the stage is wrong for them."""
    walk, other = await case_at("filed"), await case_at("filed")
    first, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    told = await together(*(engine.take(by, walk.number, "accept", {}, version=1) for by in (first, second)))
    assert told == {"done": 1, "stale": 1}
    told = await together(*(engine.take(by, other.number, "accept", {}) for by in (first, second)))
    assert told == {"done": 1, "wrong_stage": 1}
    for one in (walk, other):
        assert [entry.verb for entry in await chained(one.holder.matter_id)] == ["file", "accept"]


async def test_fifty_additions_at_once_are_fifty_links_of_one_chain(shared_province: str) -> None:
    walk = await case_at("filed")
    assert await together(*(walk.take("add", text=f"第 {number} 条") for number in range(50))) == {"done": 50}
    assert len(await chained(walk.holder.matter_id)) == 51


async def _recused(person: object, walk: Walk) -> None:
    await Recusal.create(
        matter_id=walk.holder.matter_id, unit_id=None, person_id=person, reason="回避", accused=False, since=clock.now()
    )


async def test_excluded_while_waiting_for_the_lock(shared_province: str) -> None:
    """Who was excluded, or released, by what they waited for finds nothing, as if it had always been so."""
    walk = await case_at("filed")
    registrar = await officer(Role.REGISTRAR)
    duty = await the_duty(walk)
    outside = copy_context()  # else the tasks would share the transaction's connection
    async with in_transaction():
        await Matter.filter(id=walk.holder.matter_id).select_for_update().get()
        step = asyncio.create_task(outcome(walk.take("accept", by=registrar)), context=outside.copy())
        claim = asyncio.create_task(outcome(duties.claim(registrar, duty.id)), context=outside.copy())
        await asyncio.create_task(waiting_for_locks(2), context=outside.copy())
        await _recused(registrar.person_id, walk)
    assert (await step, await claim) == ("not_found", "not_found")
    assert (await walk.matter()).stage == "filed"


async def test_recalled_while_waiting_for_the_lock(shared_province: str) -> None:
    walk = await case_at("transferred")
    liaison = await walk.who("sign")
    outside = copy_context()
    async with in_transaction():
        await Matter.filter(id=walk.holder.matter_id).select_for_update().get()
        step = asyncio.create_task(outcome(engine.take(liaison, walk.number, "sign", {})), context=outside.copy())
        await asyncio.create_task(waiting_for_locks(1), context=outside.copy())
        await walk.take("recall")
    assert await step == "not_found"


async def test_a_merged_case_is_held_by_nobody_who_waits_for_the_one_that_leads_it(shared_province: str) -> None:
    """Whoever has the leading case then takes its followers: both would wait for ever, and one be told 503."""
    main, follower = await case_at("transferred"), await case_at("screened")
    await follower.take("merge", into=main.number, reason="同一问题")
    outside = copy_context()
    async with in_transaction():
        await Matter.filter(id=main.holder.matter_id).select_for_update().get()
        step = asyncio.create_task(outcome(follower.take("unmerge")), context=outside.copy())
        await asyncio.create_task(waiting_for_locks(1), context=outside.copy())
        await Matter.filter(id=follower.holder.matter_id).select_for_update(nowait=True).get()
    assert await step == "done"


async def test_two_cases_merged_into_each_other_at_once_wait_in_no_circle(shared_province: str) -> None:
    """Each merge locks both, one before the other: the second is told why not, none that the server is busy."""
    one, other = await case_at("screened"), await case_at("screened")
    outside = copy_context()
    async with in_transaction():
        await Matter.filter(id__in=[one.holder.matter_id, other.holder.matter_id]).select_for_update()
        merges = [
            asyncio.create_task(
                outcome(walk.take("merge", into=into.number, reason="同一问题")), context=outside.copy()
            )
            for walk, into in ((one, other), (other, one))
        ]
        await asyncio.create_task(waiting_for_locks(2), context=outside.copy())
    assert Counter([await merge for merge in merges]) == {"done": 1, "cannot_merge": 1}
    assert [await Matter.filter(number=walk.number, stage="merged").count() for walk in (one, other)].count(1) == 1
    await chained(one.holder.matter_id)
    await chained(other.holder.matter_id)


async def test_what_is_given_back_is_held_by_nobody_who_waits_for_what_opened_it(shared_province: str) -> None:
    """Whoever takes a step on it has what opened it first: both would wait for ever."""
    leaver = await officer(Role.REGISTRAR)
    opened, opener = sorted(
        [await case_at("filed"), await case_at("filed")], key=lambda walk: str(walk.holder.matter_id)
    )
    await Matter.filter(id=opened.holder.matter_id).update(opened_by_id=opener.holder.matter_id)
    for walk in (opened, opener):
        await duties.claim(leaver, (await the_duty(walk)).id)
    await Post.filter(id=leaver.post_id).update(until=clock.today() - timedelta(days=1))
    outside = copy_context()
    async with in_transaction():
        await Matter.filter(id=opener.holder.matter_id).select_for_update().get()
        given = asyncio.create_task(leaving.given_back(), context=outside.copy())
        await asyncio.create_task(waiting_for_locks(1), context=outside.copy())
        await Matter.filter(id=opened.holder.matter_id).select_for_update(nowait=True).get()
    assert await given >= 2
    await Post.filter(id=leaver.post_id).update(until=None)


async def test_a_step_and_a_lapse_at_once(shared_province: str) -> None:
    """The complainant answers just as the time is over: one resumes the clock, the other is late."""
    walk = await case_at("waiting")
    assert await together(walk.take("supply"), walk.take("lapse")) == {"done": 1, "wrong_stage": 1}
    assert await walk.duties() == ["handle"]


async def test_a_claim_is_given_back_an_assignment_is_not(shared_province: str) -> None:
    walk = await case_at("filed")
    first, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    duty = await the_duty(walk)
    with pytest.raises(NotClaimed):
        await duties.release(first, duty.id)
    await duties.claim(first, duty.id)
    await duties.claim(first, duty.id)  # again: nothing changes
    with pytest.raises(Claimed):
        await duties.claim(second, duty.id)
    with pytest.raises(NotClaimed):
        await duties.release(second, duty.id)
    await duties.release(first, duty.id)
    await duties.claim(second, duty.id)
    assert [entry.verb for entry in await chained(walk.holder.matter_id)] == ["file", "claim", "release", "claim"]

    queue = {actor: await duties.page(actor, Tab.UNIT, Filters(matter=walk.number)) for actor in (first, second)}
    assert [(rows[0]["claimed"], rows[0]["releasable"]) for rows in queue.values()] == [(True, False), (True, True)]

    other = await case_at("handling")
    handler = await other.who("answer")
    mine = await duties.page(handler, Tab.MINE, Filters(matter=other.number))
    assert [(row["mine"], row["releasable"]) for row in mine] == [(True, False)]
    with pytest.raises(NotClaimed):
        await duties.release(handler, (await the_duty(other)).id)
    with pytest.raises(NotFound):
        await duties.claim(await officer(Role.CALL_BACK_OFFICER), (await the_duty(other)).id)


async def test_a_look_or_a_claim_does_not_make_what_was_seen_stale(shared_province: str) -> None:
    """They are entries of the chain, and no step: the version stays."""
    walk = await case_at("filed")
    version = (await walk.matter()).version
    await duties.claim(await officer(Role.REGISTRAR), (await the_duty(walk)).id)
    assert (await walk.matter()).version == version
    await engine.take(await officer(Role.REGISTRAR), walk.number, "accept", {}, version=version)
    assert (await walk.matter()).version == await Entry.filter(matter_id=walk.holder.matter_id).count() == 3
    with pytest.raises(WrongStage):
        await walk.take("accept")
