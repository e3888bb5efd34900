"""The clock proposes rungs over working days, once for each cause, and only what is really late."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from domain.loop import calendar, chores, engine
from domain.loop.calendar import Calendar
from domain.supervision import ladder
from kit import clock
from kit.clock import CHINA
from models import Matter, Role, Supervision, SupervisionCause
from tests.makers import case_at, officer
from tests.observed import chained
from tests.supervised import ABOUT, Over

WORKING = Calendar.of(calendar.from_package(2025, 2027))
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)  # internal due on the 17th, statutory on 1 April


@pytest.mark.parametrize(
    ("days", "today", "before"),
    [
        (1, date(2026, 3, 18), date(2026, 3, 18)),  # a working day: whatever was due before it
        (1, date(2026, 3, 21), date(2026, 3, 20)),  # a Saturday: as on the Friday
        (10, date(2026, 3, 31), date(2026, 3, 18)),
        (1, date(2026, 2, 22), date(2026, 2, 14)),  # 春节: nobody gets later in it; the 14th was a make-up Saturday
        (5, date(2026, 2, 25), date(2026, 2, 12)),
    ],
)
def test_days_of_lateness_are_working_days(days: int, today: date, before: date) -> None:
    found = ladder.late_before(days, today, WORKING)
    assert found == clock.start_of(before)
    assert WORKING.working_between(before - timedelta(days=1), today) == days


async def proposals() -> list[Supervision]:
    return await Supervision.all().order_by("matter__filed_on").select_related("matter", "rung")


async def at(day: date, hour: int = 9) -> int:
    with clock.at(datetime(day.year, day.month, day.day, hour, 0, tzinfo=CHINA)):
        return await ladder.proposed()


async def test_a_late_case_climbs_the_ladder(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
    assert await at(date(2026, 3, 17), 23) == 0  # due at the end of this day
    assert await at(date(2026, 3, 18)) == 1
    [own] = await proposals()
    made = Over(own.matter.number, walk)
    assert (own.rung_id, own.by_clock, own.matter.opened_by_id) == ("dispatch", True, walk.holder.matter_id)
    assert "内部时限为2026年3月17日，至今已逾期1个工作日" in own.facts
    assert await at(date(2026, 3, 18), 12) == await at(date(2026, 3, 25)) == 0  # never twice for the same cause
    assert (await chained(walk.holder.matter_id))[-1].verb == "supervise"
    with clock.at(datetime(2026, 3, 18, 10, 0, tzinfo=CHINA)):
        await made.take("issue")
        await made.take("sign")
    # The statutory time passes too: the next rung is proposed in the supervision that runs.
    assert await at(date(2026, 4, 2)) == 1
    assert await made.owed() == ["answer", "decide_raise"]
    with clock.at(datetime(2026, 4, 2, 10, 0, tzinfo=CHINA)):
        await made.take("raise_rung", rung="inquiry")
        await made.take("dismiss")
    assert await at(date(2026, 4, 13)) == 0  # nine working days
    assert await at(date(2026, 4, 16)) == 1  # ten and more: a cause of its own, since the other one was dismissed
    assert [own.rung_id for own in await proposals()] == ["inquiry", "warning"]


async def test_what_is_very_late_begins_high_and_is_not_proposed_below(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
    assert await at(date(2026, 6, 1)) == 1
    assert [own.rung_id for own in await proposals()] == ["listing"]
    assert await SupervisionCause.filter(matter_id=walk.holder.matter_id).count() == 4
    assert await at(date(2026, 6, 2)) == 0


async def test_what_waits_was_answered_or_runs_is_not_late(province: str) -> None:
    with clock.at(MONDAY):
        paused, replied, young = await case_at("waiting"), await case_at("replied"), await case_at("filed")
        late = await case_at("accepted")
    assert await at(date(2026, 3, 18)) == 1
    [own] = await proposals()
    assert own.matter.opened_by_id == late.holder.matter_id
    for walk in (paused, replied, young):
        assert not await Matter.filter(opened_by_id=walk.holder.matter_id).exists()
    # An extension is another due date, and so another cause.
    await Matter.filter(id=late.holder.matter_id).update(ended_at=clock.now())
    assert await at(date(2026, 6, 1)) == 0


async def test_an_answer_that_is_late_is_proposed_for_more_by_the_clock(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
        given = {"rung": "dispatch", **ABOUT}
        await engine.take(await officer(Role.SUPERVISOR, "62-justice.inspection"), walk.number, "supervise", given)
        made = Over((await Matter.get(opened_by_id=walk.holder.matter_id)).number, walk)
        await made.take("issue")
    with clock.at(datetime(2026, 3, 3, 23, 0, tzinfo=CHINA)):
        await chores.lapsed()
        assert await made.owed() == ["sign"]
    with clock.at(datetime(2026, 3, 4, 0, 1, tzinfo=CHINA)):
        await chores.lapsed()
        await chores.lapsed()
        assert await made.owed() == ["decide_raise", "sign"]
        await made.take("sign")  # late, but it may still be done
    entries = await chained((await made.matter()).id)
    assert [entry.verb for entry in entries] == ["propose", "issue", "propose_raise", "sign"]


async def test_two_workers_propose_once(province: str) -> None:
    with clock.at(MONDAY):
        for _ in range(4):
            await case_at("handling")
    with clock.at(datetime(2026, 3, 18, 9, 0, tzinfo=CHINA)):
        done = [*await asyncio.gather(ladder.proposed(), ladder.proposed(), ladder.proposed()), await ladder.proposed()]
    assert sum(done) == 4 == len(await proposals())
