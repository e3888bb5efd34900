"""A computer is signed in by a phone: by its own secret, once, after the number on it was typed by whoever is bound."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from demo.wechat import phone as hands
from demo.wechat.faults import Fault
from demo.wechat.pushing import Sender
from demo.wechat.world import World
from domain.people import accounts
from domain.wechat import screens
from kit import clock
from models import ScreenSignIn, Session
from tests.api.at_wechat import (
    OFFICER,
    Phone,
    bound,
    events,
    ground,
    li,
    lives,
    sender,
    site,
    world,
    zhang,
)
from tests.api.conftest import Api

__all__ = ["ground", "li", "sender", "site", "world", "zhang"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


async def opened(api: Api) -> Any:
    return await api.post("/api/v1/screens", status=201, User_Agent=AGENT)


async def taken(api: Api, screen: Any, status: int, secret: str = "") -> Any:
    path = f"/api/v1/screens/{screen['id']}/session"
    return await api.post(path, body={"secret": secret or screen["secret"]}, status=status)


async def confirmed(api: Api, screen: Any, session: str, status: int = 204, number: int | None = None) -> Any:
    path = f"/api/v1/screens/{screen['scene']}/confirm"
    return await api.post(path, session, {"number": screen["number"] if number is None else number}, status)


async def test_a_computer_is_signed_in_by_a_phone(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    assert await taken(api, screen, 202) == {"state": "waiting"}
    shown = await api.post(f"/api/v1/screens/{screen['scene']}/scan", phone)
    assert (shown["device"], shown["address"]) == ("Windows · Chrome", "127.0.0.1")
    assert "number" not in shown
    assert await taken(api, screen, 202) == {"state": "scanned"}
    await confirmed(api, screen, phone)
    token = await taken(api, screen, 201)
    session = f"Bearer {token['token']}"
    assert (await api.get("/api/v1/session", session))["active"]["role"] == "handler"
    listed = await api.get("/api/v1/sessions", session)
    assert next((one["way"], one["device"]) for one in listed) == ("screen", "Windows · Chrome")
    assert (await taken(api, screen, 410))["code"] == "screen_over"
    assert (await events())[-2:] == ["screen_confirmed", "signed_in"]


async def test_a_screen_is_known_by_its_own_secret_only(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    screen, other = await opened(api), await opened(api)
    await confirmed(api, screen, phone)
    await taken(api, screen, 410, other["secret"])
    await taken(api, other, 410, screen["secret"])
    await taken(api, other, 202)
    await taken(api, {"id": "00000000-0000-4000-8000-000000000000"}, 410, screen["secret"])
    await taken(api, screen, 201)


async def test_a_wrong_number_ends_it(zhang: Phone) -> None:
    """So a code that somebody sent, with their computer behind it, is no use to them."""
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    wrong = 10 + (screen["number"] - 9) % 90
    assert (await confirmed(api, screen, phone, 403, wrong))["code"] == "screen_number"
    assert (await confirmed(api, screen, phone, 410))["code"] == "screen_over"
    await taken(api, screen, 410)
    assert (await events())[-1] == "screen_wrong_number"


async def test_a_screen_that_was_refused_is_told(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    await api.post(f"/api/v1/screens/{screen['scene']}/refuse", phone, status=204)
    await taken(api, screen, 410)
    await confirmed(api, screen, phone, 410)
    assert (await events())[-1] == "screen_refused"


async def test_only_a_phone_that_wechat_signed_in_says_yes(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    assert (await confirmed(api, screen, await api.signed_in(OFFICER), 403))["code"] == "wechat_session"
    assert (await confirmed(api, screen, "", 401))["code"] == "not_signed_in"
    await confirmed(api, screen, phone)
    computer = f"Bearer {(await taken(api, screen, 201))['token']}"
    another = await opened(api)
    assert (await confirmed(api, another, computer, 403))["code"] == "wechat_session"


async def test_of_several_who_confirm_one_counts_and_one_session_begins(zhang: Phone, li: Phone) -> None:
    phones, api = [await bound(zhang), await bound(li, "handler2")], zhang.api
    screen = await opened(api)
    path = f"/api/v1/screens/{screen['scene']}/confirm"
    tries = [api.call("POST", path, phone, {"number": screen["number"]}) for phone in phones * 3]
    assert sorted(answer.status for answer in await asyncio.gather(*tries)) == [204, *[410] * 5]
    before = await Session.all().count()
    body = {"secret": screen["secret"]}
    takes = [api.call("POST", f"/api/v1/screens/{screen['id']}/session", body=body) for _ in range(6)]
    assert sorted(answer.status for answer in await asyncio.gather(*takes)) == [201, *[410] * 5]
    assert await Session.all().count() == before + 1


async def test_three_minutes_and_it_is_over(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    waiting, answered = await opened(api), await opened(api)
    await confirmed(api, answered, phone)
    with clock.at(clock.now() + screens.LASTS):
        for screen in (waiting, answered):
            with pytest.raises(screens.ScreenOver):
                await screens.taken(api.settings, screen["id"], screen["secret"])
    await ScreenSignIn.all().update(ends_at=clock.now())
    await confirmed(api, waiting, phone, 410)
    await taken(api, answered, 410)
    with clock.at(clock.now() + screens.LASTS + screens.KEPT + screens.LASTS):
        assert await screens.swept() == 2
    assert not await ScreenSignIn.exists()


@pytest.mark.parametrize("how", ["unbound", "lost", "everywhere", "disabled"])
async def test_what_was_confirmed_and_then_ended_signs_nobody_in(zhang: Phone, how: str) -> None:
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    await confirmed(api, screen, phone)
    match how:
        case "unbound":
            await api.call("DELETE", "/api/v1/binding", phone)
        case "lost":
            await api.call("DELETE", f"/api/v1/accounts/{OFFICER}/binding", "system-admin")
        case "everywhere":
            await api.call("DELETE", "/api/v1/sessions", phone)
        case "disabled":
            await accounts.set_disabled(OFFICER, disabled=True)
    await taken(api, screen, 410)


async def test_the_computers_session_ends_with_the_binding(zhang: Phone) -> None:
    phone, api = await bound(zhang), zhang.api
    screen = await opened(api)
    await confirmed(api, screen, phone)
    computer = f"Bearer {(await taken(api, screen, 201))['token']}"
    await api.call("DELETE", "/api/v1/binding", phone)
    assert (await lives(api, phone), await lives(api, computer)) == (False, False)


@pytest.mark.parametrize(("kind", "opens"), [("link", "web"), ("mini", "mini"), ("official", "chat")])
async def test_each_kind_of_code_leads_to_the_phone(zhang: Phone, sender: Sender, kind: str, opens: str) -> None:
    api = zhang.api
    screen = await opened(api)
    answer = await api.call("GET", f"/api/v1/screens/{screen['scene']}/qr.png?kind={kind}")
    picture = Image.open(BytesIO(await answer.read())).convert("L")
    text = str(zxingcpp.read_barcodes(picture)[0].text)
    assert screen["secret"] not in text
    led = await hands.scanned(sender, zhang.person, text)
    assert led["opens"] == opens
    if kind == "link":
        path = led["url"].removeprefix("https://report.example")
        there = await api.client.get(path, allow_redirects=False)
        assert there.headers["Location"] == f"/h5/#/staff/confirm/index?scene={screen['scene']}"
    if kind == "mini":
        assert (led["page"], led["query"]) == ("staff/confirm/index", {"scene": screen["scene"]})


async def test_what_the_chat_says_to_whoever_scanned(zhang: Phone, sender: Sender, world: World) -> None:
    """Somebody who is bound is led on; anybody else learns what this is; a code that is over says so."""
    api = zhang.api
    screen = await opened(api)
    await api.call("GET", f"/api/v1/screens/{screen['scene']}/qr.png?kind=official")
    text = next(ticket.url for ticket in world.qr_tickets.values() if ticket.scene == screen["scene"])

    async def said() -> str:
        led = await hands.scanned(sender, zhang.person, text)
        return str(led["reply"]["text"]["content"])

    assert "/staff/bind/index" in await said()
    assert await taken(api, screen, 202) == {"state": "waiting"}
    await bound(zhang)
    await zhang.on_a_page()
    world.pass_time(seconds=2)  # else it is the same event to WeChat, and answered alike
    answer = await said()
    assert "Windows · Chrome" in answer
    assert f"/staff/confirm/index?scene={screen['scene']}" in answer
    assert str(screen["number"]) not in answer.replace(screen["scene"], "")
    assert await taken(api, screen, 202) == {"state": "scanned"}
    await ScreenSignIn.all().update(refused_at=clock.now())
    world.pass_time(seconds=2)
    assert "已失效" in await said()


async def test_codes_of_wechats_are_drawn_for_as_long_as_they_serve(zhang: Phone, world: World) -> None:
    api = zhang.api
    screen = await opened(api)
    path = f"/api/v1/screens/{screen['scene']}/qr.png?kind="
    world.faults.append(Fault("/cgi-bin/qrcode/create", code=45009))
    assert (await (await api.call("GET", path + "official")).json())["code"] == "wechat_gives_no_code"
    assert (await api.call("GET", path + "link")).status == 200, "this one is always there"
    await api.call("GET", path + "official")
    ticket = next(iter(world.qr_tickets.values()))
    assert ticket.until is not None
    await ScreenSignIn.all().update(refused_at=clock.now())
    assert (await api.call("GET", path + "link")).status == 410


async def test_an_address_opens_so_many_screens_and_no_more(site: Api) -> None:
    for _ in range(30):
        await opened(site)
    assert (await site.post("/api/v1/screens", status=429))["code"] == "too_many"
