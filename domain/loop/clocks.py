"""How a due moment comes from a start and a term, and a matter's two due dates from its entries.

The rules, in full:

* Days are counted from the next day, and a due day ends at its end (23:59:59 +08:00). Months end on the day of the
  same number, or on the month's last (民法典 art. 201, 202). The last of calendar days or months moves to the next
  working day if offices are closed on it, where the rule pack says so. Hours and minutes run straight, through nights
  and holidays.
* A clock **starts** at acceptance: the statutory due by the term `finish`, or one that the step set, the internal
  target by `finish_internal` (without one, the statutory term). A second start changes nothing: sending a matter to
  another unit gives nobody more time.
* A **pause** (the complainant was asked) stops the counting; a **resume** adds back what the pause took, in the
  unit each due is counted in: working days, or calendar days, after the day of the pause up to and including
  the day of the resume; for hours and minutes the exact length. A question put while another waits pauses
  nothing more; an answer that comes after the clock has resumed by itself adds nothing more.
  Adding back happens before the rolling over a holiday: a day lost inside a holiday isn't given twice.
* An **extension** adds its term to both dues, counted from the due that held before; from then on that due is
  counted in the extension's unit. How many are allowed and how long is checked by the step, not here.
* A **stop** is the reply; a pause that still runs ends with it. A stopped clock is moved by nothing but a
  **restart** (reopened): a new clock by the term `redo`, under the same internal target. A clock that still runs
  can't be restarted.
* The legal maximum always wins: the internal due is never later than the statutory one.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.loop.calendar import Calendar
from kit.clock import CHINA, end_of


class Per(StrEnum):
    """What a term is counted in."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    HOUR = "hour"
    MINUTE = "minute"


@dataclass(frozen=True)
class Term:
    """So many working days, calendar days, months, hours or minutes."""

    amount: int
    per: Per

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("a term is never negative")


@dataclass(frozen=True)
class Count:
    """A term being counted: where it runs out, before a day off work moves it on."""

    per: Per
    last: datetime

    @classmethod
    def begin(cls, start: datetime, term: Term, calendar: Calendar) -> "Count":
        """Count a term from a moment."""
        start = start.astimezone(CHINA)
        match term.per:
            case Per.WORKING_DAY:
                last = end_of(calendar.add_working(start.date(), term.amount))
            case Per.CALENDAR_DAY:
                last = end_of(calendar.add_calendar(start.date(), term.amount, roll=False))
            case Per.MONTH:
                last = end_of(months_after(start.date(), term.amount))
            case Per.HOUR:
                last = start + timedelta(hours=term.amount)
            case Per.MINUTE:
                last = start + timedelta(minutes=term.amount)
        return cls(term.per, last)

    def add_back(self, since: datetime, until: datetime, calendar: Calendar) -> "Count":
        """The same count after a pause."""
        since, until = since.astimezone(CHINA), max(since, until).astimezone(CHINA)
        match self.per:
            case Per.WORKING_DAY:
                lost = calendar.working_between(since.date(), until.date())
                last = end_of(calendar.add_working(self.last.date(), lost))
            case Per.CALENDAR_DAY | Per.MONTH:
                last = self.last + (until.date() - since.date())
            case Per.HOUR | Per.MINUTE:
                last = self.last + (until - since)
        return replace(self, last=last)

    def due(self, calendar: Calendar, *, roll: bool) -> datetime:
        """The due moment, after a last calendar day off work has moved on."""
        if self.per in (Per.CALENDAR_DAY, Per.MONTH):
            return end_of(calendar.add_calendar(self.last.date(), 0, roll=roll))
        return self.last


def months_after(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due(start: datetime, term: Term, calendar: Calendar, *, roll: bool = True) -> datetime:
    """When a term that starts at this moment runs out (China's time)."""
    return Count.begin(start, term, calendar).due(calendar, roll=roll)


class Turn(StrEnum):
    """What an entry does to the clock of its matter."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    STOP = "stop"
    RESTART = "restart"


@dataclass(frozen=True)
class Effect:
    """What one entry does to the clock; a start or an extension may name its term, else the pack's holds."""

    at: datetime
    clock: Turn
    term: Term | None = None

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Effect":
        """From the small dict an entry carries: {"at", "clock"} and, for a granted term, {"amount", "per"}."""
        at = raw["at"]
        term = Term(raw["amount"], Per(raw["per"])) if "amount" in raw else None
        return cls(at if isinstance(at, datetime) else datetime.fromisoformat(at), Turn(raw["clock"]), term)

    def write(self) -> dict[str, str | int]:
        """The small dict that `read` reads, fit for JSON."""
        raw: dict[str, str | int] = {"at": self.at.astimezone(CHINA).isoformat(), "clock": self.clock.value}
        return raw | {"amount": self.term.amount, "per": self.term.per.value} if self.term else raw


@dataclass(frozen=True)
class Clock:
    """Where a matter's clock stands; while `paused_since` is set the dues stand still and nothing is overdue."""

    started: datetime | None = None
    internal_due: datetime | None = None
    statutory_due: datetime | None = None
    paused_since: datetime | None = None
    stopped_at: datetime | None = None
    internal: Count | None = None
    statutory: Count | None = None

    @property
    def running(self) -> bool:
        """Started and not stopped; a paused clock counts as running."""
        return self.started is not None and self.stopped_at is None


def derive(effects: Iterable[Effect], terms: Mapping[str, Term], calendar: Calendar, *, roll: bool = True) -> Clock:
    """The clock of a matter from the effects of its entries, in their order.

    `terms` are those of the matter's rule pack for its tier: `finish`, `extend`, `redo`, perhaps
    `finish_internal`. A change of tier is a change of `terms`: both dues come out anew from the start.
    """
    clock = Clock()
    for effect in effects:
        match effect.clock:
            case Turn.START if not clock.started:
                clock = _begun(effect.at, effect.term or terms["finish"], terms, calendar, roll=roll)
            case Turn.RESTART if clock.stopped_at:
                clock = _begun(effect.at, terms["redo"], terms, calendar, roll=roll)
            case Turn.PAUSE if clock.running and not clock.paused_since:
                clock = replace(clock, paused_since=effect.at)
            case Turn.RESUME if clock.running:
                clock = _resumed(clock, effect.at, calendar, roll=roll)
            case Turn.EXTEND if clock.running:
                clock = _extended(clock, effect.term or terms["extend"], calendar, roll=roll)
            case Turn.STOP if clock.running:
                clock = replace(_resumed(clock, effect.at, calendar, roll=roll), stopped_at=effect.at)
    return clock


def _begun(at: datetime, statutory: Term, terms: Mapping[str, Term], calendar: Calendar, *, roll: bool) -> Clock:
    """A new clock."""
    internal = terms.get("finish_internal", statutory)
    begun = Count.begin(at, internal, calendar), Count.begin(at, statutory, calendar)
    return _counted(Clock(started=at), *begun, calendar, roll=roll)


def _resumed(clock: Clock, at: datetime, calendar: Calendar, *, roll: bool) -> Clock:
    """The clock with the pause, if there is one, added back to both dues."""
    if not (clock.paused_since and clock.internal and clock.statutory):
        return clock
    internal = clock.internal.add_back(clock.paused_since, at, calendar)
    statutory = clock.statutory.add_back(clock.paused_since, at, calendar)
    return _counted(replace(clock, paused_since=None), internal, statutory, calendar, roll=roll)


def _extended(clock: Clock, term: Term, calendar: Calendar, *, roll: bool) -> Clock:
    """The clock with a term more on both dues."""
    if not (clock.internal_due and clock.statutory_due):
        return clock
    internal = Count.begin(clock.internal_due, term, calendar)
    return _counted(clock, internal, Count.begin(clock.statutory_due, term, calendar), calendar, roll=roll)


def _counted(clock: Clock, internal: Count, statutory: Count, calendar: Calendar, *, roll: bool) -> Clock:
    """The clock with both dues worked out from their counts, the legal maximum winning."""
    maximum = statutory.due(calendar, roll=roll)
    return replace(
        clock,
        internal=internal,
        statutory=statutory,
        internal_due=min(internal.due(calendar, roll=roll), maximum),
        statutory_due=maximum,
    )
