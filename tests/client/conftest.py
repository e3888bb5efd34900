"""The site on a real port, phones that look at it in Chromium, and npm; all in one event loop for the session."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from pytest_asyncio import is_async_test
from redis.asyncio import Redis

import app
import worker
from kit import h5, node
from kit.settings import Settings
from models.database import connected
from tests.api.conftest import Api
from tests.client.browser import FLAGS, on_path
from tests.processes import free_port
from tests.servers import Servers

HERE = Path(__file__).parent
IPHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
WITHIN = 10_000  # milliseconds for what a page is to do; far above what anything takes
# What the API refuses is for the page to tell; the browser's own note of it is no fault of ours.
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
_NO_LINE = re.compile(r"ERR_INTERNET_DISCONNECTED|error occurred when fetching the script")  # the service worker's too
_TELL_VIOLATIONS = """
    addEventListener('securitypolicyviolation', (event) =>
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests here share the browser's event loop."""
    for item in items:
        if item.path.is_relative_to(HERE) and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Site(Api):
    """The whole system on a port of this machine; beside it the API, for what a test needs and doesn't prove."""

    url: str = ""

    async def chores(self) -> None:
        """Do once all that the worker does (notices, lapses, deadlines …); with `clock.at`, what it will do then."""
        for chore in worker.chores_of(self.settings):
            await chore.run()


@dataclass
class Phone:
    """A phone of its own, with the faults that its pages had; the test fails if one is left at its end."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    forgiven: list[re.Pattern[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note every fault: errors, violations of the CSP, requests that leave this machine."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("crash", lambda _: self.faults.append("the page crashed"))

    def _said(self, message: ConsoleMessage) -> None:
        of_the_api = "/api/" in message.location.get("url", "")
        if message.type == "error" and not (of_the_api and _REFUSED.match(message.text)):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    async def open(self, path: str = "") -> None:
        """Go to a page of ours, by what follows `/h5/#`; one that is open already is made anew."""
        address = f"{self.url}/h5/{'#' if path else ''}{path}"
        if self.page.url == address:
            await self.page.reload()
        else:
            await self.page.goto(address)

    def forgive(self, pattern: str) -> None:
        """Say that a test brings about this fault itself."""
        self.forgiven.append(re.compile(pattern))

    @asynccontextmanager
    async def without_a_line(self) -> AsyncIterator[None]:
        """Cut the line for what is done inside."""
        self.forgiven.append(_NO_LINE)
        await self.page.context.set_offline(True)
        yield
        await self.page.context.set_offline(False)

    async def another_tab(self) -> "Phone":
        """A second tab of the same phone."""
        return Phone(await self.page.context.new_page(), self.url, self.faults, self.forgiven)

    def left(self) -> list[str]:
        """The faults that no one forgave."""
        return [fault for fault in self.faults if not any(pattern.search(fault) for pattern in self.forgiven)]


def _leaves(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme not in {"data", "blob", "about", "chrome-error"} and parts.hostname != "127.0.0.1"


@pytest.fixture(scope="session")
def npm(pages: Path) -> Callable[..., str]:
    """Run npm in the client's folder, with its dependencies there; what it said is shown if the test fails.

    After the pages: whoever builds them installs the dependencies, and of two who would build one waits.
    """
    environment = node.environment()
    h5.dependencies(environment)

    def run(*arguments: str) -> str:
        return node.npm(*arguments, folder=h5.CLIENT, environment=environment)

    return run


@pytest.fixture(scope="session")
def pages() -> Path:
    """The folder of the H5 pages, built by what `make run` builds them with unless they are up to date."""
    h5.build()
    return h5.OUTPUT


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each phone is a profile of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=on_path(), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def accounts() -> dict[str, Any]:
    """Settings of accounts at WeChat: none, unless a module takes those of `tests.client.at_wechat`."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    pages: Path,
    province_url: str,
    servers: Servers,
    valkey: Redis,
    settings: Settings,
    tmp_path: Path,
    accounts: dict[str, Any],
) -> AsyncIterator[Site]:
    """The system as `make run` builds it, on the demo province, for one test."""
    port = free_port()
    changed = {
        "database_url": province_url,
        "redis_url": servers.valkey.url(),
        "h5_path": pages,
        "public_url": f"http://127.0.0.1:{port}",
        "var": tmp_path,
        "anchor_path": tmp_path / "anchors.jsonl",
        **accounts,
    }
    built = settings.model_copy(update=changed)
    async with connected(province_url, pool=6):
        client = TestClient(TestServer(app.build(built, database=False), host="127.0.0.1", port=port))
        await client.start_server()
        yield Site(client, built, {}, built.url)
        await client.close()


# What comes or goes softly (a toast, a sheet) is at once where it ends; what runs for ever (a spinner) goes on.
_END_FADES = """() => {
  for (const fade of document.getAnimations())
    if (fade.effect.getComputedTiming().endTime !== Infinity) fade.finish()
}"""

Phones = Callable[..., Awaitable[Phone]]


@pytest_asyncio.fixture(loop_scope="session")
async def phones(request: pytest.FixtureRequest, chromium: Browser, site: Site) -> AsyncIterator[Phones]:
    """Take another phone in hand; options are those of Playwright's `new_context`.

    A new phone that keeps all pages for later costs time: a file asks for it by `SERVICE_WORKERS = "allow"`.
    """
    usual = {
        **IPHONE,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "color_scheme": "light",
        "service_workers": getattr(request.module, "SERVICE_WORKERS", "block"),
    }
    taken: list[Phone] = []

    async def take(**options: Any) -> Phone:
        context = await chromium.new_context(**{**usual, **options})
        context.set_default_timeout(WITHIN)
        await context.add_init_script(_TELL_VIOLATIONS)
        phone = Phone(await context.new_page(), site.url)
        context.on("request", lambda sent: phone.faults.append(f"leaves: {sent.url}") if _leaves(sent.url) else None)
        taken.append(phone)
        return phone

    yield take
    for phone in taken:
        await phone.page.context.close()
    assert [fault for phone in taken for fault in phone.left()] == []


@pytest_asyncio.fixture(loop_scope="session")
async def phone(phones: Phones) -> Phone:
    """A phone, 390 × 844, in Chinese."""
    return await phones()


@pytest.fixture(scope="session")
def axe(npm: Callable[..., str]) -> Callable[[Page], Awaitable[list[str]]]:
    """Ask axe-core for the serious and critical violations of a page as it stands."""
    source = (h5.CLIENT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    async def violations(page: Page) -> list[str]:
        await page.evaluate(source)
        await page.evaluate(_END_FADES)  # half a fade is no page anybody reads
        found = await page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']}: {node['target']} {node['html'][:120]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    return violations
