"""上传: tus 1.0.0, so that a lost line costs no bytes; what it means is `domain.files`, here it is spoken.

Extensions: creation, creation-with-upload, creation-defer-length, checksum, termination, expiration, concatenation.
Clients that can't send PATCH or DELETE send POST with `X-HTTP-Method-Override`.
"""

import asyncio
import re
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, date
from email.utils import format_datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from domain.files import limits, tickets, uploads, writing
from domain.files.limits import QuotaReached
from domain.files.uploads import AlreadyAttached, Gone, PartUnfinished, Wish
from domain.files.writing import (
    ChecksumMismatch,
    DiskFull,
    Incomplete,
    Interrupted,
    LengthFixed,
    OffsetConflict,
    UploadLocked,
    Writing,
)
from handlers import admission
from handlers.exchange import PROOF
from handlers.keys import SETTINGS, UPLOADS
from handlers.spec import Access, Body, Call, Query, Routes
from kit import clock
from kit.errors import Malformed, NotFound, Refusal, TooLarge
from kit.media.refusals import FileEmpty, FileType
from kit.proof import ProofWrong
from kit.words import phrase
from models.database import wake

routes = Routes("上传")

VERSION = "1.0.0"
PATH = "/api/v1/uploads"
CHUNK = "application/offset+octet-stream"
SILENCE = 10.0  # seconds without a byte after which a request is given up, and its bytes are kept
_EXTENSIONS = (
    "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration,concatenation"  # no spaces
)
_ALGORITHMS = {"sha1": 20, "sha256": 32}  # and the bytes of each
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
_ID = re.compile(r"(?:^|/)([0-9a-f-]{36})/?$")
LONGEST_METADATA = 1000
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)  # seconds until whoever had the lock before has noticed its broken line


class WrongVersion(Refusal):
    """The client speaks another version of tus, or does not say which."""

    status, code, message = 412, "tus_version", "请使用 tus 1.0.0 上传（Tus-Resumable: 1.0.0）"


class NotAChunk(Refusal):
    """The bytes of an upload come as they are."""

    status, code, message = 415, "not_a_chunk", "请以 application/offset+octet-stream 发送文件内容"


class UploadMalformed(Malformed):
    """A header of tus is missing or can't be read; the message says which."""

    code, message = "upload_malformed", "上传请求的头部有误"


_COMMON: tuple[type[Refusal], ...] = (WrongVersion, UploadMalformed)
_BEGINNING = (*_COMMON, FileEmpty, TooLarge, FileType, QuotaReached, PartUnfinished, NotFound)
_WRITING = (*_COMMON, NotAChunk, Gone, OffsetConflict, LengthFixed, UploadLocked, ChecksumMismatch, Incomplete,
            TooLarge, DiskFull)  # fmt: skip


class Ticket(BaseModel):
    """上传凭证：只出现这一次，请保存在手机上，直到举报提交。"""

    ticket: str
    last_day: date = Field(description="凭证有效的最后一天")


class PurposeView(BaseModel):
    """一种附件：接受的类型和大小。"""

    code: str
    name: str
    media_types: list[str]
    most_bytes: int
    most_seconds: int | None


class Draft(Body):
    """尚未提交的举报。"""

    idempotency_key: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")] | None = Field(
        None, description="提交举报时将使用的 Idempotency-Key；写明后，凭证只能用于那一次提交"
    )


class OfPurpose(Query):
    """查询某种附件的大小上限。"""

    purpose: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] = ""


@routes.post(
    f"{PATH}/tickets",
    access=Access.PUBLIC,
    summary="领取上传凭证（匿名，无需登录）",
    status=201,
    refusals=(admission.ProofRequired, ProofWrong),
    anonymous=True,
)
async def ticket(call: Call, body: Draft) -> Ticket:
    """It says nothing of who holds it; under load it costs a proof of work."""
    await admission.report_admitted(call.request.app, call.request.headers.get(PROOF))
    token, last = await tickets.issued(call.request.app[SETTINGS], body.idempotency_key)
    return Ticket(ticket=token, last_day=last)


@routes.get(f"{PATH}/purposes", access=Access.PUBLIC, summary="附件的种类、类型和大小上限", anonymous=True)
async def purposes(_call: Call) -> list[PurposeView]:
    """What clients check before they upload."""
    return [
        PurposeView(
            code=one.code,
            name=phrase(one.name),
            media_types=one.media_types,
            most_bytes=one.most_bytes,
            most_seconds=one.most_seconds,
        )
        for one in await limits.purposes(staff=True)
    ]


@routes.route("OPTIONS", PATH, access=Access.PUBLIC, summary="tus：版本、扩展和大小上限", anonymous=True)
async def options(_call: Call, query: OfPurpose) -> web.Response | None:
    """What this server speaks; `Tus-Max-Size` is of the purpose asked for, else the largest of all."""
    return web.Response(
        status=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
            "Tus-Max-Size": str(await uploads.largest(staff=True, purpose=query.purpose)),
        },
    )


@routes.post(
    PATH,
    access=Access.UPLOADER,
    summary="tus：开始一个上传",
    status=201,
    refusals=tuple(dict.fromkeys((*_BEGINNING, *_WRITING))),
    anonymous=True,
)
async def begin(call: Call) -> web.Response:
    """An upload, a part of one, or one file of finished parts; the first bytes may come along."""
    _version(call)
    metadata = call.request.headers.get("Upload-Metadata", "")
    concat, _, listed = call.request.headers.get("Upload-Concat", "").partition(";")
    if concat == "final":
        upload = await uploads.put_together(call.actor.owner, _wish(None, metadata), _parts(listed))
        await wake()
    elif concat in {"", "partial"}:
        upload = await uploads.begun(call.actor.owner, _wish(_length(call), metadata), part=concat == "partial")
    else:
        raise UploadMalformed("Upload-Concat 应为 partial 或 final")
    headers = {"Location": f"{_here(call.request)}{PATH}/{upload.id}", **_expires(upload.expires_on)}
    if concat != "final" and call.request.content_type == CHUNK and call.request.body_exists:
        headers["Upload-Offset"] = str((await _append(call, upload.id, 0)).saved)
    return web.Response(status=201, headers=headers)


@routes.route(
    "HEAD",
    f"{PATH}/{{upload}}",
    access=Access.UPLOADER,
    summary="tus：已经收到多少",
    refusals=(*_COMMON, Gone),
    anonymous=True,
)
async def progress(call: Call, upload: UUID) -> web.Response:
    """Every byte that is counted here is on disk."""
    _version(call)
    found = await uploads.seen(call.actor.owner, upload)
    for pause in _PAUSES:  # what is being written down for a broken line counts too
        if found.held_until is None or found.held_until < clock.now():
            break
        await asyncio.sleep(pause)
        found = await uploads.seen(call.actor.owner, upload)
    headers = {"Upload-Offset": str(found.arrived), **_expires(found.expires_on)}
    headers |= {"Upload-Defer-Length": "1"} if found.length is None else {"Upload-Length": str(found.length)}
    if found.metadata:
        headers["Upload-Metadata"] = found.metadata
    if found.concat == "final":
        parts = " ".join(f"{PATH}/{part}" for part in await uploads.parts_of(found.id))
        headers["Upload-Concat"] = f"final;{parts}"
    elif found.concat:
        headers["Upload-Concat"] = found.concat
    return web.Response(headers=headers)


@routes.patch(
    f"{PATH}/{{upload}}",
    access=Access.UPLOADER,
    summary="tus：续传",
    status=204,
    refusals=_WRITING,
    anonymous=True,
)
async def append(call: Call, upload: UUID) -> web.Response:
    """Acknowledged is what is on disk; of a line that breaks what came before is kept."""
    _version(call)
    if call.request.content_type != CHUNK:
        raise NotAChunk
    work = await _append(call, upload, _number(call, "Upload-Offset"))
    return web.Response(status=204, headers={"Upload-Offset": str(work.saved), **_expires(work.expires_on)})


@routes.delete(
    f"{PATH}/{{upload}}",
    access=Access.UPLOADER,
    summary="tus：撤回尚未提交的上传",
    refusals=(*_COMMON, UploadLocked, AlreadyAttached),
    anonymous=True,
)
async def take_back(call: Call, upload: UUID) -> None:
    """Its bytes are removed; what belongs to a matter stays."""
    _version(call)
    await writing.terminated(call.request.app[UPLOADS], call.actor.owner, upload)


@routes.post(
    f"{PATH}/{{upload}}",
    access=Access.UPLOADER,
    summary="tus：不能发送 PATCH 或 DELETE 的客户端（X-HTTP-Method-Override）",
    status=204,
    refusals=(*_WRITING, AlreadyAttached),
    anonymous=True,
)
async def overridden(call: Call, upload: UUID) -> web.Response:
    """WeChat's `wx.request` knows neither PATCH nor a way round it but this."""
    match call.request.headers.get("X-HTTP-Method-Override", "").upper():
        case "PATCH":
            return await append(call, upload)
        case "DELETE":
            await take_back(call, upload)
            return web.Response(status=204)
        case "HEAD":
            return await progress(call, upload)
    raise UploadMalformed("请用 X-HTTP-Method-Override 写明 PATCH、DELETE 或 HEAD")


async def _append(call: Call, upload: UUID, offset: int) -> Writing:
    """Write the body behind `offset`."""
    checksum, length = _checksum(call), _told_late(call)
    work = await _taken(call, upload, offset, length)
    if await writing.received(work, _chunks(call.request), checksum, announced=call.request.content_length):
        await wake()  # the worker stores it
    return work


async def _taken(call: Call, upload: UUID, offset: int, length: int | None) -> Writing:
    """The lock; a client notices sooner than we do that its line broke, and comes back at once."""
    place, owner = call.request.app[UPLOADS], call.actor.owner
    for pause in _PAUSES:
        with suppress(UploadLocked):
            return await writing.taken(place, owner, upload, offset, length)
        await asyncio.sleep(pause)
    return await writing.taken(place, owner, upload, offset, length)


async def _chunks(request: web.Request) -> AsyncGenerator[bytes, None]:
    """The body as it comes; raises Interrupted when the line breaks or is silent."""
    try:
        while True:
            async with asyncio.timeout(SILENCE):
                chunk, last_of_some = await request.content.readchunk()  # as it came, not joined
            if chunk:
                yield chunk
            elif not last_of_some:
                return
    except (TimeoutError, web.RequestPayloadError, ConnectionError):
        raise Interrupted from None


async def spoken(request: web.Request, response: web.StreamResponse) -> None:
    """Say on every answer of these routes which version is spoken. For `Application.on_response_prepare`."""
    if request.path.startswith(PATH):
        response.headers["Tus-Resumable"] = VERSION
        if response.status == WrongVersion.status:
            response.headers["Tus-Version"] = VERSION


async def closed(app: web.Application) -> None:
    """Give no more sign of life. For `Application.on_cleanup`."""
    app[UPLOADS].alive.close()


def _here(request: web.Request) -> str:
    """The address that clients reach us by: what the settings say, else what this one used."""
    settings = request.app[SETTINGS]
    return settings.url if settings.public_url else f"{request.scheme}://{request.host}"


def _version(call: Call) -> None:
    if call.request.headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion


def _number(call: Call, name: str) -> int:
    value = call.request.headers.get(name, "")
    if not _WHOLE.fullmatch(value):
        raise UploadMalformed(f"{name} 应为不小于零的整数")
    return int(value)


def _length(call: Call) -> int | None:
    deferred = call.request.headers.get("Upload-Defer-Length")
    if deferred is None:
        return _number(call, "Upload-Length")
    if deferred != "1" or "Upload-Length" in call.request.headers:
        raise UploadMalformed("Upload-Defer-Length 只能为 1，且不与 Upload-Length 同时使用")
    return None


def _told_late(call: Call) -> int | None:
    """The length of an upload that began without one."""
    late = call.request.method != "POST" or "X-HTTP-Method-Override" in call.request.headers
    return _number(call, "Upload-Length") if late and "Upload-Length" in call.request.headers else None


def _checksum(call: Call) -> tuple[str, bytes] | None:
    header = call.request.headers.get("Upload-Checksum")
    if header is None:
        return None
    name, _, value = header.partition(" ")
    try:
        digest = b64decode(value, validate=True)
    except ValueError:
        digest = b""
    if name not in _ALGORITHMS or len(digest) != _ALGORITHMS[name]:
        raise UploadMalformed(f"Upload-Checksum 应为 {' 或 '.join(_ALGORITHMS)} 和 Base64 的校验值")
    return name, digest


def _wish(length: int | None, metadata: str) -> Wish:
    """What `Upload-Metadata` says of the file: filename, filetype, purpose; other keys are taken and not read."""
    if len(metadata) > LONGEST_METADATA or not metadata.isascii():
        raise UploadMalformed("Upload-Metadata 过长或含有非 ASCII 字符")
    told: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in metadata.split(","))):
        key, _, value = pair.partition(" ")
        try:
            told[key] = b64decode(value, validate=True).decode()
        except ValueError:
            raise UploadMalformed("Upload-Metadata 应为键和 Base64 的值") from None
    media_type = told.get("filetype", "").partition(";")[0].strip().lower()
    return Wish(
        length=length,
        name=told.get("filename", told.get("name", "")),
        media_type=media_type if _TYPE.fullmatch(media_type) else "",
        purpose=told.get("purpose", "")[:20],
        metadata=metadata,
    )


def _parts(listed: str) -> list[UUID]:
    """The parts that a final upload names, by their addresses, absolute or not."""
    found = [_ID.search(address) for address in listed.split()]
    try:
        return [UUID(one[1] if one else "") for one in found]
    except ValueError:
        raise UploadMalformed("Upload-Concat 应列出各分段的地址") from None


def _expires(day: date) -> dict[str, str]:
    """Uploads end with a day, not a second, which would tell when they began."""
    return {"Upload-Expires": format_datetime(clock.start_of(day).astimezone(UTC), usegmt=True)}
