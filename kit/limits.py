"""How often something may be done, counted in Valkey over all processes; in this process while Valkey is away."""

import asyncio
from dataclasses import dataclass
from math import ceil
from time import monotonic

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kit.errors import TooMany, Unavailable

WAIT = 0.5  # seconds until Valkey counts as away: nobody should wait for a limit
_KEPT = 10_000
# One command instead of a transaction of five: it is sent with every report.
_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('TTL', KEYS[1])}
"""


@dataclass(frozen=True)
class Limit:
    """At most `most` times in a window of `seconds`, which opens with the first time: twice that across an edge.

    `fail_closed` says what holds while Valkey is away: nobody may (look-ups), or this process counts (submissions).
    """

    name: str
    most: int
    seconds: int
    fail_closed: bool = False


async def spend(valkey: Redis, limit: Limit, key: str = "") -> None:
    """Count one; raises TooMany above the limit, with `retry_after` (seconds) in the details.

    `key` parts the count, by person for instance: then hashed with a key by the caller, never in the clear.
    Raises Unavailable if Valkey is away and the limit fails closed.
    """
    try:
        async with asyncio.timeout(WAIT):
            used, left = await _count(valkey, f"limit:{limit.name}:{key}", limit.seconds, limit.most)
    except (RedisError, OSError, TimeoutError):
        if limit.fail_closed:
            raise Unavailable from None
        HERE.spend(limit, key, monotonic())
        return
    if used > limit.most:
        raise TooMany(details={"retry_after": left})


async def reached(valkey: Redis, limit: Limit, key: str = "") -> bool:
    """Whether the limit is used up, without counting; raises Unavailable as `spend`."""
    try:
        async with asyncio.timeout(WAIT):
            used = await valkey.get(f"limit:{limit.name}:{key}")
    except (RedisError, OSError, TimeoutError):
        if limit.fail_closed:
            raise Unavailable from None
        return False
    return int(used or 0) >= limit.most


async def first_time(valkey: Redis, name: str, seconds: int) -> bool:
    """Whether this name is new within so many seconds; raises Unavailable while Valkey is away."""
    try:
        async with asyncio.timeout(WAIT):
            return bool(await valkey.set(f"seen:{name}", 1, ex=seconds, nx=True))
    except (RedisError, OSError, TimeoutError):
        raise Unavailable from None


async def _count(valkey: Redis, name: str, seconds: int, most: int) -> tuple[int, int]:
    """Uses in this window, and the seconds left of it once they are too many: one round trip but at the edges."""
    used = await valkey.incr(name)
    if used == 1:
        await valkey.expire(name, seconds)
    if used <= most:
        return used, seconds
    left = await valkey.ttl(name)
    if left < 0:  # whoever counted first died before saying when the window ends
        await valkey.expire(name, seconds)
    return used, left if left > 0 else seconds


class Buckets:
    """Token buckets of one process: full at first, refilled evenly, one token for each time."""

    def __init__(self) -> None:
        self._filled: dict[tuple[str, str], tuple[float, Limit, float]] = {}

    def __len__(self) -> int:
        """How many are remembered: some thousands at most, but for those in use."""
        return len(self._filled)

    def spend(self, limit: Limit, key: str, now: float) -> None:
        """Take a token at the moment `now` (any clock's seconds); raises TooMany as the function of this name."""
        if len(self._filled) >= _KEPT:
            self._forget_the_full(now)
        tokens = self._tokens(limit, key, now)
        if tokens < 1:
            rate = limit.most / limit.seconds
            raise TooMany(details={"retry_after": max(ceil((1 - tokens) / rate), 1) if rate else limit.seconds})
        self._filled[limit.name, key] = (tokens - 1, limit, now)

    def _tokens(self, limit: Limit, key: str, now: float) -> float:
        tokens, _, since = self._filled.get((limit.name, key), (limit.most, limit, now))
        return min(limit.most, tokens + (now - since) * limit.most / limit.seconds)

    def _forget_the_full(self, now: float) -> None:
        full = [
            (name, key)
            for (name, key), (_, limit, _) in self._filled.items()
            if self._tokens(limit, key, now) >= limit.most
        ]
        for which in full:
            del self._filled[which]


HERE = Buckets()
