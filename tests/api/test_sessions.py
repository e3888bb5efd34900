"""Sign-in of staff: one answer for every way of failing, codes that serve once, sessions that end when they should."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from redis.asyncio import Redis

import app
from demo.persons import LISTED, PASSWORD
from domain.people import accounts, actors
from domain.people.accounts import SignInFailed
from kit import clock
from kit.clock import CHINA
from kit.settings import Profile, Settings
from models import Account, Post, Role, Session
from tests.api.conftest import Api, Client
from tests.servers import Servers

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=CHINA)
NAME = "registrar1"
SECRET = next(person.totp_secret for person in LISTED if person.username == NAME)


def code(moment: datetime | None = None, secret: str = SECRET) -> str:
    """The code that the person's phone shows."""
    return pyotp.TOTP(secret).at(moment or clock.now())


def wrong_code() -> str:
    near = {code(clock.now() + timedelta(seconds=30 * step)) for step in (-2, -1, 0, 1, 2)}
    return next(f"{number:06}" for number in range(10) if f"{number:06}" not in near)


async def refused(api: Api, **changed: str) -> tuple[int, dict[str, Any], bytes]:
    """Status, headers and body of a sign-in that fails, without what names the request."""
    body = {"username": NAME, "password": PASSWORD, "totp": code(), **changed}
    response = await api.call("POST", "/api/v1/session", body=body)
    headers = {name: value for name, value in response.headers.items() if name not in {"Date", "X-Request-ID"}}
    raw = await response.read()
    return response.status, headers, raw.replace(response.headers["X-Request-ID"].encode(), b"")


async def test_password_and_code_open_a_session(api: Api) -> None:
    body = {"username": NAME, "password": PASSWORD, "totp": code(), "device": "办公室电脑"}
    token = await api.post("/api/v1/session", body=body, status=201)
    me = await api.get("/api/v1/session", f"Bearer {token['token']}")
    assert (me["active"]["role"], len(me["posts"])) == ("registrar", 1)
    await accounts.begin(api.settings, await Account.get(username=NAME), "手机")
    listed = await api.get("/api/v1/sessions", f"Bearer {token['token']}")
    assert [(one["device"], one["current"]) for one in listed] == [("手机", False), ("办公室电脑", True)]
    assert not await Session.exists(token_hash=token["token"])


async def test_every_way_of_failing_is_answered_alike(api: Api) -> None:
    answers = {
        "unknown name": await refused(api, username="nobody-at-all"),
        "wrong password": await refused(api, password="Wrong-password-1"),
        "wrong code": await refused(api, totp=wrong_code()),
    }
    await Account.filter(username=NAME).update(locked_until=clock.now() + timedelta(minutes=5))
    answers["locked"] = await refused(api)
    await accounts.set_disabled(NAME, disabled=True)
    answers["disabled"] = await refused(api)
    first = answers["unknown name"]
    assert first[0] == 401
    assert b"sign_in_failed" in first[2]
    assert {name for name, answer in answers.items() if answer != first} == set()


async def test_a_code_serves_once(api: Api) -> None:
    body = {"username": NAME, "password": PASSWORD, "totp": code()}
    await api.post("/api/v1/session", body=body, status=201)
    assert (await api.post("/api/v1/session", body=body, status=401))["code"] == "sign_in_failed"


async def test_of_many_at_once_with_one_code_one_gets_in(province: str, settings: Settings) -> None:
    with clock.at(NOON):
        tries = [accounts.sign_in(settings, NAME, PASSWORD, code()) for _ in range(8)]
        ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["SignInFailed"] * 7 + ["SignedIn"]


async def test_an_older_code_does_not_serve_after_a_newer(province: str, settings: Settings) -> None:
    with clock.at(NOON):
        await accounts.sign_in(settings, NAME, PASSWORD, code(NOON + timedelta(seconds=30)))
        with pytest.raises(SignInFailed):
            await accounts.sign_in(settings, NAME, PASSWORD, code(NOON))
        with pytest.raises(SignInFailed):
            await accounts.sign_in(settings, NAME, PASSWORD, code(NOON + timedelta(seconds=90)))


async def test_five_failures_lock_until_the_time_is_over(province: str, settings: Settings) -> None:
    async def tried(moment: datetime, password: str = PASSWORD) -> bool:
        with clock.at(moment):
            try:
                await accounts.sign_in(settings, NAME, password, code())
            except SignInFailed:
                return False
            return True

    for _ in range(settings.sign_in_attempts - 1):
        assert not await tried(NOON, "Wrong-password-1")
    assert await tried(NOON), "four failures don't lock, and are forgotten"
    later = NOON + timedelta(minutes=1)
    for _ in range(settings.sign_in_attempts):
        assert not await tried(later, "Wrong-password-1")
    assert not await tried(later)
    lockout = timedelta(minutes=settings.lockout_minutes)
    assert not await tried(later + lockout - timedelta(seconds=1))
    assert await tried(later + lockout)


async def test_a_flood_of_guesses_at_once_locks_the_account(province: str, settings: Settings) -> None:
    """Each of them is counted, however many were under way together."""
    with clock.at(NOON):
        guesses = [accounts.sign_in(settings, NAME, PASSWORD, wrong_code()) for _ in range(14)]
        ends = await asyncio.gather(*guesses, return_exceptions=True)
        assert {type(end) for end in ends} == {SignInFailed}
        with pytest.raises(SignInFailed):
            await accounts.sign_in(settings, NAME, PASSWORD, code())


async def test_a_session_unused_for_half_an_hour_ends(province: str, settings: Settings) -> None:
    idle = timedelta(minutes=settings.session_idle_minutes)
    with clock.at(NOON):
        signed = await accounts.begin(settings, await Account.get(username=NAME))
    with clock.at(NOON + idle - timedelta(minutes=5)):
        actor = await accounts.resolved(settings, signed.token)
        assert actor is not None
    with clock.at(NOON + idle + timedelta(minutes=10)):
        assert await accounts.resolved(settings, signed.token) is not None, "it was used in between"
    with clock.at(NOON + 3 * idle):
        assert await accounts.resolved(settings, signed.token) is None
        assert await accounts.sessions_of(settings, actor) == []


async def test_a_session_ends_after_twelve_hours_however_busy(province: str, settings: Settings) -> None:
    with clock.at(NOON):
        signed = await accounts.begin(settings, await Account.get(username=NAME))
    moment, end = NOON, NOON + timedelta(hours=settings.session_hours)
    while (moment := moment + timedelta(minutes=20)) < end:
        with clock.at(moment):
            assert await accounts.resolved(settings, signed.token) is not None
    with clock.at(end):
        assert await accounts.resolved(settings, signed.token) is None


async def test_signing_out_ends_this_session_only(api: Api) -> None:
    other = await accounts.begin(api.settings, await Account.get(username=NAME), "phone")
    response = await api.call("DELETE", "/api/v1/session", NAME)
    assert response.status == 204
    assert (await api.call("GET", "/api/v1/session", NAME)).status == 401
    assert (await api.call("GET", "/api/v1/session", f"Bearer {other.token}")).status == 200


async def test_one_ends_own_sessions_and_nobody_elses(api: Api) -> None:
    phone = await accounts.begin(api.settings, await Account.get(username=NAME), "phone")
    path = f"/api/v1/sessions/{phone.session.id}"
    theirs = await api.call("DELETE", path, "registrar2", X_Request_ID="same-request")
    nobodys = "/api/v1/sessions/00000000-0000-4000-8000-000000000000"
    unknown = await api.call("DELETE", nobodys, "registrar2", X_Request_ID="same-request")
    assert (theirs.status, await theirs.read()) == (404, await unknown.read())
    assert (await api.call("GET", "/api/v1/session", f"Bearer {phone.token}")).status == 200
    assert (await api.call("DELETE", path, NAME)).status == 204
    assert (await api.call("GET", "/api/v1/session", f"Bearer {phone.token}")).status == 401
    assert [one["device"] for one in await api.get("/api/v1/sessions", NAME)] == ["test"]


async def test_disabling_holds_from_the_next_request_on_and_for_good(api: Api) -> None:
    assert (await api.call("GET", "/api/v1/duties", NAME)).status == 200
    await api.post(f"/api/v1/accounts/{NAME}/disable", "system-admin", status=204)
    assert (await api.call("GET", "/api/v1/duties", NAME)).status == 401
    await api.post("/api/v1/demo/session", body={"username": NAME}, status=401)
    await api.post(f"/api/v1/accounts/{NAME}/enable", "system-admin", status=204)
    assert (await api.call("GET", "/api/v1/duties", NAME)).status == 401
    assert (await refused(api))[0] == 201, "a new sign-in is welcome"


async def test_an_account_disabled_during_a_sign_in_gets_no_session(province: str, settings: Settings) -> None:
    account = await Account.get(username=NAME)
    await accounts.set_disabled(NAME, disabled=True)
    with pytest.raises(SignInFailed):
        await accounts.begin(settings, account)
    assert not await Session.exists(account_id=account.id, ended_at=None)


async def test_a_new_password_ends_the_sessions_of_the_old(province: str, settings: Settings) -> None:
    person = next(person for person in LISTED if person.username == NAME)
    signed = await accounts.begin(settings, await Account.get(username=NAME))
    secret = await accounts.create(settings, person.code, NAME, "Another-one-2026")
    assert await accounts.resolved(settings, signed.token) is None
    with pytest.raises(SignInFailed):
        await accounts.sign_in(settings, NAME, PASSWORD, code(secret=secret))
    await accounts.sign_in(settings, NAME, "Another-one-2026", code(secret=secret))


@pytest.mark.parametrize("password", ["Short-1", "alllowercaseletters", "lower-case-only", "ONLYUPPER-CASE"])
async def test_a_weak_password_is_refused(province: str, settings: Settings, password: str) -> None:
    before = (await Account.get(username=NAME)).password_hash
    with pytest.raises(accounts.WeakPassword):
        await accounts.create(settings, LISTED[0].code, NAME, password)
    assert (await Account.get(username=NAME)).password_hash == before


async def test_one_acts_through_own_posts_only(api: Api) -> None:
    me = await api.get("/api/v1/session", NAME)
    own = await Post.get(id=me["active"]["id"])
    second = await Post.create(
        person_id=own.person_id, unit_id=own.unit_id, role=Role.CALL_BACK_OFFICER, since=own.since
    )
    switched = await api.client.put(
        "/api/v1/session/post", json={"post": str(second.id)}, headers={"Authorization": await api.signed_in(NAME)}
    )
    assert (await switched.json())["active"]["role"] == "call_back_officer"
    assert (await api.get("/api/v1/session", NAME))["active"]["role"] == "call_back_officer"
    others = await Post.filter(role=Role.SUPERVISOR).first()
    assert others is not None
    answers = []
    for post in (others.id, "00000000-0000-4000-8000-000000000000"):
        response = await api.call("PUT", "/api/v1/session/post", NAME, {"post": str(post)}, X_Request_ID="same-request")
        answers.append((response.status, await response.read()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert (await api.get("/api/v1/session", NAME))["active"]["role"] == "call_back_officer"


async def test_a_post_that_ended_is_left_at_once(api: Api) -> None:
    me = await api.get("/api/v1/session", NAME)
    await Post.filter(id=me["active"]["id"]).update(until=clock.today() - timedelta(days=1))
    assert (await api.get("/api/v1/session", NAME))["active"] is None
    assert (await api.call("POST", "/api/v1/cases/taken-down", NAME, {})).status == 403
    person = (await Account.get(username=NAME)).person_id
    assert (await actors.of_person(person)).standing is None


async def test_demo_persons_sign_in_by_one_click(api: Api) -> None:
    persons = await api.get("/api/v1/demo/persons")
    assert {person["role"] for person in persons} == {role.value for role in Role}
    token = await api.post("/api/v1/demo/session", body={"username": persons[0]["username"]}, status=201)
    assert (await api.get("/api/v1/session", f"Bearer {token['token']}"))["active"]["role"] == persons[0]["role"]
    await api.post("/api/v1/demo/session", body={"username": "nobody"}, status=404)


@pytest.mark.parametrize("profile", [Profile.DEVELOPMENT, Profile.PRODUCTION])
async def test_outside_the_demo_nobody_signs_in_by_a_click(
    api: Api, aiohttp_client: Callable[..., Awaitable[Client]], profile: Profile
) -> None:
    client = await aiohttp_client(app.build(api.settings.model_copy(update={"profile": profile}), database=False))
    assert (await client.get("/api/v1/demo/persons")).status == 404
    before = await Session.all().count()
    assert (await client.post("/api/v1/demo/session", json={"username": NAME})).status == 404
    assert await Session.all().count() == before


@pytest.mark.parametrize(
    ("networks", "forwarded", "status"),
    [
        ("127.0.0.0/8", "", 200),
        ("10.0.0.0/8, 127.0.0.1/32", "", 200),
        ("10.0.0.0/8", "", 403),
        ("10.0.0.0/8", "10.1.2.3", 403),  # nobody's proxy is trusted
        ("2001:db8::/32", "", 403),
    ],
)
async def test_staff_come_from_their_networks_only(
    api: Api, aiohttp_client: Callable[..., Awaitable[Client]], networks: str, forwarded: str, status: int
) -> None:
    number, receipt = await api.file()
    client = await aiohttp_client(
        app.build(api.settings.model_copy(update={"staff_networks": networks}), database=False)
    )
    more = {"X-Forwarded-For": forwarded} if forwarded else {}
    # A matter's route doesn't learn a complainant's address, but it does an officer's.
    for path in ("/api/v1/duties", f"/api/v1/matters/{number}"):
        response = await client.get(path, headers={"Authorization": await api.signed_in(NAME), **more})
        assert response.status == status, path
    as_holder = await client.get(f"/api/v1/matters/{number}", headers={"Authorization": receipt, **more})
    assert as_holder.status == 200, "complainants come from anywhere"


async def test_behind_a_trusted_proxy_its_word_counts(
    api: Api, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    changed = {"staff_networks": "10.0.0.0/8", "trusted_proxies": 1}
    client = await aiohttp_client(app.build(api.settings.model_copy(update=changed), database=False))

    async def status(forwarded: str) -> int:
        headers = {"Authorization": await api.signed_in(NAME), "X-Forwarded-For": forwarded}
        return (await client.get("/api/v1/duties", headers=headers)).status

    assert await status("10.1.2.3") == 200
    assert await status("192.0.2.1") == 403
    assert await status("10.1.2.3, 192.0.2.1") == 403, "only the last hop is the proxy's own word"
    assert await status("\udcff") == 403


async def test_a_lost_valkey_leaves_sessions_alone(api: Api, valkey: Redis, servers: Servers) -> None:
    await valkey.flushall()
    assert (await api.call("GET", "/api/v1/duties", NAME)).status == 200
