"""附件: what is attached to a matter, and links to its copies that serve one viewer for a short time.

There is one cookie, for staff: it proves to a link, which a browser's `<img>` or `<video>` follows without other
headers, that its viewer follows it. It tells nothing else, is sent to links only, and is made from the session it
stands for. The holder of a receipt gets no cookie and follows links with the receipt in the header.
"""

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints, model_validator

from domain.cases import dossiers
from domain.letters.copies import copy_for
from domain.loop import attached, lettered
from domain.loop.attached import ORIGINAL, Held, NoPicture, NotFailed, NotReady
from domain.people import accounts
from domain.people.actors import Actor
from domain.reports import column
from handlers.exchange import facts_of
from handlers.keys import RESOLVE_ACTOR, SETTINGS, STORE
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Reply, Routes
from handlers.stored import sent
from kit import clock, crypto, storage
from kit.errors import NotFound, Refusal
from kit.media.cleaned import Rectangle
from kit.settings import Settings
from kit.shapes import Line, Wrong
from models import ActorKind

routes = Routes("附件")

DOWNLOADS = "/api/v1/downloads"
LETTER = "letter"  # as a copy's kind
REPORT = "report"  # of a matter, published for some only; its place is the clip's, 0 the written report
DOSSIER = "dossier"  # of a matter; its place is a ticket that is good once
COOKIE = "viewer"
GOOD_FOR = timedelta(minutes=15)
_SHOWN = {"image/jpeg", "image/png", "image/webp", "video/mp4", "audio/mp4", "application/pdf",
          "application/vnd.apple.mpegurl", "video/mp2t", "application/json"}  # fmt: skip
_IN_FOLDER = {"m3u8": "application/vnd.apple.mpegurl", "ts": "video/mp2t", "m4s": "video/mp4", "mp4": "video/mp4"}
_LASTS = {
    "playlist": "master.m3u8",
    LETTER: "letter.pdf",
    DOSSIER: "dossier.zip",
}  # how a link ends: of a folder, what to begin with
Folder = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")]
Link = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,600}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,60}(\.[a-z0-9]{1,5})?$")]


class CopyView(BaseModel):
    """一份处理后的副本。"""

    kind: str
    place: int
    media_type: str
    bytes: int
    facts: dict[str, Any] = Field(description="宽、高（像素）、时长（秒）、页数，有则给出")
    url: str


class Covered(Body):
    """画面上被遮挡的一块，按显示的画面以 0 到 1 计。"""

    left: float = Field(ge=0, lt=1)
    top: float = Field(ge=0, lt=1)
    width: float = Field(gt=0, le=1)
    height: float = Field(gt=0, le=1)
    begin: float = Field(0, ge=0, le=86400, description="视频中从第几秒起")
    end: float | None = Field(None, gt=0, le=86400, description="到第几秒止；空：到结尾")

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.left + self.width > 1.000001 or self.top + self.height > 1.000001:
            raise Wrong("遮挡范围超出画面")
        if self.end is not None and self.end <= self.begin:
            raise Wrong("结束时间应当晚于开始时间")
        return self


class Blurs(Body):
    """要遮挡的全部位置，替换以前所设；为空则恢复。"""

    rectangles: list[Covered] = Field(max_length=50)


class FileView(BaseModel):
    """一个附件。"""

    id: UUID
    purpose: str
    purpose_label: str
    name: str
    by_complainant: bool
    released: bool = Field(description="承办单位可以查看副本")
    media_type: str
    bytes: int
    sha256: str | None = Field(description="原件的 SHA-256，可与自己手中的文件核对")
    state: str
    progress: int
    problem: str
    problem_text: str = Field(description="没有收下或没有处理成功的原因，可以直接展示")
    facts: dict[str, Any]
    blurs: list[Covered] = Field(description="副本中已遮挡的位置")
    created_on: date
    original: bool = Field(description="可以说明理由查看原件")
    may_blur: bool = Field(description="可以遮挡画面")
    may_retry: bool = Field(description="可以重新处理")
    copies: list[CopyView]


class Reason(Body):
    """查看原件的理由，会记入时间线。"""

    reason: Annotated[str, Line(200)] = Field(title="理由")


class Opened(BaseModel):
    """一个短时有效、只供本人使用的链接。"""

    url: str
    until: datetime


@routes.get("/api/v1/matters/{number}/files", access=Access.ANYONE_KNOWN, summary="附件和副本的链接", anonymous=True)
async def listed(call: Call, number: Number) -> Reply[list[FileView]]:
    """Copies come with links; the original is asked for with a reason."""
    return Reply(await _views(call, number), headers=cookie(call))


async def _views(call: Call, number: str) -> list[FileView]:
    files = await attached.files_of(call.actor, number)
    for file in files:
        for copy in file["copies"]:
            copy["url"] = address(call, file["id"], copy["kind"], copy["place"])
    return [FileView(**file) for file in files]


async def _view(call: Call, number: str, file: UUID) -> Reply[FileView]:
    found = next((one for one in await _views(call, number) if one.id == file), None)
    if found is None:
        raise NotFound
    return Reply(found, headers=cookie(call))


@routes.put(
    "/api/v1/matters/{number}/files/{file}/blurs",
    access=Access.STAFF,
    summary="遮挡照片或视频中的人脸、车牌（记入时间线）",
    refusals=(NotReady, NoPicture),
)
async def blur(call: Call, number: Number, file: UUID, body: Blurs) -> Reply[FileView]:
    """For intake only; the copies are made anew from the original, and none is shown until then."""
    await attached.covered(call.actor, number, file, [Rectangle(**one.model_dump()) for one in body.rectangles])
    return await _view(call, number, file)


@routes.post(
    "/api/v1/matters/{number}/files/{file}/retries",
    access=Access.STAFF,
    summary="重新处理没有处理成功的附件",
    refusals=(NotFailed,),
)
async def retry(call: Call, number: Number, file: UUID) -> Reply[FileView]:
    """For intake and supervision, once the reason is mended."""
    await attached.repeated(call.actor, number, file)
    return await _view(call, number, file)


@routes.post(
    "/api/v1/matters/{number}/files/{file}/looks",
    access=Access.STAFF,
    summary="查看附件原件（记入时间线）",
    refusals=(NotReady,),
)
async def look(call: Call, number: Number, file: UUID, body: Reason) -> Reply[Opened]:
    """For intake only; the look is an entry before there is a link."""
    await attached.original_looked_at(call.actor, number, file, body.reason)
    return Reply(
        Opened(url=address(call, file, ORIGINAL, 0), until=clock.local(clock.now() + GOOD_FOR)), headers=cookie(call)
    )


@routes.get(
    f"{DOWNLOADS}/{{link}}/{{name}}",
    access=Access.PUBLIC,
    summary="下载（链接只供取得它的人使用）",
    refusals=(NotFound,),
    produces="application/octet-stream",
    anonymous=True,
)
async def download(call: Call, link: Link, name: Name) -> web.StreamResponse:
    """Whoever is not the link's viewer, comes late or may no longer see the file finds nothing here."""
    return await _served(call, link, name)


@routes.get(
    f"{DOWNLOADS}/{{link}}/{{folder}}/{{name}}",
    access=Access.PUBLIC,
    summary="下载视频的分段（由播放列表引用）",
    refusals=(NotFound,),
    produces="application/octet-stream",
    anonymous=True,
)
async def download_piece(call: Call, link: Link, folder: Folder, name: Name) -> web.StreamResponse:
    """A piece of a film that its list names by a relative address."""
    return await _served(call, link, f"{folder}/{name}")


async def _served(call: Call, link: str, name: str) -> web.StreamResponse:
    request = call.request
    file_id, kind, place, viewer = _read(request.app[SETTINGS], link)
    actor = await _viewer(request, viewer)
    if kind == LETTER:
        return await _letter(request, actor, file_id)
    if kind == DOSSIER:
        return await _dossier(request, actor, file_id, place)
    if kind == REPORT:
        stored, media_type = await column.played(actor, file_id, place, name.partition(".")[0])
        return await sent(request, stored, _headers(Held(stored, media_type, name), kind))
    held = await attached.held(actor, file_id, kind, place)
    if held.stored.endswith("/"):  # a folder of small files, such as the pieces of a film
        media_type = _IN_FOLDER.get(name.rpartition(".")[2], "application/octet-stream")
        held = Held(held.stored + name, media_type, name.rpartition("/")[2])
    elif "/" in name:
        raise NotFound
    store = request.app[STORE]()
    if held.stored.endswith(".m3u8"):  # its relative addresses lead here, not to wherever the store is
        try:
            return web.Response(body=await storage.get(store, held.stored), headers=_headers(held, kind))
        except FileNotFoundError:
            raise NotFound from None
    return await sent(request, held.stored, _headers(held, kind))


async def _letter(request: web.Request, actor: Actor, letter_id: UUID) -> web.Response:
    stored, name, reader = await lettered.held(actor, letter_id)
    try:
        content = await storage.get(request.app[STORE](), stored)
    except FileNotFoundError:
        raise NotFound from None
    copy = await copy_for(content, reader, clock.now())
    return web.Response(body=copy, headers=_headers(Held(stored, "application/pdf", name), LETTER))


async def _dossier(request: web.Request, actor: Actor, matter_id: UUID, code: int) -> web.StreamResponse:
    """Piece by piece, each opened as it goes: nothing readable lies on the disk."""
    store = request.app[STORE]()
    name, pieces = await dossiers.taken(request.app[SETTINGS], store, actor, matter_id, code)
    response = web.StreamResponse(headers=_headers(Held("", "application/zip", name), DOSSIER))
    await response.prepare(request)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await response.write(piece)
    await response.write_eof()
    return response


def _headers(held: Held, kind: str) -> dict[str, str]:
    shown = kind != ORIGINAL and held.media_type in _SHOWN
    return {
        "Content-Type": held.media_type if shown else "application/octet-stream",
        "Content-Disposition": disposition(held.name),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cache-Control": "private, no-store",
    }


def disposition(name: str) -> str:
    """`attachment` with a name of any letters (RFC 6266), and one of plain letters for those who can't read it."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _viewer_of(actor: Actor) -> tuple[Literal["session", "receipt"], str]:
    return ("receipt", str(actor.matter_id)) if actor.kind is ActorKind.RECEIPT else ("session", str(actor.session_id))


def _proof(settings: Settings, viewer: tuple[str, str]) -> str:
    return crypto.keyed_hash(settings.index, b"viewer", *(part.encode() for part in viewer)).hex()


def cookie(call: Call) -> dict[str, str]:
    """What proves to a link that it is followed by whoever got it; of a receipt's holder, nothing."""
    settings = call.request.app[SETTINGS]
    if call.actor.kind is ActorKind.RECEIPT:
        return {}
    secure = "; Secure" if settings.url.startswith("https:") else ""
    age = int(GOOD_FOR.total_seconds())
    proof = _proof(settings, _viewer_of(call.actor))
    return {"Set-Cookie": f"{COOKIE}={proof}; Path={DOWNLOADS}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"}


def address(call: Call, file: UUID, kind: str, place: int, last: str = "") -> str:
    """A link to a copy: what it says is readable, and of no use to anybody but its viewer.

    `last` is how it ends, where the kind does not say so.
    """
    settings = call.request.app[SETTINGS]
    until = int((clock.now() + GOOD_FOR).timestamp())
    told = orjson.dumps([str(file), kind, place, until, *_viewer_of(call.actor)])
    sealed = crypto.keyed_hash(settings.index, b"link", told)[:16] + told
    last = last or _LASTS.get(kind, kind)
    return f"{DOWNLOADS}/{urlsafe_b64encode(sealed).decode().rstrip('=')}/{last}"


def _read(settings: Settings, link: str) -> tuple[UUID, str, int, tuple[str, str]]:
    """What a link says; raises NotFound for one that we did not make or whose time is over."""
    try:
        sealed = urlsafe_b64decode(link + "=" * (-len(link) % 4))
    except ValueError:
        raise NotFound from None
    mark, told = sealed[:16], sealed[16:]
    if not crypto.same(mark, crypto.keyed_hash(settings.index, b"link", told)[:16]):
        raise NotFound
    file, kind, place, until, what, who = orjson.loads(told)
    if until < clock.now().timestamp():
        raise NotFound
    return UUID(file), kind, place, (what, who)


async def _viewer(request: web.Request, viewer: tuple[str, str]) -> Actor:
    """Whom a link was made for, if it is they who follow it; raises NotFound."""
    settings = request.app[SETTINGS]
    if authorization := request.headers.get("Authorization"):
        try:
            actor = await request.app[RESOLVE_ACTOR](authorization, facts_of(request))
        except Refusal as refusal:
            raise NotFound from refusal
        if actor.kind is ActorKind.VISITOR or _viewer_of(actor) != viewer:
            raise NotFound
        return actor
    proved = crypto.same(request.cookies.get(COOKIE, "").encode(), _proof(settings, viewer).encode())
    staff = await accounts.still(settings, UUID(viewer[1])) if proved and viewer[0] == "session" else None
    if staff is None:
        raise NotFound
    return staff
