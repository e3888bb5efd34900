"""Due moments and the two due dates of a matter, against dates written down by hand and by property."""

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loop.calendar import Calendar, from_package
from domain.loop.clocks import Clock, Effect, Per, Term, Turn, derive, due
from kit.clock import CHINA, end_of, start_of

CALENDAR = Calendar.of(from_package(2024, 2027))
WD, D, H, M = Per.WORKING_DAY, Per.CALENDAR_DAY, Per.HOUR, Per.MINUTE
TERMS = {
    "finish": Term(30, D),
    "finish_internal": Term(15, D),
    "extend": Term(30, D),
    "redo": Term(15, D),
}


def at(text: str) -> datetime:
    """A moment in China: "2026-02-14 17:00"; a day alone means ten in the morning."""
    return datetime.fromisoformat(text if " " in text else f"{text} 10:00").replace(tzinfo=CHINA)


def the_end_of(text: str) -> datetime:
    """The last second of a day."""
    return end_of(datetime.fromisoformat(text).date())


def effects(*turns: tuple[str, str]) -> list[Effect]:
    """A history: ("start", "2026-01-12"), …."""
    return [Effect(at(moment), Turn(turn)) for turn, moment in turns]


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-03-02", 3, "2026-06-02"),
        ("2026-01-31", 3, "2026-04-30"),  # the month's last day
        ("2025-11-30", 3, "2026-02-28"),  # a make-up Saturday
        ("2025-11-17", 3, "2026-02-24"),  # the 17th lies in 春节: the first working day after it
        ("2026-07-01", 3, "2026-10-08"),  # 国庆
        ("2026-08-31", 6, "2027-03-01"),  # a Sunday
        ("2026-12-05", 1, "2027-01-05"),  # across the year
    ],
)
def test_months_end_on_the_day_of_the_same_number(start: str, months: int, expected: str) -> None:
    assert due(at(start), Term(months, Per.MONTH), CALENDAR) == the_end_of(expected)


def test_a_start_may_name_its_own_term_and_a_pause_gives_months_their_days_back() -> None:
    begun = Effect(at("2026-03-02"), Turn.START, Term(45, D))
    assert derive([begun], TERMS, CALENDAR).statutory_due == the_end_of("2026-04-16")
    terms = TERMS | {"finish": Term(3, Per.MONTH)}
    paused = effects(("start", "2026-03-02"), ("pause", "2026-05-20"), ("resume", "2026-05-29"))
    assert derive(paused, terms, CALENDAR).statutory_due == the_end_of("2026-06-11")


@pytest.mark.parametrize(
    ("start", "term", "expected"),
    [
        ("2026-02-13 23:59", Term(1, WD), "2026-02-14 23:59:59"),
        ("2026-02-14 00:00", Term(1, WD), "2026-02-24 23:59:59"),
        ("2026-02-13 09:00", Term(3, WD), "2026-02-25 23:59:59"),
        ("2025-09-26 09:00", Term(5, WD), "2025-10-10 23:59:59"),
        ("2026-09-14 09:00", Term(15, WD), "2026-10-10 23:59:59"),
        ("2026-01-20 18:30", Term(30, D), "2026-02-24 23:59:59"),
        ("2025-08-05 18:30", Term(60, D), "2025-10-09 23:59:59"),
        ("2026-02-14 17:00", Term(24, H), "2026-02-15 17:00:00"),
        ("2025-12-31 23:30", Term(2, H), "2026-01-01 01:30:00"),
        ("2026-12-31 23:50", Term(15, M), "2027-01-01 00:05:00"),
        ("2026-03-02 09:00", Term(0, WD), "2026-03-02 23:59:59"),
    ],
)
def test_due_by_hand(start: str, term: Term, expected: str) -> None:
    """Days end at their end; hours and minutes run through nights and holidays."""
    assert due(at(start), term, CALENDAR) == at(expected)


def test_the_day_is_chinas_whatever_zone_the_moment_is_given_in() -> None:
    """Half past six in the evening UTC is already tomorrow in China."""
    evening = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
    assert due(evening, Term(1, D), CALENDAR) == the_end_of("2026-03-04")
    assert due(evening, Term(1, H), CALENDAR) == at("2026-03-03 03:30")


def test_rolling_is_a_switch() -> None:
    """The fifteenth day is 初一: it holds, or the first working day after the festival does."""
    assert due(at("2025-01-14"), Term(15, D), CALENDAR, roll=False) == the_end_of("2025-01-29")
    assert due(at("2025-01-14"), Term(15, D), CALENDAR) == the_end_of("2025-02-05")


def test_a_term_is_never_negative() -> None:
    """A mistake in a rule pack is found when it is read."""
    with pytest.raises(ValueError, match="negative"):
        Term(-1, D)


@pytest.mark.parametrize(
    ("history", "internal", "statutory"),
    [
        # 15 and 30 days; 11 February is before the festival
        ([("start", "2026-01-12")], "2026-01-27", "2026-02-11"),
        # thirty days end on 19 February, inside the festival
        ([("start", "2026-01-20")], "2026-02-04", "2026-02-24"),
        # paused 5 to 20 February: fifteen days back; the internal target had passed before, it moves too
        ([("start", "2026-01-12"), ("pause", "2026-02-05"), ("resume", "2026-02-20")], "2026-02-11", "2026-02-26"),
        # the day added back goes from 17 to 18 February, both inside the festival
        ([("start", "2026-01-18"), ("pause", "2026-01-20"), ("resume", "2026-01-21")], "2026-02-03", "2026-02-24"),
        # asked and answered on one day
        ([("start", "2026-01-12"), ("pause", "2026-01-20 09:00"), ("resume", "2026-01-20 17:00")],
         "2026-01-27", "2026-02-11"),
        # thirty more from the due that held (24 February, not the 19th)
        ([("start", "2026-01-20"), ("extend", "2026-02-02")], "2026-03-06", "2026-03-26"),
        # extended, then paused two days: 6 → 8 March, a Sunday, → Monday; 26 → 28 March, a Saturday, → Monday
        ([("start", "2026-01-20"), ("extend", "2026-02-02"), ("pause", "2026-03-02"), ("resume", "2026-03-04")],
         "2026-03-09", "2026-03-30"),
        # a second question while the first waits, an answer after the clock resumed by itself
        ([("start", "2026-01-12"), ("pause", "2026-01-14"), ("pause", "2026-01-15"),
          ("resume", "2026-01-19"), ("resume", "2026-01-21")], "2026-02-02", "2026-02-24"),
        # sent to another unit: the clock doesn't start again
        ([("start", "2026-01-12"), ("start", "2026-01-19")], "2026-01-27", "2026-02-11"),
        # reopened: fifteen days, the internal target the same
        ([("start", "2026-01-12"), ("stop", "2026-01-26"), ("restart", "2026-02-02")], "2026-02-24", "2026-02-24"),
        # nothing moves a stopped clock, and a running one can't be restarted
        ([("start", "2026-01-12"), ("stop", "2026-01-26"), ("pause", "2026-01-27"), ("resume", "2026-01-30"),
          ("extend", "2026-01-30")], "2026-01-27", "2026-02-11"),
        ([("start", "2026-01-12"), ("restart", "2026-01-26")], "2026-01-27", "2026-02-11"),
        # replied while the question was open: the pause ends with the reply
        ([("start", "2026-01-12"), ("pause", "2026-01-14"), ("stop", "2026-01-17")], "2026-01-30", "2026-02-14"),
    ],
)  # fmt: skip
def test_both_dues_by_hand(history: list[tuple[str, str]], internal: str, statutory: str) -> None:
    """Histories of one matter under 30 days by law and 15 inside."""
    clock = derive(effects(*history), TERMS, CALENDAR)
    assert clock.internal_due == the_end_of(internal)
    assert clock.statutory_due == the_end_of(statutory)


def test_working_days_lost_in_a_pause_are_working_days_added() -> None:
    """Paused 12 to 25 February 2026: the 13th, the 14th (调休), the 24th and the 25th come back."""
    terms = TERMS | {"finish": Term(15, WD), "finish_internal": Term(5, WD)}
    clock = derive(effects(("start", "2026-02-10"), ("pause", "2026-02-12"), ("resume", "2026-02-25")), terms, CALENDAR)
    assert clock.statutory_due == the_end_of("2026-03-13")
    assert clock.internal_due == the_end_of("2026-02-28")


def test_an_urgent_target_in_hours_gets_the_exact_length_back() -> None:
    """24 hours from five in the afternoon, paused from eight in the evening to eight in the morning."""
    history = effects(("start", "2026-02-14 17:00"), ("pause", "2026-02-14 20:00"), ("resume", "2026-02-15 08:00"))
    clock = derive(history, TERMS | {"finish_internal": Term(24, H)}, CALENDAR)
    assert clock.internal_due == at("2026-02-16 05:00")
    assert clock.statutory_due == the_end_of("2026-03-17")


def test_the_legal_maximum_wins_over_a_longer_target() -> None:
    """疑难: 60 days inside, 30 by law; no target of its own means the law's."""
    longer = derive(effects(("start", "2026-01-12")), TERMS | {"finish_internal": Term(60, D)}, CALENDAR)
    assert longer.internal_due == longer.statutory_due == the_end_of("2026-02-11")
    none = derive(effects(("start", "2026-01-12")), {"finish": Term(60, D)}, CALENDAR)
    assert none.internal_due == none.statutory_due == the_end_of("2026-03-13")


def test_an_extension_may_be_granted_for_less_than_the_pack_allows() -> None:
    """Ten days instead of thirty."""
    history = [*effects(("start", "2026-01-20")), Effect(at("2026-02-02"), Turn.EXTEND, Term(10, D))]
    assert derive(history, TERMS, CALENDAR).statutory_due == the_end_of("2026-03-06")


def test_what_the_clock_says_besides_its_dues() -> None:
    """Started, paused since, stopped at; before acceptance, nothing."""
    assert derive([], TERMS, CALENDAR) == Clock()
    assert derive(effects(("pause", "2026-01-12"), ("stop", "2026-01-13")), TERMS, CALENDAR) == Clock()
    paused = derive(effects(("start", "2026-01-12"), ("pause", "2026-01-14")), TERMS, CALENDAR)
    assert (paused.started, paused.paused_since, paused.stopped_at) == (at("2026-01-12"), at("2026-01-14"), None)
    assert paused.running
    history = effects(("start", "2026-01-12"), ("pause", "2026-01-14"), ("stop", "2026-01-16"))
    stopped = derive(history, TERMS, CALENDAR)
    assert (stopped.paused_since, stopped.stopped_at, stopped.running) == (None, at("2026-01-16"), False)
    again = derive([*history, *effects(("restart", "2026-02-02"))], TERMS, CALENDAR)
    assert (again.started, again.stopped_at, again.running) == (at("2026-02-02"), None, True)


# ——— properties

terms = st.builds(Term, st.integers(0, 90), st.sampled_from(Per))
packs = st.fixed_dictionaries({"finish": terms, "finish_internal": terms, "extend": terms, "redo": terms})
moments = st.datetimes(datetime(2024, 11, 1), datetime(2026, 12, 1), timezones=st.just(CHINA))  # noqa: DTZ001 - bounds are naive by its rule
gaps = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def histories(draw: st.DrawFn) -> list[Effect]:
    """Any effects in order of time, in an order of kinds that may make no sense."""
    moment, history = draw(moments), []
    for turn in draw(st.lists(st.sampled_from(Turn), max_size=8)):
        history.append(Effect(moment, turn, draw(st.none() | terms) if turn is Turn.EXTEND else None))
        moment += draw(gaps)
    return history


@given(moments, gaps, terms)
def test_a_later_start_is_never_due_earlier(start: datetime, gap: timedelta, term: Term) -> None:
    """Monotone in the start."""
    assert due(start, term, CALENDAR) <= due(start + gap, term, CALENDAR)


@given(moments, terms, st.integers(0, 30), st.booleans())
def test_a_longer_term_is_never_due_earlier(start: datetime, term: Term, more: int, roll: bool) -> None:
    """Monotone in the term; and nothing is due before it starts."""
    first = due(start, term, CALENDAR, roll=roll)
    assert start.replace(microsecond=0) <= first <= due(start, Term(term.amount + more, term.per), CALENDAR, roll=roll)


@given(histories(), packs)
def test_the_legal_maximum_always_wins(history: list[Effect], pack: dict[str, Term]) -> None:
    """Whatever happened."""
    clock = derive(history, pack, CALENDAR)
    if clock.internal_due and clock.statutory_due:
        assert clock.internal_due <= clock.statutory_due
    assert (clock.started is None) == (clock.statutory_due is None)


@given(histories(), packs, gaps, gaps)
def test_a_pause_never_makes_anything_due_earlier(
    history: list[Effect], pack: dict[str, Term], wait: timedelta, length: timedelta
) -> None:
    """Pause and resume at the end of any history."""
    before = derive(history, pack, CALENDAR)
    begin = (history[-1].at if history else at("2026-01-12")) + wait
    after = derive([*history, Effect(begin, Turn.PAUSE), Effect(begin + length, Turn.RESUME)], pack, CALENDAR)
    if before.statutory_due and after.statutory_due and before.internal_due and after.internal_due:
        assert after.statutory_due >= before.statutory_due
        assert after.internal_due >= before.internal_due
    assert after.paused_since is None


@given(histories(), packs, st.sampled_from([Turn.PAUSE, Turn.RESUME, Turn.STOP, Turn.START]))
def test_the_same_effect_twice_is_once(history: list[Effect], pack: dict[str, Term], turn: Turn) -> None:
    """A chore that ran twice changes nothing; extensions are counted by their step."""
    effect = Effect(history[-1].at if history else at("2026-01-12"), turn)
    once = derive([*history, effect], pack, CALENDAR)
    assert derive([*history, effect, effect], pack, CALENDAR) == once


@given(moments, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4), st.sampled_from([WD, D]))
def test_dues_are_those_of_a_count_day_by_day(start: datetime, pauses: list[tuple[int, int]], per: Per) -> None:
    """An independent count: strike off the days one by one, leaving out those lost in pauses."""
    history, day = [Effect(start, Turn.START)], start.date()
    lost: set[object] = set()
    for run, pause in pauses:
        day += timedelta(run)
        history += [Effect(start_of(day), Turn.PAUSE), Effect(start_of(day + timedelta(pause)), Turn.RESUME)]
        lost |= {day + timedelta(n) for n in range(1, pause + 1)}
        day += timedelta(pause)
    history = [history[0], *(Effect(max(start, effect.at), effect.clock) for effect in history[1:])]
    left, day = 60, start.date()
    while left:
        day += timedelta(1)
        left -= day not in lost and (per is D or CALENDAR.is_working(day))
    clock = derive(history, {"finish": Term(60, per)}, CALENDAR, roll=False)
    # a pause may begin after the sixty days: what is late stays late, and is moved on all the same
    if day >= history[-1].at.date():
        assert clock.statutory_due == end_of(day)


@given(histories())
def test_effects_survive_the_entry_they_are_written_in(history: list[Effect]) -> None:
    """Through JSON's small dict and back; a later replay gives the same clock."""
    read = [Effect.read(effect.write()) for effect in history]
    assert read == history
    assert derive(read, TERMS, CALENDAR) == derive(history, TERMS, CALENDAR)


# ——— all combinations, against days struck off one by one


def struck(day: date, left: int, per: Per, lost: Container[date] = ()) -> date:
    """The last of so many days after one, without those lost in a pause; working days, where the term says so."""
    while left:
        day += timedelta(1)
        left -= day not in lost and (per is D or CALENDAR.is_working(day))
    return day


def rolled(day: date, per: Per) -> date:
    """On to the first working day, where calendar days end on a day off."""
    while per is D and not CALENDAR.is_working(day):
        day += timedelta(1)
    return day


STARTS = {"plain": "2026-03-02", "春节": "2026-01-20", "国庆": "2025-09-10", "调休": "2026-02-13"}
SUSPENDED = {"never": None, "within": (3, 6), "for long": (4, 44), "a moment": (5, 5)}
EXTENDED = ("never", "before", "meanwhile", "afterwards")
AGAIN = {"never": None, "revoked": 0, "revoked, and suspended": 9}


@pytest.mark.parametrize("per", [D, WD])
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_suspension_extension_and_review_over_all_their_combinations(start: str, per: Per) -> None:
    """A suspension gives its days back, an extension is added to the due that held, a revoked answer begins anew."""
    terms = {"finish": Term(30, per), "extend": Term(30, per), "redo": Term(15, per)}
    for suspended, extended, again in product(SUSPENDED.values(), EXTENDED, AGAIN.values()):
        begun = at(start)
        history, lost = [Effect(begun, Turn.START)], set[date]()
        since, until = (begun + timedelta(days) for days in suspended or (4, 4))
        if suspended:
            history += [Effect(since, Turn.PAUSE), Effect(until, Turn.RESUME)]
            lost = {since.date() + timedelta(n) for n in range(1, (until - since).days + 1)}
        granted = {"before": since - timedelta(hours=1), "meanwhile": since + (until - since) / 2,
                   "afterwards": until + timedelta(hours=1)}.get(extended)  # fmt: skip
        if granted:
            history = sorted([*history, Effect(granted, Turn.EXTEND)], key=lambda effect: effect.at)
        # An extension counts from the due that held when it was granted, whatever is given back later.
        early = granted is not None and suspended is not None and granted < until
        first = struck(begun.date(), 30, per, () if early else lost)
        if granted:
            first = struck(rolled(first, per), 30, per)
        if early:
            given_back = len([day for day in lost if per is D or CALENDAR.is_working(day)])
            first = struck(first, given_back, per)
        said = derive(history, terms, CALENDAR)
        assert said.statutory_due == end_of(rolled(first, per)), (suspended, extended)
        assert said.paused_since is None
        if again is None:
            continue
        replied, revoked = until + timedelta(20), until + timedelta(50)
        history += [Effect(replied, Turn.STOP), Effect(revoked, Turn.RESTART)]
        stopped = derive(history[:-1], terms, CALENDAR)
        assert (stopped.statutory_due, stopped.stopped_at) == (said.statutory_due, replied)
        anew = {revoked.date() + timedelta(n) for n in range(3, 3 + again)}
        if again:
            history += [Effect(revoked + timedelta(2), Turn.PAUSE), Effect(revoked + timedelta(2 + again), Turn.RESUME)]
        redone = rolled(struck(revoked.date(), 15, per, anew), per)
        assert derive(history, terms, CALENDAR).statutory_due == end_of(redone), (suspended, extended, again)
