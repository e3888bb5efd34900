"""The door itself: proved, taken once, answered in time, acknowledged only when committed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog
from aiohttp import ClientSession
from pydantic import SecretStr

from bot import chat as chat_door
from bot.events import EVENTS, SCENES
from bot.keys import DOOR, Context
from demo.wechat import phone
from demo.wechat.pushing import request_for
from demo.wechat.replies import shown
from demo.wechat.world import App
from domain.codes import scenes
from domain.wechat import fans, pushes
from domain.wechat.pushes import Foreseen
from kit import clock
from kit.settings import Settings
from kit.together import Together
from kit.wechat import callback
from kit.wechat.account import Kind
from kit.wechat.answers import Text
from models import Code, CodeScan, Conversation, Fan, Post, Push
from models.enums import CodeKind
from tests.bot.conftest import Chat
from tests.kit.wechat.attacks import fields_of
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
    fields = text(chat, "许可申请三个月没有结果。", 90)
    async with locked(chat.settings.database_url, "SELECT * FROM conversation FOR UPDATE"):
        chat.web[DOOR].ceiling = 0.05
        assert (await deliver(chat, fields))[0] == 503
        assert len(chat.web[DOOR].running) == 1, "it goes on"
        chat.web[DOOR].ceiling = 4.5
        again = asyncio.create_task(deliver(chat, fields))
    status, answer = await again
    assert (status, "已记下" in opened(chat.app, fields["FromUserName"], answer)) == (200, True)
    assert "文字：12 字" in await chat.says("完成")


async def test_whoever_waits_for_a_stalled_database_is_kept_in_one_statement(chat: Chat) -> None:
    pieces: list[int] = []
    begun = asyncio.Event()

    async def counted(given: Sequence[Foreseen]) -> list[bool]:
        pieces.append(len(given))
        begun.set()
        return await pushes.answered(chat.settings, given)

    together = chat.web[DOOR].together = Together(counted, 4.5)
    async with locked(chat.settings.database_url, "LOCK TABLE push IN ACCESS EXCLUSIVE MODE"):
        sent = [asyncio.create_task(deliver(chat, text(chat, "帮助", 1000)))]
        await begun.wait()
        sent += [asyncio.create_task(deliver(chat, text(chat, "帮助", 1001 + number))) for number in range(29)]
        while together.waiting < 29:  # how long that takes is not asked
            await asyncio.sleep(0)
        assert not any(task.done() for task in sent), "nobody is told before it is committed"
    assert {status for status, _ in await asyncio.gather(*sent)} == {200}
    assert await Push.all().count() == 30
    assert pieces == [1, 29]


async def test_a_statement_that_never_ends_holds_nobody_up(chat: Chat) -> None:
    """The line to the database died: who waited for it, and who comes after, goes on over another."""

    async def dead(_given: Sequence[Foreseen]) -> list[bool]:
        await asyncio.Event().wait()
        raise AssertionError

    chat.web[DOOR].together = Together(dead, 0.01)
    for number in (1100, 1101):
        fields = text(chat, "帮助", number)
        status, answer = await deliver(chat, fields)
        assert (status, "我可以" in opened(chat.app, fields["FromUserName"], answer)) == (200, True)
    assert await Push.all().count() == 2


async def test_a_bug_in_the_common_statement_is_nobodys_trouble(chat: Chat) -> None:
    async def broken(_given: Sequence[Foreseen]) -> list[bool]:
        raise ValueError

    chat.web[DOOR].together = Together(broken, 4.5)
    with structlog.testing.capture_logs() as logs:
        assert "我可以" in await chat.says("帮助")
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["bug in a foreseen answer"]


async def test_too_many_at_once_come_again(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.callback._MOST_RUNNING", 0)
    assert (await deliver(chat, text(chat, "帮助", 1150)))[0] == 503
    assert (await deliver(chat, text(chat, "我要举报", 1151)))[0] == 503
    assert await Push.all().count() == 0


async def test_in_a_talk_nothing_is_foreseen(chat: Chat) -> None:
    await chat.says("我要举报")
    assert "您正在写一份举报" in await chat.says("帮助")
    _, answer = await deliver(chat, text(chat, "帮助", 1200, FromUserName="oSomebodyElse"))
    assert "我可以" in opened(chat.app, "oSomebodyElse", answer)


async def test_a_talk_begun_under_the_index_key_before_is_found(chat: Chat) -> None:
    await chat.says("我要举报")
    old = chat.settings
    chat.settings = old.altered(index_key=SecretStr("another index key, long enough"), index_key_previous=old.index_key)
    await chat.restarted()
    assert "您正在写一份举报" in await chat.says("帮助")


async def test_what_is_foreseen_is_what_would_be_said(chat: Chat) -> None:
    account = chat.web[DOOR].accounts[Kind.OFFICIAL]

    def context(content: str, **more: Any) -> Context:
        fields = text(chat, content, 1300, **more)
        push = callback.opened(account, *request_for(chat.app, fields, timestamp=now()))
        return Context(chat.settings, account, push, None, clock.now())

    said = [
        "帮助",
        "查进度",
        "述法专栏",
        "取消",
        "许可",
        "怎么",
        "JB20267ZK2M9QX",
        "7ZK2-M9QX-4T8R-1B3C",
        "13900000000",
    ]
    asked = [context(content) for content in said]
    asked.append(context("", MsgType="image", MediaId="m", PicUrl=""))
    asked.append(context("", MsgType="location", Location_X="36", Location_Y="103", Scale="1", Label="兰州市"))
    fan = await fans.met(chat.settings, account.app_id, chat.person.openid(chat.app), follows=True)
    kept = await Fan.all().values()
    for one in asked:
        foreseen = chat_door.foreseen(one)
        assert foreseen is not None
        assert foreseen == await chat_door.heard(one) == await chat_door.heard(replace(one, fan=fan))
    assert (await Fan.all().values(), await Conversation.all().count()) == (kept, 0), (
        "nothing is left out by foreseeing"
    )
    for effect in ("我要举报", "我的待办"):
        assert chat_door.foreseen(context(effect)) is None


async def test_one_message_at_two_processes_at_once(chat: Chat) -> None:
    first, old = chat.app.callback, chat.server
    await chat.another()
    sent = [
        _sent(address, *request_for(chat.app, text(chat, "帮助", 1400 + number), timestamp=now()))
        for number in range(10)
        for address in (first, chat.app.callback)
    ]
    answers = await asyncio.gather(*sent)
    assert {status for status, _ in answers} == {200}
    assert len({opened(chat.app, chat.person.openid(chat.app), answer) for _, answer in answers}) == 1
    assert await Push.all().count() == 10
    await old.close()


async def test_a_database_that_is_away_for_a_while(
    chat: Chat, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.to_tell()
    failed: set[str] = set()
    all_failed = asyncio.Event()
    once = pushes.once

    async def watched(settings: Settings, key: str, act: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        try:
            return await once(settings, key, act)
        except Exception:
            failed.add(key)
            if len(failed) == 9:
                all_failed.set()
            raise

    monkeypatch.setattr(pushes, "once", watched)
    async with away(servers, urlsplit(chat.settings.database_url).path[1:]):
        sent = [asyncio.create_task(deliver(chat, text(chat, f"第{number}条。", 2000 + number))) for number in range(9)]
        await all_failed.wait()
        assert not any(task.done() for task in sent)
    assert {status for status, _ in await asyncio.gather(*sent)} == {200}
    assert "文字：36 字" in await chat.says("完成")


async def test_a_database_that_stays_away_is_no_acknowledgement(chat: Chat) -> None:
    chat.web[DOOR].ceiling = 0.05
    async with locked(chat.settings.database_url, "LOCK TABLE push IN ACCESS EXCLUSIVE MODE"):
        status, _ = await deliver(chat, text(chat, "帮助", 3000))
        assert status == 503
    chat.web[DOOR].ceiling = 4.5
    status, _ = await deliver(chat, text(chat, "帮助", 3000))
    assert status == 200
    assert await Push.all().count() == 1


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
