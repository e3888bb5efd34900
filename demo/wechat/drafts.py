"""Permanent pictures, and drafts of articles that show one as their cover."""

import secrets
from typing import Any

from aiohttp import BodyPartReader, web

from demo.wechat.answers import WORLD, Said, account, body, done, said
from demo.wechat.world import Draft, Material

_MOST_BYTES = 10 << 20
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_MOST_ARTICLES = 8
# Field, how many characters it may have, and the code for more.
_SIZES = (("title", 32, 45003), ("author", 16, 45110), ("digest", 128, 45004), ("content", 19_999, 45002))
_LONGEST_URL = 1024


async def keep(request: web.Request) -> web.Response:
    """A picture that stays."""
    if request.query.get("type") not in {"image", "thumb"}:
        raise Said(40004, "invalid media type")
    if not request.content_type.startswith("multipart/"):
        raise Said(41005, "media data missing")
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.name != "media" or not part.filename:
        raise Said(41005, "media data missing")
    content = bytes(await part.read())
    if len(content) > _MOST_BYTES:
        raise Said(40009, "invalid image size")
    if not content.startswith(_PICTURES):
        raise Said(40005, "invalid file type")
    media_id = secrets.token_urlsafe(48)
    request.app[WORLD].materials[media_id] = Material(account(request).app_id, content)
    return said({"media_id": media_id, "url": f"http://mmbiz.qpic.cn/{media_id}"})


async def drop(request: web.Request) -> web.Response:
    """Remove one."""
    asked = await body(request, "media_id")
    _picture(request, asked["media_id"])
    del request.app[WORLD].materials[asked["media_id"]]
    return done()


async def add(request: web.Request) -> web.Response:
    """Among the drafts, where a person finds it in the console."""
    asked = await body(request, "articles")
    articles = asked["articles"]
    if not isinstance(articles, list) or not 1 <= len(articles) <= _MOST_ARTICLES:
        raise Said(40035, "invalid parameter articles")
    for article in articles:
        _check(request, article)
    media_id = secrets.token_urlsafe(48)
    request.app[WORLD].drafts[media_id] = Draft(account(request).app_id, articles)
    return said({"media_id": media_id, "item": []})


async def delete(request: web.Request) -> web.Response:
    """For good; what was published is no draft any more."""
    asked = await body(request, "media_id")
    draft = request.app[WORLD].drafts.get(asked["media_id"])
    if draft is None or draft.app_id != account(request).app_id:
        raise Said(40007, "invalid media_id")
    del request.app[WORLD].drafts[asked["media_id"]]
    return done()


def _check(request: web.Request, article: Any) -> None:
    if not isinstance(article, dict):
        raise Said(47001, "data format error")
    for name in ("title", "content", "thumb_media_id"):
        if not isinstance(article.get(name), str) or not article[name]:
            raise Said(40007 if name == "thumb_media_id" else 44004 if name == "content" else 40035, f"invalid {name}")
    for name, most, code in _SIZES:
        if len(str(article.get(name, ""))) > most:
            raise Said(code, f"{name} size out of limit")
    if len(str(article.get("content_source_url", "")).encode()) > _LONGEST_URL:
        raise Said(45005, "url size out of limit")
    _picture(request, article["thumb_media_id"])


def _picture(request: web.Request, media_id: str) -> None:
    found = request.app[WORLD].materials.get(media_id)
    if found is None or found.app_id != account(request).app_id:
        raise Said(40007, "invalid media_id")
