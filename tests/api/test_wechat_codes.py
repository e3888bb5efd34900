"""Pictures of codes as WeChat draws them, from a served WeChat; and the files by which it knows a domain."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from aiohttp import web
from PIL import Image
from pydantic import SecretStr
from redis.asyncio import Redis

import app
from demo.wechat import phone
from demo.wechat.faults import Fault
from demo.wechat.pushing import Sender
from demo.wechat.world import App, World
from kit.settings import Settings
from tests.api.conftest import Api, Client
from tests.demo.wechat import worlds
from tests.servers import Servers

MINI, OFFICIAL = "/wxa/getwxacodeunlimit", "/cgi-bin/qrcode/create"
OFFICE = "supervisor1"


@pytest.fixture
async def wechat() -> AsyncIterator[tuple[World, Sender]]:
    world = worlds.small()
    worlds.mini(world).pages = {"pages/report/index"}
    async with worlds.serving(world) as (_, sender, _):
        yield world, sender


@pytest.fixture
def world(wechat: tuple[World, Sender]) -> World:
    return wechat[0]


def configured(account: App) -> dict[str, Any]:
    """Our settings for an account of the fake's."""
    secrets = {name: SecretStr(getattr(account, name)) for name in ("secret", "token", "aes_key")}
    given = {"app_id": account.app_id, "original_id": account.original_id, **secrets}
    return {f"wechat_{account.kind}_{name}": value for name, value in given.items()}


@pytest.fixture
async def site(
    province: str,
    servers: Servers,
    valkey: Redis,
    settings: Settings,
    tmp_path: Path,
    world: World,
    aiohttp_client: Callable[[web.Application], Awaitable[Client]],
) -> Api:
    """The application with both accounts."""
    changed = {"database_url": province, "redis_url": servers.valkey.url(), "var": tmp_path, "wechat_api": world.base}
    for account in world.apps.values():
        changed |= configured(account)
    built = settings.model_copy(update=changed)
    return Api(await aiohttp_client(app.build(built, database=False)), built, {})


async def issued(api: Api) -> dict[str, Any]:
    draft = {"kind": "campaign", "title": "宣传月", "region": "62"}
    code: dict[str, Any] = await api.post("/api/v1/codes", OFFICE, draft, 201)
    return code | {"scene": code["link"].rpartition("/")[2]}


async def drawn(api: Api, code: dict[str, Any], kind: str) -> str:
    """What a phone reads in the picture."""
    answer = await api.call("GET", f"/api/v1/codes/{code['value']}/qr.png?kind={kind}", OFFICE)
    assert (answer.status, answer.content_type) == (200, "image/png"), await answer.text()
    image = Image.open(BytesIO(await answer.read())).convert("L")
    return str(zxingcpp.read_barcodes(image)[0].text)


async def test_each_kind_leads_to_where_it_should(site: Api, wechat: tuple[World, Sender]) -> None:
    world, sender = wechat
    code = await issued(site)
    person = worlds.zhang(world)
    assert await drawn(site, code, "link") == code["link"]
    opened = await phone.scanned(sender, person, await drawn(site, code, "mini"))
    assert (opened["page"], opened["query"]) == ("pages/report/index", {"scene": code["scene"]})
    text = await drawn(site, code, "official")
    assert [(ticket.scene, ticket.until) for ticket in world.qr_tickets.values()] == [(code["scene"], None)]
    assert (await phone.scanned(sender, person, text))["opens"] == "chat"


@pytest.mark.parametrize(("kind", "path"), [("mini", MINI), ("official", OFFICIAL)])
async def test_wechat_is_asked_once_whoever_comes_at_once(site: Api, world: World, kind: str, path: str) -> None:
    code = await issued(site)
    texts = {*await asyncio.gather(*(drawn(site, code, kind) for _ in range(4))), await drawn(site, code, kind)}
    assert (len(texts), world.calls_of(path)) == (1, 1)


async def test_wechat_away_is_said_and_the_ordinary_link_is_there(site: Api, world: World) -> None:
    code = await issued(site)
    path = f"/api/v1/codes/{code['value']}/qr.png?kind="
    world.faults.append(Fault(MINI, times=9, status=502))
    world.faults.append(Fault(OFFICIAL, code=45009))
    for kind, details in (("mini", {}), ("official", {"wechat": 45009})):
        answer = await site.call("GET", path + kind, OFFICE)
        error = await answer.json()
        assert (answer.status, error["code"], error.get("details", {})) == (503, "wechat_gives_no_code", details)
    assert await drawn(site, code, "link") == code["link"]
    world.faults.clear()
    assert code["scene"] in await drawn(site, code, "mini"), "a failure is not kept"


async def test_without_accounts_there_is_the_ordinary_link(api: Api) -> None:
    code = await issued(api)
    answer = await api.call("GET", f"/api/v1/codes/{code['value']}/qr.png?kind=mini", OFFICE)
    assert (answer.status, (await answer.json())["code"]) == (409, "wechat_not_set_up")
    assert await drawn(api, code, "link") == code["link"]


async def test_an_ended_code_and_a_stranger_get_none(site: Api, world: World) -> None:
    code = await issued(site)
    path = f"/api/v1/codes/{code['value']}/qr.png?kind=mini"
    assert (await site.call("GET", path)).status == 401
    assert (await site.call("GET", path, "handler1")).status == 403
    await site.post(f"/api/v1/codes/{code['value']}/revoke", OFFICE, {"reason": "换新"})
    assert (await site.call("GET", path, OFFICE)).status == 409
    assert world.calls_of(MINI) == 0


async def test_files_that_prove_the_domain(api: Api, wechat: tuple[World, Sender]) -> None:
    folder = api.settings.wechat_folder
    folder.mkdir()
    for name in ("MP_verify_a1B2c3D4e5F6g7H8", "Kd8dJf93Ks"):
        (folder / f"{name}.txt").write_text("a1B2c3D4e5F6g7H8\n")
        url = str(api.client.make_url("/"))
        assert await wechat[1].owns(url, f"{name}.txt", "a1B2c3D4e5F6g7H8")
        answer = await api.call("GET", f"/{name}.txt")
        assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("text/plain", "nosniff")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Kd8dJf93Kt.txt", None),
        ("secret.txt", "abc"),
        ("MP_verify_a1B2c3D4e5F6g7H8.txt", "<script>alert(1)</script>"),
        ("Kd8dJf93Ks.txt", "a" * 129),
        ("..%2fKd8dJf93Ks.txt", None),
        ("Kd8dJf93Ks.txt.txt", "abc"),
    ],
)
async def test_nothing_else_in_that_folder_is_served(api: Api, name: str, content: str | None) -> None:
    folder = api.settings.wechat_folder
    folder.mkdir()
    (folder.parent / "Kd8dJf93Ks.txt").write_text("abc")
    if content:
        (folder / name).write_text(content)
    assert (await api.call("GET", f"/{name}")).status == 404
