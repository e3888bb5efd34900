"""The rarer ways of a case: contested, handed down, disputed, parked, taken out of the count, merged, linked, split."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.cases.counting import Counted, SecondPerson, Uncounted, UncountingPending
from domain.cases.guards import ObjectionSpent
from domain.cases.levels import NotBelow, NotHandedDown
from domain.cases.merging import CannotMerge
from domain.cases.remedies import ContestLate, ContestSpent
from domain.cases.splitting import PartsUnderWay
from domain.loop import chores, duties, engine, listing, notices, reading
from domain.people.actors import Actor
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotAllowed, NotFound
from models import Involvement, Matter, Recusal, Relation, Role
from tests.makers import Walk, case_at, case_filed, officer, unit
from tests.observed import rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


async def seen(actor: Actor, walk: Walk) -> dict[str, Any]:
    return await reading.shown(actor, walk.number)


async def verbs(actor: Actor, walk: Walk) -> list[str]:
    return [step["verb"] for step in (await seen(actor, walk))["next_steps"]]


async def lead_of(walk: Walk) -> str:
    place = await Involvement.get(matter_id=walk.holder.matter_id, relation=Relation.LEAD, until=None).select_related(
        "unit"
    )
    return place.unit.code


# 不予受理的异议


async def test_whoever_refused_does_not_decide_when_it_is_contested(shared_province: str) -> None:
    walk = await case_at("refused")
    await walk.take("contest_refusal")
    first = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
    for verb in ("uphold_refusal", "overturn_refusal"):
        assert verb not in await verbs(first, walk)
        with pytest.raises(SecondPerson):
            await walk.take(verb, by=first)
    await walk.take("overturn_refusal")
    matter = await walk.matter()
    assert (matter.stage, matter.statutory_due is not None) == ("accepted", True)


async def test_a_refusal_is_contested_once_and_in_time(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk, late = await case_at("refused"), await case_at("redirected")
    await_late = MONDAY + timedelta(days=16)
    with clock.at(await_late):
        with pytest.raises(ContestLate):
            await late.take("contest_refusal")
        assert "contest_refusal" not in await verbs(late.holder, late)
    with clock.at(MONDAY + timedelta(days=1)):
        await walk.take("contest_refusal")
        await walk.take("uphold_refusal")
        with pytest.raises(ContestSpent):
            await walk.take("contest_refusal")


# 下交、提级、管辖争议


async def test_a_case_goes_down_a_level_and_back_up_with_its_clock(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("screened")
        await walk.take("transfer", lead=str((await unit("62-market")).id))
        with pytest.raises(NotHandedDown):
            await walk.take("hand_up")
        await walk.take("sign")
        due = (await walk.matter()).statutory_due
        province = await walk.at_place(Relation.LEAD, Role.HEAD)
        await walk.take("hand_down")
        assert await lead_of(walk) == "6201-market"
        with pytest.raises(NotFound):
            await seen(province, walk)
        await walk.take("sign")
        await walk.take("hand_down")
        assert await lead_of(walk) == "620102-market"
        await walk.take("hand_up")
        await walk.take("hand_up")
        assert (await lead_of(walk), (await walk.matter()).statutory_due) == ("62-market", due)
        assert (await seen(province, walk))["relations"] == ["lead"]
        with pytest.raises(NotHandedDown):
            await walk.take("hand_up")


@pytest.mark.parametrize("code", ["62-market", "62-finance", "nowhere"])
async def test_a_case_is_handed_down_to_the_regions_below_only(shared_province: str, code: str) -> None:
    walk = await case_at("screened")
    await walk.take("transfer", lead=str((await unit("6201-market")).id))
    await walk.take("sign")
    there = "00000000-0000-0000-0000-000000000001" if code == "nowhere" else str((await unit(code)).id)
    with pytest.raises(NotBelow):
        await walk.take("hand_down", to_unit=there)


async def test_the_common_superior_rules_and_nobody_objects_any_more(shared_province: str) -> None:
    walk = await case_at("disputed")
    leader = await walk.at_place(Relation.DECIDING, Role.LEADER)
    assert [
        line["name"] for line in await duties.page(leader, duties.Tab.UNIT, duties.Filters(matter=walk.number))
    ] == ["arbitrate"]
    assert walk.number in [line["number"] for line in await listing.page(leader, listing.Filters())]
    await walk.take("arbitrate")
    assert await lead_of(walk) == "6201-market"
    for verb in ("object", "dispute"):
        with pytest.raises(ObjectionSpent):
            await walk.take(verb)
    with pytest.raises(NotFound):
        await seen(leader, walk)


async def test_a_second_objection_needs_a_first_that_was_rejected(shared_province: str) -> None:
    walk = await case_at("transferred")
    with pytest.raises(ObjectionSpent):
        await walk.take("dispute")


# 中止与挂账


async def test_a_suspension_ends_by_itself(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("suspended")
    with clock.at(MONDAY + timedelta(days=92)):
        assert await chores.lapsed() >= 1
        matter = await walk.matter()
        assert (matter.stage, matter.paused_since) == ("handling", None)
        assert matter.statutory_due is not None
        assert matter.statutory_due > MONDAY + timedelta(days=100)


@pytest.mark.parametrize("days", [0, -1, 92, 1000])
async def test_a_parked_case_is_looked_at_again_within_ninety_days(shared_province: str, days: int) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
        await walk.take("request_parking")
        with pytest.raises(Invalid):
            await walk.take("grant_parking", review_on=str(MONDAY.date() + timedelta(days=days)))
        await walk.take("grant_parking", review_on="2026-04-10")
        [duty] = (await seen(await walk.who("unpark"), walk))["duties"]
        assert (duty["name"], duty["due_at"].date().isoformat()) == ("review_parking", "2026-04-10")
        assert [line["text"] for line in (await reading.timeline(walk.holder, walk.number))[-1]["shown"]] == [
            "暂缺配套政策", "2026-04-10",
        ]  # fmt: skip


# 剔除


async def test_whoever_asks_that_a_case_be_taken_out_of_the_count_does_not_decide(shared_province: str) -> None:
    walk = await case_at("closed")
    await walk.take("request_uncounting")
    with pytest.raises(UncountingPending):
        await walk.take("request_uncounting")
    asked = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
    with pytest.raises(SecondPerson):
        await walk.take("grant_uncounting", by=asked)
    await walk.take("grant_uncounting")
    assert (await walk.case()).uncounted == "duplicate"
    with pytest.raises(Uncounted):
        await walk.take("request_uncounting")
    await walk.take("count_again")
    assert (await walk.case()).uncounted == ""
    with pytest.raises(Counted):
        await walk.take("count_again")
    assert "uncounting" not in str(await reading.timeline(walk.holder, walk.number))


# 并案与关联


async def merged() -> tuple[Walk, Walk]:
    main, other = await case_at("handling"), await case_at("screened")
    await other.take("merge", into=main.number, reason="同一问题", told="已有人反映同一问题，一并办理")
    return main, other


async def test_whoever_reported_the_same_follows_how_it_comes_out(shared_province: str) -> None:
    main, other = await merged()
    assert (await other.matter()).ended_at is not None
    for verb in ("answer", "approve_answer", "reply", "call_back", "close"):
        await main.take(verb)
    told = [line for line in await reading.timeline(other.holder, other.number) if line["verb"] == "follow"]
    assert [line["shown"][0]["text"] for line in told] == ["已办理", "已办结"]
    await notices.delivered()
    assert "case_replied" in [line["template"] for line in await notices.inbox(other.holder)]
    # Neither learns of the other: no number, no text.
    for mine, theirs in ((main, other), (other, main)):
        said = str(await seen(mine.holder, mine)) + str(await reading.timeline(mine.holder, mine.number))
        assert theirs.number not in said
    assert (await seen(other.holder, other))["case"]["stage_plain"] == "已与同一问题的举报件一并办理"
    registrar = await main.at_place(Relation.INTAKE, Role.REGISTRAR)
    assert [(one["how"], one["number"]) for one in (await seen(registrar, other))["related"]] == [
        ("merged_into", main.number)
    ]
    assert [(one["how"], one["number"]) for one in (await seen(registrar, main))["related"]] == [
        ("merged", other.number)
    ]


async def test_what_is_added_to_a_merged_case_reaches_whoever_handles(shared_province: str) -> None:
    main, other = await merged()
    await other.take("add", by=other.holder, text="还有一张收据")
    assert await other.duties() == ["relay"]
    await other.take("relay", summary="另有一张收据")
    handler = await main.who("answer")
    assert (await reading.timeline(handler, main.number))[-1]["shown"] == [
        {"label": "并案件的补充内容", "text": "另有一张收据"}
    ]
    assert await other.duties() == []


async def test_whom_a_merged_case_shuts_out_is_shut_out_of_the_main_one(shared_province: str) -> None:
    main, other = await case_at("screened"), await case_at("screened")
    market = await unit("6201-market")
    await other.take("exclude", units=[str(market.id)])
    await other.take("merge", into=main.number, reason="同一问题")
    assert await Recusal.exists(matter_id=main.holder.matter_id, unit_id=market.id)


async def test_nothing_is_merged_into_a_case_that_the_accused_handles(shared_province: str) -> None:
    main, other = await case_at("handling"), await case_at("screened")
    lead = await unit(await lead_of(main))
    await other.take("exclude", units=[str(lead.id)])
    with pytest.raises(Exception, match="收回重转"):
        await other.take("merge", into=main.number, reason="同一问题")
    assert (await other.matter()).stage == "screened"
    assert not await Recusal.exists(matter_id=main.holder.matter_id, unit_id=lead.id)


async def test_what_can_not_be_merged(shared_province: str) -> None:
    main, other = await merged()
    third = await case_at("accepted")
    ended = await case_at("closed")
    for into in (third.number, ended.number, other.number):
        with pytest.raises(CannotMerge):
            await third.take("merge", into=into, reason="同一问题")
    with pytest.raises(Invalid):
        await third.take("merge", into="JB2026-00000000", reason="同一问题")
    await main.take("recall")
    with pytest.raises(CannotMerge):  # others are merged into it
        await main.take("merge", into=third.number, reason="同一问题")
    await other.take("unmerge")
    assert (await other.matter()).stage == "accepted"
    await main.take("merge", into=third.number, reason="同一问题")


async def test_linked_cases_show_each_other_to_whoever_sees_both(shared_province: str) -> None:
    one, two = await case_at("handling"), await case_at("accepted")
    await one.take("link", to=two.number, reason="同一企业")
    registrar, handler = await one.who("accept"), await one.who("answer")
    for here, there in ((one, two), (two, one)):
        assert [(r["how"], r["number"]) for r in (await seen(registrar, here))["related"]] == [("linked", there.number)]
    assert (await seen(handler, one))["related"] == []
    assert (await seen(one.holder, one))["related"] == []
    await two.take("unlink", to=one.number)
    assert (await seen(registrar, one))["related"] == []
    with pytest.raises(Invalid):
        await two.take("unlink", to=one.number)


# 拆分


async def parts_of(walk: Walk) -> list[Walk]:
    parts = await Matter.filter(opened_by_id=walk.holder.matter_id).order_by("number")
    return [Walk(_filed(walk, part), Actor(walk.holder.kind, matter_id=part.id)) for part in parts]


def _filed(walk: Walk, part: Matter) -> Any:
    return type(walk.filed)(number=part.number, secret="", filed_on=part.filed_on)


async def test_the_whole_ends_after_its_parts(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_filed(mode="named", accused_unit=(await unit("6201-market")).id)
        await walk.take("accept")
        await walk.take("screen")
    with clock.at(MONDAY + timedelta(days=3)):
        await walk.take("split")
        first, second = await parts_of(walk)
        # Their clock is the whole's, and so are those who are shut out, the receipt and the telephone number.
        due = (await walk.matter()).statutory_due
        assert [(await part.matter()).statutory_due for part in (first, second)] == [due, due]
        assert all([await Recusal.exists(matter_id=part.holder.matter_id) for part in (first, second)])
        assert {one["number"] for one in (await seen(walk.holder, walk))["related"]} == {first.number, second.number}
        assert (await reading.shown(walk.holder, first.number))["relations"] == ["complainant"]
        assert sorted((await first.case()).claims + (await second.case()).claims) == ["尽快办理许可", "说明超期原因"]
        for verb in ("transfer", "sign", "assign", "answer", "approve_answer", "reply"):
            await first.take(verb)
        await engine.take(walk.holder, first.number, "rate", {"solved": True, "speed": 5, "attitude": 5, "result": 5})
        await first.take("close")
        assert (await walk.matter()).stage == "split"
        caller = await walk.at_place(Relation.INTAKE, Role.CALL_BACK_OFFICER)
        with pytest.raises(PartsUnderWay):
            await walk.take("parts_ended", by=caller)
        await second.take("redirect")
        assert ((await walk.matter()).stage, await walk.duties()) == ("called_back", ["close"])
        await walk.take("close")
        assert (await walk.matter()).ended_at is not None


async def test_every_claim_goes_to_just_one_part(shared_province: str) -> None:
    walk = await case_at("screened")
    for claims in ([(0, "B10")], [(0, "B10"), (0, "B11")], [(0, "B10"), (2, "B11")], [(0, "B10"), (1, "X99")],
                   [(0, "B10"), (1, "B10")]):  # fmt: skip
        with pytest.raises(Invalid):
            await walk.take("split", claims=[{"claim": claim, "category": code} for claim, code in claims])
    assert await Matter.filter(opened_by_id=walk.holder.matter_id).count() == 0


async def test_nobody_opens_a_part_by_themself(shared_province: str) -> None:
    from domain.cases.table import CASE
    from domain.loop import opening

    with pytest.raises(NotAllowed):
        await opening.opened(await officer(Role.REGISTRAR), CASE, {"category": "B10", "claims": ["一"]})


@rolled_back
async def test_another_urgency_moves_both_dues(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
        before = await walk.matter()
        await walk.take("retier", tier="urgent")
        after = await walk.matter()
        assert after.internal_due < before.internal_due  # type: ignore[operator]
        assert after.statutory_due == before.statutory_due
