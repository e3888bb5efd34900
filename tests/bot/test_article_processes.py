"""A worker that is killed while it sends a report's article: nothing is there twice or left there untold."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from demo.wechat.faults import Fault
from models.database import connection
from tests.bot.test_articles import Desk, desk
from tests.demo.wechat import worlds
from tests.processes import WITHIN, Process
from tests.servers import Servers

__all__ = ["desk"]

COVER, ADD, DELETE = "/cgi-bin/material/add_material", "/cgi-bin/draft/add", "/cgi-bin/draft/delete"
ANSWERS_AFTER = 2.0  # seconds: long enough to be killed in


class Crew:
    """One worker after the other, each killed in the middle or left to come to an end."""

    def __init__(self, desk: Desk, worker: Process) -> None:
        self.desk, self.worker = desk, worker

    async def killed_in(self, path: str) -> None:
        """WeChat has done it, and the worker dies before it hears so."""
        fault = Fault(path, stall=ANSWERS_AFTER, done=True)
        self.desk.world.faults[:] = [fault]
        drafts = len(self.desk.world.drafts)
        await asyncio.to_thread(self.worker.start)
        async with asyncio.timeout(WITHIN):
            while fault.times or (path != COVER and len(self.desk.world.drafts) == drafts):
                await asyncio.sleep(0.01)  # a pause between two looks
        await asyncio.to_thread(self.worker.kill)
        # As after the lease.
        await connection().execute_query("UPDATE article_draft SET held_until = now() - interval '1 second'")

    async def ends(self) -> str:
        """What became of it, once another worker has carried it on."""
        await asyncio.to_thread(self.worker.start)
        async with asyncio.timeout(WITHIN):
            while (state := await self.desk.state()) in ("owed", "leaving"):
                await asyncio.sleep(0.02)  # a pause between two looks
        assert await asyncio.to_thread(self.worker.end) == 0
        return state


@pytest.fixture
async def crew(desk: Desk, province: str, servers: Servers, valkey: Redis, tmp_path: Path) -> AsyncIterator[Crew]:
    app = worlds.official(desk.world)
    known = {"DATABASE_URL": province, "REDIS_URL": servers.valkey.url(), "WECHAT_API": desk.world.base}
    known |= {"WECHAT_OFFICIAL_APP_ID": app.app_id, "WECHAT_OFFICIAL_ORIGINAL_ID": app.original_id}
    known |= {f"WECHAT_OFFICIAL_{name.upper()}": getattr(app, name) for name in ("secret", "token", "aes_key")}
    worker = Process("worker", tmp_path, known)
    yield Crew(desk, worker)
    worker.kill()


async def test_killed_workers_lose_and_double_no_draft_that_is_not_told(crew: Crew) -> None:
    desk, world = crew.desk, crew.desk.world
    # Before the draft was asked for: another worker sends it, once.
    await desk.sends()
    await crew.killed_in(COVER)
    assert (await crew.ends(), len(world.drafts)) == ("there", 1)
    # Withdrawn, and killed when it had been deleted: it is gone, and said to be looked after, as it might be published.
    await desk.withdraws()
    await crew.killed_in(DELETE)
    assert (await crew.ends(), len(world.drafts)) == ("left", 0)

    async def shown_again() -> None:
        await desk.api.step(desk.number, "publish", "reviewer2", scope="public")
        await desk.sends()

    # Killed when it was there: a person is told to look, no second one is sent.
    await shown_again()
    await crew.killed_in(ADD)
    assert (await crew.ends(), len(world.drafts)) == ("unsure", 1)
    world.drafts.clear()  # the person looked
    # The same, and withdrawn before anybody else took over: it is not said to be gone.
    await desk.withdraws()
    await shown_again()
    await crew.killed_in(ADD)
    await desk.withdraws()
    assert (await crew.ends(), len(world.drafts)) == ("left", 1)
