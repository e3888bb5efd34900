"""Limits with Valkey, and what holds while it is away."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from kit.errors import TooMany, Unavailable
from kit.limits import WAIT, Buckets, Limit, spend

LOOK_UPS = Limit("look-ups", 3, 60, fail_closed=True)
REPORTS = Limit("reports", 3, 60)


@pytest.fixture
async def away() -> AsyncIterator[Redis]:
    """A client of a server that has gone: the port was ours and refuses now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, never listening
        client = Redis(port=held.getsockname()[1], retry=Retry(NoBackoff(), 0))
        yield client
        await client.aclose()


@pytest.fixture
async def silent() -> AsyncIterator[Redis]:
    """A client of a server that accepts and never answers."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        client = Redis(port=deaf.getsockname()[1])
        yield client
        await client.aclose()


async def test_the_limit_is_reached_exactly(valkey: Redis) -> None:
    """Three pass, the fourth learns how long to wait."""
    for _ in range(3):
        await spend(valkey, LOOK_UPS, "exactly")
    with pytest.raises(TooMany) as refusal:
        await spend(valkey, LOOK_UPS, "exactly")
    assert 1 <= refusal.value.details["retry_after"] <= 60


async def test_at_once_no_more_pass_than_one_by_one(valkey: Redis) -> None:
    """Fifty together: three."""
    results = await asyncio.gather(*(spend(valkey, LOOK_UPS, "at once") for _ in range(50)), return_exceptions=True)
    assert results.count(None) == 3
    assert sum(isinstance(result, TooMany) for result in results) == 47


async def test_keys_and_limits_count_apart(valkey: Redis) -> None:
    """One person's use is not another's, one limit's not another's."""
    for key in ("a", "b"):
        for limit in (LOOK_UPS, REPORTS):
            for _ in range(3):
                await spend(valkey, limit, f"apart {key}")
    with pytest.raises(TooMany):
        await spend(valkey, REPORTS, "apart a")


async def test_the_window_ends_and_refusals_do_not_prolong_it(valkey: Redis) -> None:
    """Its end is set by the first; after it the count begins anew."""
    name = f"limit:{REPORTS.name}:window"
    for _ in range(3):
        await spend(valkey, REPORTS, "window")
    await valkey.expire(name, 5)
    with pytest.raises(TooMany) as refusal:
        await spend(valkey, REPORTS, "window")
    assert refusal.value.details["retry_after"] <= 5
    assert await valkey.ttl(name) <= 5
    await valkey.expire(name, 0)
    await spend(valkey, REPORTS, "window")
    assert 5 < await valkey.ttl(name) <= 60


async def test_look_ups_close_while_valkey_is_away(away: Redis) -> None:
    """Nobody guesses meanwhile."""
    with pytest.raises(Unavailable):
        await spend(away, LOOK_UPS)


async def test_reports_are_counted_here_while_valkey_is_away(away: Redis) -> None:
    """They go on, but not without limit."""
    for _ in range(3):
        await spend(away, REPORTS, "away")
    with pytest.raises(TooMany):
        await spend(away, REPORTS, "away")


async def test_a_silent_valkey_is_away_soon(silent: Redis) -> None:
    """No longer than WAIT, and a little for the machine."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(Unavailable):
        await spend(silent, LOOK_UPS)
    assert loop.time() - began < WAIT + 1


def test_a_bucket_refills_evenly() -> None:
    """Three at once, then one each 20 seconds; never more than three saved up."""
    buckets = Buckets()
    for _ in range(3):
        buckets.spend(REPORTS, "", 0)
    with pytest.raises(TooMany) as refusal:
        buckets.spend(REPORTS, "", 15)
    assert refusal.value.details["retry_after"] == 5
    buckets.spend(REPORTS, "", 20)
    with pytest.raises(TooMany):
        buckets.spend(REPORTS, "", 21)
    for _ in range(3):
        buckets.spend(REPORTS, "", 10_000)
    with pytest.raises(TooMany):
        buckets.spend(REPORTS, "", 10_000)


def test_a_limit_of_nothing_lets_nobody_pass() -> None:
    """Zero is a limit too."""
    with pytest.raises(TooMany) as refusal:
        Buckets().spend(Limit("none", 0, 60), "", 0)
    assert refusal.value.details["retry_after"] == 60


def test_buckets_forget_those_who_left() -> None:
    """Full ones are as good as none; those in use stay."""
    buckets = Buckets()
    for number in range(10_000):
        buckets.spend(REPORTS, str(number), 0)
    for _ in range(3):
        buckets.spend(REPORTS, "busy", 1000)
    assert len(buckets) == 1
    with pytest.raises(TooMany):
        buckets.spend(REPORTS, "busy", 1001)
