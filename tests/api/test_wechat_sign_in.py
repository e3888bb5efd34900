"""Who somebody is at WeChat: codes that serve once, states of one browser, and nothing kept of passers-by."""

import asyncio
import io
import logging
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog

from demo.wechat import phone as hands
from demo.wechat.faults import Fault
from demo.wechat.pushing import Sender
from demo.wechat.world import World
from domain.people import accounts
from domain.wechat import identities, states
from handlers.keys import WECHAT
from kit import clock, logs
from kit.wechat import jssdk
from kit.wechat.account import Kind
from models import AccountRecord, Fan, Session
from tests.api.at_wechat import (
    OFFICER,
    VERIFIER,
    Ground,
    Phone,
    bound,
    events,
    fresh_code,
    ground,
    invited,
    li,
    lives,
    sender,
    site,
    world,
    zhang,
)
from tests.api.conftest import Api
from tests.api.test_nothing_leaks import everywhere
from tests.demo.wechat import worlds

__all__ = ["ground", "li", "sender", "site", "world", "zhang"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

SESSION, CONSENT = "/sns/jscode2session", "/sns/oauth2/access_token"


async def test_whoever_is_bound_signs_in_with_wechat_and_a_code(zhang: Phone) -> None:
    await bound(zhang)
    proven = await zhang.in_mini()
    assert proven["bound"]
    token = await zhang.signs_in(proven["proof"], device="我的手机")
    session = f"Bearer {token['token']}"
    assert (await zhang.api.get("/api/v1/session", session))["active"]["role"] == "handler"
    listed = await zhang.api.get("/api/v1/sessions", session)
    assert next((one["device"], one["way"], one["current"]) for one in listed) == ("我的手机", "wechat", True)


async def test_whoever_is_not_bound_is_told_how_to(zhang: Phone) -> None:
    proven = await zhang.in_mini()
    assert not proven["bound"]
    refused = await zhang.signs_in(proven["proof"], status=403)
    assert refused["code"] == "wechat_not_bound"
    assert "邀请码" in refused["message"]


async def test_wechat_alone_signs_nobody_in(zhang: Phone) -> None:
    """The second factor is asked each time, serves once, and its failures lock the account as everywhere."""
    await bound(zhang)
    proof, code = (await zhang.in_mini())["proof"], await fresh_code()
    await zhang.signs_in(proof, totp=code)
    assert (await zhang.signs_in(proof, 401, totp=code))["code"] == "sign_in_failed"
    for _ in range(zhang.api.settings.sign_in_attempts - 1):
        await zhang.signs_in(proof, 401, totp="000000")
    assert (await zhang.signs_in(proof, 401))["code"] == "sign_in_failed", "locked, whatever is right"
    assert (await events())[-2:] == ["sign_in_failed", "locked"]


async def test_a_disabled_account_is_not_signed_in_by_its_phone(zhang: Phone) -> None:
    session = await bound(zhang)
    await accounts.set_disabled(OFFICER, disabled=True)
    assert not await lives(zhang.api, session)
    assert (await zhang.signs_in(status=401))["code"] == "sign_in_failed"


async def test_a_code_of_the_mini_program_serves_once(zhang: Phone) -> None:
    code = zhang.login_code()
    await zhang.in_mini(code=code)
    assert (await zhang.in_mini(409, code))["code"] == "wechat_code"


@pytest.mark.parametrize("which", ["unknown", "of the phone button", "over its time", "of another account"])
async def test_a_code_that_is_not_one_is_refused(zhang: Phone, world: World, which: str) -> None:
    code = {
        "unknown": "no-such-code",
        "of the phone button": zhang.phone_code(),
        "over its time": zhang.login_code(),
        "of another account": world.code_for(worlds.official(world), zhang.person, "login"),
    }[which]
    if which == "over its time":
        world.pass_time(minutes=6)
    assert (await zhang.in_mini(409, code))["code"] == "wechat_code"


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (40226, 403, "wechat_blocked"),
        (45011, 429, "wechat_often"),
        (45009, 503, "wechat_away"),
        (40125, 503, "wechat_away"),
        (99999, 503, "wechat_away"),
    ],
)
async def test_what_wechat_says_is_said_in_our_words(
    zhang: Phone, world: World, said: int, status: int, code: str
) -> None:
    world.faults.append(Fault(SESSION, code=said))
    assert (await zhang.in_mini(status))["code"] == code
    if status in {429, 503}:
        world.faults.append(Fault(SESSION, code=said))
        answer = await zhang.api.call(
            "POST", "/api/v1/wechat/identities", body={"by": "mini", "code": zhang.login_code()}
        )
        assert int(answer.headers["Retry-After"]) > 0


async def test_wechat_away_is_503(zhang: Phone, world: World) -> None:
    world.faults.append(Fault(SESSION, times=9, status=502))
    assert (await zhang.in_mini(503))["code"] == "wechat_away"


async def test_who_only_looks_at_a_snapshot_is_not_signed_in(zhang: Phone) -> None:
    zhang.person.snapshot = True
    assert (await zhang.on_a_page(status=403))["code"] == "wechat_snapshot"


async def test_the_page_of_consent_is_wechats_and_comes_back_to_us(zhang: Phone) -> None:
    begun = await zhang.api.post("/api/v1/wechat/consents", body={"verifier": VERIFIER})
    asked = parse_qs(urlsplit(begun["url"]).query)
    assert asked["redirect_uri"] == ["https://report.example/wechat/consent"]
    assert VERIFIER not in begun["url"]
    assert (len(asked["state"][0]), asked["scope"]) == (72, ["snsapi_userinfo"])
    assert begun["url"].endswith("#wechat_redirect")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?code=abc-_1&state=" + "0a" * 36, True),
        ("?code=abc&state=short", False),
        ("?code=a%0d%0aSet-Cookie:x&state=" + "0a" * 36, False),
        ("?code=abc&state=" + "0a" * 36 + "&back=https://evil.example/", True),
        ("", False),
    ],
)
async def test_coming_back_leads_to_our_own_page_only(site: Api, query: str, kept: bool) -> None:
    answer = await site.client.get(f"/wechat/consent{query}", allow_redirects=False)
    where = answer.headers["Location"]
    assert answer.status == 302
    assert where.startswith("/h5/#/staff/wechat/index")
    assert ("?code=" in where, "evil" in where, "Set-Cookie" in answer.headers) == (kept, False, False)


async def test_looking_ahead_at_the_address_one_comes_back_to_uses_nothing_up(zhang: Phone) -> None:
    brought = await zhang.consent()
    for _ in range(3):
        await zhang.api.client.get("/wechat/consent", params=brought, allow_redirects=False)
    await zhang.on_a_page(brought)


async def test_one_code_twice_from_one_browser_is_one_answer_for_a_minute(zhang: Phone, ground: Ground) -> None:
    brought, world, valkey = await zhang.consent(), ground.world, ground.valkey
    several = await asyncio.gather(*(zhang.on_a_page(brought) for _ in range(3)))
    whose = {identities.proved(zhang.api.settings, one["proof"]).openid for one in several}
    assert (len(whose), world.calls_of(CONSENT)) == (1, 1)
    kept = [name async for name in valkey.scan_iter("wx:consent:*")]
    assert [name for name in kept if not 0 < await valkey.ttl(name) <= 60] == []
    await valkey.delete(*kept)  # the minute is over
    assert (await zhang.on_a_page(brought, 409))["code"] == "wechat_code"


async def test_another_browsers_code_is_not_taken(zhang: Phone, world: World) -> None:
    """Whoever saw the code and the state has not the secret; whoever was sent a link did not begin it."""
    brought = await zhang.consent()
    assert (await zhang.on_a_page(brought, 403, "x" * 40))["code"] == "wechat_state"
    mine = await zhang.api.post("/api/v1/wechat/consents", body={"verifier": VERIFIER})
    state = parse_qs(urlsplit(mine["url"]).query)["state"][0]
    theirs = await zhang.consent("y" * 40)
    assert (await zhang.on_a_page(theirs, 403))["code"] == "wechat_state"
    assert (await zhang.on_a_page({"code": "c", "state": "f" + state[1:]}, 403))["code"] == "wechat_state"
    assert world.calls_of(CONSENT) == 0
    with clock.at(clock.now() + timedelta(minutes=11)), pytest.raises(states.StateWrong):
        states.check(zhang.api.settings, brought["state"], VERIFIER)
    states.check(zhang.api.settings, brought["state"], VERIFIER)


async def test_a_proof_ends_and_is_nothing_but_a_proof(zhang: Phone) -> None:
    await bound(zhang)
    proof = (await zhang.in_mini())["proof"]
    changed = proof[:-2] + ("AA" if proof[-2:] != "AA" else "BB")
    assert (await zhang.signs_in(changed, 401))["code"] == "wechat_proof_over"
    assert (await zhang.signs_in("A" * 60, 401))["code"] == "wechat_proof_over"
    assert not await lives(zhang.api, f"Bearer {proof[:90]}")
    with clock.at(clock.now() + identities.LASTS), pytest.raises(identities.ProofOver):
        identities.proved(zhang.api.settings, proof)


async def test_nothing_is_kept_of_who_only_looks_in(zhang: Phone) -> None:
    await zhang.in_mini()
    await zhang.on_a_page()
    assert not await Fan.exists()
    assert not await AccountRecord.exists()


async def test_who_reports_without_a_name_leaves_no_trace_of_wechat(zhang: Phone, world: World) -> None:
    number, receipt = await zhang.api.file()
    await zhang.api.get(f"/api/v1/matters/{number}", receipt)
    assert (await Fan.all().count(), await Session.all().count(), world.calls) == (0, 0, [])


async def test_one_person_is_known_at_both_accounts(zhang: Phone) -> None:
    """Bound in the mini-program, signed in on a page inside WeChat, by the unionid."""
    await bound(zhang)
    proven = await zhang.on_a_page()
    assert proven["bound"]
    session = f"Bearer {(await zhang.signs_in(proven['proof']))['token']}"
    ways = (await zhang.api.get("/api/v1/binding", session))["items"]
    assert [one["account"] for one in ways] == ["mini", "official"]
    assert (await events())[-2:] == ["linked", "signed_in"]


async def test_a_unionid_that_appears_later_links_too(zhang: Phone, world: World) -> None:
    for account in world.apps.values():
        account.bound = False
    await bound(zhang)
    assert not (await zhang.on_a_page())["bound"], "nobody could know"
    for account in world.apps.values():
        account.bound = True
    assert not (await zhang.on_a_page())["bound"], "the mini-program's unionid is not known yet"
    await zhang.in_mini()
    assert (await zhang.on_a_page())["bound"]


async def test_a_follower_is_recognized_when_they_follow(zhang: Phone, sender: Sender, world: World) -> None:
    await bound(zhang)
    official = worlds.official(world)
    zhang.person.follows.clear()
    delivered = await hands.followed(sender, official, zhang.person)
    assert not delivered.failed
    assert {fan.app_id for fan in await Fan.filter(account__username=OFFICER)} == {"wx-mini", "wx-official"}


async def test_two_members_of_staff_are_never_made_one(zhang: Phone, li: Phone) -> None:
    await bound(zhang)
    await bound(li, "handler2")
    union = (await Fan.get(account__username=OFFICER)).unionid_hash
    await Fan.filter(account__username="handler2").update(unionid_hash=union)
    before = sorted(str(fan.account_id) for fan in await Fan.all())
    assert not (await zhang.on_a_page())["bound"]
    assert sorted(str(fan.account_id) for fan in await Fan.all() if fan.account_id) == before


async def test_pages_of_our_own_are_signed_and_no_others(site: Api, world: World) -> None:
    page = "https://report.example/h5/?from=wechat"
    given = await site.post("/api/v1/wechat/page-config", body={"url": f"{page}#/staff/queue/index"})
    ticket = next(iter(world.tickets))
    assert given["signature"] == jssdk.signature(ticket, given["nonce"], given["timestamp"], page)
    for url in (
        "https://evil.example/h5/",
        "http://report.example/h5/",
        "https://report.example:444/h5/",
        "https://report.example@evil.example/h5/",
        "https://evil.example@report.example/h5/",
        "https://report.example.evil.example/h5/",
        "https://report.example/other",
        "https://report.example:port/h5/",
        "https://[/h5/",
        "javascript:alert(1)",
    ):
        assert (await site.post("/api/v1/wechat/page-config", body={"url": url}, status=422))["code"] == "invalid", url


async def test_without_accounts_the_password_is_named(site: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    app = site.client.app
    assert app is not None
    there = app[WECHAT]
    for kind in Kind:
        monkeypatch.delitem(there, kind)
    assert await site.get("/api/v1/wechat") == {"mini": False, "official": False}
    for path, body in (
        ("consents", {"verifier": VERIFIER}),
        ("identities", {"by": "mini", "code": "code"}),
        ("page-config", {"url": "https://report.example/h5/"}),
    ):
        assert (await site.post(f"/api/v1/wechat/{path}", body=body, status=409))["code"] == "wechat_absent"


async def test_no_secret_of_wechats_is_kept_said_or_logged(
    zhang: Phone, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session keys, openids, unionids, codes, phone numbers: not in rows, answers, Valkey or the log."""
    keys: list[str] = []

    def spelled(key: bytes) -> bytes:
        keys.append(b64encode(key).decode())
        return b64encode(key)

    monkeypatch.setattr("demo.wechat.people.b64encode", spelled)
    log, said = io.StringIO(), list[Any]()
    logs.configure(zhang.api.settings, log)
    try:
        code, invitation = zhang.login_code(), await invited(zhang.api)
        said.append(await zhang.in_mini(code=code))
        said.append(await zhang.binds(invitation))
        brought = await zhang.consent()
        said.append(await zhang.on_a_page(brought))
        session = f"Bearer {(await zhang.signs_in(said[-1]['proof']))['token']}"
        said += [await zhang.api.get(path, session) for path in ("/api/v1/binding", "/api/v1/session/records")]
        await zhang.api.client.get("/wechat/consent", params=brought, allow_redirects=False)
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
        logging.captureWarnings(capture=False)
    assert keys, "there was a session key"
    world, valkey = ground.world, ground.valkey
    stored = await everywhere(ground.owner)
    remembered = str([str(key) + str(await valkey.dump(key)) async for key in valkey.scan_iter()])
    person = zhang.person
    canaries = [person.openid(app) for app in world.apps.values()] + [person.unionid, person.phone, *keys]
    canaries += [code, brought["code"], VERIFIER, invitation, invitation.replace("-", ""), session[7:]]
    places = {"log": log.getvalue(), "answers": str(said), "rows": stored, "valkey": remembered}
    for place, text in places.items():
        assert [one for one in canaries if one in text or one.encode().hex() in text] == [], place
