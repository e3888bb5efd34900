"""The page that asks somebody for consent, in WeChat's browser."""

from html import escape
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from aiohttp import web

from demo.wechat.answers import WORLD

COOKIE = "person"  # which person's phone this browser is
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>微信授权（演示）</title><style>
body {{ font: 17px/1.6 sans-serif; margin: 2em auto; max-width: 26em; padding: 0 1em; text-align: center }}
ul {{ list-style: none; padding: 0 }}
a {{ display: block; margin: .6em 0; padding: .7em; border-radius: 8px; background: #07803f; color: #fff }}
</style><h1>微信授权</h1><p>“{app}”申请获得您的身份标识</p><ul>{links}</ul></html>"""


async def authorize(request: web.Request) -> web.Response:
    """Send the browser back with a code: at once for the openid alone, after a tap for more.

    The browser's person is a cookie; without it, or for the tap, a page offers everybody (`as` in the address).
    """
    world, query = request.app[WORLD], request.query
    app = world.apps.get(query.get("appid", ""))
    target = urlsplit(query.get("redirect_uri", ""))
    if app is None or app.kind != "official":
        return _failed(10016)
    if app.oauth_domain and target.hostname != app.oauth_domain:
        return _failed(10003)
    if query.get("response_type") != "code" or not target.scheme:
        return _failed(10012)
    scope = query.get("scope", "")
    if scope not in {"snsapi_base", "snsapi_userinfo"}:
        return _failed(10005)
    state = query.get("state", "")
    if len(state) > 128 or (state and not (state.isascii() and state.isalnum())):
        return _failed(10013)
    silent = unquote(request.cookies.get(COOKIE, "")) if scope == "snsapi_base" else None
    person = world.people.get(query.get("as") or silent or "")
    if person is None:
        return web.Response(text=_offers(request), content_type="text/html")
    back = [*parse_qsl(target.query), ("code", world.code_for(app, person, scope)), ("state", state)]
    raise web.HTTPFound(urlunsplit(target._replace(query=urlencode(back))))


def _offers(request: web.Request) -> str:
    """The dialog for whoever's phone this browser is; for everybody where nobody knows."""
    world, query = request.app[WORLD], request.query
    holder = unquote(request.cookies.get(COOKIE, ""))
    names = [holder] if holder in world.people else list(world.people)
    links = (
        f'<li><a href="{escape(str(request.rel_url.update_query({"as": name})))}">以“{escape(name)}”的身份同意</a></li>'
        for name in names
    )
    return _PAGE.format(app=escape(world.apps[query["appid"]].name or "公众号"), links="".join(links))


def _failed(code: int) -> web.Response:
    return web.Response(text=f"<!doctype html><p>{code}</p>", content_type="text/html")
