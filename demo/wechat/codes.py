"""Codes to scan, and links."""

import io
import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

import segno
from aiohttp import web

from demo.wechat.answers import WORLD, Said, account, body, done, said
from demo.wechat.world import Ticket

_LONGEST = 2_592_000
_WRONG_SCENE = "4294967295"


async def mini_program_code(request: web.Request) -> web.Response:
    """A picture in which a phone finds the account, page and scene; as an ordinary QR code, since it is a fake."""
    app, asked = account(request), await body(request, "scene")
    scene, page = asked["scene"], asked.get("page", "")
    if not isinstance(scene, str) or len(scene) > 32:
        raise Said(40169, "invalid length for scene, or the data is not json string")
    if not re.fullmatch(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+", scene):
        raise Said(40129, "invalid scene value")
    if page.startswith("/") or "?" in page or (asked.get("check_path", True) and page and page not in app.pages):
        raise Said(41030, "invalid page")
    if "scancode_time" in page:
        raise Said(85096, "reserved name")
    if not 280 <= asked.get("width", 430) <= 1280 or asked.get("env_version", "release") not in {
        "release",
        "trial",
        "develop",
    }:
        raise Said(40097, "invalid args")
    return _drawn(request, f"wxa:{app.app_id}:{page}?scene={scene}")


async def url_link(request: web.Request) -> web.Response:
    """A link for messages and pages outside WeChat."""
    asked = await body(request)
    return done(url_link=await _linked(request, asked, asked, "https://wxaurl.cn/"))


async def url_scheme(request: web.Request) -> web.Response:
    """The same in WeChat's own scheme."""
    asked = await body(request, "jump_wxa")
    return done(openlink=await _linked(request, asked, asked["jump_wxa"], "weixin://dl/business/?t="))


async def _linked(request: web.Request, asked: dict[str, Any], where: dict[str, Any], prefix: str) -> str:
    app = account(request)
    page, query = where.get("path", ""), where.get("query", "")
    if page.startswith("/") or (page and page not in app.pages):
        raise Said(40165, "invalid weapp pagepath")
    if len(query) > 1024 or not re.fullmatch(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*", query):
        raise Said(40212, "invalid query")
    if asked.get("expire_type") != 1 or not 1 <= asked.get("expire_interval", 0) <= 30:
        raise Said(85401, "expire out of range")
    if where.get("env_version", "release") not in {"release", "trial", "develop"}:
        raise Said(85402, "invalid env_version")
    link = prefix + secrets.token_urlsafe(9)
    request.app[WORLD].links[link] = {"app_id": app.app_id, "page": page, "query": query}
    return link


async def account_code(request: web.Request) -> web.Response:
    """A parametric code of the official account."""
    world, app, asked = request.app[WORLD], account(request), await body(request, "action_name")
    name, nested = asked["action_name"], asked.get("action_info")
    scene = nested.get("scene") if isinstance(nested, dict) else None
    scene = scene if isinstance(scene, dict) else {}
    if name not in {"QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}:
        raise Said(40099, "invalid action_name")
    value = str(scene.get("scene_str" if "STR" in name else "scene_id") or _WRONG_SCENE)
    if len(value) > 64:
        raise Said(40053, "invalid action info")
    seconds = None if "LIMIT" in name else int(asked.get("expire_seconds", 60))
    if seconds is not None and not 1 <= seconds <= _LONGEST:
        raise Said(40052, "invalid expire_seconds")
    until = None if seconds is None else world.now() + timedelta(seconds=seconds)
    ticket = secrets.token_urlsafe(60)
    made = Ticket(app.app_id, value, until, f"http://weixin.qq.com/q/{secrets.token_urlsafe(12)}")
    if until is None:  # a permanent code of a scene is made once
        for known, one in world.qr_tickets.items():
            if one.until is None and (one.app_id, one.scene) == (app.app_id, value):
                ticket, made = known, one
    world.qr_tickets[ticket] = made
    return said({"ticket": ticket, "url": made.url} | ({} if seconds is None else {"expire_seconds": seconds}))


async def picture(request: web.Request) -> web.Response:
    """The code of a ticket, drawn."""
    ticket = request.app[WORLD].qr_tickets.get(request.query.get("ticket", ""))
    if ticket is None:
        raise web.HTTPNotFound
    return _drawn(request, ticket.url)


def _drawn(request: web.Request, text: str) -> web.Response:
    png = io.BytesIO()
    segno.make(text, micro=False).save(png, kind="png", scale=8)
    request.app[WORLD].drawn[sha256(png.getvalue()).digest()] = text
    return web.Response(body=png.getvalue(), content_type="image/png")
