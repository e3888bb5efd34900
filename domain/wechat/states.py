"""The state of a consent page: made for one browser's secret and some minutes, so that nobody else's code is taken."""

from kit import clock, crypto
from kit.errors import Refusal
from kit.settings import Settings

_SECONDS = 600
_DIGITS = 8  # of the second it was made in, in hexadecimal


class StateWrong(Refusal):
    """Not begun in this browser, or too long ago: perhaps a link that somebody else made."""

    status, code, message = 403, "wechat_state", "这次微信登录不是在本机发起的，或已超时，请重新点微信登录"


def issued(settings: Settings, verifier: str) -> str:
    """A state for whoever holds this secret: letters and digits, as WeChat wants it."""
    return _state(settings, int(clock.now().timestamp()), verifier)


def check(settings: Settings, state: str, verifier: str) -> None:
    """Raise StateWrong unless this is such a state."""
    made = int(state[:_DIGITS], 16) if set(state[:_DIGITS]) <= set("0123456789abcdef") and state else 0
    young = 0 <= int(clock.now().timestamp()) - made <= _SECONDS
    if not young or not crypto.same(_state(settings, made, verifier).encode(), state.encode()):
        raise StateWrong


def _state(settings: Settings, made: int, verifier: str) -> str:
    begun = f"{made:0{_DIGITS}x}"
    return begun + crypto.keyed_hash(settings.index, b"state", begun.encode(), verifier.encode()).hex()
