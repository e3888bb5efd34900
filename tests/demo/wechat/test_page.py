"""The phone's page in a browser: whatever it shows comes from the fake's API, and nothing else is asked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, ViewportSize, async_playwright, expect

from demo.wechat.pushing import OUT_OF_ORDER
from demo.wechat.world import Entry, World
from tests.client.browser import FLAGS, on_path
from tests.demo.wechat import worlds
from tests.demo.wechat.receiver import Receiver, receiving

SIZES = {"phone": ViewportSize(width=390, height=844), "pc": ViewportSize(width=1280, height=800)}
_TOO_SMALL = """() => [...document.querySelectorAll('a[href], button, input')].filter((one) => one.checkVisibility())
    .map((one) => [one.closest('label') ?? one, one])
    .filter(([box]) => box.getBoundingClientRect().height < 44).map(([, one]) => one.outerHTML.slice(0, 80))"""
MENU: list[dict[str, Any]] = [
    {"name": "查进度", "type": "click", "key": "progress"},
    {"name": "更多", "sub_button": [{"name": "述法专栏", "type": "view", "url": "https://h.cn/law"}]},
]


@pytest.fixture
async def page(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Page]:
    """张三's phone, at one size or as a test asks; a fault of the page fails the test."""
    world.apps["wx-official"].name = "一键举报"
    faults: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=on_path(), args=FLAGS)
        made = await browser.new_page(viewport=SIZES[getattr(request, "param", "phone")], locale="zh-CN")
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        made.on("request", lambda sent: None if sent.url.startswith((world.base, "data:")) else faults.append(sent.url))
        await made.goto(f"{world.base}/phone/")
        await made.get_by_role("link", name="张三").click()
        yield made
        await browser.close()
    assert faults == []


async def test_writing_by_keyboard_the_menu_and_what_comes_back(page: Page, world: World, receiver: Receiver) -> None:
    await page.get_by_role("link", name="公众号").click()
    await page.get_by_label("消息", exact=True).fill("在吗")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("在吗")
    assert await page.evaluate(_TOO_SMALL) == []
    content = {"msgtype": "text", "text": {"content": '您好，<a href="https://h.cn/x">查看</a><b>'}}
    worlds.zhang(world).chat.append(Entry("service", "wx-official", world.now(), content))
    await expect(page.get_by_role("link", name="查看")).to_have_attribute("href", "https://h.cn/x")
    await expect(page.get_by_role("log")).to_contain_text("<b>")  # no other markup is any
    worlds.official(world).menu = MENU
    await page.get_by_role("button", name="查进度").click()
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("button", name="述法专栏").click()
    await expect(page.get_by_role("link", name="打开", exact=True)).to_have_attribute("href", "https://h.cn/law")
    assert ["Content" in body for body in receiver.bodies] == [True, False, False]


async def test_things_sent(page: Page, world: World, receiver: Receiver) -> None:
    await page.get_by_role("link", name="公众号").click()
    await page.get_by_label("图片、语音、位置等").click()
    await page.get_by_role("button", name="说 3 秒").click()
    await expect(page.get_by_role("log")).to_contain_text("语音")
    await page.get_by_role("button", name="位置", exact=True).click()
    await page.get_by_role("button", name="甘肃省司法厅").click()
    await expect(page.get_by_role("log")).to_contain_text("甘肃省司法厅")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="图片", exact=True).click()
    png = bytes.fromhex("89504e470d0a1a0a")
    await (await chooser.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": png})
    await expect(page.get_by_role("img", name="图片")).to_have_count(1)
    assert sorted(len(one.content) for one in world.media.values()) == [8, 6 + 3 * 50 * 32]
    assert len(receiver.bodies) == 3


async def test_no_answer_looks_as_it_does_in_wechat(page: Page, world: World) -> None:
    worlds.official(world).callback = f"{world.base}/nowhere"
    await page.get_by_role("link", name="公众号").click()
    await page.get_by_label("消息", exact=True).fill("在吗")
    await page.get_by_role("button", name="发送").click()
    await expect(page.get_by_role("log")).to_contain_text(OUT_OF_ORDER)


@pytest.mark.parametrize("page", SIZES, indirect=True)
async def test_following_scanning_subscribing_and_notices(
    page: Page, world: World, http: ClientSession, receiver: Receiver
) -> None:
    worlds.zhang(world).follows.clear()
    world.site = "http://127.0.0.1:9"
    await page.reload()
    await page.get_by_role("link", name="公众号").click()
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.get_by_label("消息", exact=True)).to_be_visible()
    await page.get_by_role("link", name="返回").click()

    world.drawn[b""] = "wxa:wx-mini:pages/index/index?scene=ABC"
    await page.get_by_role("button", name="扫一扫").click()
    await page.get_by_role("button", name="小程序码").click()
    opened = page.get_by_role("link", name="打开", exact=True)
    await expect(opened).to_have_attribute("href", "http://127.0.0.1:9/h5/#/pages/index/index?scene=ABC")
    await page.keyboard.press("Escape")
    assert "wx-mini" in worlds.zhang(world).visited

    async with receiving(worlds.mini(world)) as mini:
        worlds.mini(world).callback = mini.url
        await page.get_by_role("button", name="订阅提示").click()
        await page.get_by_label("进展").first.uncheck()
        assert await page.evaluate(_TOO_SMALL) == []
        await page.get_by_role("button", name="允许", exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text("已允许")
    consents = worlds.zhang(world).consents
    assert (consents["wx-mini", worlds.PROGRESS], consents["wx-mini", worlds.LASTING] > 0) == (0, True)

    notice = {"template_id": worlds.LASTING, "page": "pages/index/index", "data": {"thing1": {"value": "有新进展"}}}
    worlds.zhang(world).chat.append(Entry("subscription", "wx-mini", world.now(), notice))
    await page.get_by_role("link", name="服务通知（1）").click()
    await expect(page.get_by_role("log")).to_contain_text("有新进展")
    await expect(page.get_by_role("link", name="进入小程序查看")).to_be_visible()
