"""The server side: an aiohttp application with every endpoint that is used, strict about what it is sent."""

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from demo.wechat import codes, consent, drafts, faults, media, menu, messages, people, phone, safety, tokens
from demo.wechat.answers import ACCOUNT, WORLD, Said, said
from demo.wechat.pushing import sender
from demo.wechat.world import App, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Paths for an access token, by method, handler and which accounts may use them.
_API: list[tuple[str, str, Handler, set[str]]] = [
    ("GET", "/cgi-bin/ticket/getticket", tokens.ticket, {"official"}),
    ("GET", "/cgi-bin/user/info", people.info, {"official"}),
    ("POST", "/wxa/business/getuserphonenumber", people.phone_number, {"mini"}),
    ("POST", "/wxa/getwxacodeunlimit", codes.mini_program_code, {"mini"}),
    ("POST", "/wxa/generate_urllink", codes.url_link, {"mini"}),
    ("POST", "/wxa/generatescheme", codes.url_scheme, {"mini"}),
    ("POST", "/cgi-bin/qrcode/create", codes.account_code, {"official"}),
    ("POST", "/cgi-bin/menu/create", menu.create, {"official"}),
    ("GET", "/cgi-bin/menu/get", menu.get, {"official"}),
    ("GET", "/cgi-bin/menu/delete", menu.delete, {"official"}),
    ("POST", "/cgi-bin/material/add_material", drafts.keep, {"official"}),
    ("POST", "/cgi-bin/material/del_material", drafts.drop, {"official"}),
    ("POST", "/cgi-bin/draft/add", drafts.add, {"official"}),
    ("POST", "/cgi-bin/draft/delete", drafts.delete, {"official"}),
    ("POST", "/cgi-bin/media/upload", media.upload, {"official", "mini"}),
    ("GET", "/cgi-bin/media/get", media.get, {"official", "mini"}),
    ("POST", "/cgi-bin/message/subscribe/send", messages.subscription, {"mini"}),
    ("POST", "/cgi-bin/message/template/send", messages.template, {"official"}),
    ("POST", "/cgi-bin/message/custom/send", messages.service, {"official", "mini"}),
    ("POST", "/wxa/msg_sec_check", safety.text, {"mini"}),
    ("POST", "/wxa/media_check_async", safety.media, {"mini"}),
]
_OPEN: list[tuple[str, str, Handler]] = [
    ("GET", "/cgi-bin/token", tokens.token),
    ("POST", "/cgi-bin/stable_token", tokens.stable),
    ("GET", "/sns/jscode2session", people.session),
    ("GET", "/sns/oauth2/access_token", people.consented),
    ("GET", "/connect/oauth2/authorize", consent.authorize),
    ("GET", "/cgi-bin/showqrcode", codes.picture),
    ("GET", "/films/{id}", media.film),
    *phone.ROUTES,
]
_KINDS = {path: kinds for _, path, _, kinds in _API}


def build(world: World) -> web.Application:
    """The application; it pushes to the accounts' callbacks while it runs."""
    app = web.Application(middlewares=[_answering], client_max_size=32 << 20)
    app[WORLD] = world
    for method, path, handler in [*(row[:3] for row in _API), *_OPEN]:
        app.router.add_route(method, path, handler)
    app.cleanup_ctx.append(sender)
    return app


@web.middleware
async def _answering(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors are JSON with status 200; a token says who asks."""
    world = request.app[WORLD]
    if request.path.startswith(("/phone/", "/connect/")):
        return await handler(request)

    async def work() -> web.StreamResponse:
        _check_method(request)
        if request.path in _KINDS:
            request[ACCOUNT] = _account(world, request)
        _count(world, request)
        return await handler(request)

    fault = faults.befalling(world.faults, request.path)
    try:
        if fault is None:
            return await work()
        if not fault.code:
            return await faults.suffered(fault, request, work)
        _record(world, request)
        error = Said(fault.code, "as asked for")
    except Said as refused:
        error = refused
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return said({"errcode": error.code, "errmsg": f"{error.text} rid: {rid}"})


def _check_method(request: web.Request) -> None:
    if isinstance(request.match_info.http_exception, web.HTTPMethodNotAllowed):
        raise Said(43001 if request.method == "POST" else 43002, "require another method")


def _account(world: World, request: web.Request) -> App:
    given = request.query.get("access_token", "")
    if not given:
        _record(world, request)
        raise Said(41001, "access_token missing")
    token = world.tokens.get(given)
    if token is None:
        _record(world, request)
        raise Said(40001, "invalid credential, access_token is invalid or not latest")
    if token.until <= world.now():
        _record(world, request)
        raise Said(42001, "access_token expired")
    app = world.apps[token.app_id]
    if app.kind not in _KINDS[request.path]:
        raise Said(48001, "api unauthorized")
    return app


def _record(world: World, request: web.Request) -> None:
    world.calls.append((request.query.get("appid", ""), request.path))


def _count(world: World, request: web.Request) -> None:
    """A day's calls end at midnight in Beijing."""
    app_id = request[ACCOUNT].app_id if ACCOUNT in request else request.query.get("appid", "")
    world.calls.append((app_id, request.path))
    most = world.daily.get(request.path)
    if most is None:
        return
    today = (request.path, world.now().date())
    world.counted[today] += 1
    if world.counted[today] > most:
        raise Said(45009, "reach max api daily quota limit")
