"""Every page in every size of text: for screen readers, thumbs and weak eyes, without a sideways scroll."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from tests.client.conftest import Phones, Site
from tests.client.hands import Citizen, Hands, listed

Axe = Callable[[Page], Awaitable[list[str]]]

PUBLIC = (
    "home", "report", "receipt", "once", "progress", "case", "read", "figures", "cases", "ledger", "column", "settings",
)  # fmt: skip
STAFF = (
    "queue",
    "matter",
    "step",
    "open",
    "blur",
    "figures",
    "supervisions",
    "my-reports",
    "editor",
    "coverage",
    "contact-points",
    "comments",
    "ledger",
    "notices",
    "waiting",
    "sign-in",
)
ACCOUNT = ("bind", "confirm", "devices", "accounts")
SMALLEST = {"standard": 44, "largest": 60}  # px of whatever is tapped
SCALES = list(SMALLEST)

# Visible things to tap that are lower than they should be, by what they say; and how far the page goes beyond its edge.
MEASURE = """(smallest) => ({
    low: [...document.querySelectorAll('[role=button], [role=radio], [role=checkbox], [role=tab], a, input, textarea')]
        .filter((one) => one.checkVisibility() && !one.closest('[aria-hidden=true]'))
        .map((one) => [one.textContent.trim().slice(0, 30) || one.getAttribute('aria-label'),
                       Math.round((one.closest('.box') ?? one).getBoundingClientRect().height)])
        .filter(([, height]) => height < smallest),
    beyond: document.documentElement.scrollWidth - innerWidth,
})"""


async def sized(hands: Hands, scale: str, language: str = "zh-Hans") -> None:
    """Choose a size of text and a language, as the settings page does."""
    await hands.phone.open("/pages/settings/index")
    await hands.choose({"standard": "标准", "largest": "特大"}[scale])
    await hands.choose({"zh-Hans": "中文", "en": "English"}[language])


async def faults(hands: Hands, page: str, scale: str, axe: Axe) -> list[str]:
    """What is wrong with a page once it has loaded."""
    await hands.phone.open(page)
    await hands.phone.page.wait_for_load_state("networkidle")
    measured = await hands.phone.page.evaluate(MEASURE, SMALLEST[scale])
    low = [f"{page}: {words}: {height} px" for words, height in measured["low"]]
    beyond = [f"{page}: {measured['beyond']} px beyond the edge"] if measured["beyond"] > 0 else []
    return [*low, *beyond, *(f"{page}: {found}" for found in await axe(hands.phone.page))]


@pytest.mark.parametrize("scale", SCALES)
async def test_public_pages(phones: Phones, site: Site, axe: Axe, scale: str) -> None:
    citizen = Citizen(await phones())
    await sized(citizen, scale)
    await citizen.phone.open("/pages/report/index")
    number = await citizen.reports()
    found = []
    for name in PUBLIC:
        found += await faults(citizen, f"/pages/{name}/index?number={number}", scale, axe)
    assert found == []


@pytest.mark.parametrize("scale", SCALES)
async def test_staff_pages(phones: Phones, site: Site, axe: Axe, scale: str) -> None:
    number, _ = await site.file()
    await site.step(number, "accept", "registrar1")
    registrar = await listed(phones, site, "registrar1")
    await sized(registrar, scale)
    found = []
    for name in (*ACCOUNT, *STAFF):
        found += await faults(registrar, f"/staff/{name}/index?number={number}&verb=screen", scale, axe)
    assert found == []


async def test_english_pages(phones: Phones, site: Site, axe: Axe) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/report/index")
    number = await citizen.reports()
    await sized(citizen, "standard", "en")
    found = []
    for name in PUBLIC:
        found += await faults(citizen, f"/pages/{name}/index?number={number}", "standard", axe)
    await citizen.phone.open("/pages/home/index")
    await citizen.reads("Report a problem")
    assert await citizen.phone.page.evaluate("() => document.documentElement.lang") == "en"
    assert found == []


async def test_the_keyboard_is_enough(phones: Phones, site: Site) -> None:
    citizen = Citizen(await phones())
    await citizen.phone.open("/pages/home/index")
    await citizen.button("我要举报", exact=False).first.focus()
    await citizen.phone.page.keyboard.press("Enter")
    await citizen.reads("发生了什么事")
    await citizen.seen(citizen.phone.page.get_by_role("radio", name="保密")).first.focus()
    await citizen.phone.page.keyboard.press("Space")
    await citizen.reads("联系电话")
