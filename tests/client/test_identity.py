"""查阅身份 on the phone: asked in a form, decided in the queue, seen for minutes, and read by the reporter."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from models import IdentityRequest, Matter
from tests.client.conftest import Phones, Site
from tests.client.hands import Hands, listed
from tests.client.test_files import followed

CONTACT: dict[str, Any] = {"name": "金丝雀商行", "phone": "13900001234", "other": "canary@example.org"}


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"identity-{name}.png"), full_page=True)


async def holds(page: Page, text: str) -> bool:
    """Whether a text is anywhere in the page, be it covered or hidden."""
    return text in await page.content()


async def test_asked_decided_seen_and_told(phones: Phones, site: Site, axe: Any) -> None:
    number, receipt = await site.file(mode="named", contact=CONTACT)
    await site.step(number, "accept", "registrar1")
    citizen = await followed(phones, number, receipt.rpartition(":")[2])
    await citizen.reads("谁看过我的身份")
    await citizen.reads("还没有人查看过您的身份或电话。")
    await shot(citizen, "nobody")

    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.begins("申请查阅身份")
    await registrar.choose("书面告知或送达答复")
    await registrar.choose("姓名和联系方式")
    await registrar.write("具体理由", "举报人没有留下邮箱，须邮寄书面答复")
    await shot(registrar, "form")
    await registrar.sends(asked=True)
    await registrar.done("申请查阅身份")
    request = (await Matter.get(kind="identity_request")).number

    custodian = await listed(phones, site, "custodian1")
    await custodian.seen(custodian.phone.page.get_by_role("tab", name="本单位")).click()
    await custodian.reads("审批身份查阅")
    await shot(custodian, "queue")
    await custodian.opens(request)
    await custodian.reads("须邮寄书面答复")
    assert not await holds(custodian.phone.page, "还没有摘要")
    assert await axe(custodian.phone.page) == []
    await shot(custodian, "decide")
    await custodian.takes(request, "批准查阅", asked=True, 审批意见="理由充分")

    await registrar.tap(f"产生了：身份查阅 {request}", exact=False)
    await registrar.reads(re.compile(r"^(30:00|29:\d\d)$"))
    await shot(registrar, "open")
    await registrar.tap("查看身份")
    await registrar.agrees()
    await registrar.reads("••••••")
    page = registrar.phone.page
    for told in CONTACT.values():
        assert not await holds(page, told)
    await shot(registrar, "covered")
    await registrar.tap("显示姓名")
    await registrar.reads(CONTACT["name"])
    assert not await holds(page, CONTACT["phone"])
    assert await axe(page) == []
    await shot(registrar, "name")
    await registrar.tap("显示电话")
    await registrar.reads(CONTACT["phone"])
    assert not await holds(page, CONTACT["name"])
    await registrar.tap("遮住电话")
    await expect(registrar.words(CONTACT["phone"])).to_have_count(0)
    stored = await page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert [told for told in CONTACT.values() if told in stored] == []
    await registrar.begins("看完了，结束查阅")  # another page comes over it
    await page.go_back()
    await expect(registrar.button("查看身份")).to_be_visible()
    assert (await IdentityRequest.get()).looks == 1

    await citizen.tap("刷新")
    await citizen.reads("您的身份信息被查看")
    await citizen.reads("举报人身份保管室")
    await shot(citizen, "told")
    assert await axe(citizen.phone.page) == []


async def test_the_anonymous_are_told_of_no_list(phones: Phones, site: Site) -> None:
    number, receipt = await site.file()
    citizen = await followed(phones, number, receipt.rpartition(":")[2])
    assert not await holds(citizen.phone.page, "谁看过我的身份")


async def test_it_is_gone_when_the_time_is_over(phones: Phones, site: Site) -> None:
    number, _ = await site.file(mode="named", contact=CONTACT)
    await site.step(number, "request_identity", "registrar1", purpose="verify", part="name", reason="核实")
    request = (await Matter.get(kind="identity_request")).number
    await site.step(request, "approve_identity", "custodian1", reason="同意")
    registrar = await listed(phones, site, "registrar1")
    clock = registrar.phone.page.clock
    await clock.install()
    await registrar.opens(request)
    await registrar.tap("查看身份")
    await registrar.agrees()
    await registrar.tap("显示姓名")
    await registrar.reads(CONTACT["name"])
    await clock.fast_forward(11_000)
    await registrar.reads("••••••")
    assert not await holds(registrar.phone.page, CONTACT["name"])
    await clock.fast_forward(30 * 60_000)
    await registrar.reads("查看时间已过。仍需查看请重新申请。")
    await expect(registrar.words("••••••")).to_have_count(0)
    await shot(registrar, "over")
