"""Quiet hours and digests: every quarter of an hour of a week, for each timing and each tier of the rules."""

import tomllib
from datetime import date, datetime, time, timedelta

import pytest

from domain.loop.calendar import Calendar
from domain.loop.hours import Hours
from kit import clock
from kit.settings import ROOT
from models import Tier, Timing

OFFICER = Hours(time(22), time(7, 30), (time(8, 30), time(14)))
MONDAY = datetime(2026, 3, 9, tzinfo=clock.CHINA)
WEEK = [MONDAY + timedelta(minutes=15 * n) for n in range(7 * 96)]
RULES = tomllib.loads((ROOT / "data" / "notices.toml").read_text("utf-8"))
WORKS = Calendar().is_working


def asleep(moment: datetime) -> bool:
    return moment.hour >= 22 or (moment.hour, moment.minute) < (7, 30)


def timing_of(tier: Tier) -> Timing:
    """As the first rule for officers that fits the tier says."""
    rules = [rule for rule in RULES["notice_rule"] if rule["audience"] == "officer"]
    fitting = (rule for rule in rules if not rule.get("tiers") or tier in rule["tiers"])
    return Timing(next(fitting)["timing"])


@pytest.mark.parametrize("tier", Tier)
def test_every_hour_of_a_week_for_each_tier(tier: Tier) -> None:
    timing = timing_of(tier)
    assert timing is {Tier.CRITICAL: Timing.NOW, Tier.URGENT: Timing.QUIET}.get(tier, Timing.DIGEST)
    for moment in WEEK:
        due = OFFICER.due(moment, timing, WORKS)
        assert due >= moment
        match timing:
            case Timing.NOW:
                assert due == moment
            case Timing.QUIET:
                assert (due == moment) is not asleep(moment)
                assert not asleep(due)
                assert due - moment <= timedelta(hours=9, minutes=30)
            case Timing.DIGEST:
                assert due.time() in OFFICER.digests
                assert due.weekday() < 5
                between = [
                    moment + timedelta(minutes=15 * n) for n in range(int((due - moment) / timedelta(minutes=15)))
                ]
                assert not any(one.time() in OFFICER.digests and one.weekday() < 5 for one in between)


def test_a_digest_waits_over_a_holiday() -> None:
    holiday = {date(2026, 10, day): False for day in range(1, 8)}
    before = datetime(2026, 9, 30, 15, tzinfo=clock.CHINA)
    assert OFFICER.digest(before, Calendar(holiday).is_working) == datetime(2026, 10, 8, 8, 30, tzinfo=clock.CHINA)


def test_every_day_where_the_rules_say_so() -> None:
    saturday = datetime(2026, 3, 14, 9, tzinfo=clock.CHINA)
    hours = Hours(time(22), time(7, 30), (time(8, 30), time(14)), working_days=False)
    assert hours.digest(saturday, WORKS) == saturday.replace(hour=14)


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "at", "quiet"),
    [
        (time(22), time(7, 30), time(21, 59), False),
        (time(22), time(7, 30), time(22), True),
        (time(22), time(7, 30), time(0), True),
        (time(22), time(7, 30), time(7, 29, 59), True),
        (time(22), time(7, 30), time(7, 30), False),
        (time(1), time(6), time(3), True),
        (time(1), time(6), time(0, 59), False),
        (time(1), time(6), time(6), False),
        (time(0), time(0), time(3), False),
    ],
)
def test_the_ends_of_the_quiet_hours(quiet_from: time, quiet_until: time, at: time, quiet: bool) -> None:
    hours = Hours(quiet_from, quiet_until)
    moment = datetime.combine(date(2026, 3, 9), at, clock.CHINA)
    assert hours.quiet(moment) is quiet
    assert (hours.awake(moment) == moment) is not quiet
    assert hours.again(moment, Timing.NOW) == moment
    assert hours.again(moment, Timing.DIGEST) == hours.awake(moment)


def test_all_texts_fit_and_name_nothing() -> None:
    for rule in RULES["notice_rule"]:
        filled = rule["text"].format(count=100, late=100, new=100)
        assert len(rule["text"]) <= 20
        assert len(filled) <= 20
        assert not any(word in filled for word in ("局", "厅", "JB", "类"))
