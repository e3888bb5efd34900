"""The receipt out of the phone, and somebody with two posts."""

import re
from pathlib import Path
from uuid import uuid4

import zxingcpp
from PIL import Image
from playwright.async_api import Download, expect

from domain.cases import filing
from domain.cases.filing import Report
from domain.wechat import pickups
from models import Mode, Person, Post, Role, Unit
from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Officer, officer


async def saved(citizen: Citizen, button: str, folder: Path) -> Path:
    """The file that a button gives."""
    async with citizen.phone.page.expect_download() as waiting:
        await citizen.tap(button)
    given: Download = await waiting.value
    path = folder / given.suggested_filename
    await given.save_as(path)
    return path


async def test_the_receipt_as_a_picture_and_to_print(phones: Phones, site: Site, tmp_path: Path) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    number = await citizen.reports()
    await citizen.phone.open(f"/pages/receipt/index?number={number}")
    await citizen.tap("保存为图片")
    picture = await saved(citizen, "下载图片", tmp_path)
    assert picture.name.endswith(".png")
    with Image.open(picture) as image:
        (code,) = zxingcpp.read_barcodes(image.convert("RGB"))
    secret = re.search(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", code.text.replace(number, ""))
    assert secret is not None, code.text
    assert number in code.text
    shown = await site.get(f"/api/v1/matters/{number}", f"Receipt {number}:{secret[0]}")
    assert shown["stage"] == "filed"
    await citizen.tap("关闭")
    printed = await saved(citizen, "下载可打印的回执（PDF）", tmp_path)
    assert printed.read_bytes().startswith(b"%PDF-")


async def test_whoever_has_two_posts_chooses_and_switches(phones: Phones, site: Site) -> None:
    first = await Post.filter(role=Role.CALL_BACK_OFFICER, unit__code="62-intake").order_by("id").first()
    assert first is not None
    person, unit = await Person.get(id=first.person_id), await Unit.get(id=first.unit_id)
    await Post.create(
        id=uuid4(), person=person, unit=unit, role=Role.REGISTRAR, title="受理员", since=first.since, stands_in_for=None
    )
    number, _ = await site.file()
    both: Officer = await officer(phones, site, "two-posts", str(first.id), choose="受理员")
    await both.seen(both.phone.page.get_by_role("tab", name="本单位")).click()
    await both.reads(number)
    await both.tap(f"{person.name}，", exact=False)
    await both.choose("回访员")
    await both.seen(both.phone.page.get_by_role("tab", name="本单位")).click()
    await both.reads("本单位没有待办")
    await expect(both.words(number)).to_have_count(0)


async def test_the_receipt_of_a_talk_is_taken_once(phones: Phones, site: Site) -> None:
    contact = {"name": "（未留称呼）", "phone": "13900000000"}
    report = Report(mode=Mode.CONFIDENTIAL, text="许可申请三个月没有结果", region="620102", contact=contact)
    filed = await filing.file(site.settings, report)
    token = await pickups.left(site.settings, filed, None)
    citizen = Citizen(await phones())
    await citizen.phone.open(f"/pages/once/index?token={token}")
    await citizen.tap("领取")
    await expect(citizen.phone.page.get_by_text(filed.number)).to_be_visible()
    await expect(citizen.phone.page.get_by_text("举报已收到")).to_be_visible()
    another = Citizen(await phones())
    await another.phone.open(f"/pages/once/index?token={token}")
    await another.tap("领取")
    await expect(another.phone.page.get_by_text("已经用过或已过期")).to_be_visible()
    await another.phone.open(f"/pages/progress/index?number={filed.number}")
    await expect(another.phone.page.get_by_label("编号")).to_have_value(filed.number)
