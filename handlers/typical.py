"""典型案例: what is published, for anybody; what is printed, for staff; what a text must not say, for its authors."""

from datetime import date
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from domain.loop.kinds import WrongStage
from domain.marks import marking
from domain.marks.marking import MarkKind
from domain.typical import finding, publishing
from domain.typical.finding import WHYS, Why
from domain.typical.publishing import After
from handlers import admission, cursors
from handlers.cursors import Cursor
from handlers.keys import SETTINGS
from handlers.matters import Number
from handlers.spec import Access, Body, Call, Query, Routes
from kit.errors import NotFound, TooMany
from kit.shapes import Line, Text, Whole
from kit.words import label
from models import Audience

routes = Routes("典型案例")

CategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")]
# Kept by whoever read it, but asked for anew each time: what is withdrawn is gone at once.
KEPT = {"Cache-Control": "public, no-cache"}


class TypicalHead(BaseModel):
    """一个典型案例的标题和开头。"""

    id: UUID
    title: str
    lead: str = Field(description="正文的开头")
    category: str
    category_label: str
    region_name: str | None = Field(description="最细到县（区）；不写明的为空")
    issued_on: date
    public: bool = Field(description="是否已公开发布；只编印的供工作人员阅读")


class TypicalPage(BaseModel):
    """一页典型案例，新的在前。"""

    items: list[TypicalHead]
    next: str | None


class TypicalText(TypicalHead):
    """一个典型案例的全文。"""

    reported: str = Field(description="反映的问题")
    handled: str = Field(description="办理情况")
    lesson: str = Field(description="经验启示")


class TypicalQuery(Query):
    """哪一类、从哪里往后。"""

    category: CategoryCode | None = None
    cursor: Cursor | None = None
    limit: Annotated[Whole, Field(ge=1, le=50)] = 20


@routes.get("/api/v1/typical-cases", access=Access.PUBLIC, summary="已公开发布的典型案例", anonymous=True)
async def published(call: Call, query: TypicalQuery) -> TypicalPage | web.Response:
    """The same for everybody."""
    return _kept(call, await _page(Audience.PUBLIC, query))


@routes.get(
    "/api/v1/typical-cases/{case}",
    access=Access.PUBLIC,
    summary="一个已公开发布的典型案例",
    refusals=(NotFound,),
    anonymous=True,
)
async def published_one(call: Call, case: UUID) -> TypicalText | web.Response:
    """Gone as soon as it is withdrawn."""
    return _kept(call, TypicalText(**await publishing.one(Audience.PUBLIC, case)))


@routes.get("/api/v1/printed-cases", access=Access.STAFF, summary="内部编印和公开发布的典型案例")
async def printed(_: Call, query: TypicalQuery) -> TypicalPage:
    """The same for all staff: who does not find one would know that it is about them."""
    return await _page(Audience.INTERNAL, query)


@routes.get("/api/v1/printed-cases/{case}", access=Access.STAFF, summary="一个编印的典型案例", refusals=(NotFound,))
async def printed_one(_: Call, case: UUID) -> TypicalText:
    """Whether published or only printed."""
    return TypicalText(**await publishing.one(Audience.INTERNAL, case))


async def _page(audience: Audience, query: TypicalQuery) -> TypicalPage:
    after = cursors.read(query.cursor, lambda key: After(date.fromisoformat(key[0]), UUID(key[1])))
    found = await publishing.listed(audience, category=query.category, after=after, limit=query.limit + 1)
    items = [TypicalHead(**row) for row in found[: query.limit]]
    more = len(found) > query.limit
    return TypicalPage(items=items, next=cursors.written(items[-1].issued_on, items[-1].id) if more else None)


def _kept(call: Call, content: BaseModel) -> web.Response:
    body = content.model_dump_json().encode()
    headers = KEPT | {"ETag": f'"{sha256(body).hexdigest()[:32]}"'}
    if headers["ETag"] in call.request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type="application/json", charset="utf-8")


class TypicalDraft(Body):
    """典型案例的一稿。"""

    title: Annotated[str, Line(60)] = Field(title="标题")
    reported: Annotated[str, Text(4000)] = Field(title="反映的问题")
    handled: Annotated[str, Text(4000)] = Field(title="办理情况")
    lesson: Annotated[str, Text(4000)] = Field(title="经验启示")


class TypicalHit(BaseModel):
    """一处可能认出人的内容。"""

    field: str = Field(description="title、reported、handled 或 lesson")
    start: int
    end: int
    kind: MarkKind
    kind_label: str
    text: str
    why: Why
    why_label: str
    must: bool = Field(description="必须改写；否则可以说明理由后保留")
    instead: str = Field(description="可以代替它的写法；没有则须换一种说法")


@routes.post(
    "/api/v1/matters/{number}/typical-check",
    access=Access.STAFF,
    roles=finding.LOOKERS,
    summary="核对典型案例稿中能认出人的内容（去标识前必做，结果留存）",
    refusals=(NotFound, WrongStage, TooMany),
    limit=64 * 1024,
)
async def check(call: Call, number: Number, body: TypicalDraft) -> list[TypicalHit]:
    """Held against all that the sources hold; meeting what the vault holds is recorded with the source as a look."""
    settings = call.request.app[SETTINGS]
    await admission.spend(call.request.app, admission.CHECKS, admission.whose(settings, call.actor))
    hits = await finding.looked_over(settings, call.actor, number, body.model_dump())
    return [
        TypicalHit(
            **hit.kept(),
            kind_label=label(hit.kind, marking.MARKS[hit.kind]),
            why_label=label(hit.why, WHYS[hit.why]),
            must=hit.must,
            instead=hit.instead,
        )
        for hit in hits
    ]
