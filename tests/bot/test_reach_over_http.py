"""Turning reminders on and off with a receipt, an officer's consent, and who may read what became of notices."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from demo.wechat import phone
from domain.loop import reach
from domain.people import accounts
from domain.vault.sealing import handle_seen
from domain.wechat import consents, fans
from kit.settings import Settings
from models import Account, Fan, Mode, Role
from tests.api.conftest import username
from tests.bot.test_notices import awake
from tests.bot.told import Told, matter, told_at
from tests.demo.wechat import worlds
from tests.makers import Walk, case_at, case_filed
from tests.servers import Servers

OFF = {"on": False, "way": None, "label": "", "left": 0, "nameless": False, "over": False}


@pytest.fixture
async def told(
    province: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Told]:
    async with told_at(settings, province, valkey, servers.valkey.url(), tmp_path) as made:
        yield made


async def call(told: Told, method: str, path: str, who: str = "", body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": who} if who else {}
    async with (
        ClientSession() as http,
        http.request(method, told.server.make_url(path), json=body, headers=headers) as response,
    ):
        return response.status, await response.json() if response.content_type == "application/json" else None


def receipt(walk: Walk) -> str:
    return f"Receipt {walk.filed.number}:{walk.filed.secret}"


async def staff(told: Told, role: Role) -> str:
    signed = await accounts.begin(told.settings, await Account.get(username=username(role)), "test")
    return f"Bearer {signed.token}"


async def test_a_tap_in_the_mini_program(told: Told) -> None:
    status, ways = await call(told, "GET", "/api/v1/notices/ways")
    assert (status, ways) == (
        200,
        {"progress": worlds.PROGRESS, "progress_lasting": worlds.LASTING, "duty": worlds.OWED, "official": True},
    )
    walk = await case_filed(mode=Mode.CONFIDENTIAL)
    path = f"/api/v1/matters/{walk.number}/reach"
    assert (await call(told, "GET", path, receipt(walk)))[1] == OFF
    code = told.world.code_for(told.mini, worlds.zhang(told.world))
    body = {"code": code, "accepted": [worlds.PROGRESS]}
    status, view = await call(told, "POST", path, receipt(walk), body)
    assert (status, view) == (200, OFF | {"on": True, "way": "phone", "label": "已开启小程序提醒", "left": 1})
    assert (await call(told, "POST", path, receipt(walk), body))[1]["code"] == "wechat_code"
    again = {"code": told.world.code_for(told.mini, worlds.zhang(told.world)), "accepted": [worlds.PROGRESS]}
    assert (await call(told, "POST", path, receipt(walk), again))[1]["left"] == 2
    wrong = {"code": told.world.code_for(told.mini, worlds.zhang(told.world)), "accepted": ["another-template"]}
    assert (await call(told, "POST", path, receipt(walk), wrong))[0] == 422
    assert (await call(told, "DELETE", path, receipt(walk)))[1]["on"] is False
    assert await handle_seen(told.settings, matter(walk)) is None
    assert await Fan.all().count() == 0


async def test_without_a_name_it_is_one_and_there_is_no_code(told: Told) -> None:
    walk = await case_filed()
    path = f"/api/v1/matters/{walk.number}/reach"
    status, refusal = await call(told, "POST", f"{path}/code", receipt(walk), {})
    assert (status, refusal["code"]) == (409, "nameless")
    assert told.world.calls_of("/sns/jscode2session") == 0  # nobody asked who it is
    for _ in range(2):
        body = {"code": told.world.code_for(told.mini, worlds.zhang(told.world)), "accepted": [worlds.LASTING]}
        _, view = await call(told, "POST", path, receipt(walk), body)
        assert view == OFF | {"on": True, "way": "once", "label": "已开启一次性微信提醒", "left": 1, "nameless": True}
    assert await Fan.all().count() == 0


async def test_a_code_of_the_official_account_for_a_page_outside_wechat(told: Told) -> None:
    await awake()
    walk = await case_filed(mode=Mode.NAMED)
    path = f"/api/v1/matters/{walk.number}/reach"
    _, code = await call(told, "POST", f"{path}/code", receipt(walk), {})
    person = told.world.add_person("新来的")
    opened = await phone.scanned(told.sender, person, code["text"])
    assert "已开启提醒" in str(opened["reply"])
    assert (await call(told, "GET", path, receipt(walk)))[1]["way"] == "account"
    await walk.take("accept")
    await told.work()
    assert len(told.messages(person, "template")) == 1
    assert (await call(told, "GET", f"/api/v1/matters/{walk.number}", receipt(walk)))[0] == 200
    _, timeline = await call(told, "GET", f"/api/v1/matters/{walk.number}/entries", receipt(walk))
    line = timeline["items"][-1]
    assert (line["label"], line["shown"][0]["text"]) == ("系统按您的选择发送微信提醒", reach.REASON)


async def test_another_s_receipt_turns_nothing_on(told: Told) -> None:
    walk, other = await case_filed(mode=Mode.NAMED), await case_filed(mode=Mode.NAMED)
    for method in ("GET", "DELETE"):
        assert (await call(told, method, f"/api/v1/matters/{walk.number}/reach", receipt(other)))[0] == 404
    assert (await call(told, "POST", f"/api/v1/matters/{walk.number}/reach/code", receipt(other), {}))[0] == 404


async def test_an_ended_case_takes_nobody(told: Told) -> None:
    walk = await case_at("refused", mode=Mode.NAMED)
    body = {"code": told.world.code_for(told.mini, worlds.zhang(told.world)), "accepted": [worlds.PROGRESS]}
    status, refusal = await call(told, "POST", f"/api/v1/matters/{walk.number}/reach", receipt(walk), body)
    assert (status, refusal["code"]) == (409, "case_ended")


async def test_an_officer_s_tap_counts_for_the_phone_that_is_bound(told: Told) -> None:
    who = await staff(told, Role.REGISTRAR)
    person = await told.bound(username(Role.REGISTRAR), "王受理")
    stranger = told.world.add_person("路人")
    for one, expected in ((stranger, 403), (person, 204)):
        body = {"code": told.world.code_for(told.mini, one), "accepted": [worlds.OWED]}
        assert (await call(told, "POST", "/api/v1/notices/consents", who, body))[0] == expected
    fan = await fans.known(told.settings, told.mini.app_id, person.openid(told.mini))
    assert fan is not None
    assert await consents.left(fan.id, worlds.OWED) == 1


async def test_what_became_of_notices_is_seen_by_those_who_may(told: Told) -> None:
    await awake()
    walk = await case_filed(mode=Mode.NAMED)
    await told.chosen(walk, "李四", times=9)
    for verb in ("accept", "screen", "transfer"):
        await walk.take(verb)
        await told.work()
    path = f"/api/v1/matters/{walk.number}/notices"
    _, seen = await call(told, "GET", path, await staff(told, Role.REGISTRAR))
    to_complainant = [one for one in seen if one["to"] == "举报人"]
    assert [one["fate_label"] for one in to_complainant] == ["已送达微信"] * 2
    assert [tried["channel_label"] for tried in to_complainant[0]["tries"]] == ["小程序订阅消息"]
    assert to_complainant[0]["tries"][0]["at"].endswith("+08:00")
    assert {one["fate"] for one in seen if one["to"] != "举报人"} == {"inbox"}
    liaison = next(one for one in seen if one["template"] == "duty_opened")
    assert "联络员" in liaison["to"]
    officer = await staff_of(told, walk)
    _, theirs = await call(told, "GET", path, officer)
    assert [one["template"] for one in theirs] == ["duty_opened"]
    assert (await call(told, "GET", path, await staff(told, Role.AUDIT_ADMIN)))[0] == 404
    assert "李四" not in str(seen)


async def staff_of(told: Told, walk: Walk) -> str:
    """The liaison officer of the unit that has it."""
    actor = await walk.who("sign")
    account = await Account.get(person_id=actor.person_id)
    return f"Bearer {(await accounts.begin(told.settings, account, 'test')).token}"


async def test_figures_and_warnings(told: Told) -> None:
    _, ready = await call(told, "GET", "/readyz")
    assert "notices_failed" not in ready["warnings"]
    async with ClientSession() as http, http.get(told.server.make_url("/metrics")) as response:
        said = await response.text()
    assert "wechat_lost_answers 0.0" in said
    assert 'queue_length{queue="notices"} 0.0' in said
