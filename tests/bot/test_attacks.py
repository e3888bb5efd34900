"""What others send to the callback, through the door: no effect, no bug, one answer to all forgeries; it goes on."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
import structlog
from aiohttp.test_utils import TestClient, TestServer

import app
from demo.wechat.pushing import request_for
from demo.wechat.replies import shown
from demo.wechat.world import App
from kit import clock
from kit.settings import Settings
from models.database import connected
from tests.bot.conftest import set_up
from tests.demo.wechat import worlds
from tests.kit.wechat.attacks import ATTACKS, Attack, Request, fields_of
from tests.servers import Servers, create_database, drop_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/wechat/official/callback"
_TABLES = """
SELECT string_agg(
    format('SELECT %L AS name, count(*) AS rows FROM %I.%I', tablename, schemaname, tablename), ' UNION ALL '
) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_numbers = itertools.count(1)


@dataclass
class Target:
    """Our application, and somebody who counts the rows of all its tables."""

    client: TestClient  # type: ignore[type-arg]  # whatever it serves
    app: App
    eye: asyncpg.Connection

    async def sent(self, request: Request) -> tuple[int, str]:
        """Status and body; what can't be sent as it is goes as the nearest that can."""
        query = {name: value.encode(errors="replace").decode() for name, value in request[0].items()}
        headers = {"X-Request-ID": "the-same-for-all"}
        async with self.client.post(PATH, params=query, data=BytesIO(request[1]), headers=headers) as response:
            return response.status, await response.text()

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return {row["name"]: row["rows"] for row in await self.eye.fetch(await self.eye.fetchval(_TABLES))}

    def good(self, content: str = "帮助", **fields: object) -> Request:
        """A message that is answered."""
        number = next(_numbers)
        return request_for(
            self.app, fields_of(self.app, now(), Content=content, MsgId=number) | fields, timestamp=now()
        )

    async def answers(self) -> None:
        """It still does; and keeps that it did, and nothing else."""
        before = await self.rows()
        status, answer = await self.sent(self.good())
        assert (status, shown(self.app, "oFan", answer) is not None) == (200, True)
        assert await self.rows() == before | {"push": before["push"] + 1}


def now() -> int:
    return int(clock.now().timestamp())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(
    servers: Servers, province_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Target]:
    """One application for all attacks: what one leaves behind would be seen by the next."""
    name = f"test_{uuid4().hex[:12]}"
    await create_database(servers.postgres, name, province_template)
    fields = {name: field.default for name, field in Settings.model_fields.items()}
    official, var = worlds.official(worlds.small()), Path(tmp_path_factory.mktemp("attacks"))
    settings = set_up(Settings.model_construct(**fields), official, "http://127.0.0.1:9").model_copy(
        update={"database_url": servers.postgres.url(name, "yijian"), "redis_url": servers.valkey.url(), "var": var}
    )
    eye = await asyncpg.connect(servers.postgres.url(name))
    async with (
        connected(settings.database_url, pool=4),
        TestClient(TestServer(app.build(settings, database=False))) as http,
    ):
        yield Target(http, official, eye)
    await eye.close()
    await drop_database(servers.postgres, name)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_nothing_of_it_has_an_effect(target: Target, attack: Attack) -> None:
    before = await target.rows()
    with structlog.testing.capture_logs() as logs:
        status, body = await target.sent(attack.made(target.app, now()))
    # A character that no address can hold arrives as another, so that some are found out elsewhere.
    assert status in {attack.status, 400, 403, 413}, body
    assert await target.rows() == before
    assert not [line for line in logs if line["log_level"] == "error"]
    await target.answers()


async def test_there_are_as_many_as_promised(target: Target) -> None:
    assert len({attack.name for attack in ATTACKS}) >= 40
    bodies = {await target.sent(attack.made(target.app, now())) for attack in ATTACKS if attack.status == 403}
    assert len(bodies) == 1, "who forges learns nothing from the answer"


async def test_a_replay_has_one_effect(target: Target) -> None:
    for content in ("帮助", "我要举报"):  # kept with others, and by itself
        before = await target.rows()
        request = target.good(content, FromUserName=f"oReplayed{next(_numbers)}")
        first, *others = [await target.sent(request) for _ in range(5)]
        assert {status for status, _ in (first, *others)} == {200}
        after = await target.rows()
        assert after["push"] == before["push"] + 1
        assert {name for name in after if after[name] != before[name]} <= {
            "push", "fan", "conversation",
        }  # fmt: skip
        assert all(after[name] - before[name] in {0, 1} for name in after)


async def test_a_number_used_again_is_the_message_it_was(target: Target) -> None:
    number = next(_numbers)
    await target.sent(target.good("帮助", MsgId=number))
    before = await target.rows()
    status, answer = await target.sent(target.good("我要举报", MsgId=number))
    assert status == 200
    reply = shown(target.app, "oFan", answer)
    assert reply is not None
    assert "我可以" in reply["text"]["content"]
    assert await target.rows() == before
