"""What WeChat lends for a while, a token or a ticket: one for all processes, fetched by one of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kit.limits import WAIT

_MARGIN = 300  # seconds before its end from which it is not used: WeChat has a new one from then on
_LEAST = 10  # seconds that even one near its end is used: or each call would fetch it
_PATIENCE = 5  # seconds to wait for whoever fetches
_HOPELESS = 5  # seconds in which one that WeChat refused and then lent again is not fetched again

Fetch = Callable[[], Awaitable[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class _Held:
    value: str
    until: float


class Kept:
    """One such value by its name in Valkey; `fetch` asks WeChat for it and gives it with its seconds.

    While Valkey is away each process fetches for itself, which is harmless: stable_token gives everybody the same.
    """

    def __init__(self, name: str, valkey: Redis, fetch: Fetch) -> None:
        self._name, self._valkey, self._fetch = name, valkey, fetch
        self._held: _Held | None = None
        self._hopeless: _Held | None = None
        self._here = asyncio.Lock()

    async def current(self) -> str:
        """The value in use; raises what `fetch` raises."""
        return self._mine() or await self._new("")

    async def renewed(self, refused: str) -> str:
        """Another value than the one that WeChat refused: what somebody else fetched meanwhile, else a new one.

        Gives the same value again if WeChat does.
        """
        mine = self._mine()
        return mine if mine and mine != refused else await self._new(refused)

    async def _new(self, refused: str) -> str:
        async with self._here:
            mine = self._mine()
            if mine and mine != refused:
                return mine
            if self._hopeless and self._hopeless.value == refused and self._hopeless.until > monotonic():
                return refused
            async with self._alone():
                found = await self._found()
                if not found or found.value == refused:
                    found = await self._fetched(refused)
            self._held = found
            return found.value

    async def _fetched(self, refused: str) -> _Held:
        value, seconds = await self._fetch()
        left = max(seconds - _MARGIN, _LEAST)
        if value == refused:
            self._hopeless = _Held(value, monotonic() + _HOPELESS)
        try:
            async with asyncio.timeout(WAIT):
                await self._valkey.set(self._name, value, ex=left)
        except (RedisError, OSError, TimeoutError):
            pass  # kept here only
        return _Held(value, monotonic() + left)

    async def _found(self) -> _Held | None:
        try:
            async with asyncio.timeout(WAIT):
                both = self._valkey.pipeline(transaction=True)
                both.get(self._name)
                both.pttl(self._name)
                value, left = await both.execute()
        except (RedisError, OSError, TimeoutError):
            return None
        text = value.decode() if isinstance(value, bytes) else value
        return _Held(text, monotonic() + left / 1000) if text else None

    def _mine(self) -> str:
        return self._held.value if self._held and self._held.until > monotonic() else ""

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process at a time; nobody waits for Valkey, or for a process that died in here."""
        lock = self._valkey.lock(f"{self._name}:lock", timeout=_PATIENCE * 2, sleep=0.05)
        try:
            async with asyncio.timeout(_PATIENCE):
                owned = await lock.acquire()
        except (RedisError, OSError, TimeoutError):
            owned = False
        try:
            yield
        finally:
            if owned:
                try:
                    async with asyncio.timeout(WAIT):
                        await lock.release()
                except (RedisError, OSError, TimeoutError):
                    pass  # it ends by itself
