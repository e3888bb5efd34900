"""Whether it says what is missing, and shows figures only to whom they belong."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app import build
from handlers import ROUTES, health
from handlers.keys import LOADING, PARTS, WARNINGS, Part
from kit.media import lacking, sandbox
from kit.media.document import office_program
from kit.settings import Settings
from tests.handlers.conftest import Client, Door
from tests.servers import Servers, create_database


async def ok() -> str:
    """Answer as a part that works."""
    return "ok"


async def broken() -> str:
    """Answer as a part that is gone."""
    raise ConnectionRefusedError


async def loading() -> list[dict[str, Any]]:
    """Tell what is still loaded."""
    return [{"name": "演示举报件", "done": 3, "total": 640}]


async def warnings() -> dict[str, str]:
    """Tell of a machine without LibreOffice."""
    return {"office": lacking.OFFICE}


Opened = Callable[..., Awaitable[Client]]


@pytest.fixture
def ready(aiohttp_client: Opened) -> Opened:
    """Open the application with given parts."""

    async def open_with(*parts: Part) -> Client:
        app = build(Settings(), database=False)
        app[PARTS][:] = parts
        app[LOADING] = loading
        app[WARNINGS] = warnings
        return await aiohttp_client(app)

    return open_with


async def test_alive(door: Door) -> None:
    client = await door(*ROUTES)
    answer = await client.get("/healthz")
    assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    assert (await client.head("/healthz")).status == 200


async def test_ready_when_every_part_answers(ready: Opened) -> None:
    answer = await (await ready(Part("database", ok, needed=True), Part("valkey", ok))).get("/readyz")
    assert (answer.status, await answer.json()) == (
        200,
        {
            "status": "ready",
            "parts": {"database": "ok", "valkey": "ok"},
            "loading": await loading(),
            "warnings": {"office": "没有安装 LibreOffice，办公文档不生成页面图片"},
        },
    )


async def test_what_the_machine_lacks_is_said(aiohttp_client: Opened, tmp_path: Path) -> None:
    app = build(Settings(), database=False)
    app[PARTS].clear()
    told = await (await (await aiohttp_client(app)).get("/readyz")).json()
    isolation = await sandbox.isolation(tmp_path)
    lacks = {f"isolation_{name}" for name in ("network", "files", "processes") if not getattr(isolation, name)}
    lacks |= {"scanner"} | ({"office"} if office_program() is None else set())
    assert (told["status"], told["warnings"].keys()) == ("ready", lacks)
    app = build(Settings(clamav=str(tmp_path / "nobody")), database=False)
    told = await (await (await aiohttp_client(app)).get("/readyz")).json()
    assert (told["status"], told["parts"]["scanner"]) == ("degraded", "missing")
    assert told["warnings"].keys() == lacks - {"scanner"}


async def test_warnings_that_are_not_known_keep_nobody_waiting(aiohttp_client: Opened) -> None:
    app = build(Settings(), database=False)
    app[PARTS].clear()

    async def never() -> dict[str, str]:
        raise ConnectionRefusedError

    app[WARNINGS] = never
    answer = await (await aiohttp_client(app)).get("/readyz")
    assert (answer.status, (await answer.json())["warnings"]) == (200, {})


async def test_degraded_without_valkey(ready: Opened) -> None:
    answer = await (await ready(Part("database", ok, needed=True), Part("valkey", broken))).get("/readyz")
    told = await answer.json()
    assert (answer.status, told["status"], told["parts"]["valkey"]) == (200, "degraded", "missing")


async def test_unavailable_without_the_database(ready: Opened) -> None:
    answer = await (await ready(Part("database", broken, needed=True), Part("valkey", ok))).get("/readyz")
    told = await answer.json()
    assert (answer.status, told["status"], told["parts"]) == (
        503,
        "unavailable",
        {"database": "missing", "valkey": "ok"},
    )


async def test_without_tables_it_says_so(aiohttp_client: Opened, servers: Servers) -> None:
    await create_database(servers.postgres, "without_tables")
    client = await aiohttp_client(build(Settings(database_url=servers.postgres.url("without_tables"))))
    answer = await client.get("/readyz")
    assert (answer.status, (await answer.json())["parts"]["migrations"]) == (503, "missing")


async def test_a_part_that_hangs_is_missing(ready: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.01)

    async def hang() -> str:
        await asyncio.Event().wait()
        return "never"

    answer = await (await ready(Part("database", hang, needed=True))).get("/readyz")
    assert answer.status == 503


async def test_figures_are_for_this_machine(door: Door) -> None:
    client = await door(*ROUTES)
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert "http_requests_total" in await answer.text()
    for headers in ({"X-Forwarded-For": "10.0.0.1"}, {"Via": "1.1 nginx"}, {"Forwarded": "for=10.0.0.1"}):
        assert (await client.get("/metrics", headers=headers)).status == 404


async def test_figures_through_a_proxy_need_the_token(door: Door) -> None:
    client = await door(*ROUTES, metrics_token="figures-please", trusted_proxies=1)
    assert (await client.get("/metrics")).status == 404
    for wrong in ("Bearer figures", "Bearer ", "figures-please", "Bearer 数"):
        assert (await client.get("/metrics", headers={"Authorization": wrong})).status == 404
    assert (await client.get("/metrics", headers={"Authorization": "Bearer figures-please"})).status == 200


async def test_pages_are_served_by_ourselves(door: Door) -> None:
    client = await door(*ROUTES)
    for path, kind in (
        ("/", "text/html"),
        ("/api/docs", "text/html"),
        ("/assets/page.css", "text/css"),
        ("/assets/docs.js", "text/javascript"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/assets/swagger-ui.css", "text/css"),
        ("/assets/swagger-ui-bundle.js", "text/javascript"),
    ):
        answer = await client.get(path)
        assert (answer.status, answer.content_type) == (200, kind), path
        if kind == "text/html":
            assert "http://" not in await answer.text()
            assert "https://" not in await answer.text()
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for path in ("/assets/swagger-editor.js", "/assets/..%2f__init__.py", "/assets/landing.html", "/assets/%00"):
        assert (await client.get(path)).status == 404
