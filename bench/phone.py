"""The phone's first page in Chromium on a narrow line: bytes, and seconds until it can be used."""

from typing import Any

from aiohttp import web
from playwright.async_api import Browser, async_playwright

import app
from bench.figures import Figure, spread
from bench.ground import Ground
from kit import h5
from kit.settings import Settings
from models.database import connected
from tests.client.browser import FLAGS, on_path
from tests.processes import free_port

LINES = {"no limit": None, "3G, 1.6 Mbit/s, 150 ms": (1600, 150), "3G, 1.6 Mbit/s, 300 ms": (1600, 300)}
GOAL = {"3G, 1.6 Mbit/s, 150 ms": 2000}  # milliseconds, on the profile that WebPageTest and Lighthouse call 3G fast
LARGEST = 250_000  # bytes
_FIGURES = (
    """() => [performance.now(), performance.getEntries().reduce((sum, one) => sum + (one.transferSize ?? 0), 0)]"""
)


async def measured(ground: Ground, times: int = 5) -> list[Figure]:
    """From the first request, with nothing kept from before, until the first button is there to be tapped."""
    h5.build()
    port = free_port()
    async with connected(ground.postgres.application_url):
        runner = web.AppRunner(app.build(Settings(redis_url=ground.valkey.url()), database=False), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=on_path(), args=FLAGS)
            looks = {what: [await _look(browser, port, line) for _ in range(times)] for what, line in LINES.items()}
            await browser.close()
        await runner.cleanup()
    size = max(size for seen in looks.values() for _, size in seen)
    figures = [Figure("first page: kB over the line", f"{size / 1000:.0f}", f"≤ {LARGEST / 1000:.0f}", size <= LARGEST)]
    for what, seen in looks.items():
        milliseconds = sorted(took for took, _ in seen)
        goal = GOAL.get(what)
        met = goal is None or milliseconds[len(seen) // 2] <= goal
        figures.append(
            Figure(f"first page: ms until usable, {what}", spread(milliseconds), f"≤ {goal:,}" if goal else "", met)
        )
    return figures


async def _look(browser: Browser, port: int, line: tuple[int, int] | None) -> tuple[float, int]:
    """Milliseconds and bytes of one look by a phone that was never here."""
    options: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    context = await browser.new_context(**options, locale="zh-CN", service_workers="block")
    page = await context.new_page()
    if line:
        bytes_per_second = line[0] * 1000 / 8
        narrow = {"offline": False, "latency": line[1], "downloadThroughput": bytes_per_second}
        client = await context.new_cdp_session(page)
        await client.send("Network.enable")
        await client.send("Network.emulateNetworkConditions", narrow | {"uploadThroughput": bytes_per_second / 2})
    await page.goto(f"http://127.0.0.1:{port}/h5/", wait_until="commit")
    await page.get_by_role("button").first.wait_for()
    took, size = await page.evaluate(_FIGURES)
    await context.close()
    return took, size
