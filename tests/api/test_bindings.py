"""A WeChat identity and a member of staff: invited by one, vouched for by two, ended by either at once."""

import asyncio
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from demo.persons import PASSWORD
from demo.wechat.world import World
from domain.people import accounts
from domain.wechat import invitations
from domain.wechat.invitations import MOST_FAILURES
from kit import clock
from models import Account, AccountRecord, Fan, Invitation, Session
from tests.api.at_wechat import (
    OFFICER,
    PHONE,
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

__all__ = ["ground", "li", "sender", "site", "world", "zhang"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = "system-admin"
PHONE_NUMBER = "/wxa/business/getuserphonenumber"


async def test_an_invitation_binds_once_and_signs_in(zhang: Phone) -> None:
    code = await invited(zhang.api)
    session = f"Bearer {(await zhang.binds(code.lower().replace('-', ' ')))['token']}"
    assert (await zhang.api.get("/api/v1/session", session))["active"]["role"] == "handler"
    assert [one["account"] for one in (await zhang.api.get("/api/v1/binding", session))["items"]] == ["mini"]
    assert (await zhang.binds(code, 403))["code"] == "invitation_wrong"
    assert await events() == ["invited", "bound", "signed_in"]


async def test_on_a_page_the_password_takes_the_phone_numbers_place(zhang: Phone) -> None:
    code = await invited(zhang.api, phone="13700137000")
    assert (await zhang.binds_on_a_page(code, 422, password=None))["code"] == "invalid"
    assert (await zhang.binds_on_a_page(code, 403, password="Wrong-password-1"))["code"] == "invitation_wrong"
    await zhang.binds_on_a_page(code)


async def test_in_the_mini_program_a_password_does_not(zhang: Phone) -> None:
    code = await invited(zhang.api)
    refused = await zhang.binds(code, 422, phone_code=None, password=PASSWORD)
    assert refused["details"]["fields"][0]["path"] == "phone_code"


@pytest.mark.parametrize("wrong", ["phone", "totp", "used totp", "code"])
async def test_a_stolen_invitation_alone_binds_nobody(zhang: Phone, li: Phone, wrong: str) -> None:
    code = await invited(zhang.api)
    thief = li if wrong == "phone" else zhang
    changed: dict[str, Any] = {}
    if wrong == "totp":
        changed = {"totp": "000000"}
    if wrong == "used totp":
        used = await fresh_code()
        await accounts.sign_in(zhang.api.settings, OFFICER, PASSWORD, used)
        changed = {"totp": used}
    given = "0000-0000-0000" if wrong == "code" else code
    assert (await thief.binds(given, 403, **changed))["code"] == "invitation_wrong"
    assert not await Fan.exists()
    failed = (await Invitation.get(account__username=OFFICER)).failures
    assert failed == (0 if wrong == "code" else 1)
    await zhang.binds(code)


async def test_somebody_elses_phone_code_is_refused_by_wechat(zhang: Phone, li: Phone) -> None:
    code = await invited(zhang.api)
    assert (await li.binds(code, 409, phone_code=zhang.phone_code()))["code"] == "wechat_code"
    assert not await Fan.exists()


async def test_no_number_is_bought_for_a_code_that_is_none(zhang: Phone, world: World) -> None:
    await zhang.binds("0000-0000-0000", 403)
    assert world.calls_of(PHONE_NUMBER) == 0


async def test_five_wrong_tries_end_an_invitation(zhang: Phone) -> None:
    code = await invited(zhang.api)
    for _ in range(MOST_FAILURES):
        await zhang.binds(code, 403, totp="000000")
    assert (await zhang.binds(code, 403))["code"] == "invitation_wrong"
    assert (await events()).count("bind_failed") == MOST_FAILURES
    assert (await zhang.api.get(f"/api/v1/accounts/{OFFICER}", ADMIN))["invited_until"] is None


async def test_tries_at_once_are_counted_each(zhang: Phone) -> None:
    code = await invited(zhang.api)
    proof = (await zhang.in_mini())["proof"]
    bodies = [
        {"proof": proof, "invitation": code, "totp": "000000", "phone_code": zhang.phone_code()} for _ in range(8)
    ]
    await asyncio.gather(*(zhang.api.post("/api/v1/bindings", body=body, status=403) for body in bodies))
    assert (await Invitation.get(account__username=OFFICER)).failures == MOST_FAILURES


async def test_one_person_tries_so_often_and_no_more(zhang: Phone) -> None:
    proof = (await zhang.in_mini())["proof"]
    body = {"proof": proof, "invitation": "0000-0000-0000", "totp": "000000", "phone_code": "code"}
    for _ in range(20):
        await zhang.api.post("/api/v1/bindings", body=body, status=403)
    assert (await zhang.api.post("/api/v1/bindings", body=body, status=429))["code"] == "too_many"


async def test_of_two_who_use_one_invitation_at_once_one_is_bound(zhang: Phone) -> None:
    code = await invited(zhang.api)
    proof, totp = (await zhang.in_mini())["proof"], await fresh_code()
    bodies = [{"proof": proof, "invitation": code, "totp": totp, "phone_code": zhang.phone_code()} for _ in range(4)]
    answers = await asyncio.gather(*(zhang.api.call("POST", "/api/v1/bindings", body=body) for body in bodies))
    assert sorted(answer.status for answer in answers) == [201, 403, 403, 403]
    assert await Session.all().count() == 2, "this one and the administrator's"


async def test_an_invitation_ends_by_time_and_by_the_next(zhang: Phone) -> None:
    first, second = await invited(zhang.api), await invited(zhang.api)
    await zhang.binds(first, 403)
    with clock.at(clock.now() + invitations.LASTS), pytest.raises(invitations.InvitationWrong):
        await invitations.found(zhang.api.settings, second)
    await zhang.binds(second)


async def test_a_new_phone_needs_a_new_invitation_and_ends_the_old_one(zhang: Phone, li: Phone) -> None:
    session = await bound(zhang)
    await zhang.on_a_page()
    await zhang.binds(await invited(zhang.api, phone=li.person.phone), 403)
    assert await lives(zhang.api, session)
    newer = await bound(li)
    assert (await lives(zhang.api, session), await lives(zhang.api, newer)) == (False, True)
    assert (await zhang.signs_in(status=403))["code"] == "wechat_not_bound"
    assert (await zhang.signs_in((await zhang.on_a_page())["proof"], 403))["code"] == "wechat_not_bound"


async def test_one_person_at_wechat_is_one_member_of_staff(zhang: Phone) -> None:
    await bound(zhang)
    code = await invited(zhang.api, "handler2")
    assert (await zhang.binds(code, 409, "handler2"))["code"] == "wechat_bound_elsewhere"
    assert await Fan.filter(account__username=OFFICER).count() == await Fan.all().count() == 1


async def test_one_ends_ones_own_binding_and_what_wechat_opened(zhang: Phone) -> None:
    session = await bound(zhang)
    by_password = await zhang.api.signed_in(OFFICER)
    assert (await zhang.api.call("DELETE", "/api/v1/binding", session)).status == 204
    assert (await lives(zhang.api, session), await lives(zhang.api, by_password)) == (False, True)
    assert (await zhang.api.get("/api/v1/binding", by_password))["items"] == []
    assert (await zhang.signs_in(status=403))["code"] == "wechat_not_bound"
    assert not await Fan.exists(), "an openid that nobody needs is not kept"
    assert (await events())[-1] == "unbound"
    assert (await zhang.api.call("DELETE", "/api/v1/binding", by_password)).status == 204


async def test_a_lost_phone_is_shut_out_at_once(zhang: Phone) -> None:
    session, by_password = await bound(zhang), await zhang.api.signed_in(OFFICER)
    waiting = await invited(zhang.api)
    assert (await zhang.api.call("DELETE", f"/api/v1/accounts/{OFFICER}/binding", ADMIN)).status == 204
    assert (await lives(zhang.api, session), await lives(zhang.api, by_password)) == (False, False)
    await zhang.binds(waiting, 403)
    await zhang.signs_in(status=403)
    assert (await events())[-1] == "lost"


async def test_a_session_lives_no_longer_than_its_binding_whatever_came_between(zhang: Phone) -> None:
    """Even one that begins in the moment in which the binding ends."""
    session = await bound(zhang)
    await Fan.all().update(account_id=None)
    assert not await lives(zhang.api, session)


async def test_signing_in_while_the_binding_ends_leaves_no_session(zhang: Phone) -> None:
    await bound(zhang)
    tasks = []
    for _ in range(3):
        proof = (await zhang.in_mini())["proof"]
        body = {"proof": proof, "totp": await fresh_code()}
        tasks.append(zhang.api.call("POST", "/api/v1/session/wechat", body=body))
    ending = zhang.api.call("DELETE", f"/api/v1/accounts/{OFFICER}/binding", ADMIN)
    *signed, _ = await asyncio.gather(*tasks, ending)
    given = [(await answer.json()).get("token") for answer in signed]
    assert [token for token in given if token and await lives(zhang.api, f"Bearer {token}")] == []


async def test_all_sessions_end_by_one_call(site: Api) -> None:
    api = site
    first = await api.signed_in(OFFICER)
    second = await accounts.begin(api.settings, await Account.get(username=OFFICER), "elsewhere")
    other = await api.signed_in("handler2")
    assert (await api.call("DELETE", "/api/v1/sessions", first)).status == 204
    assert [await lives(api, one) for one in (first, f"Bearer {second.token}", other)] == [False, False, True]


async def test_administrators_are_invited_by_command_only_and_nobody_by_themselves(site: Api) -> None:
    for username in (ADMIN, "security-admin", "audit-admin"):
        path = f"/api/v1/accounts/{username}/invitations"
        assert (await site.post(path, ADMIN, {"phone": PHONE}, 403))["code"] == "not_allowed"
    await invitations.issued(site.settings, "audit-admin", PHONE)
    assert (await site.post("/api/v1/accounts/nobody/invitations", ADMIN, {"phone": PHONE}, 404))["code"] == "not_found"


async def test_the_invitation_is_printed_for_whoever_holds_it(site: Api) -> None:
    code = await invited(site)
    answer = await site.call("POST", "/api/v1/invitations/letter.pdf", ADMIN, {"code": code})
    assert (answer.status, (await answer.read())[:5]) == (200, b"%PDF-")
    await site.post("/api/v1/invitations/letter.pdf", ADMIN, {"code": "0000-0000-0000"}, 403)


async def test_what_happened_is_read_by_who_does_not_administer(zhang: Phone) -> None:
    session = await bound(zhang)
    listed = await zhang.api.get(f"/api/v1/accounts/{OFFICER}/records?limit=2", "audit-admin")
    assert [one["event"] for one in listed["items"]] == ["signed_in", "bound"]
    path = f"/api/v1/accounts/{OFFICER}/records?limit=2&cursor={listed['next']}"
    further = await zhang.api.get(path, "security-admin")
    assert ([one["event"] for one in further["items"]], further["next"]) == (["invited"], None)
    own = await zhang.api.get("/api/v1/session/records", session)
    assert [one["event_label"] for one in own["items"]] == ["登录", "绑定微信", "签发绑定邀请码"]


async def test_the_application_can_not_change_what_happened(site: Api) -> None:
    await accounts.begin(site.settings, await Account.get(username=OFFICER))
    for change in (AccountRecord.all().update(detail="x"), AccountRecord.all().delete()):
        with pytest.raises(OperationalError, match="permission denied"):
            await change
