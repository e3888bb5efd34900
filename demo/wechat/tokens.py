"""Access tokens of both kinds, and the ticket for pages."""

import secrets
from datetime import timedelta
from math import ceil

from aiohttp import web

from demo.wechat.answers import WORLD, Said, account, body, known_app, said
from demo.wechat.world import App, Token, World

LIFE = timedelta(seconds=7200)
_RENEWED = timedelta(minutes=5)  # before its end the platform has another one
_FORCED_A_DAY = 20
_FORCED_APART = timedelta(seconds=30)


async def token(request: web.Request) -> web.Response:
    """A new one each time; the one before dies."""
    world = request.app[WORLD]
    if request.query.get("grant_type") != "client_credential":
        raise Said(40002, "invalid grant_type")
    app = known_app(world, request.query.get("appid"), request.query.get("secret"))
    _end(world, app, stable=False)
    return _lent(world, _new(world, app, stable=False))


async def stable(request: web.Request) -> web.Response:
    """The same one until shortly before its end, or until it is forced."""
    world = request.app[WORLD]
    asked = await body(request)
    if asked.get("grant_type") != "client_credential":
        raise Said(40002, "invalid grant_type")
    app = known_app(world, asked.get("appid"), asked.get("secret"))
    if asked.get("force_refresh"):
        _force(world, app)
    fresh = [
        value
        for value, one in world.tokens.items()
        if one.app_id == app.app_id and one.stable and one.until - _RENEWED > world.now()
    ]
    return _lent(world, fresh[0] if fresh else _new(world, app, stable=True))


async def ticket(request: web.Request) -> web.Response:
    """The ticket for pages: the same until its end."""
    world, app = request.app[WORLD], account(request)
    if request.query.get("type") != "jsapi":
        raise Said(40097, "invalid type")
    for value, one in world.tickets.items():
        if one.app_id == app.app_id and one.until > world.now():
            return said({"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": _left(world, one)})
    value = secrets.token_urlsafe(48)
    world.tickets[value] = Token(app.app_id, world.now() + LIFE, stable=True)
    return said({"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": int(LIFE.total_seconds())})


def _new(world: World, app: App, *, stable: bool) -> str:
    value = secrets.token_urlsafe(100)
    world.tokens[value] = Token(app.app_id, world.now() + LIFE, stable=stable)
    return value


def _lent(world: World, value: str) -> web.Response:
    return said({"access_token": value, "expires_in": _left(world, world.tokens[value])})


def _left(world: World, lent: Token) -> int:
    return ceil((lent.until - world.now()).total_seconds())


def _end(world: World, app: App, *, stable: bool) -> None:
    for value in [value for value, one in world.tokens.items() if one.app_id == app.app_id and one.stable is stable]:
        world.dead_tokens.add(value)
        del world.tokens[value]


def _force(world: World, app: App) -> None:
    now = world.now()
    forced = [moment for moment in world.forced.get(app.app_id, []) if moment.date() == now.date()]
    if len(forced) >= _FORCED_A_DAY or (forced and now - forced[-1] < _FORCED_APART):
        raise Said(45009, "reach max api daily quota limit")
    world.forced[app.app_id] = [*forced, now]
    _end(world, app, stable=True)
