"""Due dates of real cases around 春节 2026, 国庆 2025 and 2026 and 调休, against days counted by hand on the calendar.

2025: 1–8 October off; Sunday 28 September and Saturday 11 October work.
2026: 15–23 February off, Saturdays 14 and 28 February work; 1–7 October off, Sunday 20 September and Saturday
10 October work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from importlib import import_module

import pytest

from domain.loop import calendar_days, engine, packs, reading
from domain.loop.calendar import Row
from domain.loop.clocks import Effect, Per, derive
from domain.people.actors import SYSTEM
from kit import clock
from kit.clock import CHINA
from models import Duty, Entry, Matter, Mode
from models.database import connection
from tests.domain.loop.test_clocks import rolled, struck
from tests.domain.reviews.test_ways import OPINION, review_of
from tests.domain.reviews.test_ways import handler as reviews_handler
from tests.domain.reviews.test_ways import head as reviews_head
from tests.makers import PATHS, Walk, case_at, case_filed
from tests.observed import rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")


@contextmanager
def on(text: str) -> Iterator[None]:
    """A moment: "2026-02-14 17:00"; a day alone means ten in the morning."""
    with clock.at(datetime.fromisoformat(text if " " in text else f"{text} 10:00").replace(tzinfo=CHINA)):
        yield


def day(moment: datetime | None) -> str:
    """The day that a due moment ends with."""
    assert moment is not None
    moment = moment.astimezone(CHINA)
    assert f"{moment:%H:%M:%S}" == "23:59:59"
    return f"{moment:%Y-%m-%d}"


async def dues(walk: Walk) -> tuple[str, str]:
    """Internal and statutory, after they were derived anew from the entries alone and found to be those kept."""
    matter = await walk.matter()
    entries = await Entry.filter(matter_id=matter.id).order_by("seq")
    pack = (await packs.book()).packs[matter.rule_pack_id]
    state = derive(
        [Effect.read(entry.clock) for entry in entries if entry.clock],
        pack.terms_of(matter.tier),
        pack.calendar,
        roll=pack.roll_holidays,
    )
    assert (matter.internal_due, matter.statutory_due) == (state.internal_due, state.statutory_due)
    assert (matter.paused_since, matter.clock_stopped_at) == (state.paused_since, state.stopped_at)
    return day(matter.internal_due), day(matter.statutory_due)


async def duty(walk: Walk, name: str) -> Duty:
    return await Duty.get(matter_id=walk.holder.matter_id, name=name, closed_at=None)


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("2026-02-12 18:00", "2026-02-24"),  # 13, Saturday 14 (调休), 24
        ("2026-02-14 23:59", "2026-02-26"),  # filed on the 调休 day itself
        ("2026-02-18 09:00", "2026-02-26"),  # filed inside the festival
        ("2026-02-26 09:00", "2026-03-02"),  # 27, Saturday 28 (调休), Monday
        ("2025-09-26 09:00", "2025-09-30"),  # Sunday 28 works
        ("2025-09-30 09:00", "2025-10-11"),  # 9, 10, Saturday 11 works
        ("2026-09-18 09:00", "2026-09-22"),  # Sunday 20 works
        ("2026-09-30 09:00", "2026-10-10"),  # 8, 9, Saturday 10 works
    ],
)
@pytest.mark.parametrize("mode", [Mode.ANONYMOUS, Mode.NAMED])
async def test_three_working_days_to_accept(shared_province: str, filed: str, due: str, mode: Mode) -> None:
    with on(filed):
        walk = await case_filed(mode=mode)
    accept = await duty(walk, "accept")
    assert (day(accept.due_at), accept.lapses_to) == (due, "accept")
    assert day(walk.filed.promises["accept_by"]) == due


async def test_silence_accepts_and_the_clock_starts_then(shared_province: str) -> None:
    """By the system, when the third working day is over; the case goes on as if a registrar had accepted."""
    with on("2026-02-12"):
        walk = await case_filed()
    with on("2026-02-25 00:00"):
        await engine.take(SYSTEM, walk.number, "accept", {})
        assert await dues(walk) == ("2026-03-12", "2026-03-27")
        assert day((await duty(walk, "screen")).due_at) == "2026-02-26"
    entry = await Entry.get(matter_id=walk.holder.matter_id, seq=2)
    assert (entry.actor_kind, entry.post_id) == ("system", None)


async def test_where_the_pack_does_not_say_so_silence_is_silence(shared_province: str) -> None:
    """保障中小企业款项支付条例 knows no such rule."""
    walk = await case_filed(category="B03")
    assert (await walk.matter()).rule_pack_id == "sme-payments"
    assert (await duty(walk, "accept")).lapses_to is None


@pytest.mark.parametrize(
    ("accepted", "internal", "statutory"),
    [
        ("2026-02-02", "2026-02-24", "2026-03-04"),  # 15 days end on 17 February, inside the festival
        ("2026-01-20", "2026-02-04", "2026-02-24"),  # 30 days end on 19 February
        ("2026-01-30", "2026-02-14", "2026-03-02"),  # a Saturday that works; a Sunday that doesn't
        ("2025-09-18", "2025-10-09", "2025-10-20"),  # 3 October, inside 国庆; 18 October, a Saturday
        ("2025-09-26", "2025-10-11", "2025-10-27"),  # the 调休 Saturday holds; 26 October is a Sunday
        ("2026-09-01", "2026-09-16", "2026-10-08"),  # 1 October
        ("2026-09-05", "2026-09-20", "2026-10-08"),  # the Sunday of 调休 holds; 5 October
    ],
)
async def test_both_dues_from_acceptance(shared_province: str, accepted: str, internal: str, statutory: str) -> None:
    with on(accepted):
        walk = await case_at("handling")
    assert await dues(walk) == (internal, statutory)
    assert day((await duty(walk, "handle")).due_at) == internal


async def test_a_question_across_the_festival_gives_its_days_back(shared_province: str) -> None:
    """Asked on the 10th, answered on the 20th: ten days on 17 February and on 4 March, then over days off work."""
    with on("2026-02-02"):
        walk = await case_at("handling", mode=Mode.NAMED)
    with on("2026-02-10"):
        await walk.take("ask")
        assert await dues(walk) == ("2026-02-24", "2026-03-04")
        assert day((await duty(walk, "supply")).due_at) == "2026-02-25"
        assert (await walk.matter()).paused_since == clock.now()
    with on("2026-02-20"):
        await walk.take("supply")
        assert await dues(walk) == ("2026-02-27", "2026-03-16")
        assert day((await duty(walk, "handle")).due_at) == "2026-02-27"
        assert (await walk.matter()).paused_since is None


async def test_a_question_without_answer_lapses(shared_province: str) -> None:
    """Sixteen days are given back, up to the day on which the clock runs on by itself."""
    with on("2026-02-02"):
        walk = await case_at("handling")
    with on("2026-02-10"):
        await walk.take("ask")
        assert (await duty(walk, "supply")).lapses_to == "lapse"
    with on("2026-02-26 00:00"):
        await walk.take("lapse")
        assert await dues(walk) == ("2026-03-05", "2026-03-20")
        assert day((await duty(walk, "handle")).due_at) == "2026-03-05"


@pytest.mark.parametrize("verb", ["recall", "recuse"])
async def test_whoever_takes_a_waiting_case_back_ends_the_pause(shared_province: str, verb: str) -> None:
    with on("2026-02-02"):
        walk = await case_at("waiting")
    with on("2026-02-04"):
        by = await walk.who("answer") if verb == "recuse" else None
        await walk.take(verb, by=by)
        assert await dues(walk) == ("2026-02-24", "2026-03-06")
        assert (await walk.matter()).paused_since is None


async def test_an_extension_adds_to_the_due_that_held(shared_province: str) -> None:
    """16 September and 8 October (moved from the 1st), thirty days on each; 7 November is a Saturday."""
    with on("2026-09-01"):
        walk = await case_at("handling")
    with on("2026-09-14"):
        await walk.take("request_extension")
        assert await dues(walk) == ("2026-09-16", "2026-10-08")
        await walk.take("grant_extension")
        assert await dues(walk) == ("2026-10-16", "2026-11-09")
        assert day((await duty(walk, "handle")).due_at) == "2026-10-16"


async def test_an_extension_granted_while_the_question_waits(shared_province: str) -> None:
    """First the term, then the days of the pause: 16 September → 16 October → 18 October, a Sunday."""
    with on("2026-09-01"):
        walk = await case_at("handling")
        await walk.take("request_extension")
        await walk.take("ask")
        await walk.take("grant_extension")
        assert await dues(walk) == ("2026-10-16", "2026-11-09")
    with on("2026-09-03"):
        await walk.take("supply")
        assert await dues(walk) == ("2026-10-19", "2026-11-09")


async def test_a_reopened_case_has_a_new_clock(shared_province: str) -> None:
    """Replied: nothing moves. Reopened on 30 January: fifteen days to the Saturday that works, thirty to a Monday."""
    with on("2026-01-05"):
        walk = await case_at("closed")
        first = await dues(walk)
        assert first == ("2026-01-20", "2026-02-04")
    with on("2026-01-28"):
        await walk.take("ask_reopen")
        assert await dues(walk) == first
    with on("2026-01-30"):
        await walk.take("reopen")
        assert await dues(walk) == ("2026-02-14", "2026-03-02")
        assert (await walk.matter()).ended_at is None
        await walk.take("assign", post=str(await walk.handler(1)))
        assert day((await duty(walk, "handle")).due_at) == "2026-02-14"


async def test_urgency_changes_the_internal_target_alone(shared_province: str) -> None:
    """紧急: three days from acceptance, whatever day the screening was; 16 February is inside the festival."""
    with on("2026-02-13"):
        walk = await case_at("accepted")
    with on("2026-02-14"):
        await walk.take("screen", tier="urgent")
        assert await dues(walk) == ("2026-02-24", "2026-03-16")


async def test_a_case_sent_to_another_unit_gets_no_more_time(shared_province: str) -> None:
    with on("2026-03-02"):
        walk = await case_at("handling")
    first = await dues(walk)
    with on("2026-03-10"):
        for verb in ("recall", "transfer", "sign", "assign"):
            await walk.take(verb)
        assert await dues(walk) == first
        assert day((await duty(walk, "handle")).due_at) == first[0]


@rolled_back
async def test_a_corrected_calendar_moves_nothing_that_stands(shared_province: str) -> None:
    """It counts from the next step that touches the clock; until then what was promised holds."""
    with on("2026-03-02"):
        walk = await case_at("handling")
    assert (first := await dues(walk)) == ("2026-03-17", "2026-04-01")
    closed = {"day": clock.today().replace(2026, 3, 17), "working": False, "name": "停工", "source": "省政府通知"}
    await calendar_days.corrected([Row(**closed)])  # type: ignore[typeddict-item]  # a plain dict
    matter = await walk.matter()
    assert (day(matter.internal_due), day(matter.statutory_due)) == first
    with on("2026-03-03"):
        await walk.take("ask")
    with on("2026-03-03 12:00"):
        await walk.take("lapse")
    assert await dues(walk) == ("2026-03-18", "2026-04-01")


async def test_the_reply_stops_the_clock_and_a_reopening_sets_it_going(shared_province: str) -> None:
    with on("2026-03-02"):
        walk = await case_at("approved")
        await dues(walk)
        assert (await walk.matter()).clock_stopped_at is None
    with on("2026-03-05 11:00"):
        await walk.take("reply")
        stopped = clock.now()
    for reader in (walk.holder, await walk.who("reply"), await walk.who("call_back")):
        with on("2026-04-20"):
            assert (await reading.shown(reader, walk.number))["clock_stopped_at"] == stopped
    with on("2026-04-20"):
        await dues(walk)
        await walk.take("reopen")
        await dues(walk)
    assert (await walk.matter()).clock_stopped_at is None


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("heard", [False, True])
async def test_suspended_extended_answered_reviewed_and_begun_anew(
    shared_province: str, *, suspended: bool, extended: bool, heard: bool
) -> None:
    """Over 春节: accepted on 20 January, suspended for twelve days, extended, reviewed with a hearing, and revoked."""
    lost = {date(2026, 2, day) for day in range(3, 15)}
    with on("2026-01-20"):
        walk = await case_at("handling")
    if suspended:
        with on("2026-02-02"):
            await walk.take("suspend")
            assert (await walk.matter()).paused_since == clock.now()
        with on("2026-02-14"):
            await walk.take("resume")
    first = rolled(struck(date(2026, 1, 20), 30, Per.CALENDAR_DAY, lost if suspended else ()), Per.CALENDAR_DAY)
    assert (await dues(walk))[1] == str(first)
    if extended:
        with on("2026-02-14 15:00"):
            await walk.take("request_extension")
            await walk.take("grant_extension")
        first = rolled(struck(first, 30, Per.CALENDAR_DAY), Per.CALENDAR_DAY)
    with on("2026-02-15"):
        for verb in ("answer", "approve_answer", "reply"):
            await walk.take(verb)
        assert (await dues(walk))[1] == str(first)
        await walk.take("ask_review")
    review = await review_of(walk)
    due = rolled(struck(date(2026, 2, 15), 30, Per.CALENDAR_DAY), Per.CALENDAR_DAY)
    assert day(review.statutory_due) == str(due)
    leader, worker = await reviews_head(review), await reviews_handler(review)
    with on("2026-02-24"):
        await engine.take(leader, review.number, "take_up", {"post": str(worker.post_id)})
        if heard:
            await engine.take(worker, review.number, "hold_hearing", {"held_on": "2026-03-02", "place": "听证室"})
    with on("2026-03-06"):
        if heard:
            await engine.take(worker, review.number, "end_hearing", {"minutes": "双方陈述"})
            sat = {date(2026, 2, 24) + timedelta(days) for days in range(1, 11)}
            due = rolled(struck(date(2026, 2, 15), 30, Per.CALENDAR_DAY, sat), Per.CALENDAR_DAY)
        assert day((await Matter.get(id=review.id)).statutory_due) == str(due)
        assert (await dues(walk))[1] == str(first), "the review has a clock of its own"
        await engine.take(worker, review.number, "propose", {"conclusion": "revoked", **OPINION})
        await engine.take(leader, review.number, "decide", {})
        redone = rolled(struck(date(2026, 3, 6), 30, Per.CALENDAR_DAY), Per.CALENDAR_DAY)
        assert (await dues(walk))[1] == str(redone), "and what was given back or granted before is over"


async def test_the_migration_finds_in_the_entries_what_is_kept_since(shared_province: str) -> None:
    """Of cases that were answered before there was a column for it."""
    for stage in ("filed", "waiting", "replied", "closed", "withdrawn", "refused"):
        await case_at(stage)
    again = await case_at("closed")
    await again.take("reopen")
    kept = dict(await Matter.all().values_list("id", "clock_stopped_at"))
    assert len([moment for moment in kept.values() if moment]) >= 2
    await Matter.all().update(clock_stopped_at=None)
    await connection().execute_script(import_module("models.migrations.0003_stopped_clocks").STOPPED)
    assert dict(await Matter.all().values_list("id", "clock_stopped_at")) == kept


async def test_every_change_of_a_due_date_is_an_entry(shared_province: str) -> None:
    """Along the whole way: dues differ from those before only where an entry turns the clock, or the tier changed."""
    walk = await case_filed()
    before: tuple[datetime | None, datetime | None] = (None, None)
    turned = []
    for number, verb in enumerate((*PATHS["closed"], "reopen")):
        with on(f"2026-09-{number + 1:02}"):
            await walk.take(verb)
        matter = await Matter.get(id=walk.holder.matter_id)
        now = (matter.internal_due, matter.statutory_due)
        entry = await Entry.get(matter_id=matter.id, seq=matter.version)
        assert now == before or entry.clock
        turned += [verb] if now != before else []
        before = now
    assert turned == ["accept", "reopen"]
