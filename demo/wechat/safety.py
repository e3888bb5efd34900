"""Opinions of contents: of a text at once, of a file some time later, or never."""

import secrets
from datetime import timedelta
from typing import Any

from aiohttp import ClientError, web

from demo.wechat.answers import WORLD, Said, account, body, done, somebody
from demo.wechat.pushing import SENDER
from demo.wechat.world import App, World

_SEEN = timedelta(hours=2)
_MOST_BYTES = 10 << 20
_RISKY = b"risky"  # in the bytes of a file


async def text(request: web.Request) -> web.Response:
    """msg_sec_check, version 2."""
    world, app = request.app[WORLD], account(request)
    asked = await _asked(request, world, app, "content")
    content = asked["content"]
    if len(content) > 2500:
        raise Said(45002, "content size out of limit")
    suggestion, label = "pass", 100
    if any(word in content for word in world.review_words):
        suggestion, label = "review", 21000
    if any(word in content for word in world.risky_words):
        suggestion, label = "risky", 20006
    detail = {"strategy": "content_model", "errcode": 0, "suggest": suggestion, "label": label, "prob": 90}
    return done(result={"suggest": suggestion, "label": label}, detail=[detail], trace_id=secrets.token_hex(12))


async def media(request: web.Request) -> web.Response:
    """media_check_async, version 2: the result is pushed, when `World.media_check` says."""
    world, app = request.app[WORLD], account(request)
    asked = await _asked(request, world, app, "media_url")
    if asked.get("media_type") not in {1, 2}:
        raise Said(40097, "invalid media_type")
    trace_id = secrets.token_hex(12)
    result = _looked_at(request, app, asked, trace_id)
    match world.media_check:
        case "early":
            await result
        case "held":
            world.held.append(result)
        case "never":
            result.close()
        case _:
            world.later(result)
    return done(trace_id=trace_id)


async def _asked(request: web.Request, world: World, app: App, what: str) -> dict[str, Any]:
    asked = await body(request, what, "openid")
    if asked.get("version") != 2:
        raise Said(87014, "risky content")  # version 1 is frozen: nobody should still ask it
    if asked.get("scene") not in {1, 2, 3, 4}:
        raise Said(40129, "invalid scene")
    person = somebody(world, app, asked["openid"])
    visited = person.visited.get(app.app_id)
    if visited is None or world.now() - visited > _SEEN:
        raise Said(61010, "code is expired")
    return asked


async def _looked_at(request: web.Request, app: App, asked: dict[str, Any], trace_id: str) -> None:
    sender = request.app[SENDER]
    fields: dict[str, Any] = {"appid": app.app_id, "trace_id": trace_id, "version": 2, "errcode": 0, "errmsg": "ok"}
    content = b""
    try:
        async with sender.http.get(asked["media_url"]) as response:
            content = await response.content.read(_MOST_BYTES + 1)
            if response.status != 200:
                fields |= {"errcode": -1008, "errmsg": "download failed"}
    except (ClientError, TimeoutError):
        fields |= {"errcode": -1008, "errmsg": "download failed"}
    if not fields["errcode"]:
        picture = content[:3] in {b"\x89PN", b"\xff\xd8\xff", b"GIF"}
        seen = picture is (asked["media_type"] == 2)  # of a file that is called something else nothing is seen
        risky = seen and _RISKY in content
        verdict = {"suggest": "risky", "label": 20002} if risky else {"suggest": "pass", "label": 100}
        fields |= {"result": verdict, "detail": [{"strategy": "content_model", "errcode": 0, "prob": 90} | verdict]}
    await sender.platform_event(app, "wxa_media_check", **fields)
