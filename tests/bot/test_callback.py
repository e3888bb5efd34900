"""The door itself: proved, taken once, answered in time, acknowledged only when committed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import structlog
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.events import EVENTS, SCENES
from bot.keys import DOOR, Context
from demo.wechat import phone
from demo.wechat.pushing import request_for
from demo.wechat.replies import shown
from demo.wechat.world import App
from domain.codes import scenes
from kit import clock
from kit.wechat.answers import Text
from models import Code, CodeScan, Conversation, Fan, Post, Push
from models.enums import CodeKind
from tests.bot.conftest import Chat
from tests.kit.wechat.attacks import ATTACKS, fields_of
from tests.servers import Servers


def now() -> int:
    return int(clock.now().timestamp())


def text(chat: Chat, content: str, number: int, **more: Any) -> dict[str, Any]:
    openid = chat.person.openid(chat.app)
    return fields_of(chat.app, now(), Content=content, MsgId=number, FromUserName=openid) | more


async def send(chat: Chat, query: dict[str, str], body: bytes) -> tuple[int, str]:
    async with ClientSession() as http, http.post(chat.app.callback, params=query, data=BytesIO(body)) as response:
        return response.status, await response.text()


async def deliver(chat: Chat, fields: dict[str, Any]) -> tuple[int, str]:
    return await send(chat, *request_for(chat.app, fields, timestamp=now()))


def opened(app: App, openid: str, answer: str) -> str:
    reply = shown(app, openid, answer)
    return str(reply["text"]["content"]) if reply else ""


@asynccontextmanager
async def locked(url: str, statement: str) -> AsyncIterator[None]:
    """Something in the database is in somebody else's hand."""
    line = await asyncpg.connect(url)
    transaction = line.transaction()
    await transaction.start()
    await line.execute(statement)
    try:
        yield
    finally:
        await transaction.rollback()
        await line.close()


@asynccontextmanager
async def away(servers: Servers, name: str) -> AsyncIterator[None]:
    """The database cuts every line, and takes no new one."""
    line = await asyncpg.connect(servers.postgres.url("postgres"))
    await line.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    await line.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        yield
    finally:
        await line.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await line.close()


async def test_the_console_verifies_the_address(chat: Chat) -> None:
    assert await chat.sender.verified(chat.app)
    async with ClientSession() as http:
        for path in ("/wechat/mini/callback", "/wechat/else/callback"):
            async with http.get(chat.server.make_url(path)) as response:
                assert response.status == 404
        async with http.get(chat.app.callback, params={"echostr": "x"}) as response:
            assert response.status == 403


async def test_attacks_have_no_effect(chat: Chat) -> None:
    answers: Counter[int] = Counter()
    with structlog.testing.capture_logs() as logs:
        for attack in ATTACKS:
            status, body = await send(chat, *_encodable(*attack.made(chat.app, now())))
            assert status in {attack.status, 400, 403, 413}, (attack.name, status, body)
            answers[status] += 1
    assert len(ATTACKS) >= 40
    assert not answers.keys() & {200, 500, 503}
    assert (await Push.all().count(), await Fan.all().count(), await Conversation.all().count()) == (0, 0, 0)
    assert not [line for line in logs if line["log_level"] == "error"]


def _encodable(query: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    return {name: value.encode(errors="replace").decode() for name, value in query.items()}, body


async def test_a_body_too_large_is_not_read(chat: Chat) -> None:
    query, _ = request_for(chat.app, text(chat, "x", 1), timestamp=now())
    assert (await send(chat, query, b"<xml>" + b" " * (10 << 20)))[0] == 413


async def test_three_deliveries_one_effect_one_answer(chat: Chat) -> None:
    fields = text(chat, "我要举报", 77)
    answers = [opened(chat.app, fields["FromUserName"], (await deliver(chat, fields))[1]) for _ in range(3)]
    assert len(set(answers)) == 1
    assert "请选择举报方式" in answers[0]
    assert await Push.all().count() == 1


async def test_three_at_once(chat: Chat) -> None:
    await chat.to_tell()
    fields = text(chat, "许可申请三个月没有结果。", 78)
    answers = await asyncio.gather(*(deliver(chat, fields) for _ in range(3)))
    assert {status for status, _ in answers} == {200}
    assert len({opened(chat.app, fields["FromUserName"], answer) for _, answer in answers}) == 1
    assert "文字：12 字" in await chat.says("完成")


async def test_confirmed_three_times_at_two_processes(chat: Chat) -> None:
    await chat.to_tell()
    await chat.goes("许可申请三个月没有结果。", "完成")
    fields = text(chat, "确认", 79)
    first = chat.app.callback
    old = chat.server
    await chat.another()
    second, chat.app.callback = chat.app.callback, first
    requests = []
    for address in (first, second, first, second):
        query, body = request_for(chat.app, fields, timestamp=now())
        requests.append(_sent(address, query, body))
    answers = await asyncio.gather(*requests)
    assert {opened(chat.app, fields["FromUserName"], answer) for status, answer in answers if status == 200}
    assert len({opened(chat.app, fields["FromUserName"], answer) for _, answer in answers}) == 1
    assert await chat.cases() == 1
    await old.close()


async def _sent(address: str, query: dict[str, str], body: bytes) -> tuple[int, str]:
    async with ClientSession() as http, http.post(address, params=query, data=body) as response:
        return response.status, await response.text()


async def test_a_thousand_replays(chat: Chat) -> None:
    await chat.to_tell()
    query, body = request_for(chat.app, text(chat, "乱收费。", 80), timestamp=now())
    async with ClientSession() as http:

        async def again() -> int:
            async with http.post(chat.app.callback, params=query, data=body) as response:
                return response.status

        assert {await again()} == {200}
        for _ in range(20):
            assert set(await asyncio.gather(*(again() for _ in range(50)))) == {200}
    assert "文字：4 字" in await chat.says("完成")


async def test_what_is_slow_is_taken_by_the_next_delivery(chat: Chat) -> None:
    await chat.to_tell()
    chat.web[DOOR].ceiling, chat.world.patience = 0.6, 1.0
    async with locked(chat.settings.database_url, "SELECT * FROM conversation FOR UPDATE"):
        delivering = asyncio.create_task(chat.pushed(Content="许可申请三个月没有结果。"))
        await asyncio.sleep(0.8)  # the first delivery has been sent away by now
    delivered = await delivering
    assert (delivered.attempts, delivered.failed) == (2, False)
    assert delivered.reply
    assert "文字：12 字" in await chat.says("完成")
    assert chat.world.complaints == []


async def test_a_stall_of_two_seconds(chat: Chat) -> None:
    started = monotonic()
    async with locked(chat.settings.database_url, "LOCK TABLE push IN ACCESS EXCLUSIVE MODE"):
        pushes = [asyncio.create_task(deliver(chat, text(chat, "帮助", 1000 + number))) for number in range(30)]
        await asyncio.sleep(2)
    answers = await asyncio.gather(*pushes)
    assert {status for status, _ in answers} == {200}
    assert monotonic() - started < 4
    assert await Push.all().count() == 30


async def test_a_database_that_is_away_for_a_while(chat: Chat, servers: Servers) -> None:
    await chat.to_tell()
    name = urlsplit(chat.settings.database_url).path[1:]
    async with away(servers, name):
        sent = [asyncio.create_task(deliver(chat, text(chat, f"第{number}条。", 2000 + number))) for number in range(9)]
        await asyncio.sleep(2)
        assert not any(task.done() for task in sent)
    assert {status for status, _ in await asyncio.gather(*sent)} == {200}
    assert "文字：36 字" in await chat.says("完成")


async def test_a_database_that_stays_away_is_no_acknowledgement(chat: Chat) -> None:
    chat.web[DOOR].ceiling = 0.3
    async with locked(chat.settings.database_url, "LOCK TABLE push IN ACCESS EXCLUSIVE MODE"):
        status, _ = await deliver(chat, text(chat, "帮助", 3000))
        assert status == 503
    status, _ = await deliver(chat, text(chat, "帮助", 3000))
    assert status == 200
    assert await Push.all().count() == 1


async def test_without_valkey(chat: Chat) -> None:
    nobody = chat.web[DOOR].valkey = Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2)
    query, body = request_for(chat.app, text(chat, "我要举报", 81), timestamp=now())
    answers = [await send(chat, query, body) for _ in range(5)]
    assert {status for status, _ in answers} == {200}
    assert len({opened(chat.app, chat.person.openid(chat.app), answer) for _, answer in answers}) == 1
    assert await Push.all().count() == 1
    await nobody.aclose()


async def test_a_bug_is_told_kindly_and_once(chat: Chat) -> None:
    async def broken(context: Context) -> Text:
        await Fan.create(app_id="x", openid_hash="x", openid=b"x", met_on=clock.today())
        raise ValueError(context.push.event)

    EVENTS["view"] = broken
    try:
        with structlog.testing.capture_logs() as logs:
            delivered = await chat.sender.happens(chat.app, chat.person, "VIEW", EventKey="x", MenuId=1)
    finally:
        del EVENTS["view"]
    assert delivered.reply
    assert "出了一点问题" in delivered.reply["text"]["content"]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["bug in an effect"]
    assert (await Fan.all().count(), await Push.all().count()) == (0, 1)


async def test_events_that_are_nobodys(chat: Chat) -> None:
    delivered = await chat.sender.happens(chat.app, chat.person, "LOCATION", Latitude="1", Longitude="2", Precision="3")
    assert (delivered.status, delivered.reply) == (200, None)
    assert await Push.all().count() == 0


async def test_following_by_a_code_begins_a_report(chat: Chat) -> None:
    chat.person.follows.clear()
    code = await Code.create(
        value="ABCD1234",
        kind=CodeKind.PLACE,
        title="城关区政务大厅",
        region_id="620102",
        unit_id=None,
        issued_by=await Post.first(),
        issued_on=clock.today(),
        ended_by_id=None,
        ended_on=None,
        replaces_id=None,
    )
    scene = scenes.scene_of(chat.settings, code.value)
    chat.person.follows.add(chat.app.app_id)
    delivered = await chat.sender.happens(chat.app, chat.person, "subscribe", EventKey=f"qrscene_{scene}", Ticket="t")
    assert delivered.reply
    assert "城关区政务大厅" in delivered.reply["text"]["content"]
    assert (await Fan.get()).follows
    assert (await CodeScan.get(code_id=code.id)).count == 1
    asked = await chat.goes("1", "13900000000", "跳过")
    assert "请说明情况" in asked  # nobody is asked where
    again = await chat.sender.happens(chat.app, chat.person, "SCAN", EventKey=scene, Ticket="t")
    assert again.reply
    assert "没有写完的举报" in again.reply["text"]["content"]


async def test_scenes_of_others(chat: Chat) -> None:
    async def screen(context: Context) -> Text:
        return Text(f"屏幕 {context.push.scene}")

    SCENES["L"] = screen
    try:
        reply = await chat.sender.happens(chat.app, chat.person, "SCAN", EventKey="L123", Ticket="t")
    finally:
        del SCENES["L"]
    assert reply.reply
    assert reply.reply["text"]["content"] == "屏幕 L123"


async def test_nothing_of_a_talk_is_in_the_log(chat: Chat) -> None:
    with structlog.testing.capture_logs() as logs:
        await phone.followed(chat.sender, chat.app, chat.person)
        await chat.to_tell()
        filed = await chat.goes("许可申请三个月没有结果。", "完成", "确认")
    said = str(logs)
    token = filed.partition("token=")[2].partition('"')[0]
    for secret in (chat.person.openid(chat.app), "许可申请", "139", token, "城关"):
        assert secret not in said
