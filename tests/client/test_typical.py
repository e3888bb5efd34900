"""A typical case by phone: written out of a closed case, mended by taps, looked over by another, read by anybody."""

import os
from pathlib import Path

from playwright.async_api import expect

from domain.typical import publishing
from domain.wechat import checks
from models import ContentCheck, Matter, Post, Role, TypicalIssue
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Hands, listed
from tests.client.test_every_page import Axe, faults, sized
from tests.makers import case_at

FIRM = "兰州顺达食品有限公司"
TEXT = f"我在雁滩开店，{FIRM}垄断了供货，窗口收了材料就再没有下文，电话13912345678。"


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


async def test_from_a_closed_case_to_everybodys_phone(phones: Phones, site: Site, axe: Axe) -> None:
    walk = await case_at("closed", text=TEXT)
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(walk.number)
    await registrar.begins("编写典型案例")
    await registrar.write("标题", "一次整改，清理一批")
    await registrar.write("反映的问题", f"一家小店反映，{FIRM}独占供货，材料交上去便石沉大海。")
    await registrar.write("办理情况", "3月12日前办结，王局长约谈了有关科室。")
    await registrar.write("经验启示", "有事找13912345678。限时办结要有人负责。")
    await shot(registrar, "typical-compile")
    await registrar.sends()
    await registrar.done("编写典型案例")
    number = (await Matter.get(opened_by_id=walk.holder.matter_id, kind="typical")).number
    await registrar.reads(number)

    await registrar.phone.open(f"/staff/step/index?number={number}&verb=mark")
    await registrar.reads("还有 4 处要处理")
    await shot(registrar, "typical-marks")
    await registrar.tap("改为“某企业”")
    await registrar.reads("还有 3 处要处理")
    await registrar.tap("改为“（电话略）”")
    await registrar.reads("还有 2 处要处理")
    await registrar.write("为什么“王局长”不会认出人", "通称")
    await registrar.tap("改为“某日”")
    await registrar.reads("每一处都已处理")
    await registrar.sends()
    await registrar.done("去标识")

    supervisor = await listed(phones, site, "supervisor1")
    await supervisor.phone.open(f"/staff/step/index?number={number}&verb=check_marks")
    await supervisor.reads("还有 1 处要处理")
    await shot(supervisor, "typical-second")
    await supervisor.write("为什么“王局长”不会认出人", "没有特指")
    await supervisor.sends()
    await supervisor.done("二次去标识，同意")

    leader = await listed(phones, site, "leader1")
    await leader.takes(number, "批准公开发布", asked=True)
    await publishing.released(site.settings)
    await checks.asked(site.settings, None)
    person = await Post.filter(role=Role.PRE_REVIEWER).first()
    assert person is not None
    for check in await ContentCheck.filter(subject="typical_case"):
        await checks.decided(check.id, person.id, passed=True, reason="已看过")
    await publishing.released(site.settings)
    await shot(leader, "typical-matter")

    citizen = Citizen(await phones())
    await citizen.phone.open()
    await citizen.tap("典型案例")
    await citizen.reads("一次整改，清理一批")
    await shot(citizen, "typical-list")
    await citizen.words("一次整改，清理一批").first.click()
    await citizen.reads("一家小店反映，某企业独占供货")
    await citizen.reads("有事找（电话略）。")
    await shot(citizen, "typical-one")
    for secret in (FIRM, "13912345678", walk.number, number):
        await expect(citizen.words(secret)).to_have_count(0)

    public_id = (await TypicalIssue.get(live=True)).public_id
    await sized(citizen, "largest")
    for page in ("/pages/cases/index?", f"/pages/cases/one?id={public_id}"):
        assert await faults(citizen, page, "largest", axe) == []
        await shot(citizen, f"typical-large-{page[13:16]}")
    await sized(citizen, "standard")
    await leader.takes(number, "撤下", asked=True, 理由="另行核实")
    await citizen.phone.open(f"/pages/cases/one?id={public_id}")
    await citizen.reads("这个案例已经撤下")
    await shot(citizen, "typical-gone")
    await citizen.phone.open("/pages/cases/index")
    await citizen.reads("还没有发布典型案例")


async def test_one_is_opened_by_itself(phones: Phones, site: Site) -> None:
    walk = await case_at("closed")
    registrar = await listed(phones, site, "registrar1")
    await registrar.tap("新建事项")
    await registrar.words("编写典型案例").first.click()
    for label in ("标题", "反映的问题", "办理情况", "经验启示"):
        await registrar.write(label, f"{label}写在这里。")
    await registrar.button("类别", exact=False).first.click()
    await registrar.words("行政许可审批拖延、体外循环、增设条件").first.click()
    await registrar.sends()
    await registrar.reads("请填写来源举报件")
    await registrar.tap("＋ 增加一条")
    await registrar.write("第 1 条", walk.number)
    await shot(registrar, "typical-open")
    await registrar.sends()
    await registrar.reads("编写中")
    assert await Matter.filter(kind="typical", opened_by_id=walk.holder.matter_id).count() == 1
