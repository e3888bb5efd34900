"""述法 on the phone: read in the column by everybody, with a film that plays and captions that are there."""

import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from playwright.async_api import expect

from domain.figures import of_report
from domain.reports import articles, checking
from domain.reports.officials import COLUMNS
from domain.wechat import checks
from tests.api.at_wechat import fresh_code
from tests.api.processing import uploaded, worked
from tests.api.test_reports_over_http import CONTENT, EXEMPT, HEAD, STRANGER, called, published
from tests.api.tus import Tus
from tests.client.conftest import Phones, Site
from tests.client.evidence import film, letter
from tests.client.hands import Citizen, Hands, Officer, listed
from tests.client.test_every_page import sized
from tests.client.test_uploads import attaches, payload

VTT = (
    "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n各位代表，我向大家述法\n\n"
    "00:00:02.000 --> 00:00:06.000\n今年清理涉企收费十二项\n"
)
PLAYS = "() => { const one = document.querySelector('video'); return one && one.currentTime > 0.3 && !one.error }"
SPOKEN = """() => { const track = document.querySelector('video')?.textTracks[0];
    return track && track.mode === 'showing' && track.cues && track.cues.length }"""


async def shot(hands: Hands, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await hands.phone.page.screenshot(path=str(Path(folder) / f"reports-{name}.png"), full_page=True)


async def test_the_column_is_read_and_watched_by_everybody(phones: Phones, site: Site, axe: Any) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/column/index")
    await citizen.reads("还没有发布述法报告")
    async with citizen.phone.without_a_line():
        await citizen.tap("按地区或字词查找")
        await citizen.tap("查找")
        await citizen.reads("连接不上服务器，请检查网络后重试")

    number, _ = await called(site)
    tus = Tus(site, Authorization=await site.signed_in("official1"))
    clip = await uploaded(tus, film().content, "述法.mp4", purpose="report_video")
    paper = await uploaded(tus, letter().content, "述法报告.pdf")
    marks = [{"at": 0, "title": "履职情况"}, {"at": 3, "title": "涉企收费怎么清理？", "answer": "逐项公布依据"}]
    told = {"file": str(clip), "title": "述法视频", "captions": VTT, "marks": marks}
    await site.step(number, "save", "official1", **{**CONTENT, "clips": [told], "document": str(paper)})
    assert await worked(site) == 2
    await published(site, number, clips=[told], document=str(paper))

    await citizen.phone.open("/pages/home/index")
    await citizen.tap("述法专栏")
    await citizen.reads(CONTENT["title"])
    assert await axe(citizen.phone.page) == []
    await shot(citizen, "column")
    await citizen.tap(CONTENT["title"], exact=False)
    await citizen.reads("涉企检查频次仍然偏高")
    page = citizen.phone.page
    await page.wait_for_function(SPOKEN)
    await citizen.button("0:03 涉企收费怎么清理？").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.querySelector('video')?.currentTime > 3.2")
    await page.wait_for_function(PLAYS)
    await citizen.tap("看字幕全文")
    await citizen.reads("今年清理涉企收费十二项")
    assert await axe(page) == []
    await shot(citizen, "one")
    await citizen.tap("分享图片")
    await page.wait_for_function("() => document.querySelector('img.picture')?.naturalWidth === 720")
    await shot(citizen, "picture")
    await sized(citizen, "largest")
    await citizen.phone.open(f"/pages/column/one?number={number}")
    await citizen.reads("涉企检查频次仍然偏高")
    await shot(citizen, "one-large")

    wide = Citizen(await phones(viewport={"width": 1440, "height": 900}, is_mobile=False, has_touch=False))
    await wide.phone.open(f"/pages/column/one?number={number}")
    await wide.reads("涉企检查频次仍然偏高")
    await shot(wide, "one-wide")

    await site.step(number, "withdraw", "reviewer2", reason="当事人申请更正")
    await citizen.phone.open(f"/pages/column/one?number={number}")
    await citizen.reads("没有找到这篇述法报告")
    await citizen.phone.open("/pages/column/index")
    await citizen.reads("还没有发布述法报告")
    await expect(citizen.words(CONTENT["title"])).to_have_count(0)

    # For evaluators only: they watch it through links of their own, everybody else finds nothing.
    await site.step(number, "publish", "reviewer2", scope="evaluators")
    await citizen.phone.open(f"/pages/column/one?number={number}")
    await citizen.reads("没有找到这篇述法报告")
    evaluator = await listed(phones, site, "evaluator1")
    await evaluator.tap("述法专栏")
    await evaluator.tap("按地区或字词查找")
    await evaluator.write("姓名、单位或标题", "没有这样的")
    await evaluator.tap("查找")
    await evaluator.reads("没有找到符合条件的述法报告")
    await evaluator.write("姓名、单位或标题", "城关区")
    await evaluator.tap("查找")
    assert await of_report.taken() == 1
    await evaluator.tap(CONTENT["title"], exact=False)
    await evaluator.reads("本单位的数据")
    await evaluator.phone.page.wait_for_function(SPOKEN)
    await evaluator.tap("0:03 涉企收费怎么清理？")
    await evaluator.phone.page.wait_for_function("() => document.querySelector('video')?.currentTime > 3.2")
    await shot(evaluator, "evaluator")


OUTLINE = ("部署推进", "重大决策合法性审查", "行政执法", "行政复议和应诉", "法治化营商环境", "督察整改")


async def test_an_official_writes_films_and_hands_in_by_phone(phones: Phones, site: Site, axe: Any) -> None:
    number, _ = await called(site)
    official = await listed(phones, site, "official1")
    page = official.phone.page
    await page.context.grant_permissions(["camera", "microphone"])
    await official.tap("我的述法")
    await official.reads("准备中")
    assert await axe(page) == []
    await shot(official, "mine")
    await official.tap("写述法报告")
    for name in OUTLINE:
        await official.write(name, f"{name}：我本人推动的事项和数据")
    async with official.phone.without_a_line():
        await official.tap("保存草稿")
        await official.reads("没有连上网络。已写的内容都在手机上，联网后再保存。")
    await page.reload()  # the app was killed
    await expect(official.seen(page.get_by_label("督察整改", exact=True))).to_have_value(re.compile("我本人"))
    await attaches(official, "选择已有的视频", payload("述法.mp4", "video/mp4", film().content))
    await official.reads("述法.mp4")
    await official.write("视频标题", "学法用法情况")
    await official.seen(page.get_by_role("radio", name="学法用法")).first.click()
    await official.tap("提交预审")
    await official.agrees()
    await official.reads("请至少写明一个存在的问题")
    await official.reads("第 1 段视频还没有字幕")
    await shot(official, "refused")
    await official.write("问题 1", "涉企检查频次仍然偏高")
    await official.write("下一步措施", "推行综合查一次，明年一季度前完成")
    await official.write("字幕", "各位代表，我向大家述法\n今年清理涉企收费十二项")
    await official.tap("＋ 在当前位置加一处", exact=False)
    await official.write("时间（分:秒）", "0:02")
    await official.write("标题或问题", "涉企收费")

    await official.write("提词稿（只在本机，不提交）", "各位代表，我向大家述法。\n" * 12)
    await official.tap("对着提词器录制")
    await official.tap("● 开始录制", exact=False)
    await page.wait_for_timeout(1200)
    await shot(official, "prompter")
    await official.tap("■ 停止", exact=False)
    await official.reads("第 2 段视频")
    await official.seen(page.get_by_role("button", name="删除这段")).nth(1).click()
    await official.agrees()
    await expect(official.words("第 2 段视频")).to_have_count(0)

    assert await axe(page) == []
    await shot(official, "editor")
    await official.tap("保存草稿")
    await official.reads("已保存到服务器")
    await site.step(number, "note", "official1", text="数据待核")  # meanwhile, on another phone
    await official.write("问题 1", "涉企检查频次偏高")
    await official.tap("保存草稿")
    await official.reads("服务器上的稿子在您修改期间有了变化")
    await shot(official, "newer")
    await official.tap("保留我手机上的")
    await official.tap("提交预审")
    await official.agrees()
    await official.reads("内容预审")
    kept = (await site.get(f"/api/v1/matters/{number}", "official1"))["report"]
    assert (kept["version"], len(kept["content"]["clips"])) == (1, 1)
    assert kept["content"]["problems"] == ["涉企检查频次偏高"]
    assert "00:00:0" in kept["content"]["clips"][0]["captions"]
    assert kept["content"]["clips"][0]["marks"] == [{"at": 2, "title": "涉企收费"}]

    # The reviewer watches it, and sends it back with a point at a second.
    assert await worked(site) == 1
    reviewer = await listed(phones, site, "reviewer2")
    await reviewer.opens(number)
    await reviewer.reads("学法用法情况")
    await shot(reviewer, "review")
    await reviewer.begins("退回整改")
    await reviewer.phone.page.wait_for_function(SPOKEN)
    await reviewer.tap("＋ 在第 1 段 0:00 处写一条意见")
    await reviewer.write("问题", "画面偏暗")
    assert await axe(reviewer.phone.page) == []
    await shot(reviewer, "send-back")
    await reviewer.sends()
    await reviewer.done("退回整改")

    await official.phone.open("/staff/my-reports/index")
    await official.reads("1. 画面偏暗")
    await official.tap("→ 第 1 段视频 0:00")
    await official.reads("需要修改的地方")
    await shot(official, "returned")
    await official.write("下一步措施", "推行综合查一次，明年一月完成")
    await official.tap("提交预审")
    await official.agrees()
    await official.reads("内容预审")

    await reviewer.opens(number)
    await reviewer.tap("各稿和改动")
    await reviewer.reads("改动：下一步措施")
    await shot(reviewer, "versions")
    for step in ("内容预审通过", "技术预审通过"):
        await reviewer.opens(number)
        await reviewer.begins(step)
        holds = reviewer.seen(reviewer.phone.page.get_by_role("radio", name="是", exact=True))
        await expect(holds.first).to_be_visible()
        for one in await holds.all():
            await one.click()
        await shot(reviewer, step)
        await reviewer.sends()
        await reviewer.done(step)
    await checking.asked(site.settings)
    await checks.asked(site.settings, None)
    await reviewer.opens(number)
    await reviewer.reads("待人工审核")
    await shot(reviewer, "checks")
    for name in ("报告文字", "第1段视频的字幕", "第1段视频"):
        part = reviewer.seen(reviewer.phone.page.get_by_role("group", name=name, exact=True))
        await part.get_by_label("理由").fill("已看过，没有不当内容")
        await part.get_by_role("button", name="可以公开").click()
        await expect(part).to_have_count(0)
    await reviewer.reads("检查通过")
    assert await axe(reviewer.phone.page) == []
    await shot(reviewer, "checked")
    await reviewer.begins("发布")
    await reviewer.choose("向社会公开")
    await reviewer.sends(asked=True)
    await reviewer.done("发布")

    citizen = Citizen(await phones())
    await citizen.phone.open(f"/pages/column/one?number={number}")
    await citizen.reads("推行综合查一次，明年一月完成")
    await citizen.phone.page.wait_for_function(SPOKEN)
    await citizen.tap("0:02 涉企收费", exact=False)
    await citizen.phone.page.wait_for_function("() => document.querySelector('video')?.currentTime > 2.2")
    await reviewer.takes(number, "送公众号草稿")
    await reviewer.reads("等待送到公众号草稿箱")
    await articles.carried(site.settings, None)
    await reviewer.opens(number)
    await reviewer.reads("公众号没有收下")
    await reviewer.reads("原因：没有设置公众号")
    await reviewer.takes(number, "撤下", asked=True, 理由="当事人申请更正")
    await citizen.phone.open("/pages/column/index")
    await citizen.reads("还没有发布述法报告")


async def test_a_meetings_ballots_are_counted_on_one_phone_and_again_on_another(
    phones: Phones, site: Site, axe: Any
) -> None:
    number, _ = await called(site)
    await published(site, number)
    first, second = await listed(phones, site, "reviewer2"), await listed(phones, site, "reviewer5")

    async def enters(reviewer: Officer, step: str, best: str) -> None:
        await reviewer.opens(number)
        await reviewer.begins(step)
        await reviewer.tap("会议日期：", exact=False)
        await reviewer.seen(reviewer.phone.page.locator(".uni-picker-action-confirm")).click()
        await reviewer.write("收回的票", "26")
        await reviewer.write("其中无效票", "3")
        for place in range(4):
            await reviewer.write("5 分", best if place == 1 else "12", place)
            await reviewer.write("4 分", str(23 - int(best)) if place == 1 else "11", place)
        await expect(reviewer.words("合计 23")).to_have_count(4)

    await enters(first, "录入会议测评票", "20")
    assert await axe(first.phone.page) == []
    await shot(first, "count")
    await first.sends()
    await first.done("录入会议测评票")
    await expect(first.button("领取")).to_have_count(0)
    await enters(second, "复核会议测评票", "19")
    await second.sends(asked=True)
    await second.reads("“依法决策、规范执法”与第一次录入的不一致")
    await shot(second, "differ")
    await second.write("5 分", "20", 1)
    await second.write("4 分", "3", 1)
    await second.sends(asked=True)
    await second.done("复核会议测评票")


async def test_the_coverage_page_and_the_roster(phones: Phones, site: Site, axe: Any) -> None:
    await called(site, HEAD, STRANGER)
    reviewer = await listed(phones, site, "reviewer1")
    await reviewer.tap("应述尽述")
    await reviewer.reads("0 / 2 人已发布")
    await reviewer.reads("述法人乙")
    await reviewer.reads("名册里没有这个人的账号，系统通知不到，请补充任职")
    assert await axe(reviewer.phone.page) == []
    await shot(reviewer, "coverage")
    lines = (tuple(COLUMNS.values()), EXEMPT, ("x-9", "丁", "", "no-such", "其他述法主体", "party_head", ""))
    wrong = "\n".join(",".join(line) for line in lines).encode()
    await attaches(reviewer, "选择文件并检查", payload("名册.csv", "text/csv", wrong))
    await reviewer.reads("有 2 处错误，请改正后重新选择")
    await shot(reviewer, "roster-wrong")
    right = "\n".join(",".join(line) for line in lines[:2]).encode()
    await attaches(reviewer, "选择文件并检查", payload("名册.csv", "text/csv", right))
    await reviewer.tap("导入")
    await reviewer.reads("另有免述 1 人")
    await reviewer.tap("催报")
    await reviewer.agrees()
    await reviewer.reads("已通知 1 人；今天已经催过 0 人；1 人系统通知不到，请电话联系。")
    await reviewer.tap("看需要电话联系的名单")
    await reviewer.button("免述").first.wait_for()
    await shot(reviewer, "reminded")
    await reviewer.tap("导出表格")
    await reviewer.write("动态验证码", "000000")
    await reviewer.tap("导出")
    await reviewer.reads("动态验证码不正确或已经用过，请用新的验证码")
    await shot(reviewer, "export")
    await reviewer.write("动态验证码", await fresh_code("reviewer1"))
    async with reviewer.phone.page.expect_download() as taken:
        await reviewer.tap("导出")
    file = await taken.value
    sheet = load_workbook(BytesIO((await file.path()).read_bytes())).worksheets[0]
    assert (file.suggested_filename, sheet["B2"].value) == ("officials.xlsx", "述法人乙")  # the list as it is narrowed
    await expect(reviewer.button("导出")).to_have_count(0)

    await reviewer.tap("免述")
    await reviewer.write("免述理由", "挂职外省")
    await reviewer.tap("确认免述")
    await reviewer.reads("没有需要电话联系的人")
    await reviewer.reads("另有免述 2 人")
