"""The one place where time is asked; the demo and the tests set it, nothing else does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_set: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment in China's time zone, to the second's fraction."""
    return _set.get() or datetime.now(CHINA)


def today() -> date:
    """The present day in China."""
    return now().date()


def start_of(day: date) -> datetime:
    """The first moment of a day in China: what an anonymous person's act is dated with."""
    return datetime.combine(day, time.min, CHINA)


def end_of(day: date) -> datetime:
    """The last second of a day in China: a due day ends at its end."""
    return datetime.combine(day, time(23, 59, 59), CHINA)


def local(moment: datetime) -> datetime:
    """The same moment in China's time zone: what every answer shows."""
    return moment.astimezone(CHINA)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the clock for the code inside, in this task only."""
    token = _set.set(moment.astimezone(CHINA))
    try:
        yield
    finally:
        _set.reset(token)
