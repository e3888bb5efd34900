"""The pages that need no sign-in: the landing page and the description of the API, all served by ourselves."""

from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from handlers.keys import SETTINGS
from handlers.spec import Access, Call, Routes
from kit.errors import NotFound
from kit.settings import Profile, Settings

routes = Routes("页面", described=False)

_OURS = Path(__file__).with_name("pages")
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# Swagger UI asks our API and draws with data: images.
_DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def _swagger() -> Path:
    """The folder of Swagger UI's files; the package around them is not imported."""
    found = find_spec("swagger_ui")
    if found is None or found.origin is None:
        raise RuntimeError("swagger-ui-py is not installed")
    return Path(found.origin).with_name("static")


def _assets() -> Mapping[str, Path]:
    """Every file that is served, by name: nothing else is."""
    ours = {name: _OURS / name for name in ("page.css", "docs.js", "icon.svg")}
    theirs = {name: _swagger() / name for name in ("swagger-ui.css", "swagger-ui-bundle.js", "index.css")}
    return ours | theirs


_ASSETS = _assets()
_ETAGS = {name: f'"{sha256(path.read_bytes()).hexdigest()[:32]}"' for name, path in _ASSETS.items()}


def _page(name: str, policy: str) -> web.Response:
    text = (_OURS / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


@routes.get("/", access=Access.PUBLIC, summary="首页", produces="text/html")
async def landing(call: Call) -> web.Response:
    """What this is and where to go; in the demo also to its WeChat, if it has one."""
    settings = call.request.app[SETTINGS]
    page = _page("landing.html", _CSP)
    page.text = (page.text or "").replace("<!--wechat-->", _wechat(settings))
    return page


def _wechat(settings: Settings) -> str:
    """A link to the phone that shows the demo's WeChat, which lies beside its consent pages."""
    if settings.profile is not Profile.DEMO or settings.wechat_pages == Settings.model_fields["wechat_pages"].default:
        return ""
    address = escape(f"{settings.wechat_pages}/phone/")
    return f'<li><a href="{address}"><strong>微信演示</strong><span>一部模拟的手机：公众号、扫码、通知</span></a></li>'


@routes.get("/api/docs", access=Access.PUBLIC, summary="接口文档", produces="text/html")
async def docs(_call: Call) -> web.Response:
    """Swagger UI over `/api/v1/openapi.json`."""
    return _page("docs.html", _DOCS_CSP)


@routes.get("/assets/{name}", access=Access.PUBLIC, summary="页面所用的文件", produces="text/css")
async def asset(call: Call, name: Annotated[str, StringConstraints(max_length=40)]) -> web.StreamResponse:
    """A file that a page needs; `If-None-Match` spares sending it again."""
    path = _ASSETS.get(name)
    if path is None:
        raise NotFound
    headers = {"ETag": _ETAGS[name], "Cache-Control": "no-cache"}
    if _ETAGS[name] in call.request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.FileResponse(path, headers=headers | {"Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"})
