"""述法专栏: published reports, for the public and for those whom their scope admits; what was submitted before."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from domain.people.actors import VISITOR, Actor
from domain.reports import column, versions
from domain.reports.column import After, Filters
from domain.reports.inputs import FORMS, Form
from handlers import cursors
from handlers.cursors import Cursor, moment
from handlers.files import REPORT, address, cookie
from handlers.matters import Number, RegionCode
from handlers.spec import Access, Call, Query, Reply, Routes
from handlers.stored import sent
from kit import clock
from kit.errors import NotFound
from kit.shapes import Line, Whole
from kit.words import phrase
from models import ReportScope

routes = Routes("述法")

PUBLIC = "/api/v1/public/reports"
Place = Annotated[int, Field(ge=1, le=12)]
_LASTS = {"video": "video.mp4", "poster": "poster.jpg"}


class ReportLine(BaseModel):
    """专栏里的一篇。"""

    number: str
    title: str
    name: str
    post: str
    unit: str
    region: str
    year: int
    published_at: datetime
    clips: int = Field(description="视频段数；0 为书面")


class ReportPage(BaseModel):
    """一页述法报告，只按发布时间排列；`next` 为空表示没有更多。"""

    items: list[ReportLine]
    next: str | None


class ColumnQuery(Query):
    """筛选专栏。"""

    year: Annotated[Whole, Field(ge=2000, le=2199)] | None = None
    region: RegionCode | None = None
    q: Annotated[str, Line(40)] | None = Field(None, description="姓名、单位或标题中的字词")
    cursor: Cursor | None = None
    limit: Annotated[Whole, Field(ge=1, le=50)] = 20


class Part(BaseModel):
    """一部分内容。"""

    name: str
    text: str


class MarkView(BaseModel):
    """视频里可以跳转的一处：章节，或访谈的一问一答。"""

    at: int
    title: str
    answer: str = ""


class ClipView(BaseModel):
    """一段视频。"""

    place: int
    title: str
    interview: bool
    seconds: float | None
    marks: list[MarkView]
    video: str | None = Field(description="视频地址；为空则还在处理")
    poster: str | None
    captions: str | None = Field(description="字幕地址（WebVTT）")


class ReportView(ReportLine):
    """一篇已发布的述法报告。"""

    public: bool = Field(description="向社会公开的，可以分享")
    forms: list[str]
    sections: list[Part]
    answers: list[Part]
    problems: list[str]
    measures: str
    document: str | None = Field(description="书面报告（PDF）地址")
    recordings: list[ClipView]


class VersionView(BaseModel):
    """曾经提交的一稿。"""

    version: int
    submitted_at: datetime
    content: dict[str, Any]
    changed: list[str] = Field(description="与上一稿相比改动的部分")


@routes.get(PUBLIC, access=Access.PUBLIC, summary="述法专栏（公开）", anonymous=True)
async def published(_: Call, query: ColumnQuery) -> ReportPage:
    """What is published for everybody, newest first; there is no other order, and nothing is counted."""
    return await _page(VISITOR, query)


@routes.get(f"{PUBLIC}/{{number}}", access=Access.PUBLIC, summary="一篇述法报告（公开）", anonymous=True)
async def shown(_: Call, number: Number) -> ReportView:
    """With the addresses of its recordings."""
    found = await column.one(VISITOR, number)

    def where(place: int, name: str) -> str:
        return f"{PUBLIC}/{number}/{place}/{name}"

    return _view(found, where, where)


@routes.get(
    f"{PUBLIC}/{{number}}/{{place}}/captions.vtt", access=Access.PUBLIC, summary="字幕（公开）",
    produces="text/vtt", anonymous=True,
)  # fmt: skip
async def captions(_: Call, number: Number, place: Place) -> web.StreamResponse:
    """WebVTT, as browsers' players take it."""
    return _captions(await column.captions(VISITOR, number, place))


@routes.get(
    f"{PUBLIC}/{{number}}/{{place}}/{{name}}", access=Access.PUBLIC, summary="视频、封面和书面报告（公开）",
    produces="application/octet-stream", anonymous=True,
)  # fmt: skip
async def played(
    call: Call, number: Number, place: Annotated[int, Field(ge=0, le=12)],
    name: Literal["video.mp4", "poster.jpg", "document.pdf"],
) -> web.StreamResponse:  # fmt: skip
    """With ranges, so that a player can jump; gone at once when the report is withdrawn."""
    if (place == 0) != (name == "document.pdf"):
        raise NotFound
    stored, media_type = await column.played(VISITOR, number, place, name.partition(".")[0])
    return await sent(call.request, stored, {"Content-Type": media_type, "Cache-Control": "no-cache"})


@routes.get("/api/v1/reports", access=Access.STAFF, summary="述法专栏（含内部和评议范围）")
async def within(call: Call, query: ColumnQuery) -> ReportPage:
    """What is published for everybody, for evaluators, or for the staff of the reader's region."""
    return await _page(call.actor, query)


@routes.get("/api/v1/reports/{number}", access=Access.STAFF, summary="一篇述法报告（含内部和评议范围）")
async def shown_within(call: Call, number: Number) -> Reply[ReportView]:
    """With links to its recordings that serve this viewer for a short time."""
    found = await column.one(call.actor, number)

    def where(place: int, name: str) -> str:
        return address(call, found["id"], REPORT, place, name)

    def spoken(place: int, _: str) -> str:
        return f"/api/v1/reports/{number}/{place}/captions.vtt"

    return Reply(_view(found, where, spoken), headers=cookie(call))


@routes.get(
    "/api/v1/reports/{number}/{place}/captions.vtt", access=Access.STAFF, summary="字幕（含内部和评议范围）",
    produces="text/vtt",
)  # fmt: skip
async def captions_within(call: Call, number: Number, place: Place) -> web.StreamResponse:
    """WebVTT; the client fetches it with its session and hands it to the player."""
    return _captions(await column.captions(call.actor, number, place))


@routes.get("/api/v1/matters/{number}/versions", access=Access.STAFF, summary="述法报告的各稿和改动")
async def submitted(call: Call, number: Number) -> list[VersionView]:
    """For those who prepare and review; the newest first."""
    return [VersionView(**one) for one in await versions.of(call.actor, number)]


async def _page(actor: Actor, query: ColumnQuery) -> ReportPage:
    def after(key: list[Any]) -> After:
        return After(moment(key[0]), UUID(key[1]))

    filters = Filters(query.year, query.region, query.q)
    found = await column.page(actor, filters, cursors.read(query.cursor, after), query.limit)
    more = None
    if len(found) == query.limit:
        more = cursors.written(found[-1]["published_at"].isoformat(), found[-1]["id"])
    return ReportPage(items=[ReportLine(**_line(row)) for row in found], next=more)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    wanted = ("number", "title", "name", "post", "unit", "region", "year", "clips")
    return {**{name: row[name] for name in wanted}, "published_at": clock.local(row["published_at"])}


def _view(found: dict[str, Any], where: Any, spoken: Any) -> ReportView:
    return ReportView(
        **(_line({**found, "clips": len(found["clips"])})),
        public=found["scope"] == ReportScope.PUBLIC,
        forms=[phrase(FORMS[Form(form)]) for form in found["forms"]],
        sections=[Part(**part) for part in found["sections"]],
        answers=[Part(name=part["item"], text=part["text"]) for part in found["answers"]],
        problems=found["problems"],
        measures=found["measures"],
        document=where(0, "document.pdf") if found["document"] else None,
        recordings=[
            ClipView(
                place=clip["place"],
                title=clip["title"],
                interview=clip["interview"],
                seconds=clip["copies"].get("video", {}).get("seconds"),
                marks=[MarkView(**mark) for mark in clip["marks"]],
                captions=spoken(clip["place"], "captions.vtt") if clip["captions"] else None,
                **{
                    kind: where(clip["place"], last) if kind in clip["copies"] else None
                    for kind, last in _LASTS.items()
                },
            )
            for clip in found["clips"]
        ],
    )


def _captions(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/vtt", charset="utf-8")
