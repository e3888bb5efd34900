"""分享图片: a report that everybody may see as a picture, with a code that leads to it.

A picture takes a tenth of a second to draw, and anybody may ask for it: so it is kept in Valkey under what it shows,
drawn once for all who wait for it, by one thread beside the loop, and so many a minute over everybody.
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Literal
from weakref import WeakValueDictionary

import orjson
from aiohttp import web
from redis.exceptions import RedisError

from domain.codes import sheet
from domain.people.actors import VISITOR
from domain.reports import column, picture
from handlers import admission
from handlers.code_pictures import NotDrawn, Way, drawn_picture
from handlers.keys import SETTINGS, STORE, VALKEY, WECHAT
from handlers.matters import Number
from handlers.spec import Access, Call, Query, Routes
from kit import limits, storage
from kit.errors import TooMany
from kit.wechat.account import Kind

routes = Routes("述法")
DRAWN_ANEW = 1  # raised when the drawing changes: what was kept of the former is not shown any more
KEPT, KEPT_BRIEFLY = 3600, 60  # seconds; briefly without WeChat's code, which it may give next time
_thread = ThreadPoolExecutor(1, thread_name_prefix="share")
_drawing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class ShareQuery(Query):
    """图片上的二维码：link 普通链接，任何手机可扫；mini 小程序码，没有时也用普通链接。"""

    kind: Literal["link", "mini"] = "link"


@routes.get(
    "/api/v1/public/reports/{number}/share.png", access=Access.PUBLIC, summary="述法报告的分享图片",
    produces="image/png", anonymous=True, refusals=(TooMany,),
)  # fmt: skip
async def shared(call: Call, number: Number, query: ShareQuery) -> web.Response:
    """Title, who and which year; gone at once when the report is withdrawn."""
    found = await column.one(VISITOR, number)
    content = await _picture(call.request.app, found, Way(query.kind))
    return web.Response(body=content, content_type="image/png", headers={"Cache-Control": "no-cache"})


async def _picture(app: web.Application, found: dict[str, Any], way: Way) -> bytes:
    """As it was drawn for somebody before, else drawn now; raises TooMany."""
    name = _named(app, found, way)
    if kept := await _kept(app, name):
        return kept
    async with _drawing.setdefault(name, asyncio.Lock()):  # of several who want it, one draws
        if kept := await _kept(app, name):
            return kept
        await admission.spend(app, admission.DRAWN_SHARES)
        mini = await _minis(app, found["number"]) if way is Way.MINI else b""
        link = column.link(app[SETTINGS], found["number"])

        def drawn() -> bytes:
            return picture.shared(found, mini or sheet.drawn(link))

        content = await asyncio.get_running_loop().run_in_executor(_thread, drawn)
        await _keep(app, name, content, KEPT_BRIEFLY if way is Way.MINI and not mini else KEPT)
    return content


def _named(app: web.Application, found: dict[str, Any], way: Way) -> str:
    """By what it shows, so that a changed title or another link is another picture."""
    shown = {name: found[name] for name in picture.SHOWN} | {"link": column.link(app[SETTINGS], found["number"])}
    mini = app[WECHAT].get(Kind.MINI) if way is Way.MINI else None
    told = [DRAWN_ANEW, way, mini and mini.account.app_id, shown]
    hashed = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
    return f"share:{hashed.hexdigest()}"


async def _kept(app: web.Application, name: str) -> bytes | None:
    """None while Valkey is away, too."""
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(limits.WAIT):
            kept = await app[VALKEY].get(name) if VALKEY in app else None
            return kept if isinstance(kept, bytes) else None
    return None


async def _keep(app: web.Application, name: str, content: bytes, seconds: int) -> None:
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(limits.WAIT):
            if VALKEY in app:
                await app[VALKEY].set(name, content, ex=seconds)


async def _minis(app: web.Application, number: str) -> bytes:
    """WeChat's code, asked for once and kept; nothing where it gives none: then the ordinary link's does."""
    clients = app[WECHAT]
    if client := clients.get(Kind.MINI):
        store, name = app[STORE](), f"codes/{client.account.app_id}/{number}.png"
        with suppress(NotDrawn):
            try:
                return await storage.get(store, name)
            except FileNotFoundError:
                drawn = await drawn_picture(clients, Way.MINI, number, column.PAGE)
            await storage.put(store, name, drawn)
            return drawn
    return b""
