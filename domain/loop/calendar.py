"""Working days of China: which day works, and how days are counted over weekends, holidays and 调休 days."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from importlib.metadata import version
from typing import TypedDict

from chinese_calendar.constants import Holiday, holidays, workdays  # type: ignore[import-untyped]  # ships no types

ONE = timedelta(days=1)
GUESSED = "按星期推算，待国务院办公厅节假日安排通知"


class Row(TypedDict):
    """One day as a row of the calendar table; `name` is the holiday, "…调休" on a make-up day, "" on others."""

    day: date
    working: bool
    name: str
    source: str


@dataclass(frozen=True)
class Calendar:
    """Which days work. Days without an entry follow the week: Monday to Friday work."""

    days: Mapping[date, bool] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Calendar":
        """The calendar of the table's rows; guessed ones are left out, so that `covers` tells the truth of them."""
        return cls({row["day"]: row["working"] for row in rows if row["source"] != GUESSED})

    def covers(self, day: date) -> bool:
        """Whether the day is known from a notice or a correction, not merely by its place in the week."""
        return day in self.days

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day."""
        return self.days.get(day, day.weekday() < 5)

    def add_working(self, day: date, n: int) -> date:
        """The n-th working day after `day`, counted from the next day; the day itself for n = 0."""
        if n < 0:
            raise ValueError("days are counted forward only")
        if n and self._first <= day:
            place = bisect_right(self._working, day) + n - 1
            if place < len(self._working):
                return self._working[place]
        while n:
            day += ONE
            n -= self.is_working(day)
        return day

    def add_calendar(self, day: date, n: int, *, roll: bool = True) -> date:
        """The n-th day after `day`; with `roll`, a last day off work moves on to the next working day (民法典 203)."""
        if n < 0:
            raise ValueError("days are counted forward only")
        last = day + n * ONE
        return self.add_working(last, 1) if roll and not self.is_working(last) else last

    def working_between(self, after: date, until: date) -> int:
        """How many working days lie in (after, until]; 0 if `until` isn't later."""
        if self._first <= after and until <= self._last:
            return max(0, bisect_right(self._working, until) - bisect_right(self._working, after))
        return sum(self.is_working(after + n * ONE) for n in range(1, (until - after).days + 1))

    @cached_property
    def _first(self) -> date:
        return min(self.days, default=date.max)

    @cached_property
    def _last(self) -> date:
        return max(self.days, default=date.min)

    @cached_property
    def _working(self) -> list[date]:
        """Every working day from the first known day to the last, in order."""
        span = (self._last - self._first).days + 1 if self.days else 0
        return [day for n in range(span) if self.is_working(day := self._first + n * ONE)]


def from_package(first_year: int, last_year: int) -> list[Row]:
    """Rows for whole years from the State Council's notices as the package `chinesecalendar` holds them.

    Years the package doesn't know (1.11.0 knows 2004 to 2026) follow the week and carry `GUESSED` as their
    source: load them again when the notice is out, and leave alone what was corrected by hand.
    """
    known = {day.year for day in holidays}
    notice = f"国务院办公厅关于{{year}}年部分节假日安排的通知（chinesecalendar {version('chinesecalendar')}）"
    rows: list[Row] = []
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        rest, makeup = holidays.get(day), workdays.get(day)
        rows.append(
            {
                "day": day,
                "working": makeup is not None or (rest is None and day.weekday() < 5),
                "name": f"{Holiday(makeup).chinese}调休" if makeup else Holiday(rest).chinese if rest else "",
                "source": notice.format(year=day.year) if day.year in known else GUESSED,
            }
        )
        day += ONE
    return rows
