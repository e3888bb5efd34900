"""二维码: what a scan leads to for anybody, and how the office issues, prints and ends codes."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from logging import ERROR, WARNING
from typing import Annotated, Any
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.cases import by_code
from domain.codes import issuing, listing, scans, scenes, sheet
from domain.codes.issuing import CodeEnded, Draft
from domain.codes.sheet import Size
from domain.loop import once
from domain.loop.once import KeyReused
from handlers import admission, code_pictures, cursors
from handlers.code_pictures import NoAccount, NotDrawn, Way
from handlers.cursors import Cursor
from handlers.keys import SETTINGS, STORE, WECHAT
from handlers.matters import Limit, RegionCode
from handlers.spec import Access, Body, Call, Query, Raw, Routes
from kit import pdf
from kit.errors import TooMany
from kit.outage import away
from kit.settings import Settings
from kit.shapes import Line, Whole
from kit.together import Together
from models import CodeKind, Role

log = structlog.get_logger("codes")
routes = Routes("二维码")
scanning = Routes("扫码", described=False)

# Supervisors look after a region, registrars take in what comes by a code; each within the region of their unit.
OFFICE = frozenset({Role.SUPERVISOR, Role.REGISTRAR})
PATIENCE = 1.0  # seconds that somebody who scanned waits for being counted
COUNTED_WITHIN = 60.0  # seconds after which counting is given up: then the database is away
COUNTING: web.AppKey[Together[str, None]] = web.AppKey("counting")

Value = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{8}$")]


class Issue(Body):
    """一个新的二维码。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "place",
                    "title": "兰州市政务服务大厅",
                    "region": "6201",
                    "place": "一层取号机旁",
                    "phone": "12345",
                }
            ]
        }
    )

    kind: CodeKind = Field(
        title="种类", description="province 全省码；unit 单位码；place 场所码（须写明地点）；campaign 活动码"
    )
    title: Annotated[str, Line(60)] = Field(title="名称", description="印在二维码上方")
    region: RegionCode = Field(title="地区")
    unit: UUID | None = Field(None, title="单位", description="单位码必填，且属于该地区")
    place: Annotated[str, Line(120)] | None = Field(None, title="张贴地点")
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{1,18}$")] | None = Field(
        None, title="可拨打的电话"
    )


class End(Body):
    """停用或更换的理由。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "张贴处被覆盖，重新印制"}]})

    reason: Annotated[str, Line(200)] = Field(title="理由")


class UnitOfCode(BaseModel):
    """二维码所属的单位。"""

    id: UUID
    name: str


class Scans(BaseModel):
    """扫码次数；`ended` 是停用之后的。"""

    valid: int
    ended: int


class CodeView(BaseModel):
    """一个二维码，及其扫码次数和举报件数。"""

    value: str = Field(title="编号")
    kind: CodeKind
    kind_label: str
    title: str
    place: str
    phone: str
    region: str
    unit: UnitOfCode | None
    issued_on: date
    ended_on: date | None
    end_reason: str
    replaces: str | None = Field(description="它替换的二维码的编号")
    replaced_by: str | None
    link: str = Field(description="二维码的内容；场景值是最后一个 / 之后的部分")
    scans: Scans
    cases: int = Field(description="由它提交、而且您能看到的举报件数，数到 100 为止")


class CodePage(BaseModel):
    """一页二维码；`next` 为空表示没有更多。"""

    items: list[CodeView]
    next: str | None


class CodesQuery(Query):
    """筛选。"""

    kind: CodeKind | None = None
    region: RegionCode | None = None
    ended: bool | None = Field(None, description="true 只看停用的，false 只看在用的")
    cursor: Cursor | None = None
    limit: Limit = 50


class DaysQuery(Query):
    """最近多少天。"""

    days: Annotated[Whole, Field(ge=1, le=366)] = 30


class SheetQuery(Query):
    """印制的尺寸。"""

    size: Size = Field(Size.A4, description="a4 海报；a5 台卡；a6 贴纸（一张 A4 四枚，沿线裁开）")


class PictureQuery(Query):
    """哪一种二维码。"""

    kind: Way = Field(
        Way.LINK,
        description="link 普通链接，任何手机都能扫；mini 小程序码；official 公众号带参数二维码。后两种只能用微信扫",
    )


class ScansOfDay(BaseModel):
    """一天里没有对上任何二维码的扫码次数。"""

    day: date
    unknown: int = Field(description="不认识的场景值")
    tampered: int = Field(description="签名不符，可能是伪造的二维码")


@scanning.get(r"/q/{scene:[\s\S]*}", access=Access.PUBLIC, summary="扫码", anonymous=True)
async def scan(call: Call) -> web.Response:
    """Lead to the form, whatever was scanned: an unknown, forged or ended code still lets people report."""
    scene = call.request.match_info["scene"]
    if call.request.method == "GET":  # a HEAD is some program that looks before it shows the link
        await _counted(call.request.app, scene)
    carried = f"?scene={scene}" if re.fullmatch(scenes.FORM, scene) else ""
    return web.Response(status=302, headers={"Location": f"/h5/#/pages/report/index{carried}"})


async def _counted(app: web.Application, scene: str) -> None:
    """Count a scan. Nobody waits long for it, but it is counted all the same: what comes meanwhile is so together.

    Above the limit, or while the database is away, it is lost.
    """
    together = app[COUNTING]
    try:
        await admission.spend(app, admission.SCANS)
    except TooMany:
        return
    counted = asyncio.create_task(together.done(scene))
    counted.add_done_callback(_told)
    await asyncio.wait({counted}, timeout=PATIENCE)


def _told(counted: "asyncio.Task[None]") -> None:
    """Whatever became of it, people get through."""
    error = None if counted.cancelled() else counted.exception()
    if error is not None:
        known = isinstance(error, TimeoutError) or away(error)
        log.log(WARNING if known else ERROR, "a scan is not counted", kind=type(error).__name__)


def counting(settings: Settings) -> Together[str, None]:
    """What counts the scans of a process, those that come at once by one statement."""
    return Together(partial(scans.counted, settings), COUNTED_WITHIN)


async def settled(app: web.Application) -> None:
    """Before the process ends, what is being counted gets a moment more."""
    await app[COUNTING].settled(PATIENCE)


@routes.get("/api/v1/codes", access=Access.STAFF, roles=OFFICE, summary="本地区的二维码")
async def listed(call: Call, query: CodesQuery) -> CodePage:
    """Newest first."""
    after = cursors.read(query.cursor, lambda key: listing.After(date.fromisoformat(key[0]), UUID(key[1])))
    filters = listing.Filters(query.kind, query.region or "", query.ended)
    rows = await by_code.page(call.request.app[SETTINGS], call.actor, filters, after, query.limit)
    more = cursors.written(rows[-1]["issued_on"], rows[-1]["id"]) if len(rows) == query.limit else None
    return CodePage(items=[CodeView(**row) for row in rows], next=more)


@routes.post(
    "/api/v1/codes",
    access=Access.STAFF,
    roles=OFFICE,
    summary="签发二维码",
    status=201,
    refusals=(KeyReused,),
    idempotent=True,
)
async def issue(call: Call, body: Issue) -> CodeView | Raw:
    """For a province, unit, place or campaign of the actor's region."""
    draft = Draft(body.kind, body.title, body.region, body.unit, body.place or "", body.phone or "")

    async def act() -> dict[str, Any]:
        return await _shown(call, (await issuing.issued(by_code.office(call.actor), draft)).value)

    return await _once(call, "issue", body, 201, act)


@routes.get("/api/v1/codes/scans", access=Access.STAFF, roles=OFFICE, summary="没有对上二维码的扫码次数，按日")
async def unproven(_call: Call, query: DaysQuery) -> list[ScansOfDay]:
    """The latest day first; days without any are left out."""
    return [ScansOfDay(**row) for row in await scans.without_code(query.days)]


@routes.get("/api/v1/codes/{code}", access=Access.STAFF, roles=OFFICE, summary="一个二维码")
async def shown(call: Call, code: Value) -> CodeView:
    """With its counts."""
    return CodeView(**await by_code.one(call.request.app[SETTINGS], call.actor, code))


@routes.post(
    "/api/v1/codes/{code}/revoke",
    access=Access.STAFF,
    roles=OFFICE,
    summary="停用二维码",
    refusals=(CodeEnded, KeyReused),
    idempotent=True,
)
async def revoke(call: Call, code: Value, body: End) -> CodeView | Raw:
    """For good. Whoever scans it still can report."""

    async def act() -> dict[str, Any]:
        await issuing.revoked(by_code.office(call.actor), code, body.reason)
        return await _shown(call, code)

    return await _once(call, f"revoke:{code}", body, 200, act)


@routes.post(
    "/api/v1/codes/{code}/replace",
    access=Access.STAFF,
    roles=OFFICE,
    summary="更换二维码（停用旧码，签发新码）",
    status=201,
    refusals=(CodeEnded, KeyReused),
    idempotent=True,
)
async def replace(call: Call, code: Value, body: End) -> CodeView | Raw:
    """Answers with the new one."""

    async def act() -> dict[str, Any]:
        return await _shown(call, (await issuing.replaced(by_code.office(call.actor), code, body.reason)).value)

    return await _once(call, f"replace:{code}", body, 201, act)


@routes.get(
    "/api/v1/codes/{code}/sheet.pdf",
    access=Access.STAFF,
    roles=OFFICE,
    summary="印制页（PDF）",
    refusals=(CodeEnded,),
    produces="application/pdf",
)
async def printed(call: Call, code: Value, query: SheetQuery) -> web.Response:
    """A poster, a desk card or a sheet of stickers; an ended code is not printed."""
    found = await issuing.usable(by_code.office(call.actor), code)
    content = await pdf.rendered(sheet.html(call.request.app[SETTINGS], found, query.size))
    return _file(content, "application/pdf", f"code-{code}-{query.size}.pdf")


@routes.get(
    "/api/v1/codes/{code}/qr.png",
    access=Access.STAFF,
    roles=OFFICE,
    summary="二维码图片（PNG）",
    refusals=(CodeEnded, NoAccount, NotDrawn),
    produces="image/png",
)
async def picture(call: Call, code: Value, query: PictureQuery) -> web.Response:
    """For designs of one's own. WeChat's codes are asked for there the first time, and kept."""
    app = call.request.app
    found = await issuing.usable(by_code.office(call.actor), code)
    content = await code_pictures.picture(app[SETTINGS], app[STORE](), app[WECHAT], found, query.kind)
    name = f"code-{code}.png" if query.kind is Way.LINK else f"code-{code}-{query.kind}.png"
    return _file(content, "image/png", name)


async def _shown(call: Call, value: str) -> dict[str, Any]:
    return CodeView(**await by_code.one(call.request.app[SETTINGS], call.actor, value)).model_dump(mode="json")


async def _once(call: Call, what: str, body: Body, status: int, act: Callable[[], Awaitable[Any]]) -> Raw:
    whose, key = f"post:{call.actor.post_id}:code:{what}", call.idempotency_key
    content = body.model_dump(mode="json")
    kept = once.keyed(call.request.app[SETTINGS], whose, key, content) if key else None
    answer = await once.answered(kept, status, act)
    return Raw(answer.body, answer.status, {"Idempotency-Replayed": "true"} if answer.replayed else {})


def _file(content: bytes, content_type: str, name: str) -> web.Response:
    return web.Response(
        body=content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
