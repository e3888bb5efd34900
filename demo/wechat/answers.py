"""How the fake WeChat answers, and how it reads what it is asked."""

import re
from typing import Any

import orjson
from aiohttp import web

from demo.wechat.world import App, Person, World

WORLD = web.AppKey("world", World)
ACCOUNT = web.RequestKey("account", App)


class Said(Exception):
    """An error code instead of an answer."""

    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code} {text}")


def said(content: dict[str, Any]) -> web.Response:
    """JSON with status 200, whatever it says."""
    return web.Response(body=orjson.dumps(content), content_type="application/json", charset="utf-8")


def done(**more: Any) -> web.Response:
    """Success with its code."""
    return said({"errcode": 0, "errmsg": "ok"} | more)


def account(request: web.Request) -> App:
    """Whose token came along."""
    return request[ACCOUNT]


async def body(request: web.Request, *required: str) -> dict[str, Any]:
    """The JSON sent, in which these must be; Chinese in escapes would be shown as such, so it is refused."""
    raw = await request.read()
    if not raw:
        raise Said(44002, "empty post data")
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Said(47001, "data format error") from None
    if not isinstance(content, dict) or re.search(rb"\\u[4-9][0-9a-f]{3}", raw):
        raise Said(47001, "data format error")
    for name in required:
        if content.get(name) is None or content[name] == "":
            raise Said(40035 if name != "touser" else 40003, f"invalid parameter {name}")
    return content


def somebody(world: World, app: App, openid: object) -> Person:
    """Who has this openid at this account."""
    person = world.person(app, openid) if isinstance(openid, str) else None
    if person is None:
        others = (world.person(other, str(openid)) for other in world.apps.values())
        raise Said(43104 if app.kind == "mini" and any(others) else 40003, "invalid openid")
    return person


def known_app(world: World, app_id: str | None, secret: str | None) -> App:
    """The account that signs in with its secret."""
    if not app_id:
        raise Said(41002, "appid missing")
    if not secret:
        raise Said(41004, "appsecret missing")
    app = world.apps.get(app_id)
    if app is None:
        raise Said(40013, "invalid appid")
    if app.secret != secret:
        raise Said(40125, "invalid appsecret")
    return app
