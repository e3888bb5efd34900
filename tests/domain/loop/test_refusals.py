"""Each reason of refusal once, and that a refused step leaves nothing behind."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.cases import effects, guards
from domain.cases.looking import text_looked_at
from domain.loop import duties, engine
from domain.loop.duties import Tab
from domain.loop.kinds import UnknownVerb, WrongStage
from domain.people import actors
from domain.people.actors import SYSTEM, VISITOR
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotAllowed, NotFound
from kit.words import speaking
from models import Mode, Post, Role
from tests.makers import case_at, officer, unit
from tests.observed import refused, rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


async def unit_id(code: str) -> str:
    return str((await unit(code)).id)


async def person_id(post_id: Any) -> str:
    return str((await Post.get(id=post_id)).person_id)


async def test_stale_says_what_changed(shared_province: str) -> None:
    walk = await case_at("filed")
    await walk.take("accept")
    registrar = await walk.who("screen")
    async with refused(engine.Stale) as caught:
        await engine.take(registrar, walk.number, "refuse", {}, version=1)
    assert caught.value.details == {
        "version": 2, "stage": "accepted", "changed": [{"seq": 2, "verb": "accept", "label": "受理"}],
    }  # fmt: skip


async def test_stale_tells_nobody_what_they_may_not_read(shared_province: str) -> None:
    """The liaison of the unit is told of the signing, not of the exclusion that came with it."""
    walk = await case_at("transferred")
    version = (await walk.matter()).version
    await walk.take("exclude", units=[await unit_id("6205-market")])
    await walk.take("sign")
    async with refused(engine.Stale) as caught:
        await engine.take(await walk.who("assign"), walk.number, "assign", {}, version=version)
    assert [change["verb"] for change in caught.value.details["changed"]] == ["sign"]


async def test_stale_lists_what_came_after_what_was_seen(shared_province: str) -> None:
    """Looks and claims raise no version: those before the next step are old, those after it are told by their names."""
    walk = await case_at("filed")
    first, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    await text_looked_at(first, walk.number, "甄别")
    queue = await duties.page(first, Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(first, queue[0]["id"])
    await duties.release(first, queue[0]["id"])
    await walk.take("accept", by=second)
    queue = await duties.page(second, Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(second, queue[0]["id"])
    await text_looked_at(second, walk.number, "甄别")
    for language, labels in (
        ("zh-Hans", ["受理", "领取待办", "查看原文"]),
        ("en", ["Accept", "Claim a duty", "Read the original text"]),
    ):
        with speaking(language):
            async with refused(engine.Stale) as caught:
                await engine.take(first, walk.number, "note", {"text": "x"}, version=1)
            assert [change["label"] for change in caught.value.details["changed"]] == labels
    assert [change["seq"] for change in caught.value.details["changed"]] == [5, 6, 7]


async def test_stale_tells_the_complainant_what_they_may_read_in_plain_words(shared_province: str) -> None:
    walk = await case_at("filed")
    await walk.take("accept")
    await text_looked_at(await officer(Role.REGISTRAR), walk.number, "甄别")
    for verb in ("screen", "transfer"):
        await walk.take(verb)
    async with refused(engine.Stale) as caught:
        await engine.take(walk.holder, walk.number, "add", {"text": "x"}, version=1)
    changed = [(change["verb"], change["label"]) for change in caught.value.details["changed"]]
    assert changed == [("accept", "受理中心已受理"), ("transfer", "已转交承办单位办理")]


async def test_a_claimed_duty_is_nobody_elses(shared_province: str) -> None:
    walk = await case_at("filed")
    first, second = await officer(Role.REGISTRAR), await officer(Role.REGISTRAR, number=1)
    queue = await duties.page(first, Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(first, queue[0]["id"])
    async with refused(engine.NotYours):
        await walk.take("accept", by=second)
    async with refused(duties.Claimed):
        await duties.claim(second, queue[0]["id"])
    await walk.take("accept", by=first)


async def test_two_additions_claimed_by_two_registrars_do_not_lock_each_other_out(shared_province: str) -> None:
    """Either may pass on what was added, and that settles both."""
    walk = await case_at("handling")
    registrars = [await officer(Role.REGISTRAR, number=number) for number in range(3)]
    for registrar in registrars[:2]:
        await walk.take("add")
        for duty in await duties.page(registrar, Tab.UNIT, duties.Filters(matter=walk.number)):
            if not duty["claimed"]:
                await duties.claim(registrar, duty["id"])
    async with refused(engine.NotYours):
        await walk.take("relay", by=registrars[2])
    await walk.take("relay", by=registrars[0])
    assert await walk.duties() == ["handle"]


async def test_verbs_that_are_not_here_not_theirs_or_not_at_all(shared_province: str) -> None:
    walk = await case_at("filed")
    async with refused(WrongStage) as caught:
        await walk.take("transfer")
    assert caught.value.details == {"stage": "filed", "stage_label": "已提交"}
    async with refused(NotAllowed):
        await walk.take("accept", by=walk.holder)
    async with refused(NotAllowed):
        await walk.take("accept", by=await officer(Role.CALL_BACK_OFFICER))
    async with refused(UnknownVerb):
        await engine.take(await officer(Role.REGISTRAR), walk.number, "rename", {})


async def test_a_case_that_is_not_theirs_is_not_there(shared_province: str) -> None:
    walk, other = await case_at("handling"), await case_at("filed")
    market = await unit("6201-market")
    strangers = [
        await officer(Role.REGISTRAR, "SEALED"),
        await officer(Role.HEAD, "6201-market"),
        await officer(Role.SUPERVISOR, "6205-justice.inspection"),
        await officer(Role.CUSTODIAN, "62-custody"),
        await actors.of_post(await walk.handler(1)),
        other.holder,
        VISITOR,
    ]
    assert market.id not in {stranger.person_id for stranger in strangers}
    for stranger in strangers:
        async with refused(NotFound):
            await engine.take(stranger, walk.number, "note", {"text": "我看看"})
    async with refused(NotFound):
        await engine.take(SYSTEM, "JB2026-00000000", "accept", {})


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, {"inputs.category", "inputs.tier", "inputs.claims"}),
        ({"category": "B10", "tier": "normal", "claims": []}, {"inputs.claims"}),
        ({"category": "10", "tier": "soon", "claims": ["一"]}, {"inputs.category", "inputs.tier"}),
        ({"category": "B10", "tier": "normal", "claims": ["\u0000"]}, {"inputs.claims.0"}),
        ({"category": "B10", "tier": "normal", "claims": ["一"], "stage": "closed"}, {"inputs.stage"}),
        ({"category": "B10", "tier": "normal", "claims": ["一"], "accused_units": ["x"]}, {"inputs.accused_units.0"}),
        ({"category": "B98", "tier": "normal", "claims": ["一"]}, set()),
        ({"category": "B10", "tier": "normal", "claims": ["一"], "accused_units": [str(uuid4())]}, set()),
    ],
)
async def test_inputs_that_are_wrong(shared_province: str, given: dict[str, Any], paths: set[str]) -> None:
    walk = await case_at("accepted")
    async with refused(Invalid) as caught:
        await engine.take(await walk.who("screen"), walk.number, "screen", given)
    assert {field["path"] for field in caught.value.details.get("fields", [])} == paths


async def test_an_exclusion_names_somebody(shared_province: str) -> None:
    walk = await case_at("filed")
    async with refused(Invalid):
        await walk.take("exclude")


async def test_objections(shared_province: str) -> None:
    """One, within five working days of the transfer: until the end of Monday 9 March."""
    with clock.at(MONDAY):
        walk, other = await case_at("objected"), await case_at("transferred")
        await walk.take("reject_objection")
        async with refused(guards.ObjectionSpent):
            await walk.take("object")
    with clock.at(datetime(2026, 3, 10, 0, 0, tzinfo=CHINA)):
        async with refused(guards.ObjectionLate):
            await other.take("object")
    with clock.at(datetime(2026, 3, 9, 23, 59, tzinfo=CHINA)):
        await other.take("object")


async def test_extensions(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk, other = await case_at("handling"), await case_at("handling")
        await walk.take("request_extension")
        async with refused(guards.ExtensionPending):
            await walk.take("request_extension")
        await walk.take("grant_extension")
        async with refused(guards.ExtensionSpent):
            await walk.take("request_extension")
    with clock.at(datetime(2026, 4, 2, 0, 0, tzinfo=CHINA)):
        async with refused(guards.ExtensionLate):
            await other.take("request_extension")


async def test_nobody_is_given_up_before_three_days_of_calling(shared_province: str) -> None:
    """Three tries on one day are one; of an anonymous complainant the time to rate ends after fifteen days."""
    with clock.at(MONDAY):
        walk = await case_at("replied", mode=Mode.NAMED)
        anonymous = await case_at("replied")
        for _ in range(3):
            await walk.take("log_attempt")
        async with refused(guards.CallAgain):
            await walk.take("give_up_call")
    with clock.at(MONDAY + timedelta(days=15)):
        async with refused(guards.CallAgain):
            await anonymous.take("give_up_call")
    with clock.at(MONDAY + timedelta(days=16)):
        async with refused(guards.CallAgain):
            await walk.take("give_up_call")
        await anonymous.take("give_up_call")
    for day in (3, 4):
        with clock.at(MONDAY + timedelta(days=day)):
            await walk.take("log_attempt")
    await walk.take("give_up_call")
    assert (await walk.case()).outcome == "unreachable"


async def test_reopening(shared_province: str) -> None:
    walk = await case_at("replied")
    await walk.take("ask_reopen")
    async with refused(guards.ReopenPending):
        await walk.take("ask_reopen")
    await walk.take("call_back")
    async with refused(guards.ReopenPending):
        await walk.take("close")
    await walk.take("decline_reopen")
    await walk.take("close")
    async with refused(WrongStage):
        await walk.take("decline_reopen")


@rolled_back
async def test_reopening_has_an_end_and_another_officer(shared_province: str) -> None:
    walk = await case_at("replied")
    await walk.take("reopen")
    async with refused(effects.SameOfficer):
        await walk.take("assign")
    await walk.take("assign", post=str(await walk.handler(1)))
    for verb in ("answer", "approve_answer", "reply", "reopen"):
        await walk.take(verb)
    helper = await Post.create(
        person_id=await person_id((await officer(Role.HANDLER, "6201-finance")).post_id),
        unit_id=(await walk.case()).lead_unit_id, role=Role.HANDLER, since="2026-01-01",
    )  # fmt: skip
    await walk.take("assign", post=str(helper.id))
    for verb in ("answer", "approve_answer", "reply"):
        await walk.take(verb)
    for verb in ("reopen", "ask_reopen"):
        async with refused(guards.ReopenLimit):
            await walk.take(verb)
    await walk.take("call_back", solved=False)
    assert await walk.duties() == ["close"]


async def test_one_rating_a_round(shared_province: str) -> None:
    walk = await case_at("called_back")
    async with refused(guards.AlreadyRated):
        await walk.take("rate")
    await walk.take("reopen")
    await walk.take("assign", post=str(await walk.handler(1)))
    for verb in ("answer", "approve_answer", "reply", "rate"):
        await walk.take(verb)
    async with refused(guards.AlreadyRated):
        await walk.take("rate")
