"""Who people are: sign-in codes, phone codes, consent codes, followers."""

import secrets
from base64 import b64encode
from datetime import timedelta

from aiohttp import web

from demo.wechat.answers import WORLD, Said, account, body, done, known_app, said, somebody
from demo.wechat.world import App, Code, World

_LOGINS_A_MINUTE = 100


async def session(request: web.Request) -> web.Response:
    """Who called wx.login."""
    world, query = request.app[WORLD], request.query
    app = known_app(world, query.get("appid"), query.get("secret"))
    if query.get("grant_type") != "authorization_code":
        raise Said(40002, "invalid grant_type")
    if "access_token" in query:
        raise Said(40097, "invalid args")
    code = _used(world, app, query.get("js_code", ""), "login")
    person = code.person
    if person.risky:
        raise Said(40226, "code blocked")
    since = world.now() - timedelta(minutes=1)
    world.logins = [(name, at) for name, at in world.logins if at > since] + [(person.name, world.now())]
    if sum(name == person.name for name, _ in world.logins) > _LOGINS_A_MINUTE:
        raise Said(45011, "api minute-quota reach limit, must slower, retry next minute")
    answer = {"openid": person.openid(app), "session_key": b64encode(secrets.token_bytes(16)).decode()}
    response = said(answer | ({"unionid": person.unionid} if app.bound else {}))
    response.content_type = "text/plain"  # as the real one sometimes does
    return response


async def phone_number(request: web.Request) -> web.Response:
    """The number that the phone button showed."""
    world, app = request.app[WORLD], account(request)
    asked = await body(request, "code")
    code = _used(world, app, asked["code"], "phone")
    if asked.get("openid") and asked["openid"] != code.person.openid(app):
        raise Said(40029, "invalid code")
    number = code.person.phone
    info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86"}
    watermark = {"timestamp": int(world.now().timestamp()), "appid": app.app_id}
    return done(phone_info=info | {"watermark": watermark})


async def consented(request: web.Request) -> web.Response:
    """The code of a consent page for an openid."""
    world, query = request.app[WORLD], request.query
    app = known_app(world, query.get("appid"), query.get("secret"))
    if query.get("grant_type") != "authorization_code":
        raise Said(40002, "invalid grant_type")
    if not query.get("code"):
        raise Said(41008, "missing code")
    code = _used(world, app, query["code"], "snsapi")
    person = code.person
    answer = {
        "access_token": secrets.token_urlsafe(60),
        "expires_in": 7200,
        "refresh_token": secrets.token_urlsafe(60),
        "openid": person.openid(app),
        "scope": code.scope,
    }
    if person.snapshot:
        answer |= {"is_snapshotuser": 1, "openid": "o" + secrets.token_urlsafe(21)[:27]}
    elif code.scope == "snsapi_userinfo" and app.bound:
        answer["unionid"] = person.unionid
    return said(answer)


async def info(request: web.Request) -> web.Response:
    """What the official account may know of somebody."""
    world, app = request.app[WORLD], account(request)
    person = somebody(world, app, request.query.get("openid"))
    openid = person.openid(app)
    if app.app_id not in person.follows:
        return said({"subscribe": 0, "openid": openid} | ({"unionid": person.unionid} if app.bound else {}))
    answer = {"subscribe": 1, "openid": openid, "language": "zh_CN", "remark": "", "tagid_list": []}
    return said(answer | ({"unionid": person.unionid} if app.bound else {}))


def _used(world: World, app: App, value: str, scope: str) -> Code:
    code = world.codes.get(value)
    if code is None or code.app_id != app.app_id or not code.scope.startswith(scope) or code.until <= world.now():
        raise Said(40029, "invalid code")
    if code.used:
        raise Said(40163, "code been used")
    code.used = True
    return code
