"""Every endpoint that we use, against the fake's strict other side."""

import asyncio
import hashlib
import io
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from PIL import Image
from redis.asyncio import Redis

from demo.wechat.media import stored
from demo.wechat.pushing import Sender
from demo.wechat.world import World
from kit.errors import TooLarge
from kit.wechat import codes, events, jssdk, login, media, menu, messages, safety, values
from kit.wechat.answers import Card, Picture, Text
from kit.wechat.client import Client
from kit.wechat.errors import Away, Refused
from kit.wechat.refusals import SnapshotUser
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver
from tests.kit.wechat.conftest import client_of

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
GOOD = {"thing1": "您提交的事项有新进展，请凭回执查询详情与下一步", "character_string2": "JB26-1", "phrase3": "办理中"}


def refused(error: pytest.ExceptionInfo[Refused]) -> int:
    """The code of a refusal."""
    return error.value.code


async def test_sign_in(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    code = world.code_for(app, person)
    who = await login.signed_in(mini, code)
    assert (who.openid, who.unionid) == (person.openid(app), person.unionid)
    assert person.openid(app) not in repr(who)
    with pytest.raises(Refused) as again:
        await login.signed_in(mini, code)
    assert refused(again) == 40163
    old = world.code_for(app, person)
    world.pass_time(minutes=6)
    for wrong in ("invented", old):
        with pytest.raises(Refused) as unknown:
            await login.signed_in(mini, wrong)
        assert refused(unknown) == 40029
    app.bound = False
    assert (await login.signed_in(mini, world.code_for(app, person))).unionid == ""
    person.risky = True
    with pytest.raises(Refused) as blocked:
        await login.signed_in(mini, world.code_for(app, person))
    assert refused(blocked) == 40226
    assert world.calls_of("/cgi-bin/stable_token") == 0


async def test_too_many_sign_ins(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    for _ in range(100):
        await login.signed_in(mini, world.code_for(app, person))
    with pytest.raises(Refused) as often:
        await login.signed_in(mini, world.code_for(app, person))
    assert (refused(often), often.value.retry_after) == (45011, 60)


async def test_phone_number(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    other = world.add_person("李四")
    openid = person.openid(app)
    assert await login.phone_of(mini, world.code_for(app, person, "phone"), openid) == person.phone
    for code, whose in (
        (world.code_for(app, person, "phone"), other.openid(app)),
        (world.code_for(app, person, "login"), openid),
    ):
        with pytest.raises(Refused) as wrong:
            await login.phone_of(mini, code, whose)
        assert refused(wrong) == 40029


async def test_consent(official: Client, world: World, http: ClientSession) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    app.oauth_domain = "report.example.cn"
    page = f"{world.base}/connect/oauth2/authorize"
    back = "https://report.example.cn/back?to=/me"
    url = login.consent_url(official, back, "state123", login.Scope.BASE, page)
    assert url.endswith("#wechat_redirect")
    assert list(parse_qs(urlsplit(url).query)) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    async with http.get(url, cookies={"person": "张三"}, allow_redirects=False) as answer:
        landed = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (landed["state"], landed["to"]) == (["state123"], ["/me"])
    who = await login.consented(official, landed["code"][0])
    assert (who.openid, who.unionid) == (person.openid(app), "")
    with pytest.raises(Refused) as again:
        await login.consented(official, landed["code"][0])
    assert refused(again) == 40163
    async with http.get(login.consent_url(official, back, "s", login.Scope.USERINFO, page)) as offer:
        assert "以“张三”的身份同意" in await offer.text()
    who = await login.consented(official, world.code_for(app, person, "snsapi_userinfo"))
    assert who.unionid == person.unionid
    async with http.get(login.consent_url(official, "https://evil.example/", "s", login.Scope.BASE, page)) as wrong:
        assert "10003" in await wrong.text()


async def test_a_snapshot_is_nobody(official: Client, world: World) -> None:
    person = worlds.zhang(world)
    person.snapshot = True
    with pytest.raises(SnapshotUser):
        await login.consented(official, world.code_for(worlds.official(world), person, "snsapi_base"))


async def test_fans(official: Client, world: World) -> None:
    app, other = worlds.official(world), world.add_person("李四")
    fan = await login.fan(official, worlds.zhang(world).openid(app))
    assert (fan.follows, fan.person.unionid) == (True, worlds.zhang(world).unionid)
    assert not (await login.fan(official, other.openid(app))).follows
    with pytest.raises(Refused) as unknown:
        await login.fan(official, "oNobody")
    assert refused(unknown) == 40003


async def test_mini_program_codes(mini: Client, world: World) -> None:
    picture = await codes.mini_program_code(mini, "c/ABC123", "pages/index/index")
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert read.text == "wxa:wx-mini:pages/index/index?scene=c/ABC123"
    with pytest.raises(Refused) as missing:
        await codes.mini_program_code(mini, "c", "pages/not/there")
    assert refused(missing) == 41030
    assert await codes.mini_program_code(mini, "c", "pages/not/there", check_page=False)
    for scene in ("", "x" * 33, "中文", "50%"):
        with pytest.raises(ValueError, match="scene"):
            await codes.mini_program_code(mini, scene, "pages/index/index")
    with pytest.raises(Refused) as long:
        await mini.post("/wxa/getwxacodeunlimit", {"scene": "x" * 33})
    assert refused(long) == 40169


async def test_account_codes(official: Client, world: World, http: ClientSession) -> None:
    lasting = await codes.account_code(official, "c/ABC123")
    assert lasting.seconds is None
    assert (await codes.account_code(official, "c/ABC123")).url == lasting.url
    short = await codes.account_code(official, "c/ABC123", seconds=60)
    assert short.seconds == 60
    assert {one.scene for one in world.qr_tickets.values()} == {"c/ABC123"}
    drawn = short.picture_url.replace("https://mp.weixin.qq.com", world.base)
    async with http.get(drawn) as answer:
        (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(await answer.read())))
    assert read.text == short.url
    with pytest.raises(ValueError, match="scene"):
        await codes.account_code(official, "x" * 65)


async def test_links(mini: Client, world: World) -> None:
    link = await codes.link(mini, "pages/index/index", "scene=c%2FABC", days=7)
    assert world.links[link] == {"app_id": "wx-mini", "page": "pages/index/index", "query": "scene=c%2FABC"}
    with pytest.raises(Refused) as missing:
        await codes.link(mini, "pages/not/there")
    assert refused(missing) == 40165
    with pytest.raises(ValueError, match="30 days"):
        await codes.link(mini, "pages/index/index", days=31)


async def test_menu(official: Client, world: World) -> None:
    more = menu.Group("更多", [menu.View("述法专栏", "https://x.cn/reports"), menu.Click("我的待办", "duties")])
    program = menu.MiniProgram("我要举报", "wx-mini", "pages/index/index", "https://x.cn")
    await menu.set_menu(official, [program, menu.Click("查进度", "progress"), more])
    assert [button["name"] for button in worlds.official(world).menu] == ["我要举报", "查进度", "更多"]
    for wrong in (
        [],
        [menu.Click("一", "a")] * 4,
        [menu.Click("名字太长的按钮", "a")],
        [menu.Group("空", [])],
    ):
        with pytest.raises(ValueError, match="button"):
            await menu.set_menu(official, wrong)


async def test_subscription_messages(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    openid = person.openid(app)
    with pytest.raises(Refused) as none:
        await messages.subscribed(mini, openid, worlds.PROGRESS, GOOD)
    assert refused(none) == 43101
    person.consents[app.app_id, worlds.PROGRESS] = 1
    await messages.subscribed(mini, openid, worlds.PROGRESS, GOOD, page="pages/progress/progress?from=notice")
    assert person.chat[-1].content["data"]["thing1"] == {"value": "您提交的事项有新进展，请凭回执查询详情…"}
    with pytest.raises(Refused) as used:
        await messages.subscribed(mini, openid, worlds.PROGRESS, GOOD)
    assert refused(used) == 43101
    person.consents[app.app_id, worlds.LASTING] = 10**6
    for _ in range(3):
        await messages.subscribed(mini, openid, worlds.LASTING, {"thing1": "进展"})
    assert len(person.chat) == 4


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "unknown"}, 40037),
        ({"page": "pages/not/there"}, 41030),
        ({"miniprogram_state": "odd"}, 40097),
        ({"data": {"thing1": {"value": "x"}}}, 47003),
        ({"data": {name: {"value": ""} for name in GOOD}}, 47003),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"thing1": {"value": "a\nb"}}}, 47003),
        ({"data": {"character_string2": {"value": "中文"}}}, 47003),
        ({"data": {"phrase3": {"value": "六个字的短语"}}}, 47003),
    ],
)
async def test_subscription_messages_are_looked_at(
    mini: Client, world: World, changed: dict[str, object], code: int
) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    person.consents[app.app_id, worlds.PROGRESS] = 5
    proper = {"touser": person.openid(app), "template_id": worlds.PROGRESS, "data": values.fitted(GOOD)}
    data = changed.get("data")
    if isinstance(data, dict) and len(data) == 1 and code == 47003 and changed != {"data": {"thing1": {"value": "x"}}}:
        changed = {"data": proper["data"] | data}  # type: ignore[operator]
    with pytest.raises(Refused) as wrong:
        await mini.post("/cgi-bin/message/subscribe/send", proper | changed)
    assert refused(wrong) == code
    assert person.consents[app.app_id, worlds.PROGRESS] == 5


async def test_the_openid_of_another_app_is_refused(mini: Client, world: World) -> None:
    foreign = worlds.zhang(world).openid(worlds.official(world))
    with pytest.raises(Refused) as wrong:
        await messages.subscribed(mini, foreign, worlds.PROGRESS, GOOD)
    assert refused(wrong) == 43104


async def test_two_sends_at_once_to_one_person(world: World, http: ClientSession, valkey: Redis) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    client = client_of(app, world, http, valkey)
    client._waits = ()
    person.consents[app.app_id, worlds.LASTING] = 10**6
    world.sending_takes = 0.2
    openid = person.openid(app)
    sends = (messages.subscribed(client, openid, worlds.LASTING, {"thing1": "进展"}) for _ in range(2))
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert sorted(outcome.code if isinstance(outcome, Refused) else 0 for outcome in outcomes) == [0, 43108]


async def test_template_messages(official: Client, world: World) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    openid, data = person.openid(app), {"thing1": "您有一项待办", "time2": "2026年11月23日 09:00"}
    number = await messages.templated(
        official, openid, worlds.DUTY, data, once="n1", mini_program=("wx-mini", "pages/x")
    )
    assert int(number) > 1 << 53
    assert await messages.templated(official, openid, worlds.DUTY, data, once="n1") == ""
    assert await messages.templated(official, openid, worlds.DUTY, data, once="n2", url="https://x.cn/d") != ""
    assert [line.kind for line in person.chat] == ["template", "template"]
    person.follows.clear()
    with pytest.raises(Refused) as gone:
        await messages.templated(official, openid, worlds.DUTY, data, once="n3")
    assert refused(gone) == 43004


async def test_customer_service(official: Client, world: World, sender: Sender) -> None:
    app, person = worlds.official(world), worlds.zhang(world)
    openid = person.openid(app)
    with pytest.raises(Refused) as early:
        await messages.said(official, openid, Text("在吗"))
    assert refused(early) == 45015
    await sender.message(app, person, "text", Content="在吗")
    media_id = await media.upload(official, media.MediaKind.IMAGE, PNG, "image/png")
    await messages.said(official, openid, Text("举" * 1000))
    await messages.said(official, openid, Picture(media_id))
    await messages.said(official, openid, Card("标题", "说明", "https://x.cn"))
    for _ in range(2):
        await messages.said(official, openid, Text("好"))
    with pytest.raises(Refused) as often:
        await messages.said(official, openid, Text("好"))
    assert refused(often) == 45047
    world.pass_time(hours=49)
    with pytest.raises(Refused) as late:
        await messages.said(official, openid, Text("好"))
    assert refused(late) == 45015
    await sender.happens(app, person, "CLICK", EventKey="a")
    world.pass_time(seconds=61)
    with pytest.raises(Refused):
        await messages.said(official, openid, Text("好"))


async def test_media(official: Client, world: World, http: ClientSession, valkey: Redis) -> None:
    app = worlds.official(world)
    media_id = await media.upload(official, media.MediaKind.IMAGE, PNG, "image/png")
    into = io.BytesIO(b"what was there before, and is longer")
    assert await media.download(official, media_id, into) == "image/png"
    assert into.getvalue() == PNG
    film = stored(world, app, "video", b"\0\0\0\x18ftypmp42" + b"film" * 1000, "video/mp4")
    assert await media.download(official, film, into) == "video/mp4"
    assert len(into.getvalue()) == 4012
    with pytest.raises(TooLarge):
        await media.download(official, film, into, most=1000)
    with pytest.raises(Refused) as foreign:
        await media.download(client_of(worlds.mini(world), world, http, valkey), media_id, into)
    assert refused(foreign) == 40007
    world.pass_time(days=4)
    with pytest.raises(Refused) as old:
        await media.download(official, media_id, into)
    assert refused(old) == 40007
    for content, kind, code in (
        (b"MZ program", media.MediaKind.IMAGE, 40005),
        (PNG, media.MediaKind.VOICE, 40005),
        (b"", media.MediaKind.IMAGE, 44001),
        (PNG * (1 << 20), media.MediaKind.IMAGE, 40009),
    ):
        with pytest.raises(Refused) as wrong:
            await media.upload(official, kind, content, "image/png")
        assert refused(wrong) == code


async def test_a_second_try_uploads_the_whole_file(official: Client, world: World) -> None:
    await official.token.current()
    world.kill_tokens()
    media_id = await media.upload(official, media.MediaKind.IMAGE, PNG, "image/png")
    assert world.media[media_id].content == PNG


async def test_texts_are_checked(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    openid = person.openid(app)
    with pytest.raises(Refused) as never:
        await safety.text_checked(mini, openid, "正常", safety.Scene.COMMENT)
    assert refused(never) == 61010
    world.visit(app, person)
    for text, expected in (
        ("正常", events.Suggestion.PASS),
        ("疑似", events.Suggestion.REVIEW),
        ("违禁", events.Suggestion.RISKY),
        ("正" * 6000 + "违禁" + "疑似", events.Suggestion.RISKY),
        ("正" * 2499 + "违禁" + "正" * 2400, events.Suggestion.RISKY),  # across an edge
    ):
        assert (await safety.text_checked(mini, openid, text, safety.Scene.COMMENT)).suggestion is expected
    world.pass_time(hours=3)
    with pytest.raises(Refused):
        await safety.text_checked(mini, openid, "正常", safety.Scene.COMMENT)


@pytest.mark.parametrize("when", ["soon", "early", "held", "never"])
async def test_files_are_checked_sooner_or_later(
    mini: Client, wechat: tuple[World, Sender], receiver: Receiver, when: str
) -> None:
    world, _ = wechat
    app, person = worlds.mini(world), worlds.zhang(world)
    app.callback = receiver.url
    world.visit(app, person)
    world.media_check = when
    files = web.Application()
    files.router.add_get("/{name}.png", _served)
    async with TestServer(files) as server:
        for name, kind in (("good.png", 2), ("bad.png", 2), ("bad.png", 1), ("gone.png", 2)):
            url, openid = str(server.make_url(f"/{name}")), person.openid(app)
            trace_id = await safety.media_checked(mini, openid, url, safety.MediaType(kind), safety.Scene.FORUM)
            if when == "early":
                assert trace_id in receiver.bodies[-1]
        assert when != "held" or not receiver.bodies
        await world.let_go()
        await world.settled()
    found = sorted(word for body in receiver.bodies for word in ("pass", "risky", "-1008") if word in body)
    assert found == ([] if when == "never" else ["-1008", "pass", "pass", "risky"])


async def _served(request: web.Request) -> web.Response:
    if request.match_info["name"] == "gone":
        raise web.HTTPNotFound
    return web.Response(body=PNG + (b"risky" if request.match_info["name"] == "bad" else b""), content_type="image/png")


def test_the_vector_of_the_page_signature() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    made = jssdk.signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value#part")
    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


async def test_pages_share_a_ticket(official: Client, world: World) -> None:
    configs = await asyncio.gather(*(jssdk.config(official, "https://x.cn/a?b=1#c") for _ in range(10)))
    assert world.calls_of("/cgi-bin/ticket/getticket") == 1
    (ticket,) = world.tickets
    one = configs[0]
    text = f"jsapi_ticket={ticket}&noncestr={one.nonce}&timestamp={one.timestamp}&url=https://x.cn/a?b=1"
    assert one.signature == hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    assert len({config.nonce for config in configs}) == 10


@pytest.mark.parametrize(
    ("key", "value", "fitted"),
    [
        ("thing1", "", "无"),
        ("thing1", "一\n二\t三", "一 二 三"),
        ("thing12", "字" * 21, "字" * 19 + "…"),
        ("thing1", "好😀", "好"),
        ("character_string2", "JB26-1 中文", "JB26-1"),
        ("character_string2", "中文", "0"),
        ("phrase3", "已受理啦啦啦", "已受理啦啦"),
        ("phrase3", "ok", "无"),
        ("number4", "3 条", "3"),
        ("time5", "2026年11月23日 09:00", "2026年11月23日 09:00"),
    ],
)
def test_values_fit(key: str, value: str, fitted: str) -> None:
    assert values.fitted({key: value}) == {key: {"value": fitted}}


async def test_a_wrong_watermark_is_no_answer(mini: Client, world: World) -> None:
    app, person = worlds.mini(world), worlds.zhang(world)
    await mini.token.current()
    mini.account = replace(mini.account, app_id="wx-another")
    with pytest.raises(Away):
        await login.phone_of(mini, world.code_for(app, person, "phone"), person.openid(app))
