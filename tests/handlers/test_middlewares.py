"""One shape for every refusal, headers of caution on everything, and logs that tell on nobody."""

from typing import Annotated

import asyncpg
import pytest
import redis.exceptions
from aiohttp import ClientPayloadError, ServerDisconnectedError, web
from pydantic import StringConstraints
from structlog.testing import capture_logs

from handlers.spec import Access, Call, Reply, Routes
from kit import metrics
from kit.errors import Conflict, TooMany
from tests.handlers.conftest import Door

routes = Routes("样例")
ERRORS: dict[str, Exception] = {
    "conflict": Conflict("已被他人签收", details={"version": 3}),
    "many": TooMany(),
    "bug": KeyError("张三 13800138000"),
    "lost": asyncpg.ConnectionDoesNotExistError("gone"),
    "closed": asyncpg.InterfaceError("cannot call Transaction.rollback(): the underlying connection is closed"),
    "misuse": asyncpg.InterfaceError("another operation is in progress"),
    "starting": asyncpg.CannotConnectNowError("starting up"),
    "valkey": redis.exceptions.ConnectionError("refused"),
    "gone": web.HTTPGone(),
    "file": FileNotFoundError("a file of our own"),
    "slow": TimeoutError("something of our own"),
}


@routes.get("/raise/{name}", access=Access.PUBLIC, summary="出错")
async def fail(_call: Call, name: Annotated[str, StringConstraints(max_length=9)]) -> None:
    """Raise what was asked for."""
    raise ERRORS[name]


@routes.get("/database", access=Access.PUBLIC, summary="数据库不在")
async def database(_call: Call) -> None:
    """Ask a database that isn't there."""
    await asyncpg.connect(host="/nonexistent", user="nobody", timeout=1)


@routes.post("/report", access=Access.PUBLIC, summary="举报", anonymous=True)
async def report(_call: Call) -> dict[str, str]:
    """Take a report."""
    return {}


@routes.post("/sign-in", access=Access.PUBLIC, summary="登录", sign_in=True)
async def sign_in(_call: Call) -> Reply[dict[str, str]]:
    """Sign in."""
    return Reply({}, headers={"Cache-Control": "private"})


@routes.get("/beat", access=Access.PUBLIC, summary="心跳", quiet=True)
async def beat(call: Call) -> dict[str, str]:
    """Be well, unless asked not to."""
    if call.request.query:
        raise Conflict
    return {}


@routes.get("/stream", access=Access.PUBLIC, summary="中断", produces="text/plain")
async def stream(call: Call) -> web.StreamResponse:
    """Fail when half is sent."""
    response = web.StreamResponse()
    await response.prepare(call.request)
    await response.write(b"half")
    raise RuntimeError


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("many", 429, "too_many"),
        ("bug", 500, "internal"),
        ("lost", 503, "unavailable"),
        ("closed", 503, "unavailable"),
        ("misuse", 500, "internal"),
        ("starting", 503, "unavailable"),
        ("valkey", 503, "unavailable"),
        ("gone", 410, "refused"),
        ("file", 500, "internal"),
        ("slow", 500, "internal"),
    ],
)
async def test_every_failure_has_one_shape(door: Door, name: str, status: int, code: str) -> None:
    client = await door(routes)
    answer = await client.get(f"/raise/{name}", headers={"X-Request-ID": "0123456789abcdef"})
    told = await answer.json()
    assert (answer.status, told["code"], told["request_id"]) == (status, code, "0123456789abcdef")
    assert set(told) == {"code", "message", "details", "request_id"}
    assert answer.headers["X-Request-ID"] == "0123456789abcdef"
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    assert "13800138000" not in await answer.text()


async def test_details_of_a_refusal_are_told(door: Door) -> None:
    told = await (await (await door(routes)).get("/raise/conflict")).json()
    assert (told["message"], told["details"]) == ("已被他人签收", {"version": 3})


async def test_a_database_that_is_away_is_503(door: Door) -> None:
    assert (await (await door(routes)).get("/database")).status == 503


async def test_what_the_server_refuses_has_the_same_shape(door: Door) -> None:
    client = await door(routes)
    missing = await client.get("/nothing?secret=1")
    assert (missing.status, (await missing.json())["code"]) == (404, "not_found")
    wrong = await client.put("/report")
    assert (wrong.status, (await wrong.json())["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "POST"


async def test_an_answer_that_was_begun_breaks_off(door: Door) -> None:
    client = await door(routes)
    with pytest.raises((ClientPayloadError, ServerDisconnectedError)):
        await (await client.get("/stream")).read()


@pytest.mark.parametrize("path", ["/raise/conflict", "/raise/bug", "/nothing", "/stream"])
async def test_headers_of_caution_are_on_everything(door: Door, path: str) -> None:
    answer = await (await door(routes)).get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "aiohttp" not in answer.headers["Server"]


async def test_a_handlers_own_header_stays(door: Door) -> None:
    assert (await (await door(routes)).post("/sign-in")).headers["Cache-Control"] == "private"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f", "<script>alert(1)</script>"])
async def test_an_ill_formed_request_id_is_replaced(door: Door, given: str) -> None:
    answer = await (await door(routes)).get("/nothing", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


async def test_a_line_in_the_log_names_the_template_and_nobody(door: Door) -> None:
    client = await door(routes)
    with capture_logs() as lines:
        await client.get("/raise/conflict?phone=13800138000", headers={"User-Agent": "probe"})
        await client.post("/report", headers={"User-Agent": "probe", "Authorization": "Bearer forged"})
        await client.get("/13800138000")
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/raise/{name}", 409),
        ("POST", "/report", 200),
        ("unknown", "unknown", 404),
    ]
    for word in ("138", "probe", "127.0.0.1"):
        assert word not in str([{key: line[key] for key in line if key != "ms"} for line in lines])


async def test_only_sign_in_tells_from_where(door: Door) -> None:
    client = await door(routes, trusted_proxies=1)
    with capture_logs() as lines:
        await client.post("/sign-in", headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3", "User-Agent": "probe"})
    assert (lines[0]["address"], lines[0]["agent"]) == ("10.1.2.3", "probe")


async def test_what_goes_well_all_the_time_leaves_no_line_and_is_counted(door: Door) -> None:
    client = await door(routes)
    with capture_logs() as lines:
        assert [(await client.get(path)).status for path in ("/beat", "/beat?ill", "/beat")] == [200, 409, 200]
    assert [(line["route"], line["status"]) for line in lines] == [("/beat", 409)]
    assert 'http_requests_total{method="GET",route="/beat",status="200"} 2.0' in metrics.exposition().decode()


async def test_a_forged_forwarding_header_is_not_believed(door: Door) -> None:
    client = await door(routes)
    with capture_logs() as lines:
        await client.post("/sign-in", headers={"X-Forwarded-For": "6.6.6.6"})
    assert lines[0]["address"] == "127.0.0.1"


async def test_reports_are_not_counted_apart(door: Door) -> None:
    await (await door(routes)).post("/report")
    text = metrics.exposition().decode()
    assert '"/report"' not in text
    assert 'route="anonymous"' in text
