"""Whether the process lives, whether it can work, and its figures for Prometheus."""

import asyncio
from hmac import compare_digest
from ipaddress import ip_address
from typing import Literal

import structlog
from aiohttp import web
from pydantic import BaseModel

from handlers.keys import LOADING, MEASURED, PARTS, SETTINGS, WARNINGS, Part
from handlers.spec import Access, Call, Reply, Routes
from kit import metrics
from kit.errors import NotFound
from kit.words import phrase

log = structlog.get_logger("health")
routes = Routes("系统")

PATIENCE = 2.0  # seconds that a part may take to answer


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Load(BaseModel):
    """How far something that is loaded in the background has come."""

    name: str
    done: int
    total: int


class Ready(BaseModel):
    """Which part is missing. `degraded` still works, more slowly or without some comfort."""

    status: Literal["ready", "degraded", "unavailable"]
    parts: dict[str, str]
    loading: list[Load]
    warnings: dict[str, str] = {}
    """What keeps nothing from working, by code, in words for whoever operates it."""


@routes.get("/healthz", access=Access.PUBLIC, summary="进程是否存活", quiet=True)
async def healthz(_call: Call) -> Alive:
    """Nothing is asked of other servers: a restart would not mend them."""
    return Alive()


@routes.get("/readyz", access=Access.PUBLIC, summary="能否办理，缺哪一部分", answers={503: Ready})
async def readyz(call: Call) -> Ready | Reply[Ready]:
    """Ask every part at once."""
    app = call.request.app
    parts = app[PARTS]
    states = dict(zip((part.name for part in parts), await asyncio.gather(*map(_state, parts)), strict=True))
    if any(part.needed and states[part.name] != "ok" for part in parts):
        return Reply(Ready(status="unavailable", parts=states, loading=[]), 503, {"Retry-After": "5"})
    whole = all(state == "ok" for state in states.values())
    loading = [Load.model_validate(load) for load in await app[LOADING]()]
    return Ready(status="ready" if whole else "degraded", parts=states, loading=loading, warnings=await _warnings(app))


async def _warnings(app: web.Application) -> dict[str, str]:
    try:
        async with asyncio.timeout(PATIENCE):
            return {code: phrase(text) for code, text in (await app[WARNINGS]()).items()}
    except Exception as error:  # noqa: BLE001  what is not known now keeps nobody from working
        log.warning("warnings missing", kind=type(error).__name__)
        return {}


async def _state(part: Part) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await part.check()
    except Exception as error:  # noqa: BLE001  whatever keeps it from answering, it is missing
        log.warning("part missing", part=part.name, kind=type(error).__name__)
        return "missing"


@routes.get(
    "/metrics",
    access=Access.PUBLIC,
    summary="运行指标（Prometheus）",
    produces="text/plain",
    refusals=(NotFound,),
)
async def figures(call: Call) -> web.Response:
    """For whoever holds METRICS_TOKEN or sits on this machine; to others it is not there."""
    if not _may_see_figures(call.request):
        raise NotFound
    try:
        async with asyncio.timeout(PATIENCE):
            await call.request.app[MEASURED]()
    except Exception as error:  # noqa: BLE001  what is known in this process is shown all the same
        log.warning("figures missing", kind=type(error).__name__)
    return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _may_see_figures(request: web.Request) -> bool:
    token = request.app[SETTINGS].metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if token and compare_digest(given, b"Bearer " + token.encode()):
        return True
    return request.app[SETTINGS].trusted_proxies == 0 and _is_local(request)


def _is_local(request: web.Request) -> bool:
    """From this machine, and not carried by a proxy on it for somebody else."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    carried = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    return isinstance(peer, tuple) and ip_address(peer[0]).is_loopback and not carried
