"""The background process: it is woken by a step, stops when told, and outlives its database."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from models import Notice
from models.database import connected
from tests.makers import case_filed
from tests.processes import Process, until
from tests.servers import Servers


@pytest.fixture
def worker(province_url: str, tmp_path: Path) -> Iterator[Process]:
    """A worker that runs and listens."""
    process = Process("worker", tmp_path, {"DATABASE_URL": province_url}, cold=True)
    process.start()
    until(lambda: '"working"' in process.said(), "the worker does not start")
    yield process
    process.kill()


async def delivered(url: str) -> float:
    """File a report and wait for its notice; gives how many seconds that took."""
    async with connected(url, pool=2):
        walk = await case_filed()
        began = time.monotonic()
        await walk.take("accept")
        owed = Notice.filter(matter_id=walk.holder.matter_id)
        while await owed.filter(delivered_on=None).exists():
            assert time.monotonic() - began < 30
        assert await owed.count() == 2
        return time.monotonic() - began


async def listening(url: str) -> None:
    """Wait until the worker's line is there: before that only its sweep delivers."""
    watcher = await asyncpg.connect(url)
    try:
        deadline = time.monotonic() + 30
        while not await watcher.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
        ):
            assert time.monotonic() < deadline
    finally:
        await watcher.close()


async def test_a_step_wakes_it(worker: Process, province_url: str) -> None:
    await listening(province_url)
    assert max([await delivered(province_url) for _ in range(3)]) < 1.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(worker: Process, number: int) -> None:
    began = time.monotonic()
    assert worker.end(number) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in worker.said()


async def test_its_lines_may_be_cut(worker: Process, province_url: str, servers: Servers) -> None:
    await listening(province_url)
    superuser = await asyncpg.connect(servers.postgres.url("postgres"))
    name = province_url.partition("@/")[2].partition("?")[0]
    try:
        for _ in range(2):
            cut = await superuser.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1", name
            )
            assert cut
            await listening(province_url)
            assert await delivered(province_url) < 5.5, "at the latest the sweep delivers"
    finally:
        await superuser.close()
    assert worker.running is not None
    assert worker.running.poll() is None
    assert "chore_failed" not in worker.said()
    assert worker.end() == 0


async def test_it_waits_for_a_database_that_is_away(province_url: str, servers: Servers, tmp_path: Path) -> None:
    """As if PostgreSQL had stopped: the database lets nobody in, then it does again."""
    name = province_url.partition("@/")[2].partition("?")[0]
    superuser = await asyncpg.connect(servers.postgres.url("postgres"))
    process = Process("worker", tmp_path, {"DATABASE_URL": province_url})
    try:
        await superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        process.start()
        until(lambda: "chore_" in process.said(), "the worker does not try")
        assert process.running is not None
        assert process.running.poll() is None
        await superuser.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await listening(province_url)
        assert await delivered(province_url) < 5.5
        assert process.end() == 0
    finally:
        await superuser.close()
        process.kill()
