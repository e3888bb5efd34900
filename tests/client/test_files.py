"""Evidence on the phone: looked at and listened to, covered, and known to its sender by its hash."""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

import pytest
from playwright.async_api import Locator, Page, expect

from models import File, FileState, Unit
from tests.client.conftest import Phones, Site
from tests.client.evidence import Sample, film, letter, made_ready, photo, sent, voice
from tests.client.hands import Citizen, Hands, Officer, listed
from tests.client.test_every_page import MEASURE, SCALES, SMALLEST, sized

Axe = Callable[[Page], Awaitable[list[str]]]


async def ready(site: Site, *samples: Sample, **report: object) -> tuple[str, str, list[UUID]]:
    """A report whose files can be looked at."""
    number, secret, files = await sent(site, *samples, **report)
    for file, sample in zip(files, samples, strict=True):
        await made_ready(site, file, sample)
    return number, secret, files


async def followed(phones: Phones, number: str, secret: str) -> Citizen:
    """The sender's phone, with the receipt typed in and the case open."""
    citizen = Citizen(await phones(), number=number)
    await citizen.phone.open("/pages/progress/index")
    await citizen.write("编号", number)
    await citizen.write("查询密码", secret)
    await citizen.tap("查看进度")
    await citizen.reads("办理记录")
    return citizen


async def drawn(picture: Locator) -> bool:
    """Whether a picture has come and been decoded."""
    shown: bool = await picture.evaluate("(one) => one.decode().then(() => one.naturalWidth > 0)")
    return shown


async def width(picture: Locator) -> float:
    """On the screen, in pixels."""
    box = await picture.bounding_box()
    assert box is not None
    return box["width"]


async def test_an_officer_looks_and_listens(phones: Phones, site: Site) -> None:
    number, _, _ = await ready(site, photo(), photo("车牌.jpg"), film(), voice(), letter())
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.reads("附件（5）")
    page = registrar.phone.page

    await registrar.tap("照片 1，放大查看")
    viewer = page.get_by_role("dialog", name="照片 1")
    assert await drawn(viewer.get_by_role("img", name="照片 1"))
    await expect(viewer.get_by_role("button", name="关闭")).to_be_focused()
    before = await width(viewer.get_by_role("img"))
    await registrar.tap("放大")
    assert await width(viewer.get_by_role("img")) > before * 1.4
    await registrar.tap("缩小")
    await page.keyboard.press("ArrowRight")
    assert await drawn(page.get_by_role("dialog", name="照片 2").get_by_role("img"))
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)

    await registrar.tap("播放视频 1")
    moved = "() => { const one = document.querySelector('video'); return one && one.currentTime > 1 && one.videoWidth }"
    assert await (await page.wait_for_function(moved)).json_value() == 640
    await registrar.choose("2×", within="视频 1的播放速度")
    assert await page.evaluate("() => document.querySelector('video').playbackRate") == 2

    await expect(registrar.seen(page.get_by_role("img", name="录音 1的波形，全长 0:08；声音较大处："))).to_be_visible()
    await registrar.tap("播放录音 1")
    await registrar.reads("0:01 / 0:08")
    await registrar.tap("暂停录音 1")
    await registrar.tap("前进 10 秒")
    await registrar.reads("0:08 / 0:08")

    paper = registrar.seen(page.get_by_role("img", name="PDF 文件 1，第 1 页，共 3 页"))
    assert await drawn(paper)
    await registrar.tap("显示其余 1 页")
    assert await drawn(registrar.seen(page.get_by_role("img", name="PDF 文件 1，第 3 页，共 3 页")))
    async with page.expect_download() as download:
        await registrar.tap("下载 PDF 副本")
    assert (await (await download.value).path()).read_bytes().startswith(b"%PDF")

    await registrar.begins("受理")
    await registrar.tap("查看附件")  # beside the form
    await registrar.reads("附件（5）")


async def test_the_original_is_opened_for_a_reason(phones: Phones, site: Site) -> None:
    sample = photo()
    number, _, files = await ready(site, sample)
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.tap("照片 1，放大查看")
    await registrar.tap("更多操作")
    await registrar.reads("会记入办理记录")
    await registrar.tap("记录并打开原件")
    await registrar.reads("请填写“查看原件的理由”")
    await registrar.write("查看原件的理由", "核对拍摄时间")
    async with registrar.phone.page.expect_download() as download:
        await registrar.tap("记录并打开原件")
    assert (await (await download.value).path()).read_bytes() == sample.content
    entries = (await site.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    said = [entry["said"] for entry in entries if entry["verb"] == "look_file"]
    assert said == [{"reason": "核对拍摄时间", "file": str(files[0])}]


async def test_the_sender_knows_the_file_by_its_hash(phones: Phones, site: Site) -> None:
    whole, coming, broken = photo(), photo("还在处理.jpg"), film(1)
    number, secret, files = await sent(site, whole, coming, broken)
    await made_ready(site, files[0], whole)
    await File.filter(id=files[1]).update(state=FileState.PROCESSING, progress=40)
    await File.filter(id=files[2]).update(state=FileState.REFUSED, problem="file_broken")
    citizen = await followed(phones, number, secret)
    await citizen.reads("附件（3）")
    await citizen.reads("正在处理 40%")
    await citizen.reads("未接受")
    first, second = (1, 2) if files[0] < files[1] else (2, 1)  # in the order of their ids
    await citizen.tap(f"照片 {first}，放大查看")
    viewer = citizen.phone.page.get_by_role("dialog")
    picture = viewer.get_by_role("img")
    assert await drawn(picture)
    assert "blob:" in (await picture.get_attribute("src") or ""), "fetched with the receipt, no cookie"
    assert await citizen.phone.page.context.cookies() == []
    await citizen.tap("详情")
    await viewer.get_by_role("button", name="查看文件指纹").click()
    await citizen.reads(sha256(whole.content).hexdigest())
    await citizen.reads("举报人提供")
    await citizen.tap("关闭")
    await made_ready(site, files[1], coming)
    await expect(citizen.button(f"照片 {second}，放大查看")).to_be_visible()  # it asks again by itself


async def test_the_sender_plays_their_film(phones: Phones, site: Site) -> None:
    number, secret, _ = await ready(site, film())
    citizen = await followed(phones, number, secret)
    await citizen.tap("播放视频 1")
    await citizen.phone.page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.5")


async def test_the_accused_unit_finds_neither_matter_nor_file(phones: Phones, site: Site) -> None:
    accused = await Unit.get(code="6201-justice")
    number, _, _ = await ready(site, photo(), region="6201", accused_unit=str(accused.id))
    liaison = await listed(phones, site, "liaison-city")
    await liaison.phone.open(f"/staff/matter/index?number={number}")
    await liaison.reads("没有找到")
    await expect(liaison.words("附件")).to_have_count(0)


async def opens_drawing(registrar: Officer, number: str, file: UUID, name: str) -> Locator:
    """The page on which parts of a file are covered; gives where one draws."""
    await registrar.phone.page.goto("about:blank")  # of another file it is another page
    await registrar.phone.open(f"/staff/blur/index?number={number}&file={file}")
    await registrar.reads(name)
    area = registrar.seen(registrar.phone.page.get_by_role("group", name="画面"))
    await expect(area).to_be_visible()
    return area


async def drags(page: Page, area: Locator, *corners: float) -> None:
    """Draw with the mouse, from one corner to the other, in parts of the picture."""
    box = await area.bounding_box()
    assert box is not None
    left, top, right, bottom = corners
    await page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
    await page.mouse.down()
    for step in (0.3, 0.7, 1.0):
        x, y = left + (right - left) * step, top + (bottom - top) * step
        await page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    await page.mouse.up()


async def test_covers_are_drawn_by_mouse_and_keyboard(phones: Phones, site: Site) -> None:
    number, _, files = await ready(site, photo(), film())
    registrar = await listed(phones, site, "registrar1")
    page = registrar.phone.page
    area = await opens_drawing(registrar, number, files[0], "照片 1")
    assert await drawn(area.get_by_role("img"))
    await drags(page, area, 0.40, 0.24, 0.60, 0.56)
    cover = area.get_by_role("button", name="遮挡 1，左 40%，上 24%，宽 20%，高 32%")
    await expect(cover).to_be_visible()
    await cover.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        await page.keyboard.press(key)
    await expect(area.get_by_role("button", name="遮挡 1，左 42%，上 25%，宽 20%，高 32%")).to_be_focused()
    await area.get_by_role("button", name="遮挡 1的右下角").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(area.get_by_role("button", name="宽 19%")).to_be_visible()
    await registrar.tap("增加遮挡", exact=False)
    await registrar.reads("遮挡清单（2）")
    await area.get_by_role("button", name="遮挡 2，").focus()
    await page.keyboard.press("Delete")
    await registrar.reads("遮挡清单（1）")
    await page.keyboard.press("Control+z")
    await registrar.reads("遮挡清单（2）")

    area = await opens_drawing(registrar, number, files[1], "视频 1")
    slider = page.get_by_role("slider", name="画面时间")
    await slider.focus()
    for _ in range(2):
        await page.keyboard.press("PageUp")
    await page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 2) < 0.1")
    await drags(page, area, 0.1, 0.1, 0.3, 0.4)
    await registrar.reads("0:02.0–结尾")
    await page.keyboard.press("Tab")
    await slider.focus()
    await page.keyboard.press("PageUp")
    await registrar.tap("到当前画面为止")
    await registrar.reads("0:02.0–0:03.0")
    await slider.focus()
    await page.keyboard.press("Home")
    await expect(area.get_by_role("button")).to_have_count(0)


async def test_what_is_covered_is_saved(phones: Phones, site: Site) -> None:
    number, _, files = await ready(site, photo())
    registrar = await listed(phones, site, "registrar1")
    await registrar.opens(number)
    await registrar.tap("照片 1，放大查看")
    await registrar.tap("更多操作")
    await registrar.tap("遮挡人脸和车牌")
    area = registrar.seen(registrar.phone.page.get_by_role("group", name="画面"))
    assert await drawn(area.get_by_role("img"))
    await drags(registrar.phone.page, area, 0.40, 0.24, 0.60, 0.56)
    await registrar.tap("保存并重新制作副本")
    await registrar.reads("原件照旧保留")
    await registrar.agrees()
    await registrar.reads(re.compile("等待处理|正在处理"))  # back at the matter: the old copies are not shown
    (told,) = await site.get(f"/api/v1/matters/{number}/files", "registrar1")
    assert told["copies"] == []
    (cover,) = told["blurs"]
    assert cover == pytest.approx(
        {"left": 0.4, "top": 0.24, "width": 0.2, "height": 0.32, "begin": 0, "end": None}, abs=0.01
    )
    assert (await File.get(id=files[0])).state is not FileState.READY
    entries = (await site.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    assert [entry["verb"] for entry in entries if entry["verb"] == "blur_file"] == ["blur_file"]


async def faults(hands: Hands, scale: str, axe: Axe, what: str) -> list[str]:
    """What is wrong with a page as it stands."""
    await hands.phone.page.wait_for_load_state("networkidle")
    measured = await hands.phone.page.evaluate(MEASURE, SMALLEST[scale])
    return [
        *(f"{what}: {words}: {height} px" for words, height in measured["low"]),
        *([f"{what}: {measured['beyond']} px beyond the edge"] if measured["beyond"] > 0 else []),
        *(f"{what}: {found}" for found in await axe(hands.phone.page)),
    ]


@pytest.mark.parametrize("scale", SCALES)
async def test_pages_with_files(phones: Phones, site: Site, axe: Axe, scale: str) -> None:
    number, secret, files = await ready(site, photo(), film(2), voice(), letter())
    registrar = await listed(phones, site, "registrar1")
    await sized(registrar, scale)
    await registrar.opens(number)
    await registrar.reads("附件（4）")
    found = await faults(registrar, scale, axe, "matter")
    await registrar.tap("照片 1，放大查看")
    await registrar.tap("详情")
    found += await faults(registrar, scale, axe, "viewer")
    await registrar.tap("更多操作")
    found += await faults(registrar, scale, axe, "acts")
    for file in files[:2]:
        await opens_drawing(registrar, number, file, "遮挡清单（0）")
        found += await faults(registrar, scale, axe, "blur")
    citizen = await followed(phones, number, secret)
    await sized(citizen, scale)
    await citizen.follows()
    await citizen.reads("附件（4）")
    found += await faults(citizen, scale, axe, "case")
    assert found == [], "\n".join(found)
