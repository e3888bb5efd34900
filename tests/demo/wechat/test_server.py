"""The server side keeps to the protocol: tokens, methods, quotas, errors; our client's tests try the rest."""

import re
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, FormData

from demo.wechat.faults import Fault
from demo.wechat.world import World
from tests.demo.wechat import worlds

SIGN_IN = {"grant_type": "client_credential", "appid": "wx-official", "secret": "secret-official"}


async def ask(http: ClientSession, world: World, path: str, body: Any = None, **query: str) -> dict[str, Any]:
    """One call, GET without a body."""
    method = "GET" if body is None else "POST"
    data = None if body is None else orjson.dumps(body)
    async with http.request(method, world.base + path, params=query, data=data) as answer:
        assert answer.status == 200
        said: dict[str, Any] = await answer.json(content_type=None)
        return said


async def stable(http: ClientSession, world: World, *, force: bool = False) -> dict[str, Any]:
    """A token of the official account's."""
    return await ask(http, world, "/cgi-bin/stable_token", SIGN_IN | {"force_refresh": force})


async def test_the_stable_token_is_the_same_until_it_is_renewed(world: World, http: ClientSession) -> None:
    first = await stable(http, world)
    assert first["expires_in"] == 7200
    assert "errcode" not in first
    world.pass_time(seconds=6800)
    again = await stable(http, world)
    assert again["access_token"] == first["access_token"]
    assert 300 < again["expires_in"] <= 400
    world.pass_time(seconds=150)
    renewed = await stable(http, world)
    assert renewed["access_token"] != first["access_token"]
    assert (await ask(http, world, "/cgi-bin/menu/get", access_token=first["access_token"]))["errcode"] == 46003
    world.pass_time(seconds=300)
    assert (await ask(http, world, "/cgi-bin/menu/get", access_token=first["access_token"]))["errcode"] == 42001
    assert (await ask(http, world, "/cgi-bin/menu/get", access_token=renewed["access_token"]))["errcode"] == 46003


async def test_forcing_kills_at_once_and_is_rationed(world: World, http: ClientSession) -> None:
    first = await stable(http, world)
    second = await stable(http, world, force=True)
    assert second["access_token"] != first["access_token"]
    assert (await ask(http, world, "/cgi-bin/menu/get", access_token=first["access_token"]))["errcode"] == 40001
    assert (await stable(http, world, force=True))["errcode"] == 45009
    world.pass_time(seconds=31)
    assert (await stable(http, world, force=True))["access_token"]


async def test_the_other_kind_of_token_is_new_each_time(world: World, http: ClientSession) -> None:
    kept = (await stable(http, world))["access_token"]
    first = (await ask(http, world, "/cgi-bin/token", **SIGN_IN))["access_token"]
    second = (await ask(http, world, "/cgi-bin/token", **SIGN_IN))["access_token"]
    codes = [
        (await ask(http, world, "/cgi-bin/menu/get", access_token=one))["errcode"] for one in (first, second, kept)
    ]
    assert codes == [40001, 46003, 46003]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"grant_type": "other"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wx-unknown"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
async def test_who_may_have_a_token(world: World, http: ClientSession, changed: dict[str, str], code: int) -> None:
    assert (await ask(http, world, "/cgi-bin/stable_token", SIGN_IN | changed))["errcode"] == code
    assert (await ask(http, world, "/cgi-bin/token", **(SIGN_IN | changed)))["errcode"] == code


async def test_errors_carry_a_rid(world: World, http: ClientSession) -> None:
    said = await ask(http, world, "/cgi-bin/menu/get")
    assert said["errcode"] == 41001
    assert re.search(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", said["errmsg"])


async def test_methods_accounts_and_bodies(world: World, http: ClientSession) -> None:
    token = (await stable(http, world))["access_token"]
    menu = "/cgi-bin/menu/create"
    assert (await ask(http, world, menu, access_token=token))["errcode"] == 43002
    assert (await ask(http, world, "/cgi-bin/menu/get", {}, access_token=token))["errcode"] == 43001
    assert (await ask(http, world, "/wxa/getwxacodeunlimit", {"scene": "a"}, access_token=token))["errcode"] == 48001
    for raw, code in ((b"", 44002), (b"{", 47001), (b"[]", 47001), (rb'{"button":"\u4e3e"}', 47001)):
        async with http.post(world.base + menu, params={"access_token": token}, data=raw) as answer:
            assert (await answer.json())["errcode"] == code
    async with http.get(world.base + "/cgi-bin/message/wxopen/template/uniform_send") as answer:
        assert answer.status == 404


async def test_a_quota_lasts_until_midnight(world: World, http: ClientSession) -> None:
    world.daily["/cgi-bin/menu/get"] = 2
    token = (await stable(http, world))["access_token"]
    codes = [(await ask(http, world, "/cgi-bin/menu/get", access_token=token))["errcode"] for _ in range(3)]
    assert codes == [46003, 46003, 45009]
    world.pass_time(days=1)
    token = (await stable(http, world))["access_token"]
    assert (await ask(http, world, "/cgi-bin/menu/get", access_token=token))["errcode"] == 46003


async def test_names_of_files_are_ascii(world: World, http: ClientSession) -> None:
    token = (await stable(http, world))["access_token"]
    for name, code in (("照片.jpg", 41005), ("a.jpg", None)):
        form = FormData()
        form.add_field("media", b"\xff\xd8\xff" + b"x" * 10, filename=name, content_type="image/jpeg")
        query = {"access_token": token, "type": "image"}
        async with http.post(world.base + "/cgi-bin/media/upload", params=query, data=form) as answer:
            assert (await answer.json()).get("errcode") == code


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40017),
        ([{"name": "四个", "type": "click", "key": "a"}] * 4, 40017),
        ([{"name": "名字长于十六个字节", "type": "click", "key": "a"}], 40018),
        ([{"name": "空", "sub_button": []}], 40023),
        ([{"name": "无键", "type": "click"}], 40019),
        ([{"name": "无址", "type": "view"}], 40020),
        ([{"name": "无页", "type": "miniprogram", "url": "https://x"}], 45064),
        ([{"name": "何物", "type": "poem"}], 40016),
    ],
)
async def test_menus(world: World, http: ClientSession, buttons: list[dict[str, Any]], code: int) -> None:
    token = (await stable(http, world))["access_token"]
    said = await ask(http, world, "/cgi-bin/menu/create", {"button": buttons}, access_token=token)
    assert said["errcode"] == code


async def test_a_wrongly_nested_scene_is_the_famous_number(world: World, http: ClientSession) -> None:
    token = (await stable(http, world))["access_token"]
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene_str": "lost"}}
    await ask(http, world, "/cgi-bin/qrcode/create", body, access_token=token)
    assert [one.scene for one in world.qr_tickets.values()] == ["4294967295"]


async def test_schemes(world: World, http: ClientSession) -> None:
    sign_in = SIGN_IN | {"appid": "wx-mini", "secret": "secret-mini"}
    token = (await ask(http, world, "/cgi-bin/stable_token", sign_in))["access_token"]
    body = {"jump_wxa": {"path": "pages/index/index", "query": "a=1"}, "expire_type": 1, "expire_interval": 30}
    said = await ask(http, world, "/wxa/generatescheme", body, access_token=token)
    assert said["openlink"].startswith("weixin://dl/business/?t=")


async def test_version_one_of_the_checks_is_no_more(world: World, http: ClientSession) -> None:
    world.visit(worlds.mini(world), worlds.zhang(world))
    sign_in = SIGN_IN | {"appid": "wx-mini", "secret": "secret-mini"}
    token = (await ask(http, world, "/cgi-bin/stable_token", sign_in))["access_token"]
    openid = worlds.zhang(world).openid(worlds.mini(world))
    said = await ask(http, world, "/wxa/msg_sec_check", {"content": "好", "openid": openid}, access_token=token)
    assert said["errcode"] == 87014


async def test_faults_come_as_often_as_asked(world: World, http: ClientSession) -> None:
    world.faults.append(Fault("/cgi-bin/stable_token", times=2, code=-1))
    assert [("errcode" in await stable(http, world)) for _ in range(3)] == [True, True, False]
