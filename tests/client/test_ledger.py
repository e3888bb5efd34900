"""问题清单 on the phone: plots and lines, a problem taken on, checked and struck off, and read by everybody."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from models import Role
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Hands, listed
from tests.client.test_every_page import sized
from tests.client.test_uploads import attaches, payload, photo
from tests.makers import officer
from tests.rectified import CITY
from tests.rectified import listed as a_line


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"ledger-{name}.png"), full_page=True)


async def test_a_problem_is_taken_on_checked_struck_off_and_read_by_everybody(
    phones: Phones, site: Site, axe: Any
) -> None:
    for stage in ("struck_off", "checked", "rectifying"):
        await a_line(stage=stage, problem=f"涉企检查频次高（{stage}）")
    supervisor = await officer(Role.SUPERVISOR, CITY)
    line = await a_line(by=supervisor, problem="行政许可超期办理，没有预警")

    head = await listed(phones, site, "head2")
    await head.phone.open("/staff/ledger/index")
    await head.reads("列入清单 4 个")
    await shot(head, "head")
    await head.tap("行政许可超期办理，没有预警", exact=False)
    await head.reads(line.number)
    await head.begins("认领问题")
    await head.tap("＋ 增加一条", exact=False)
    await head.write("第 1 条", "上线临期预警")
    assert await axe(head.phone.page) == []
    await shot(head, "take-on")
    await head.sends()
    await head.done("认领问题")
    await head.opens(line.number)
    await head.reads("1. 上线临期预警")
    await head.begins("自查完成，报请复核")
    await head.write("自查报告", "预警已经运行三个月。")
    await attaches(head, "相册", payload("截图.jpg", "image/jpeg", photo()))
    await head.reads("截图.jpg")
    await shot(head, "report")
    await head.sends(asked=True)
    await head.done("自查完成，报请复核")

    keeper = await listed(phones, site, "supervisor2")
    await keeper.tap("问题清单")
    await keeper.reads("列入清单 4 个")
    await keeper.reads("城关区市场监督管理局")
    assert await axe(keeper.phone.page) == []
    await shot(keeper, "ledger")
    await keeper.choose("复核和销号中")
    await expect(keeper.words(re.compile("^涉企检查频次高（struck_off）$"))).to_have_count(0)
    await keeper.takes(line.number, "复核通过", 复核意见="抽查二十件，属实。")
    await keeper.takes(line.number, "拟写公示", 公示的问题="许可超期办理", 公示的整改结果="预警已经运行")
    second = await listed(phones, site, "supervisor1")
    await second.opens(line.number)
    await second.reads("预警已经运行")
    await second.takes(line.number, "公示", asked=True)
    await keeper.takes(line.number, "销号", 销号意见="同意销号")
    await shot(keeper, "matter")

    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/home/index")
    await citizen.tap("整改公示")
    await citizen.reads("预警已经运行")
    await citizen.reads(re.compile("已整改销号"))
    assert await axe(citizen.phone.page) == []
    await shot(citizen, "public")
    await sized(citizen, "largest")
    await citizen.phone.open("/pages/ledger/index")
    await citizen.reads("预警已经运行")
    await shot(citizen, "public-large")
    await sized(keeper, "largest")
    await keeper.phone.open("/staff/ledger/index")
    await keeper.reads("列入清单 4 个")
    await shot(keeper, "ledger-large")


async def test_an_empty_ledger_and_one_that_can_not_be_reached(phones: Phones, site: Site) -> None:
    keeper = await listed(phones, site, "supervisor3")
    await keeper.phone.open("/staff/ledger/index")
    await keeper.reads("您能看到的清单里还没有问题")
    await shot(keeper, "empty")
    async with keeper.phone.without_a_line():
        await keeper.choose("逾期")
        await keeper.reads("连接不上服务器，请检查网络后重试")
        await shot(keeper, "no-line")
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/ledger/index")
    await citizen.reads("还没有公示的问题")
