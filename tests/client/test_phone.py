"""Whether the tests' own phone notices what it is there to notice."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from tests.client.conftest import Phone, Phones, Site

FAULTS = {
    "an error": ("setTimeout(() => { throw new Error('a bug') })", "error: a bug"),
    "an error that is told": ("console.error('went wrong')", "console: went wrong"),
    "inline style": ("document.body.setAttribute('style', 'color: red')", "CSP: style-src-attr"),
    "inline code": (
        "document.head.append(Object.assign(document.createElement('script'), {text: '1'}))",
        "CSP: script-src",
    ),
    "a third party": (
        "document.body.append(Object.assign(new Image(), {src: 'https://example.com/x.png'}))",
        "CSP: img",
    ),
    "leaving": ("location.href = 'https://example.com/'", "leaves: https://example.com/"),
    "a failure of ours": ("fetch('/h5/nothing.js')", "status of 404"),
}


@pytest.mark.parametrize(("does", "fault"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_noticed(phones: Phones, does: str, fault: str) -> None:
    phone = await phones()
    await phone.open()
    async with phone.page.expect_event(
        "request" if fault.startswith("leaves") else "pageerror" if fault.startswith("error") else "console",
        lambda _: any(fault in one for one in phone.left()),
    ):
        await phone.page.evaluate(f"() => {{ {does} }}")
    assert any(fault in one for one in phone.left())
    phone.forgive("")


async def test_what_the_api_refuses_is_no_fault(phone: Phone) -> None:
    await phone.open()
    assert await phone.page.evaluate("() => fetch('/api/v1/duties').then((answer) => answer.status)") == 401
    assert phone.left() == []


async def test_a_phone_without_a_line(phone: Phone) -> None:
    await phone.open()
    ask = "() => fetch('/healthz').then((answer) => answer.status, () => 'no line')"
    async with phone.without_a_line():
        assert await phone.page.evaluate(ask) == "no line"
    assert await phone.page.evaluate(ask) == 200


async def test_tabs_share_what_phones_do_not(phones: Phones) -> None:
    one, other = await phones(), await phones()
    tab = await one.another_tab()
    for phone in (one, tab, other):
        await phone.open()
    await one.page.evaluate("() => localStorage.setItem('seen', 'here')")
    seen = "() => localStorage.getItem('seen')"
    assert [await phone.page.evaluate(seen) for phone in (one, tab, other)] == ["here", "here", None]


async def test_axe_finds_what_cannot_be_read(phone: Phone, axe: Callable[[Page], Awaitable[list[str]]]) -> None:
    await phone.open()
    await phone.page.evaluate("() => document.body.append(document.createElement('button'))")
    assert [found.partition(":")[0] for found in await axe(phone.page) if "<button>" in found] == ["button-name"]


async def test_the_site_is_the_whole_system(site: Site) -> None:
    number, receipt = await site.file()
    await site.chores()
    assert (await site.get(f"/api/v1/matters/{number}", receipt))["stage"] == "filed"
    assert (await site.get("/api/v1/duties?tab=unit", "registrar1"))["items"][0]["matter"]["number"] == number
