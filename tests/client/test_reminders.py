"""微信提醒 on real pages: a named complainant scans the code and is told; officers see what became of it."""

from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO

import pytest
import pytest_asyncio
import zxingcpp
from PIL import Image
from playwright.async_api import expect

from bot import telling
from bot.telling import Teller
from demo.wechat import phone as hand
from demo.wechat.pushing import Sender
from demo.wechat.world import World
from domain.cases import filing
from domain.cases.filing import Report
from domain.loop import deliveries, delivery_plans, notices, packs
from domain.wechat import pickups
from handlers.keys import WECHAT
from kit.settings import Settings
from models import Mode, NoticeHours
from tests.bot.told import configured
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, listed
from tests.demo.wechat import worlds


@pytest_asyncio.fixture(loop_scope="session")
async def wechat() -> AsyncIterator[tuple[World, Sender, str]]:
    world = worlds.small()
    async with worlds.serving(world) as (base, sender, _):
        yield world, sender, base


@pytest.fixture
def settings(wechat: tuple[World, Sender, str]) -> Settings:
    """The site has both accounts."""
    plain = Settings.model_construct(**{name: field.default for name, field in Settings.model_fields.items()})
    return configured(plain, wechat[0], wechat[2])


async def works(site: Site) -> None:
    """What the worker does about notices, with the web process' own way to WeChat."""
    assert site.client.app is not None
    means, clients = telling.means(site.settings), site.client.app[WECHAT]
    await notices.delivered(partial(delivery_plans.planned, means))
    while await deliveries.sent(site.settings, means, Teller(site.settings, clients)):
        pass


async def test_a_reminder_from_the_page_to_the_phone(
    phones: Phones, site: Site, wechat: tuple[World, Sender, str]
) -> None:
    world, sender, _ = wechat
    worlds.official(world).callback = f"{site.url}/wechat/official/callback"
    await NoticeHours.all().update(quiet_from="00:00", quiet_until="00:00")
    packs.forget()
    contact = {"name": "王某某", "phone": "13900000000"}
    report = Report(mode=Mode.NAMED, text="许可申请三个月没有结果", region="620102", category="B10", contact=contact)
    token = await pickups.left(site.settings, await filing.file(site.settings, report), None)
    citizen = Citizen(await phones())
    await citizen.phone.open(f"/pages/once/index?token={token}")
    await citizen.tap("领取")
    number = await citizen.notes_receipt()
    await citizen.tap("用公众号提醒我")
    code = citizen.seen(citizen.phone.page.get_by_role("img", name="公众号二维码"))
    await expect(code).to_be_visible()
    await code.scroll_into_view_if_needed()
    with Image.open(BytesIO(await code.screenshot())) as image:
        (found,) = zxingcpp.read_barcodes(image.convert("RGB"))
    person = world.add_person("王某某")
    assert "已开启提醒" in str((await hand.scanned(sender, person, found.text))["reply"])
    await citizen.tap("我已扫码")
    await citizen.reads("已开启公众号提醒")
    await site.step(number, "accept", "registrar1")
    await works(site)
    await world.settled()
    told = [entry for entry in person.chat if entry.kind == "template"]
    assert [entry.content["data"]["thing1"]["value"] for entry in told] == ["您提交的事项有新进展，请凭回执查询"]
    await citizen.follows()
    await citizen.reads("系统按您的选择发送微信提醒")
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.tap("查看通知和送达情况")
    await registrar.reads("已送达微信")
    await citizen.tap("关闭提醒")
    await citizen.agrees()
    await citizen.reads("用公众号提醒我")


async def test_the_anonymous_read_that_there_is_none_on_the_web(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    await citizen.reports()
    await citizen.reads("匿名举报在网页里不绑定微信，请凭回执查询进度。")
    assert not await citizen.button("用公众号提醒我").count()
