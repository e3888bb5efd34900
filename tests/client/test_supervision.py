"""督办, 移送 and 救济 on the phone: each story from one hand to the next, with what can't be undone asked about."""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from kit import clock
from models import Involvement, Matter, Relation, Role, Supervision, Unit
from tests.api.test_recusal_over_http import holder
from tests.client.conftest import Phones, Site
from tests.client.hands import Hands, Officer, listed
from tests.client.test_every_page import MEASURE, SMALLEST
from tests.client.test_files import followed

SCALED = "([from, to]) => document.querySelectorAll('.page').forEach((one) => one.classList.replace(from, to))"
Axe = Callable[[Page], Awaitable[list[str]]]
ABOUT: dict[str, Any] = {
    "subject": "许可办理逾期",
    "facts": "该件已逾期，仍未办结。",
    "basis": "《信访工作条例》第三十九条",
}


async def fine(hands: Hands, axe: Axe, name: str) -> None:
    """Nothing serious for screen readers, and in the largest text nothing beside the page; pictures where asked for."""
    page = hands.phone.page
    await page.wait_for_load_state("networkidle")
    folder = os.environ.get("SHOTS")
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert await axe(page) == []
    await page.evaluate(SCALED, ["scale-standard", "scale-largest"])
    measured = await page.evaluate(MEASURE, SMALLEST["largest"])
    if folder:
        await page.screenshot(path=str(Path(folder) / f"{name}-large.png"), full_page=True)
    assert (measured["beyond"], measured["low"]) == (0, []), name
    await page.evaluate(SCALED, ["scale-largest", "scale-standard"])


async def line(who: Officer, shelf: str, subject: str = ABOUT["subject"]) -> None:
    """Go to the list by the queue's link, to a shelf, and open what stands there."""
    await who.phone.open("/staff/queue/index")
    await who.tap("督办")
    await who.choose(shelf)
    await who.button(subject, exact=False).first.click()


async def test_from_the_proposal_to_the_interview(phones: Phones, site: Site, axe: Axe) -> None:
    unit = await Unit.get(code="620102-market")
    made = await site.post(
        "/api/v1/matters",
        "supervisor2",
        {"kind": "supervision", "inputs": {"unit": str(unit.id), "rung": "inquiry", **ABOUT}},
        status=201,
    )
    number = made["number"]
    supervisor = await listed(phones, site, "supervisor2")
    await line(supervisor, "待决定")
    await fine(supervisor, axe, "supervision-proposed")
    await supervisor.begins("下发督办文书")
    await supervisor.write("整改要求", "一、立即办理。\n二、说明逾期原因。")
    await supervisor.sends(asked=True)
    await supervisor.done("下发督办文书")
    await supervisor.reads("文书正在生成")
    await site.chores()
    await supervisor.tap("刷新")
    await expect(supervisor.button("打开文书", exact=False).first).to_be_enabled()

    head = await listed(phones, site, "head2")
    await line(head, "待回复")
    await head.reads("未打开")
    await fine(head, axe, "letter-unread")
    async with head.phone.page.expect_download() as saved:
        await head.tap("打开文书", exact=False)
    assert (await (await saved.value).path()).read_bytes().startswith(b"%PDF")
    await head.reads("已打开")
    await head.begins("签收")
    await head.sends()
    await head.done("签收")
    await head.begins("书面回复")
    await head.write("整改情况", "已经办结并答复。")
    await head.sends()
    await head.done("书面回复")
    await head.reads("已书面回复")
    await fine(head, axe, "letter-answered")

    await supervisor.opens(number)
    await supervisor.reads("签收")
    await supervisor.begins("约谈通知")
    costs = "约谈后责任单位取消本年度评先资格"
    await supervisor.reads(costs)
    await supervisor.choose("打击报复举报人")
    await supervisor.write("约谈地点", "督察办会议室")
    await supervisor.write("约谈对象", "主要负责人")
    await supervisor.write("约谈内容", "逾期原因")
    await picks_day(supervisor)
    await fine(supervisor, axe, "interview-form")
    await supervisor.tap("提交")
    asked = supervisor.phone.page.locator(".uni-modal")
    await expect(asked).to_contain_text(costs)
    if folder := os.environ.get("SHOTS"):
        await supervisor.phone.page.screenshot(path=str(Path(folder) / "interview-asked.png"))
    await supervisor.agrees()
    await supervisor.done("约谈通知")
    await supervisor.reads("待约谈")
    await fine(supervisor, axe, "interview-planned")


async def picks_day(who: Officer) -> None:
    """Take the day that the wheel stands at, by the keyboard."""
    await who.button("：选择日期", exact=False).first.press("Enter")
    await who.seen(who.phone.page.locator(".uni-picker-action-confirm")).first.click()
    await expect(who.button("：选择日期", exact=False)).to_have_count(0)


async def test_which_units_are_late(phones: Phones, site: Site, axe: Axe) -> None:
    unit = await Unit.get(code="620102-market")
    body = {"kind": "supervision", "inputs": {"unit": str(unit.id), "rung": "inquiry", **ABOUT}}
    number = (await site.post("/api/v1/matters", "supervisor2", body, status=201))["number"]
    await site.step(number, "issue", "supervisor2", demands="一、立即办理。")
    await Supervision.all().update(answer_due=clock.now() - timedelta(days=3))
    supervisor = await listed(phones, site, "supervisor2")
    await supervisor.phone.open("/staff/supervisions/index")
    await supervisor.choose("逾期未回复")
    await supervisor.reads("哪些单位逾期未回复")
    await supervisor.reads(unit.name)
    await fine(supervisor, axe, "late")
    await supervisor.choose("警示督促")
    await supervisor.reads("没有逾期未回复的督办")
    await supervisor.choose("正在挂牌")
    await supervisor.reads("没有正在挂牌的事项")
    await fine(supervisor, axe, "none-listed")
    async with supervisor.phone.without_a_line():
        await supervisor.choose("待回头看")
        await expect(supervisor.button("重试")).to_be_visible()


async def test_a_case_is_handed_over_whole(phones: Phones, site: Site, axe: Axe) -> None:
    number, _ = await site.file(region="62", category="B12", text="窗口的人要我送两条烟")
    await site.step(number, "accept", "registrar1")
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.reads("建议移送")
    await fine(registrar, axe, "hand-over-suggested")
    await registrar.tap("提出移送")
    await registrar.write("移送理由", "反映索要好处，属纪检监察机关管辖。")
    await registrar.write("移送依据", "《信访工作条例》第三十条")
    await registrar.sends()
    await registrar.done("提出移送纪检监察")
    second = await listed(phones, site, "registrar2")
    await second.takes(number, "复核同意移送", seen=True)
    await site.chores()
    liaison = await listed(phones, site, "discipline1")
    await liaison.opens(number)
    await liaison.reads("卷宗已封装，可以下载")
    await liaison.tap("材料清单", exact=False)
    await liaison.reads("texts/1.txt")
    await fine(liaison, axe, "dossier")
    async with liaison.phone.page.expect_download() as saved:
        await liaison.tap("下载卷宗")
        await liaison.agrees()
    assert (await (await saved.value).path()).read_bytes().startswith(b"PK")
    await liaison.reads("已开始下载")
    await liaison.begins("确认接收卷宗")
    await liaison.write("接收编号", "纪2026-5")
    await picks_day(liaison)
    await liaison.sends(seen=True)
    await liaison.done("确认接收卷宗")
    await liaison.reads("接收编号 纪2026-5")
    await fine(liaison, axe, "taken-over")
    assert (await Matter.get(number=number)).sealed_at


async def test_a_refusal_is_contested_in_time(phones: Phones, site: Site, axe: Axe) -> None:
    number, receipt = await site.file()
    await site.step(
        number,
        "refuse",
        "registrar1",
        reason="outside_region",
        explanation="不属于受理范围",
        other_way="可以向法院起诉",
    )
    citizen = await followed(phones, number, receipt.rpartition(":")[2])
    await citizen.reads("可以提出一次异议")
    await citizen.reads("前可以提出，还有")
    await fine(citizen, axe, "refused")
    await citizen.tap("提出异议")
    await citizen.write("理由", "属于受理范围，请再看。")
    await fine(citizen, axe, "contest")
    await citizen.tap("提交")
    await citizen.reads("您对不予受理提出异议")
    await fine(citizen, axe, "contested")


async def test_an_outcome_is_recorded_without_names(phones: Phones, site: Site, axe: Axe) -> None:
    unit = await Unit.get(code="6201-market")
    body = {"kind": "supervision", "inputs": {"unit": str(unit.id), "rung": "inquiry", **ABOUT}}
    number = (await site.post("/api/v1/matters", "supervisor1", body, status=201))["number"]
    await site.step(number, "issue", "supervisor1", demands="一、立即办理。")
    told: dict[str, Any] = {
        "facts": "推诿扯皮，造成损失。",
        "basis": "《信访工作条例》第四十五条",
        "others": "该局办公室主任金丝雀",
    }
    await site.step(number, "hold_to_account", "supervisor1", **told)
    matter = await Matter.get(kind="accountability")
    account = matter.number
    place = await Involvement.get(matter_id=matter.id, relation=Relation.DECIDING).select_related("unit")
    await site.step(account, "approve_account", await holder(site, place.unit.code, Role.LEADER, "who-decides"))
    office = await Unit.get(code="62-discipline")
    there: dict[str, Any] = {"body": "discipline", "unit": str(office.id), "suggestion": "请依规依纪处理。"}
    await site.step(account, "refer", "supervisor1", **there)
    await site.step(account, "receive", "discipline1", receipt_number="2026-101")
    liaison = await listed(phones, site, "discipline1")
    await liaison.opens(account)
    await liaison.reads("金丝雀")
    await liaison.reads("还没有登记处理结果")
    await liaison.begins("登记处理结果")
    await liaison.choose("第二种形态")
    await liaison.choose("政务记过")
    await liaison.write("人数", "2")
    await liaison.choose("是", within="是否立案")
    await liaison.choose("否", within="是否移送司法")
    await picks_day(liaison)
    await liaison.write("决定文号", "甘纪处〔2026〕1号")
    await fine(liaison, axe, "outcome-form")
    await liaison.sends()
    await liaison.done("登记处理结果")
    await liaison.reads("处理结果（共 2 人）")
    await fine(liaison, axe, "outcome-recorded")
    supervisor = await listed(phones, site, "supervisor1")
    await supervisor.opens(account)
    await supervisor.reads("处理结果（共 2 人）")
    assert "金丝雀" not in await supervisor.phone.page.content()
