"""联系点 on the phone: the office designates one, its observer finds the report and notes, the reviewer reads it."""

import re
from typing import Any

from tests.api.test_reports_over_http import called
from tests.client.conftest import Phones, Site
from tests.client.hands import Hands, listed
from tests.client.test_every_page import sized
from tests.client.test_reports import shot

NOTE = "现场听取述法，三件具体案件讲得实在"


async def picks(hands: Hands, *options: str) -> None:
    """In the sheet that is open, one option after the other."""
    for option in options:
        await hands.seen(hands.phone.page.get_by_role("radio", name=option, exact=True)).last.click()


async def test_a_contact_point_is_designated_and_noted_on(phones: Phones, site: Site, axe: Any) -> None:
    number, _ = await called(site)
    office = await listed(phones, site, "reviewer1")
    await office.tap("述法联系点")
    await office.reads("还没有设立联系点")
    await office.tap("设立联系点")
    await office.tap("设立")
    await office.reads("请填写“地区”")
    await office.tap("地区：", exact=False)
    await picks(office, "甘肃省", "兰州市", "城关区")
    await office.tap("确定")
    await office.tap("观察员：", exact=False)
    page = office.phone.page
    await office.tap("先选单位，再选人：", exact=False)
    await office.write("输入单位名称中的字词", "甘肃省人民代表大会")
    await office.seen(page.get_by_role("radio", name="甘肃省人民代表大会常务委员会")).last.click()
    persons = await site.get("/api/v1/demo/persons")
    name = next(one["name"] for one in persons if one["username"] == "evaluator1")
    await office.seen(page.get_by_role("checkbox", name=re.compile(f"^{name}"))).first.click()
    await office.tap("确定")
    assert await axe(page) == []
    await shot(office, "point-new")
    await office.tap("设立")
    await office.reads("城关区")
    await shot(office, "points")

    observer = await listed(phones, site, "evaluator1")
    await observer.tap("述法联系点")
    await observer.tap("看述法报告")
    await observer.reads("观察记录 0 条")
    assert await axe(observer.phone.page) == []
    await shot(observer, "point-mine")
    await observer.tap("写观察记录")
    await observer.choose("述法会议")
    await observer.write("观察记录", NOTE)
    await observer.tap("提交")
    await observer.reads("已办理：写观察记录")
    await shot(observer, "point-noted")
    await sized(observer, "largest")
    await observer.phone.open("/staff/contact-points/index")
    await observer.tap("看述法报告")
    await observer.reads("观察记录 1 条")
    await shot(observer, "point-large")

    reviewer = await listed(phones, site, "reviewer2")
    await reviewer.opens(number)
    await reviewer.reads(NOTE)
    await office.tap("撤销联系点")
    await office.agrees()
    await office.reads("已结束")
