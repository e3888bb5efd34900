"""Days counted over weekends, holidays and 调休 days, against dates written down by hand from the notices."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loop.calendar import GUESSED, Calendar, from_package

CHINA = Calendar.of(from_package(2024, 2027))
BARE = Calendar()

day = date.fromisoformat
days = st.dates(date(2023, 10, 1), date(2027, 12, 31))
calendars = st.builds(
    Calendar, st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.booleans(), min_size=1)
)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-01-01", "2025-01-01"),
        ("2025-01-28", "2025-02-04"),
        ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"),
        ("2025-05-31", "2025-06-02"),
        ("2025-10-01", "2025-10-08"),
        ("2026-01-01", "2026-01-03"),
        ("2026-02-15", "2026-02-23"),
        ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"),
        ("2026-06-19", "2026-06-21"),
        ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ],
)
def test_offices_are_closed_from_the_first_to_the_last_day_of_a_holiday(first: str, last: str) -> None:
    """The notices of 2025 and 2026."""
    span = (day(last) - day(first)).days + 1
    assert not any(CHINA.is_working(day(first) + timedelta(n)) for n in range(span))


@pytest.mark.parametrize(
    "makeup",
    [
        "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    ],
)  # fmt: skip
def test_a_makeup_day_at_a_weekend_works(makeup: str) -> None:
    """Every 调休 day of both years."""
    assert day(makeup).weekday() >= 5
    assert CHINA.is_working(day(makeup))


def test_rows_say_what_a_day_is_and_where_that_is_from() -> None:
    """A holiday, a make-up day, an ordinary day, and a year whose notice isn't out."""
    rows = {row["day"]: row for row in from_package(2026, 2027)}
    assert len(rows) == 730
    assert rows[day("2026-02-17")]["name"] == "春节"
    assert rows[day("2026-02-28")]["name"] == "春节调休"
    assert rows[day("2026-02-28")]["working"]
    assert rows[day("2026-03-02")]["name"] == ""
    assert "2026年部分节假日安排" in rows[day("2026-03-02")]["source"]
    assert rows[day("2027-02-05")] == {"day": day("2027-02-05"), "working": True, "name": "", "source": GUESSED}


def test_a_guessed_year_follows_the_week_and_is_not_covered() -> None:
    """2027 has no notice yet; a corrected row of it is known all the same."""
    rows = from_package(2026, 2027)
    assert CHINA.covers(day("2026-12-31"))
    assert not CHINA.covers(day("2027-01-01"))
    assert CHINA.is_working(day("2027-01-01"))
    assert not CHINA.is_working(day("2027-01-02"))
    corrected = Calendar.of(
        [row | {"working": False, "source": "手工更正"} if row["day"] == day("2027-01-01") else row for row in rows]
    )
    assert corrected.covers(day("2027-01-01"))
    assert corrected.add_working(day("2026-12-31"), 1) == day("2027-01-04")


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2024-12-30", 1, "2024-12-31"),
        ("2024-12-31", 1, "2025-01-02"),
        ("2024-12-31", 3, "2025-01-06"),
        ("2025-01-20", 15, "2025-02-14"),
        ("2025-01-24", 1, "2025-01-26"),
        ("2025-01-24", 3, "2025-02-05"),
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-01-24", 6, "2025-02-08"),
        ("2025-01-27", 3, "2025-02-07"),
        ("2025-01-27", 5, "2025-02-10"),
        ("2025-01-30", 1, "2025-02-05"),
        ("2025-01-30", 5, "2025-02-10"),
        ("2025-02-07", 2, "2025-02-10"),
        ("2025-04-25", 1, "2025-04-27"),
        ("2025-09-22", 15, "2025-10-17"),
        ("2025-09-26", 1, "2025-09-28"),
        ("2025-09-26", 5, "2025-10-10"),
        ("2025-09-26", 6, "2025-10-11"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2025-09-30", 5, "2025-10-14"),
        ("2025-12-29", 5, "2026-01-06"),
        ("2025-12-31", 1, "2026-01-04"),
        ("2025-12-31", 3, "2026-01-06"),
        ("2026-02-10", 15, "2026-03-09"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-14", 5, "2026-02-28"),
        ("2026-02-18", 5, "2026-02-28"),
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-04-30", 4, "2026-05-09"),
        ("2026-09-14", 15, "2026-10-10"),
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-24", 3, "2026-09-30"),
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-12-31", 1, "2027-01-01"),
        ("2026-12-31", 5, "2027-01-07"),
        ("2026-02-18", 0, "2026-02-18"),
    ],
)
def test_working_days_by_hand(start: str, n: int, expected: str) -> None:
    """3, 5 and 15 working days around 春节, 国庆, 中秋, 元旦 and the ends of years."""
    assert CHINA.add_working(day(start), n) == day(expected)


@pytest.mark.parametrize(
    ("start", "n", "unrolled", "rolled"),
    [
        ("2025-01-11", 15, "2025-01-26", "2025-01-26"),
        ("2025-01-13", 15, "2025-01-28", "2025-02-05"),
        ("2025-01-14", 15, "2025-01-29", "2025-02-05"),
        ("2025-09-21", 15, "2025-10-06", "2025-10-09"),
        ("2025-12-18", 15, "2026-01-02", "2026-01-04"),
        ("2026-01-30", 15, "2026-02-14", "2026-02-14"),
        ("2026-01-31", 15, "2026-02-15", "2026-02-24"),
        ("2026-03-06", 15, "2026-03-21", "2026-03-23"),
        ("2026-09-10", 15, "2026-09-25", "2026-09-28"),
        ("2024-12-30", 30, "2025-01-29", "2025-02-05"),
        ("2025-01-05", 30, "2025-02-04", "2025-02-05"),
        ("2025-01-06", 30, "2025-02-05", "2025-02-05"),
        ("2025-09-05", 30, "2025-10-05", "2025-10-09"),
        ("2025-09-11", 30, "2025-10-11", "2025-10-11"),
        ("2025-09-12", 30, "2025-10-12", "2025-10-13"),
        ("2025-12-02", 30, "2026-01-01", "2026-01-04"),
        ("2025-12-05", 30, "2026-01-04", "2026-01-04"),
        ("2026-01-20", 30, "2026-02-19", "2026-02-24"),
        ("2026-01-29", 30, "2026-02-28", "2026-02-28"),
        ("2026-09-03", 30, "2026-10-03", "2026-10-08"),
        ("2026-12-20", 30, "2027-01-19", "2027-01-19"),
        ("2024-12-01", 60, "2025-01-30", "2025-02-05"),
        ("2024-12-10", 60, "2025-02-08", "2025-02-08"),
        ("2025-08-05", 60, "2025-10-04", "2025-10-09"),
        ("2025-12-20", 60, "2026-02-18", "2026-02-24"),
        ("2026-08-08", 60, "2026-10-07", "2026-10-08"),
    ],
)
def test_calendar_days_by_hand(start: str, n: int, unrolled: str, rolled: str) -> None:
    """15, 30 and 60 days, with the last day rolled on and without."""
    assert CHINA.add_calendar(day(start), n, roll=False) == day(unrolled)
    assert CHINA.add_calendar(day(start), n) == day(rolled)


def test_days_are_never_counted_backwards() -> None:
    """A negative number is a mistake of the caller."""
    with pytest.raises(ValueError, match="forward"):
        CHINA.add_working(day("2026-01-05"), -1)
    with pytest.raises(ValueError, match="forward"):
        CHINA.add_calendar(day("2026-01-05"), -1)


def test_a_calendar_without_rows_follows_the_week() -> None:
    """Ten working days are two weeks."""
    assert BARE.add_working(day("2026-02-13"), 10) == day("2026-02-27")
    assert not BARE.covers(day("2026-02-13"))


@given(days, st.integers(0, 70))
def test_the_nth_working_day_works_and_is_the_nth(start: date, n: int) -> None:
    """Counting forward and counting between agree, inside the known years and across their edges."""
    end = CHINA.add_working(start, n)
    assert CHINA.working_between(start, end) == n
    assert n == 0 or CHINA.is_working(end)


@given(calendars, st.dates(date(2025, 12, 1), date(2026, 4, 1)), st.integers(0, 40), st.integers(0, 40))
def test_counting_goes_on_where_it_stopped(calendar: Calendar, start: date, n: int, m: int) -> None:
    """Counting n and then m working days are n + m, on any calendar with holes."""
    assert calendar.add_working(calendar.add_working(start, n), m) == calendar.add_working(start, n + m)


@given(calendars, st.dates(date(2025, 12, 1), date(2026, 4, 1)), st.integers(-5, 90))
def test_working_days_between_are_those_one_can_count(calendar: Calendar, after: date, n: int) -> None:
    """The short way equals looking at each day."""
    one_by_one = sum(calendar.is_working(after + timedelta(k)) for k in range(1, n + 1))
    assert calendar.working_between(after, after + timedelta(n)) == one_by_one


@given(days, st.integers(0, 90))
def test_rolling_only_moves_on_and_ends_on_a_working_day(start: date, n: int) -> None:
    """A rolled day is the first working day at or after the plain one."""
    plain, rolled = start + timedelta(n), CHINA.add_calendar(start, n)
    assert rolled >= plain
    assert CHINA.is_working(rolled)
    assert CHINA.working_between(plain, rolled) == (0 if CHINA.is_working(plain) else 1)
