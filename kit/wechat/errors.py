"""What WeChat's API says instead of an answer, and what to do about it; no text here holds a token or a secret."""

import re
from datetime import timedelta
from enum import StrEnum

from kit import clock


class Act(StrEnum):
    """What to do about a code (wechat.md, 15)."""

    RENEW = "renew"  # the token: get another one, ask once more
    WAIT = "wait"  # a little, then ask again
    LATER = "later"  # a quota is used up: ask again after `retry_after`
    STOP = "stop"  # the outcome: asking again would give the same
    ALARM = "alarm"  # the configuration at WeChat or here is wrong
    BUG = "bug"  # we asked for what does not exist, or WeChat has a code that we don't know


_ACTS = {
    Act.RENEW: {40001, 40014, 41001, 42001},
    Act.WAIT: {-1, 43108, 44990},
    Act.LATER: {45009, 45011},
    Act.STOP: {
        *range(40003, 40013), 40029, 40163, 40226, 42002, 42003, 42007, 43004, 43019, 43101, 43107, 44004, 45002, 45003,
        45004, 45005, 45015, 45047, 45065, 45066, 45110, 45168, 46003, 48002, 48006, 50001, 50002, 61010, 87014,
    },
    Act.ALARM: {
        40002, 40013, 40037, 40125, 40164, 40165, 40243, 41030, 45063, 45064, 48001, 48004, 50004, 50007, 63002, 85079,
        89501, 89503, 89506, 89507,
    },
}  # fmt: skip
_KNOWN = {code: act for act, codes in _ACTS.items() for code in codes}
DAILY_QUOTA = 45009


class WeChatError(Exception):
    """A call that brought no answer; `path` says which."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        super().__init__(f"{path}: {text}")


class Refused(WeChatError):
    """WeChat answered with a code. `said` is its own explanation, which may name a value: not for logs.

    `retry_after` is in seconds: until midnight in Beijing for a quota of the day, a minute for one of the minute.
    """

    def __init__(self, path: str, code: int, said: str = "") -> None:
        self.code = code
        self.act = _KNOWN.get(code, Act.BUG)
        found = re.search(r"rid: *([0-9a-f-]{1,64})", said)
        self.rid = found[1] if found else ""
        self.said = said
        super().__init__(path, f"{code} ({self.act}), rid {self.rid or 'none'}")

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth asking again, if it ever is."""
        match self.act:
            case Act.LATER if self.code == DAILY_QUOTA:
                left = clock.start_of(clock.today() + timedelta(days=1)) - clock.now()
                return int(left.total_seconds()) + 1
            case Act.LATER:
                return 60
            case Act.WAIT:
                return 5
            case _:
                return None


class Away(WeChatError):
    """No answer of WeChat's, or none that can be read. `taken` tells whether it may have done what was asked."""

    def __init__(self, path: str, why: str, *, taken: bool) -> None:
        self.taken, self.why = taken, why
        super().__init__(path, f"away ({why}){', but it may be done' if taken else ''}")
