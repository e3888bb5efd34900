"""Binding a WeChat, signing in with it, signing a computer in by it, and ending all that, as people do it."""

import re

from playwright.async_api import expect

from demo.persons import PASSWORD
from demo.wechat.world import World
from models import Fan
from tests.api.at_wechat import OFFICER, fresh_code
from tests.client.at_wechat import accounts, agrees, world
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Hands, listed
from tests.demo.wechat import worlds

__all__ = ["accounts", "world"]

COMPUTER = {
    "viewport": {"width": 1280, "height": 900},
    "is_mobile": False,
    "has_touch": False,
    "device_scale_factor": 1,
}


async def invited(phones: Phones, site: Site) -> str:
    """The administrator's page gives the code of an invitation, and a letter to print."""
    admin = await listed(phones, site, "system-admin")
    await admin.phone.open("/staff/accounts/index")
    await admin.write("账号", OFFICER)
    await admin.tap("查看")
    await admin.reads("没有绑定微信")
    await admin.write("本人手机号", "13800138000")
    await admin.tap("签发邀请码")
    await admin.reads("只显示这一次")
    async with admin.phone.page.expect_download() as letter:
        await admin.tap("打印邀请函")
    assert (await (await letter.value).path()).read_bytes().startswith(b"%PDF-")
    return await admin.words(re.compile(r"^([0-9A-Z]{4}-){2}[0-9A-Z]{4}$")).first.inner_text()


async def test_a_phone_is_bound_signs_in_and_signs_a_computer_in(phones: Phones, site: Site) -> None:
    code = await invited(phones, site)
    officer = Hands(await phones())
    page = officer.phone.page
    await officer.phone.open("/staff/sign-in/index")
    await officer.tap("用微信登录")
    await agrees(officer)
    await officer.reads("还没有绑定工作人员账号")
    assert "code=" not in page.url
    assert "state=" not in page.url
    assert not await Fan.exists()

    await officer.tap("绑定微信")
    await officer.write("邀请码", code.lower())
    await officer.write("账号的密码", PASSWORD)
    await officer.write("动态验证码", "000000")
    await officer.tap("绑定并登录")
    await officer.reads(re.compile("没有绑定：邀请码"))
    await officer.write("动态验证码", await fresh_code())
    await officer.tap("绑定并登录")
    await expect(officer.seen(page.get_by_role("tablist"))).to_be_visible()

    computer = Hands(await phones(**COMPUTER))
    await computer.phone.open("/staff/sign-in/index")
    shown = computer.seen(computer.phone.page.locator(".number"))
    await expect(shown).to_have_text(re.compile(r"^\d\d$"))
    picture = await computer.seen(computer.phone.page.locator(".picture img")).get_attribute("src")
    scene = re.search(r"pc\.[0-9A-Z]{16}", picture or "")
    assert scene is not None

    await officer.phone.open(f"/staff/confirm/index?scene={scene[0]}")
    await officer.reads(re.compile("以“.+”的身份登录这台电脑？"))
    await computer.reads("已扫码，请在手机上确认")
    await officer.write("电脑上显示的数字", await shown.inner_text())
    await officer.tap("确认登录")
    await officer.reads("已确认")
    await expect(computer.seen(computer.phone.page.get_by_role("tablist"))).to_be_visible()

    await officer.phone.open("/staff/devices/index")
    await officer.reads(re.compile("^扫码登录，"))
    await officer.reads("确认电脑扫码登录")
    await officer.tap("解除绑定")
    await officer.agrees()
    await expect(officer.button("用微信登录")).to_be_visible()
    await computer.phone.page.reload()
    await expect(computer.words("扫码登录").first).to_be_visible()


async def test_signing_in_again_takes_the_code_of_the_moment(phones: Phones, site: Site) -> None:
    code = await invited(phones, site)
    officer = Hands(await phones())
    await officer.phone.open("/staff/bind/index")
    await officer.tap("核实我的微信")
    await agrees(officer)
    await officer.write("邀请码", code)
    await officer.write("账号的密码", PASSWORD)
    await officer.write("动态验证码", await fresh_code())
    await officer.tap("绑定并登录")
    await expect(officer.seen(officer.phone.page.get_by_role("tablist"))).to_be_visible()

    again = Hands(await phones())
    await again.phone.open("/staff/sign-in/index?back=%2Fstaff%2Fdevices%2Findex")
    await again.tap("用微信登录")
    await agrees(again)
    await again.reads("微信身份已核实")
    field = again.seen(again.phone.page.get_by_label("动态验证码", exact=True)).first
    await field.fill(await fresh_code())
    await again.seen(again.phone.page.get_by_role("button", name="登录", exact=True)).first.click()
    await again.reads("已登录的设备")


async def test_a_link_that_somebody_else_made_signs_nobody_in(phones: Phones, site: Site, world: World) -> None:
    """They began in their browser and send what WeChat gave them there."""
    victim = Hands(await phones())
    theirs = world.code_for(worlds.official(world), worlds.zhang(world), "snsapi_userinfo")
    await victim.phone.page.goto(f"{site.url}/wechat/consent?code={theirs}&state={'0a' * 36}")
    await victim.reads("不是在本机发起的")
    assert theirs not in victim.phone.page.url
    assert not world.codes[theirs].used


async def test_whoever_reports_without_a_name_stays_unknown_to_wechat_and_us(
    phones: Phones, site: Site, world: World
) -> None:
    """From the first page to the receipt and back to the case, with WeChat at hand."""
    citizen = Citizen(
        await phones(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0")
    )
    asked: list[str] = []
    citizen.phone.page.on("request", lambda sent: asked.append(sent.url))
    await citizen.phone.open()
    await citizen.tap("我要举报", exact=False)
    await citizen.reports()
    await citizen.follows()
    assert [url for url in asked if "wechat" in url or "connect" in url] == []
    assert (await Fan.all().count(), world.calls) == (0, [])
