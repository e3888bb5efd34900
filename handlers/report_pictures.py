"""分享图片: a report that everybody may see as a picture, with a code that leads to it."""

import asyncio
from contextlib import suppress
from typing import Literal

from aiohttp import web

from domain.codes import sheet
from domain.people.actors import VISITOR
from domain.reports import column, picture
from handlers.code_pictures import NotDrawn, Way, drawn_picture
from handlers.keys import SETTINGS, STORE, WECHAT
from handlers.matters import Number
from handlers.spec import Access, Call, Query, Routes
from kit import storage
from kit.wechat.account import Kind

routes = Routes("述法")


class ShareQuery(Query):
    """图片上的二维码：link 普通链接，任何手机可扫；mini 小程序码，没有时也用普通链接。"""

    kind: Literal["link", "mini"] = "link"


@routes.get(
    "/api/v1/public/reports/{number}/share.png", access=Access.PUBLIC, summary="述法报告的分享图片",
    produces="image/png", anonymous=True,
)  # fmt: skip
async def shared(call: Call, number: Number, query: ShareQuery) -> web.Response:
    """Title, who and which year; gone at once when the report is withdrawn."""
    found = await column.one(VISITOR, number)
    code = await _code(call.request.app, number, Way(query.kind))
    content = await asyncio.to_thread(picture.shared, found, code)
    return web.Response(body=content, content_type="image/png", headers={"Cache-Control": "no-cache"})


async def _code(app: web.Application, number: str, way: Way) -> bytes:
    """What WeChat draws is asked for once and kept; where it gives none, the ordinary link does."""
    clients = app[WECHAT]
    if way is Way.MINI and (client := clients.get(Kind.MINI)):
        store, name = app[STORE](), f"codes/{client.account.app_id}/{number}.png"
        with suppress(NotDrawn):
            try:
                return await storage.get(store, name)
            except FileNotFoundError:
                drawn = await drawn_picture(clients, way, number, column.PAGE)
            await storage.put(store, name, drawn)
            return drawn
    return await asyncio.to_thread(sheet.drawn, column.link(app[SETTINGS], number))
