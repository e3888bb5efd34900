"""The phone's pages as `kit.h5` built them, served by ourselves; while there are none, a page that says so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import StringConstraints

from handlers.keys import SETTINGS, STORE
from handlers.spec import Access, Call, Routes
from kit import h5, storage
from kit.errors import NotFound

routes = Routes("手机页面", described=False)

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_WITH_HASH = re.compile(r"assets/.*[.-][\w-]{8}\.\w+")  # the name changes with the content
_FOR_EVER = "public, max-age=31536000, immutable"
# {} is where links to files lead on to: nowhere, or the store's own address.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{}; font-src 'self' data:; "
    "connect-src 'self'{}; media-src 'self' blob:{}; worker-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Permissions-Policy": (
        "camera=(self), microphone=(self), geolocation=(self), display-capture=(), payment=(), usb=(), "
        "accelerometer=(), gyroscope=(), magnetometer=(), browsing-topics=()"
    ),
}
_WAITING_CSP = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"
_WAITING = Path(__file__).with_name("pages") / "waiting.html"


@dataclass(frozen=True)
class _File:
    """A file of the build, ready to be sent."""

    content: bytes
    gzipped: bytes | None
    type: str
    etag: str
    cache: str


@routes.get("/h5", access=Access.PUBLIC, summary="手机页面", produces="text/html", anonymous=True)
async def without_slash(call: Call) -> web.Response:
    """To where the pages' own addresses are right."""
    return web.Response(status=302, headers={"Location": str(call.request.rel_url.with_path("/h5/", keep_query=True))})


@routes.get("/h5/{path:.*}", access=Access.PUBLIC, summary="手机页面的文件", produces="text/html", anonymous=True)
async def page(call: Call, path: Annotated[str, StringConstraints(max_length=200)]) -> web.Response:
    """A file of the build; nothing else in its folder or elsewhere is reached. Whoever looks may be about to report."""
    folder = call.request.app[SETTINGS].h5_path
    files = _files(folder, _version(folder))
    name = path or "index.html"
    if name == "index.html" and name not in files:
        return _waiting(h5.state(folder))
    if name not in files:
        raise NotFound
    return _sent(files[name], call.request, await _policy(call.request.app))


async def _policy(app: web.Application) -> str:
    elsewhere = await storage.origin(app[STORE]())
    return _POLICY.replace("{}", f" {elsewhere}" if elsewhere else "")


def _version(folder: Path) -> tuple[int, int] | None:
    """What changes with every build; None while there is none. A build by hand leaves no stamp."""
    for name in (h5.STAMP, "index.html"):
        try:
            seen = (folder / name).stat()
        except OSError:
            continue
        return seen.st_ino, seen.st_mtime_ns
    return None


@lru_cache(maxsize=4)
def _files(folder: Path, version: tuple[int, int] | None) -> Mapping[str, _File]:
    """Every file that is served, by its name; some megabytes, read again when there is another build."""
    if version is None:
        return {}
    found = [path for path in folder.rglob("*") if not path.name.startswith(".")]
    paths = [path for path in found if path.is_file() and not path.is_symlink()]
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {
        name: _File(
            content=content,
            gzipped=contents.get(f"{name}.gz"),
            type=_TYPES.get(Path(name).suffix, "application/octet-stream"),
            etag=sha256(content).hexdigest()[:32],
            cache=_FOR_EVER if _WITH_HASH.fullmatch(name) else "no-cache",
        )
        for name, content in contents.items()
        if not name.endswith(".gz")
    }


def _sent(file: _File, request: web.Request, policy: str) -> web.Response:
    zipped = file.gzipped is not None and _takes_gzip(request.headers.get("Accept-Encoding", ""))
    headers = _HEADERS | {
        "Content-Security-Policy": policy,
        "ETag": f'"{file.etag}{"-gz" if zipped else ""}"',
        "Cache-Control": file.cache,
    }
    if file.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
    if file.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = file.type
    if zipped:
        return web.Response(body=file.gzipped, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=file.content, headers=headers)


def _takes_gzip(header: str) -> bool:
    for item in header.lower().split(","):
        name, _, parameters = item.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters)
    return False


def _waiting(state: Mapping[str, Any]) -> web.Response:
    """503 with a page that asks again by itself."""
    if "failed" in state:
        title, more = "手机页面生成失败", f"{state['failed']}。其余部分照常运行；修正后重新启动，即再次生成。"
    elif "doing" in state:
        title, more = "手机页面正在生成，约需一分钟", f"正在{state['doing']}。生成后本页自动打开。"
    else:
        title, more = "手机页面尚未生成", "请在程序所在的计算机执行 make h5（make run 会自动执行）。"
    text = _WAITING.read_text(encoding="utf-8").format(title=escape(title), more=escape(more))
    headers = {"Retry-After": "5", "Content-Security-Policy": _WAITING_CSP}
    return web.Response(status=503, text=text, content_type="text/html", headers=headers)
