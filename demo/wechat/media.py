"""Files that lie here for three days."""

import secrets
from datetime import timedelta

from aiohttp import BodyPartReader, web

from demo.wechat.answers import WORLD, Said, account, said
from demo.wechat.world import App, Media, World

_LIFE = timedelta(days=3)
_MOST = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
_BEGINNINGS = {
    "image": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
    "thumb": (b"\xff\xd8\xff",),
    "voice": (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3"),
}


def stored(world: World, app: App, kind: str, content: bytes, content_type: str) -> str:
    """Keep a file and give its media id."""
    media_id = secrets.token_urlsafe(48)
    world.media[media_id] = Media(app.app_id, kind, content, content_type, world.now() + _LIFE)
    return media_id


async def upload(request: web.Request) -> web.Response:
    """One file in a multipart body, its name in ASCII."""
    world, app, kind = request.app[WORLD], account(request), request.query.get("type", "")
    if kind not in _MOST or (app.kind == "mini" and kind != "image"):
        raise Said(40004, "invalid media type")
    if not request.content_type.startswith("multipart/"):
        raise Said(41005, "media data missing")
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.name != "media":
        raise Said(41005, "media data missing")
    disposition = part.headers.get("Content-Disposition", "")
    if not part.filename or "filename*" in disposition or "%" in disposition or not part.filename.isascii():
        raise Said(41005, "media data missing")
    content = bytes(await part.read())
    if not content:
        raise Said(44001, "empty media data")
    if len(content) > _MOST[kind]:
        raise Said(40009 if kind == "image" else 40010, "invalid media size")
    film = content[4:8] == b"ftyp"
    if film is not (kind == "video") or not (film or content.startswith(_BEGINNINGS[kind])):
        raise Said(40005, "invalid file type")
    media_id = stored(world, app, kind, content, part.headers.get("Content-Type", "application/octet-stream"))
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return said({"type": kind, name: media_id, "created_at": int(world.now().timestamp())})


async def get(request: web.Request) -> web.Response:
    """The bytes, or for a film where they are."""
    world = request.app[WORLD]
    media_id = request.query.get("media_id", "")
    found = world.media.get(media_id)
    if found is None or found.app_id != account(request).app_id or found.until <= world.now():
        raise Said(40007, "invalid media_id")
    if found.kind == "video":
        return said({"video_url": f"{request.url.origin()}/films/{media_id}"})
    headers = {"Content-disposition": f'attachment; filename="{media_id}"'}
    return web.Response(body=found.content, content_type=found.content_type, headers=headers)


async def film(request: web.Request) -> web.Response:
    """A film, for whoever knows its address."""
    found = request.app[WORLD].media.get(request.match_info["id"])
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found.content, content_type=found.content_type)
