"""Workers that are killed while they tell people: every notice gets out, and what may be double is counted."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from kit import clock
from kit.settings import Settings
from models import COMPLAINANT, Delivery, DeliveryState, Mode, Notice, NoticeHours
from models.database import connected, connection, insert
from tests.bot.test_notice_faults import Count, wrong
from tests.bot.told import TEMPLATES, Told, matter, told_at
from tests.makers import case_filed
from tests.processes import WITHIN, Process
from tests.servers import Servers

CASES, EACH, KILLS = 8, 8, 3
_OPEN = [DeliveryState.OWED, DeliveryState.UNCERTAIN]


@pytest.fixture
async def told(
    province_url: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Told]:
    async with (
        connected(province_url, pool=6),
        told_at(settings, province_url, valkey, servers.valkey.url(), tmp_path) as made,
    ):
        made.mini.callback = made.official.callback = ""
        made.world.sending_takes = 0.03  # long enough to be killed in
        yield made


@pytest.fixture
def workers(told: Told, province_url: str, servers: Servers, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    settings = told.settings
    known = {"DATABASE_URL": province_url, "REDIS_URL": servers.valkey.url(), "WECHAT_API": settings.wechat_api}
    known |= {name.upper(): value for name, value in TEMPLATES.items()}
    for kind, app in (("OFFICIAL", told.official), ("MINI", told.mini)):
        known |= {f"WECHAT_{kind}_APP_ID": app.app_id, f"WECHAT_{kind}_ORIGINAL_ID": app.original_id}
        known |= {f"WECHAT_{kind}_{name.upper()}": getattr(app, name) for name in ("secret", "token", "aes_key")}
    pair = (Process("worker", tmp_path, known), Process("worker", tmp_path, known))
    yield pair
    for process in pair:
        process.kill()


async def until(true: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + 2 * WITHIN
    while not await true():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)  # a pause between two looks


async def test_killed_workers_lose_no_notice(told: Told, workers: tuple[Process, Process], valkey: Redis) -> None:
    await NoticeHours.all().update(quiet_from="00:00", quiet_until="00:00")
    people = []
    for number in range(CASES):
        walk = await case_filed(mode=Mode.NAMED)
        people.append(await told.chosen(walk, f"甲{number}", lasting=True))
        await insert(
            Notice(
                id=uuid4(), matter_id=matter(walk), template="case_accepted", role=COMPLAINANT,
                unit_id=None, post_id=None, once=f"{number}/{one}", owed_at=clock.now(),
            )
            for one in range(EACH)
        )  # fmt: skip

    def on_phones() -> int:
        return sum(len(told.messages(person)) for person in people)

    for kill in range(KILLS):
        worker, before = workers[kill % 2], on_phones()
        await asyncio.to_thread(worker.start)

        async def some(before: int = before) -> bool:
            return on_phones() >= min(before + 5, CASES * EACH)

        await until(some, "nothing is sent")
        await asyncio.to_thread(worker.kill)
        await valkey.flushall()
        # As after the lease, and the pauses of what was tried.
        await connection().execute_query(
            "UPDATE delivery SET held_until = now() - interval '1 second' WHERE held_until > now()"
        )
        await connection().execute_query("UPDATE delivery SET due_at = now() WHERE state IN ('owed', 'uncertain')")
    for worker in workers:
        await asyncio.to_thread(worker.start)

    async def over() -> bool:
        await connection().execute_query("UPDATE delivery SET due_at = now() WHERE state IN ('owed', 'uncertain')")
        rows = Delivery.filter(notice__role=COMPLAINANT)
        return await rows.count() == CASES * EACH and not await rows.filter(state__in=_OPEN).exists()

    await until(over, "some are still owed")
    rows = await Delivery.filter(notice__role=COMPLAINANT)
    killed_in_hand = sum(row.lost for row in rows)
    count = Count(
        CASES * EACH, len([row for row in rows if row.state is DeliveryState.SENT]), 0, killed_in_hand, on_phones()
    )
    assert wrong(count, killed_in_hand) == []
    assert killed_in_hand > 0, "nobody was killed with a message in hand"
    assert [await asyncio.to_thread(worker.end) for worker in workers] == [0, 0]
    assert all("Traceback" not in worker.said() for worker in workers)
