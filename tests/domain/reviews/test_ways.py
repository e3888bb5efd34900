"""复查、复核 through the engine: who looks again, within what time, and what it means for the case."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.cases.remedies import ReviewLate, ReviewPending, ReviewSpent
from domain.loop import engine, reading
from domain.people import actors
from domain.people.actors import Actor
from domain.reviews.effects import NotAReviewer
from kit import clock
from kit.clock import CHINA
from kit.errors import NotFound
from models import Involvement, Matter, Post, Relation, Role, Unit
from tests.makers import Walk, case_at, officer, unit
from tests.observed import chained

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
OPINION = {"facts": "经复查", "basis": "优化营商环境条例", "opinion": "维持原答复"}


async def review_of(walk: Walk, level: int = 1) -> Matter:
    reviews = await Matter.filter(opened_by_id=walk.holder.matter_id, kind="review").order_by("filed_on")
    return reviews[level - 1] if len({one.filed_on for one in reviews}) == len(reviews) else reviews[-1]


async def asked(**report: Any) -> tuple[Walk, Matter]:
    walk = await case_at("closed", **report)
    await walk.take("ask_review")
    return walk, await review_of(walk)


async def head(review: Matter) -> Actor:
    place = await Involvement.get(matter_id=review.id, relation=Relation.LEAD, until=None)
    post = await Post.filter(unit_id=place.unit_id, role=Role.HEAD, until=None).first()
    assert post is not None
    return await actors.of_post(post.id)


async def reviewer(review: Matter) -> Unit:
    place = await Involvement.get(matter_id=review.id, relation=Relation.LEAD, until=None).select_related("unit")
    return place.unit


async def handler(review: Matter) -> Actor:
    post = await Post.filter(unit_id=(await reviewer(review)).id, role=Role.HANDLER, until=None).first()
    assert post is not None
    return await actors.of_post(post.id)


async def concluded(review: Matter, conclusion: str) -> None:
    leader, worker = await head(review), await handler(review)
    await engine.take(leader, review.number, "take_up", {"post": str(worker.post_id)})
    await engine.take(worker, review.number, "propose", {"conclusion": conclusion, **OPINION})
    await engine.take(leader, review.number, "decide", {})


async def lead_of(walk: Walk) -> Unit:
    return await Unit.get(id=(await walk.case()).lead_unit_id)


async def test_the_same_duty_a_level_up_looks_again(shared_province: str) -> None:
    walk, review = await asked()
    below, above = await lead_of(walk), await reviewer(review)
    assert len(above.region_id) < len(below.region_id)
    assert set(above.duty_tags) & set(below.duty_tags)
    assert (review.stage, review.opened_by_id) == ("asked", walk.holder.matter_id)
    assert review.statutory_due is not None


async def test_an_answer_that_stands_leaves_the_case_as_it_is(shared_province: str) -> None:
    walk, review = await asked()
    await concluded(review, "upheld")
    assert (await walk.matter()).stage == "closed"
    told = [line for line in await reading.timeline(walk.holder, walk.number) if line["verb"] == "note_review"]
    assert [part["text"] for line in told for part in line["shown"]] == ["维持原办理意见"]
    shown = await reading.shown(walk.holder, review.number)
    assert (shown["review"]["opinion"], shown["relations"]) == ("维持原答复", ["complainant"])
    await chained(review.id)


async def test_an_answer_that_is_revoked_is_worked_out_by_another_officer(shared_province: str) -> None:
    walk, review = await asked()
    first = await Involvement.filter(matter_id=walk.holder.matter_id, relation=Relation.ASSIGNEE).first()
    await concluded(review, "revoked")
    matter = await walk.matter()
    assert (matter.stage, matter.ended_at, matter.clock_stopped_at) == ("signed", None, None)
    assert await walk.duties() == ["assign"]
    assert first is not None
    with pytest.raises(Exception, match="另一名承办人"):
        await walk.take("assign", post=str(first.post_id))


async def test_a_case_that_is_being_handled_anew_is_told_all_the_same(shared_province: str) -> None:
    walk = await case_at("replied")
    await walk.take("ask_review")
    review = await review_of(walk)
    await walk.take("ask_reopen")
    await walk.take("reopen")
    await concluded(review, "revoked")
    assert (await walk.matter()).stage == "signed"
    assert not (await walk.case()).review_open


async def until(walk: Walk) -> date | None:
    """To when the complainant is told that they may ask."""
    steps = (await reading.shown(walk.holder, walk.number))["next_steps"]
    return next((clock.local(step["until"]).date() for step in steps if step["verb"] == "ask_review"), None)


async def test_twice_one_after_the_other_each_a_level_higher_and_in_time(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk, late = await case_at("closed"), await case_at("closed")
        await walk.take("ask_review")
        with pytest.raises(ReviewPending):
            await walk.take("ask_review")
        first = await review_of(walk)
        assert await until(late) == MONDAY.date() + timedelta(days=30)
    with clock.at(MONDAY + timedelta(days=20)):
        await concluded(first, "upheld")
        assert await until(walk) == MONDAY.date() + timedelta(days=50)
    with clock.at(MONDAY + timedelta(days=40)):  # thirty days from the review, not from the answer
        await walk.take("ask_review")
        second = await Matter.filter(opened_by_id=walk.holder.matter_id, kind="review").exclude(id=first.id).get()
        assert (await reviewer(second)).id not in {(await reviewer(first)).id, (await lead_of(walk)).id}
        await concluded(second, "upheld")
        with pytest.raises(ReviewSpent):
            await walk.take("ask_review")
        with pytest.raises(ReviewLate):
            await late.take("ask_review")


async def test_a_hearing_does_not_count(shared_province: str) -> None:
    with clock.at(MONDAY):
        _, review = await asked()
        due = review.statutory_due
        worker = await handler(review)
        await engine.take(await head(review), review.number, "take_up", {"post": str(worker.post_id)})
        given = {"held_on": "2026-03-10", "place": "听证室"}
        await engine.take(worker, review.number, "hold_hearing", given)
    with clock.at(MONDAY + timedelta(days=10)):
        await engine.take(worker, review.number, "end_hearing", {"minutes": "双方陈述"})
    assert due is not None
    after = await Matter.get(id=review.id)
    assert after.statutory_due is not None
    assert after.statutory_due >= due + timedelta(days=10)


async def test_whoever_handled_the_case_does_not_look_again(shared_province: str) -> None:
    walk, review = await asked()
    handled = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    with pytest.raises(NotAReviewer):
        await engine.take(await head(review), review.number, "take_up", {"post": str(handled.post_id)})
    for actor in (handled, await walk.at_place(Relation.LEAD, Role.HEAD)):
        with pytest.raises(NotFound):
            await reading.shown(actor, review.number)


async def test_who_is_shut_out_of_the_case_is_shut_out_of_its_review(shared_province: str) -> None:
    market = await unit("6201-market")
    walk, review = await asked(accused_unit=market.id)
    assert (await reviewer(review)).id != market.id
    accused = await officer(Role.HEAD, "6201-market")
    with pytest.raises(NotFound):
        await reading.shown(accused, review.number)
    other = await case_at("filed")
    with pytest.raises(NotFound):
        await reading.shown(other.holder, review.number)
    await engine.take(walk.holder, review.number, "drop", {})
    assert not (await walk.case()).review_open
