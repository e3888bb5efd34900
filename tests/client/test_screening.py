"""Whoever screens reads suggestions and similar cases, takes over what they like, and checks a summary."""

import os
from pathlib import Path
from typing import Any

from demo.texts import SAMPLES
from domain.cases import indexing, learning
from models import EntryBody, SheetCopy
from tests.client.conftest import Phones, Site
from tests.client.hands import Officer, listed

TEXT = "雁滩污水泵站的混凝土款拖欠四百余天，城投说等财政拨款，对账单已经盖章。请尽快支付货款。电话13900001234。"
AGAIN = "去年给雁滩污水泵站供混凝土，款项拖欠到现在，城投推给财政，对账单早就盖章。希望付清欠款。"


async def shot(officer: Officer, name: str) -> None:
    """A picture to look at, where somebody asks for them."""
    if folder := os.environ.get("SHOTS"):
        await officer.phone.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


async def test_suggestions_are_taken_over_by_hand_and_the_summary_is_checked(phones: Phones, site: Site) -> None:
    await learning.learned([SAMPLES])
    first, _ = await site.file(text=TEXT, category="B03")
    number, _ = await site.file(text=AGAIN, category="B99")
    await indexing.indexed(site.settings)
    await site.step(number, "accept", "registrar1")
    registrar = await listed(phones, site, "registrar1")
    await registrar.phone.open(f"/staff/step/index?number={number}&verb=screen")
    await registrar.reads("因为出现：")
    await registrar.reads(first)
    await registrar.reads("共同出现：")
    await shot(registrar, "screen")
    await registrar.tap("采用：B03 拖欠账款")
    await registrar.tap("采用：付清欠款")
    await registrar.tap("不采用：一般")
    await registrar.choose("一般", within="紧急程度")
    await registrar.reads("已采用")
    await shot(registrar, "taken")
    await registrar.sends()
    await registrar.done("甄别研判")
    said = (await EntryBody.filter(entry__matter__number=number, entry__verb="screen"))[0].body
    told: Any = said["suggested"]
    assert (told["category_followed"], told["tier_followed"], told["claims_followed"]) == (True, True, 1)

    await registrar.phone.open(f"/staff/step/index?number={number}&verb=transfer")
    await registrar.write("转办摘要", "反映城投公司张伟经理拖欠货款，电话13900001234。")
    await registrar.reads("有 2 处可能认出人")
    await shot(registrar, "check")
    await registrar.write("转办摘要", "反映有关单位拖欠货款，多次催要无果。")
    await registrar.reads("没有发现能认出人的内容")
    await registrar.sends(seen=True)
    await registrar.done("移交转办")
    await registrar.tap("下载转办单")
    async with registrar.phone.page.expect_download() as saved:
        await registrar.agrees()
    assert (await saved.value).suggested_filename == f"transfer-{number}.pdf"
    assert await SheetCopy.filter(matter__number=number).count() == 1
    await registrar.reads("副本编号")
    await shot(registrar, "sheet")
