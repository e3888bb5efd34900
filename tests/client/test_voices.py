"""我述你评 on the phone: rated once, read before it shows, answered, sealed until its day, then in plots by channel."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from domain.voices import emptying
from kit import clock
from models import Matter, RatingBox, RatingChannel
from tests.api.test_reports_over_http import CONTENT
from tests.client.at_wechat import accounts, agrees, world
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Hands, listed
from tests.voiced import SCORES, shown, voted, window_passed

__all__ = ["accounts", "world"]

PRAISED, INNER, RUDE = "办照从五天压到一天，希望把注销也管起来。", "某路段的检查请核实，有具体时间。", "一派胡言。"
ASKED, ANSWERED = "去年承诺的综合查一次为什么没有落实？", "九月起已在全区推行，检查次数比去年少四成。"
REPLIED = "感谢监督。下一步把注销也纳入一日办结。"
CRITERIA = ("述法真实", "依法决策、规范执法", "法治化营商环境", "问题整改")


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"voices-{name}.png"), full_page=True)


def said(hands: Hands, words: str) -> Locator:
    """The card of a comment."""
    return hands.seen(hands.phone.page.get_by_role("group", name=re.compile("^社会公众")).filter(has_text=words))


async def test_a_report_is_rated_and_asked_about_and_answers(phones: Phones, site: Site, axe: Any) -> None:
    await RatingChannel.all().update(fewest=2)
    number = await shown(site)
    citizen = Citizen(await phones())
    page = citizen.phone.page
    await citizen.phone.open("/pages/column/index")
    await citizen.tap(CONTENT["title"], exact=False)
    await citizen.reads("评议截止前，任何人都看不到结果。")
    await shot(citizen, "open")

    await citizen.tap("我要评议")
    await citizen.reads("微信只用来核对一人一次")
    await shot(citizen, "why")
    await citizen.tap("用微信确认身份")
    await agrees(citizen)
    await citizen.reads("您以「社会公众」身份评议。")
    await citizen.tap("提交评议")
    await expect(citizen.words("请选择 1 至 5 分")).to_have_count(len(CRITERIA))
    for name, mark in zip(CRITERIA, (5, 4, 4, 2), strict=True):
        await citizen.choose(f"{mark} ", within=name)
    await citizen.write("想说的话（可不填）", PRAISED)
    assert await axe(page) == []
    await shot(citizen, "rate")
    await citizen.tap("提交评议")
    await citizen.agrees()
    await citizen.reads(re.compile("评议已提交，谢谢您。"))
    await citizen.tap("关闭")
    await citizen.tap("我要评议")
    await citizen.reads("您已经评议过这篇报告。")
    await shot(citizen, "again")
    await citizen.tap("关闭")
    await citizen.tap("我要质询")
    await citizen.write("质询内容", ASKED)
    assert await axe(page) == []
    await shot(citizen, "ask")
    await citizen.tap("提交质询")
    await citizen.reads(re.compile("质询已提交，谢谢您。"))

    # Others rate by their own phones; what they wrote leaves the box with the day.
    await voted(site, number, "乙", words=INNER)
    await voted(site, number, "丙", words=RUDE)
    await RatingBox.all().update(words_on=clock.today() - timedelta(days=1))
    assert await emptying.emptied(site.settings) == 1
    question = (await Matter.get(kind="question")).number

    reviewer = await listed(phones, site, "reviewer2")
    await reviewer.takes(question, "受理，转交述法人")
    await reviewer.phone.open("/staff/comments/index")
    await reviewer.reads(PRAISED)
    assert await axe(reviewer.phone.page) == []
    await shot(reviewer, "moderate")
    for words, outcome, why in ((PRAISED, "公开", ""), (INNER, "只转述法人", "线索先核实"), (RUDE, "不公开", "辱骂")):
        card = said(reviewer, words)
        await card.get_by_role("button", name=outcome, exact=True).click()
        if why:
            await card.get_by_label("理由").fill(why)
            await card.get_by_role("button", name=f"确定{outcome}").click()
        await reviewer.agrees()
        await expect(card).to_have_count(0)
    await reviewer.reads("没有等待审核的意见或回应")

    official = await listed(phones, site, "official1")
    await official.tap("我的述法")
    await official.tap("评议意见")
    await official.reads(INNER)
    await expect(official.words(RUDE)).to_have_count(0)
    await shot(official, "official")
    card = said(official, PRAISED)
    await expect(said(official, INNER).get_by_role("button", name="回应")).to_have_count(0)
    await card.get_by_role("button", name="回应").click()
    await card.get_by_label("回应").fill(REPLIED)
    assert await axe(official.phone.page) == []
    await shot(official, "reply")
    await card.get_by_role("button", name="提交回应").click()
    await official.agrees()
    await expect(card).to_contain_text(REPLIED)
    await shot(official, "replied")
    await official.takes(question, "答复", 答复内容=ANSWERED, asked=True)

    await reviewer.phone.open("/staff/comments/index")
    card = said(reviewer, REPLIED)
    await shot(reviewer, "moderate-reply")
    await card.get_by_role("button", name="公开", exact=True).click()
    await reviewer.agrees()
    await expect(card).to_have_count(0)
    await reviewer.takes(question, "公开质询和答复", asked=True)

    await citizen.phone.open(f"/pages/column/one?number={number}")
    for words in (PRAISED, REPLIED, ASKED, ANSWERED):
        await citizen.reads(words)
    for words in (INNER, RUDE, "人参与"):
        await expect(citizen.words(words)).to_have_count(0)
    assert await axe(page) == []
    await shot(citizen, "answered")
    await reviewer.phone.open(f"/pages/column/one?number={number}")
    await reviewer.reads("您以工作人员身份登录，不参加公众评议和质询。")
    await expect(reviewer.words("人参与")).to_have_count(0)

    await site.post(
        f"/api/v1/reports/{number}/votes",
        "evaluator1",
        {"scores": SCORES},
        204,
    )
    await window_passed(site)
    await citizen.phone.open(f"/pages/column/one?number={number}")
    await citizen.reads("各渠道分别统计，不合计、不排名。")
    await citizen.reads("3 人参与；5 分非常满意，1 分非常不满意")
    await expect(citizen.button("我要评议")).to_have_count(0)
    await expect(citizen.words("评议代表")).to_have_count(0)
    assert await axe(page) == []
    await shot(citizen, "closed")
    await reviewer.phone.open(f"/pages/column/one?number={number}")
    await reviewer.reads("评议代表")
    await expect(reviewer.words("人参与")).to_have_count(1)
    assert await axe(reviewer.phone.page) == []
    await shot(reviewer, "closed-inside")
