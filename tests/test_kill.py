"""Nothing acknowledged is lost or doubled, whichever of our processes or servers is killed in the middle."""

import asyncio
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout
from redis.asyncio import Redis

from domain.loop import audit
from kit import clock
from kit.embedded import Postgres
from models.database import connected
from tests.makers import case_filed
from tests.processes import WITHIN, Process, until
from tests.servers import Servers

CLIENTS = 8


@dataclass
class History:
    """What the clients saw: under each key the number that was acknowledged, and every status on the way."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0


async def submit(url: str, key: str, history: History) -> None:
    """Send one report until it is acknowledged, always under the same key."""
    report = {"mode": "anonymous", "text": f"举报内容 {key}", "region": "620102", "category": "B10"}
    deadline = time.monotonic() + WITHIN
    while key not in history.acknowledged:
        assert time.monotonic() < deadline, f"{key} never got through: {history}"
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=10)) as session,
                session.post(f"{url}/api/v1/cases", json=report, headers={"Idempotency-Key": key}) as response,
            ):
                history.statuses[response.status] += 1
                answer = await response.json()
                if response.status == 201:
                    history.acknowledged[key] = answer["number"]
                    return
        except (ClientError, TimeoutError, OSError):
            history.broken += 1
        await asyncio.sleep(0.05)  # as clients pause between two tries


async def submitted(url: str, history: History, keys: list[str]) -> None:
    """Several clients at once, until every report is acknowledged."""
    left = iter(keys)

    async def client() -> None:
        for key in left:
            await submit(url, key, history)

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())


async def crossed(count: Callable[[], int | Awaitable[int]], mark: int) -> None:
    """Wait until there are more than `mark`."""
    deadline = time.monotonic() + WITHIN
    while True:
        now = count()
        if (now if isinstance(now, int) else await now) > mark:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.002)  # a pause between two looks


async def faults(url: str, history: History, keys: list[str], anchors: Path) -> list[str]:
    """What is not as the clients were told; nothing, if all is well."""
    login = await asyncpg.connect(url)
    try:
        rows = await login.fetch("SELECT m.number, t.text FROM matter m JOIN case_text t ON t.matter_id = m.id")
        made = await login.fetchval("SELECT count(*) FROM matter")
        half = await login.fetchval(
            "SELECT count(*) FROM matter m WHERE entries_made <> (SELECT count(*) FROM entry WHERE matter_id = m.id)"
            " OR NOT EXISTS (SELECT FROM duty WHERE matter_id = m.id)"
            " OR NOT EXISTS (SELECT FROM case_file WHERE matter_id = m.id)"
        )
    finally:
        await login.close()
    found = []
    there = Counter(row["number"] for row in rows)
    texts = Counter(row["text"] for row in rows)
    for key, number in history.acknowledged.items():
        if there[number] != 1:
            found.append(f"{number} is there {there[number]} times")
        if texts[f"举报内容 {key}"] != 1:
            found.append(f"{key} made {texts[f'举报内容 {key}']} cases")
    if made != len(keys):
        found.append(f"{made} cases of {len(keys)} keys")
    if half:
        found.append(f"{half} cases are incomplete")
    async with connected(url, pool=2):
        found += [f"{fault.number}/{fault.seq}: {fault.what}" for fault in (await audit.verified(anchors)).faults]
    return found


@pytest.fixture
def web(province_url: str, servers: Servers, tmp_path: Path) -> Iterator[Process]:
    """A web process on a copy of the province."""
    process = Process("app", tmp_path, environment(province_url, servers))
    process.start()
    yield process
    process.kill()


def environment(url: str, servers: Servers) -> dict[str, str]:
    return {"DATABASE_URL": url, "REDIS_URL": servers.valkey.url(), "REPORTS_PER_MINUTE": "1000000"}


async def test_a_killed_web_process_loses_and_doubles_nothing(web: Process, province_url: str, valkey: Redis) -> None:
    anchors = Path("/nowhere")  # no worker, no anchors
    chance, history = random.Random(7), History()  # drawn, not secret
    keys = [f"key-{number}" for number in range(240)]
    clients = asyncio.create_task(submitted(web.url, history, keys))
    for kill in range(4):
        await crossed(lambda: len(history.acknowledged), kill * 50 + chance.randrange(10, 40))
        await asyncio.to_thread(web.kill)
        await valkey.flushall()
        await asyncio.to_thread(web.start)
    await clients
    assert history.broken, "nobody was in the middle of anything"
    assert set(history.statuses) == {201}
    assert len(set(history.acknowledged.values())) == len(keys)
    assert await faults(province_url, history, keys, anchors) == []
    again = History()
    await submitted(web.url, again, keys)
    assert again.acknowledged == history.acknowledged, "a key is answered as it was the first time"
    # The same check of a number that nobody was given, or of a case made twice, has to go red.
    history.acknowledged["key-made-up"] = "JB2026-00000000"
    assert len(await faults(province_url, history, keys, anchors)) == 2
    assert len(await faults(province_url, again, keys[:-1], anchors)) == 1
    assert await asyncio.to_thread(web.end) == 0


def at_work(worker: Process) -> bool:
    """Whether the process that runs now has said so: told to stop before, it would die of the signal."""
    return worker.running is not None and f'"pid":{worker.running.pid}' in worker.said()


async def test_a_killed_worker_tells_and_lapses_once(province_url: str, servers: Servers, tmp_path: Path) -> None:
    """Every delivery is counted by a trigger; silence accepts each case, once."""
    cases, chance = 150, random.Random(11)  # drawn, not secret
    superuser = await asyncpg.connect(servers.postgres.url(province_url.partition("@/")[2].partition("?")[0]))
    await superuser.execute(
        """
        CREATE TABLE told (notice uuid);
        GRANT INSERT ON told TO yijian_app;
        CREATE FUNCTION count_delivery() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO told VALUES (NEW.id); RETURN NEW; END $$;
        CREATE TRIGGER counted AFTER UPDATE OF delivered_on ON notice FOR EACH ROW EXECUTE FUNCTION count_delivery();
        """
    )
    async with connected(province_url, pool=4):
        with clock.at(clock.now() - timedelta(days=30)):
            for _ in range(cases):
                await case_filed()
    workers = [Process("worker", tmp_path / name, {"DATABASE_URL": province_url}) for name in ("one", "other")]

    async def accepted() -> int:
        return int(await superuser.fetchval("SELECT count(*) FROM entry WHERE verb = 'accept'"))

    async def undelivered() -> int:
        return int(await superuser.fetchval("SELECT count(*) FROM notice WHERE delivered_on IS NULL"))

    try:
        for worker in workers:
            worker.folder.mkdir()
            worker.start()
        for kill in range(4):
            await crossed(accepted, min(kill * 35 + chance.randrange(5, 30), cases - 1))
            workers[kill % 2].kill()
            workers[kill % 2].start()
        await crossed(accepted, cases - 1)
        deadline = time.monotonic() + WITHIN
        while await undelivered():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        until(lambda: all(at_work(worker) for worker in workers), "a worker that was started again works")
        assert [worker.end(signal.SIGTERM) for worker in workers] == [0, 0]
        assert await accepted() == cases
        twice = await superuser.fetch("SELECT matter_id FROM entry GROUP BY matter_id HAVING count(*) <> 2")
        assert twice == []
        owed = await superuser.fetch("SELECT template, count(*) AS n FROM notice GROUP BY template")
        counts = {row["template"]: row["n"] for row in owed}
        assert (counts["case_filed"], counts["case_accepted"]) == (cases, cases)
        assert counts.keys() <= {"case_filed", "case_accepted", "duty_overdue", "duty_due_soon"}
        assert counts.get("duty_overdue", 0) <= cases
        delivered = await superuser.fetch("SELECT notice, count(*) AS n FROM told GROUP BY notice")
        assert {row["n"] for row in delivered} == {1}
        assert len(delivered) == sum(counts.values())
    finally:
        for worker in workers:
            worker.kill()
        await superuser.close()


def opened(folder: str) -> None:
    """As root the server runs as somebody else, who has to get in."""
    Path(folder).chmod(0o755)


@pytest.fixture
async def own_postgres(servers: Servers, province_template: str) -> AsyncIterator[Postgres]:
    """A server that keeps what it confirmed, with a copy of the province: a test may kill it."""
    with tempfile.TemporaryDirectory(prefix="yijian-kill-") as folder:
        opened(folder)
        postgres = Postgres(Path(folder) / "postgres", durable=True)
        postgres.start()
        try:
            postgres.query("CREATE ROLE yijian_vault NOLOGIN", "postgres")
            postgres.query(servers.postgres._run("pg_dump", "-d", servers.postgres.url(province_template)))
            yield postgres
        finally:
            postgres.stop()


async def test_a_killed_postgres_loses_nothing_that_was_acknowledged(
    own_postgres: Postgres, servers: Servers, valkey: Redis, tmp_path: Path
) -> None:
    url, history = own_postgres.application_url, History()
    keys = [f"key-{number}" for number in range(160)]
    web = Process("app", tmp_path, environment(url, servers))
    worker = Process("worker", tmp_path, {"DATABASE_URL": url})
    try:
        web.start()
        worker.start()
        clients = asyncio.create_task(submitted(web.url, history, keys))
        for kill in range(2):
            await crossed(lambda: len(history.acknowledged), 30 + 60 * kill)
            assert own_postgres.process is not None
            own_postgres.process.kill()
            own_postgres.process.wait()
            await crossed(lambda: history.statuses[503], 5 * (kill + 1))
            own_postgres.start()
        await clients
        assert set(history.statuses) == {201, 503}
        assert history.broken == 0, "the web process itself goes on"
        assert await faults(url, history, keys, tmp_path / "anchors.jsonl") == []
        login = await asyncpg.connect(url)
        deadline = time.monotonic() + WITHIN
        while await login.fetchval("SELECT count(*) FROM notice WHERE delivered_on IS NULL"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        await login.close()
        assert worker.end() == 0
        assert web.end() == 0
        assert "chore_failed" not in worker.said()
    finally:
        web.kill()
        worker.kill()
