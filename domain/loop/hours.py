"""When a notice goes out: at once, after the quiet hours, or with the next digest; times of day in China."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kit import clock
from models import NoticeHours, Timing


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when nobody is disturbed (over midnight, or not), and when digests go out."""

    quiet_from: time
    quiet_until: time
    digests: tuple[time, ...] = ()
    working_days: bool = True

    @classmethod
    def of(cls, row: NoticeHours) -> "Hours":
        """As the rules have them."""
        return cls(
            time.fromisoformat(row.quiet_from),
            time.fromisoformat(row.quiet_until),
            tuple(sorted(map(time.fromisoformat, row.digests))),
            row.working_days,
        )

    def quiet(self, moment: datetime) -> bool:
        """Whether nobody is disturbed then."""
        at = clock.local(moment).time()
        if self.quiet_from <= self.quiet_until:  # the same time twice: no quiet hours at all
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until

    def awake(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it lies in."""
        if not self.quiet(moment):
            return moment
        day = clock.local(moment).date()
        ends = _on(day, self.quiet_until)
        return ends if ends > moment else _on(day + timedelta(days=1), self.quiet_until)

    def digest(self, moment: datetime, works: Callable[[date], bool]) -> datetime:
        """The next digest, this very moment's own included."""
        day = clock.local(moment).date()
        for _ in range(_LONGEST):
            if works(day) or not self.working_days:
                for at in self.digests:
                    if (found := _on(day, at)) >= moment:
                        return found
            day += timedelta(days=1)
        return self.awake(moment)

    def due(self, moment: datetime, timing: Timing, works: Callable[[date], bool]) -> datetime:
        """When something that is owed now may go out."""
        match timing:
            case Timing.NOW:
                return moment
            case Timing.QUIET:
                return self.awake(moment)
            case Timing.DIGEST:
                return self.digest(moment, works)

    def again(self, moment: datetime, timing: Timing) -> datetime:
        """When something that was to go out before then may be tried: a digest waits for no other."""
        return moment if timing is Timing.NOW else self.awake(moment)


_LONGEST = 31  # days without a working one: there is no such holiday


def _on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.CHINA)
