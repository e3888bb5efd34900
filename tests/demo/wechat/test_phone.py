"""Somebody's hand: what the page that shows a phone can do, over HTTP, and what then goes over the protocol."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from demo.wechat import phone
from demo.wechat.pushing import Sender
from demo.wechat.world import ALWAYS, Ticket, World
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver, receiving

Hand = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def hand(world: World, http: ClientSession) -> Hand:
    """Ask the page's API: GET without a body."""

    async def ask(path: str, body: Any = None) -> dict[str, Any]:
        async with http.request("GET" if body is None else "POST", world.base + path, json=body) as answer:
            assert answer.status == 200
            said: dict[str, Any] = await answer.json()
            return said

    return ask


async def test_what_there_is(hand: Hand) -> None:
    apps = (await hand("/phone/apps"))["apps"]
    assert [(app["app_id"], app["kind"]) for app in apps] == [("wx-official", "official"), ("wx-mini", "mini")]
    assert (await hand("/phone/people"))["people"] == [
        {"name": "张三", "phone": "13800138000", "follows": ["wx-official"]}
    ]
    await hand("/phone/people", {"name": "李四"})
    assert len((await hand("/phone/people"))["people"]) == 2


async def test_writing_and_sending(hand: Hand, world: World, http: ClientSession, receiver: Receiver) -> None:
    outcome = await hand("/phone/张三/wx-official/says", {"type": "text", "fields": {"Content": "在吗"}})
    assert outcome == {"attempts": 1, "reply": None, "failed": False}
    place = {"Location_X": 36.06, "Location_Y": 103.83, "Scale": 20, "Label": "兰州"}
    await hand("/phone/张三/wx-official/says", {"type": "location", "fields": place})
    for kind in ("image", "voice", "video", "shortvideo"):
        path = f"{world.base}/phone/张三/wx-official/sends"
        async with http.post(path, params={"type": kind}, data=b"bytes", headers={"Content-Type": "image/png"}) as said:
            assert (await said.json())["failed"] is False
    assert ["MediaId" in body for body in receiver.bodies] == [False, False, True, True, True, True]
    assert len(world.media) == 4
    chat = (await hand("/phone/张三/chat?after=1"))["chat"]
    assert [line["content"]["msgtype"] for line in chat] == ["location", "image", "voice", "video", "shortvideo"]


async def test_taps(hand: Hand, world: World, receiver: Receiver) -> None:
    worlds.official(world).menu = [
        {"name": "查进度", "type": "click", "key": "progress"},
        {"name": "更多", "sub_button": [{"name": "述法", "type": "view", "url": "https://x.cn"}]},
        {"name": "举报", "type": "miniprogram", "appid": "wx-mini", "pagepath": "pages/x", "url": "https://x.cn"},
    ]
    opened = [
        (await hand("/phone/张三/wx-official/taps", {"name": name}))["opens"] for name in ("查进度", "述法", "举报")
    ]
    assert opened == ["chat", "web", "mini"]
    events = [body.partition("<Event><![CDATA[")[2].partition("]")[0] for body in receiver.bodies]
    assert events == ["CLICK", "VIEW", "view_miniprogram"]


async def test_following(hand: Hand, world: World, receiver: Receiver) -> None:
    world.add_person("李四")
    await hand("/phone/李四/wx-official/follows", {})
    assert world.people["李四"].follows == {"wx-official"}
    await hand("/phone/李四/wx-official/unfollows", {})
    assert not world.people["李四"].follows
    assert len(receiver.bodies) == 2


async def test_scans(hand: Hand, world: World, receiver: Receiver) -> None:
    world.add_person("李四")
    world.qr_tickets["t"] = Ticket("wx-official", "c/ABC", None, "http://weixin.qq.com/q/abc")
    for _ in range(2):
        assert (await hand("/phone/李四/scans", {"text": "http://weixin.qq.com/q/abc"}))["opens"] == "chat"
    assert ["qrscene_c/ABC" in body for body in receiver.bodies] == [True, False]
    assert "<Event><![CDATA[SCAN]]></Event>" in receiver.bodies[1]
    mini = await hand("/phone/李四/scans", {"text": "wxa:wx-mini:pages/index/index?scene=c/ABC"})
    assert (mini["opens"], mini["page"], mini["query"]) == ("mini", "pages/index/index", {"scene": "c/ABC"})
    assert "wx-mini" in world.people["李四"].visited


@pytest.mark.parametrize(
    ("rule", "text", "opens"),
    [
        ("https://h.cn/r/", "https://h.cn/r/abc", "mini"),
        ("https://h.cn/r", "https://h.cn/r/abc", "web"),
        ("https://h.cn/r", "https://h.cn/r", "mini"),
        ("https://h.cn/r/", "http://h.cn/r/abc", "web"),
        ("https://h.cn/r/", "https://h.cn.evil/r/abc", "web"),
    ],
)
async def test_ordinary_links(world: World, sender: Sender, rule: str, text: str, opens: str) -> None:
    worlds.mini(world).link_rules = {rule: "pages/index/index"}
    outcome = await phone.scanned(sender, worlds.zhang(world), text)
    assert outcome["opens"] == opens
    if opens == "mini":
        assert outcome["query"]["q"] == text.replace(":", "%3A").replace("/", "%2F")


async def test_codes(hand: Hand, world: World) -> None:
    for what in ("login", "phone"):
        code = (await hand(f"/phone/张三/wx-mini/code?for={what}", {}))["code"]
        assert world.codes[code].scope == what


async def test_prompts_give_consents_and_tell(hand: Hand, world: World, sender: Sender) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    async with receiving(app) as receiver:
        app.callback = receiver.url
        for _ in range(2):
            await hand("/phone/张三/wx-mini/prompt", {worlds.PROGRESS: True, worlds.LASTING: False})
        assert (person.consents[app.app_id, worlds.PROGRESS], person.consents[app.app_id, worlds.LASTING]) == (2, 0)
        await phone.answered_prompt(sender, app, person, {worlds.LASTING: True})
        assert person.consents[app.app_id, worlds.LASTING] == ALWAYS
        await phone.refused_later(sender, app, person, worlds.LASTING)
        assert person.consents[app.app_id, worlds.LASTING] == 0
    assert "<SubscribeMsgPopupEvent><List>" in receiver.bodies[0]
    assert receiver.bodies[0].count("<List>") == 2
    assert "<SubscribeMsgChangeEvent><List>" in receiver.bodies[-1]


async def test_knobs(hand: Hand, world: World) -> None:
    await hand("/phone/faults", {"path": "/cgi-bin/", "code": -1, "times": 3})
    assert (world.faults[0].code, world.faults[0].times) == (-1, 3)
    before = world.now()
    await hand("/phone/time", {"hours": 49})
    assert (world.now() - before).total_seconds() >= 49 * 3600


async def test_nobody(world: World, http: ClientSession) -> None:
    for path in ("/phone/王五/chat", "/phone/张三/wx-nothing/follows"):
        async with http.request("POST" if "follows" in path else "GET", world.base + path) as answer:
            assert answer.status == 404
