"""督办: lists by rung, and the units that get no honours in a year. Everything else is a matter like any other."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.supervision import listing
from domain.supervision.listing import After, Filters, Shelf
from handlers import cursors
from handlers.cursors import Cursor
from handlers.matters import Limit
from handlers.spec import Access, Call, Query, Routes
from kit import clock
from kit.shapes import Whole
from models import Role

routes = Routes("督办")
HONOURS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.PERSONNEL})


class SupervisionLine(BaseModel):
    """列表中的一件督办。"""

    number: str
    stage: str
    stage_label: str
    rung: str
    rung_label: str
    subject: str
    unit: str
    by_unit: str
    filed_on: date
    answer_due: datetime | None
    late: bool = Field(description="逾期未书面回复")
    look_back_due: datetime | None = Field(description="应在此时前开展回头看")
    listed: bool = Field(description="正在挂牌")
    ended: bool


class SupervisionPage(BaseModel):
    """一页督办件；`next` 为空表示没有更多。"""

    items: list[SupervisionLine]
    next: str | None


class SupervisionQuery(Query):
    """筛选督办件。"""

    rung: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")] | None = None
    ended: bool | None = None
    shelf: Shelf | None = Field(
        default=None,
        description="proposed 待决定，with_unit 待签收和回复，late 逾期未回复，listed 正在挂牌，look_back 待回头看",
    )
    cursor: Cursor | None = None
    limit: Limit = 50


class RungView(BaseModel):
    """一个督办层级。"""

    code: str
    name: str


class LateView(BaseModel):
    """一个单位在一个层级上逾期未回复的督办。"""

    unit: str
    rung: str
    rung_label: str
    late: int = Field(description="件数")
    since: datetime = Field(description="其中最早的回复时限")


class YearQuery(Query):
    """哪一年。"""

    year: Annotated[Whole, Field(ge=2000, le=2199)] | None = None


class DisqualifiedView(BaseModel):
    """一个被取消年度评先资格的单位。"""

    unit: str
    region_id: str
    year: int
    reason: str
    since: date
    revoked_on: date | None
    revoke_reason: str


@routes.get("/api/v1/supervisions", access=Access.STAFF, summary="督办件（可按层级筛选）")
async def listed(call: Call, query: SupervisionQuery) -> SupervisionPage:
    """Those that the reader may see, newest first."""

    def after(key: list[Any]) -> After:
        return After(date.fromisoformat(key[0]), UUID(key[1]))

    filters = Filters(query.rung, query.ended, query.shelf)
    found = await listing.page(call.actor, filters, cursors.read(query.cursor, after), query.limit)
    more = cursors.written(found[-1]["filed_on"], found[-1]["id"]) if len(found) == query.limit else None
    return SupervisionPage(items=[SupervisionLine(**line) for line in found], next=more)


@routes.get("/api/v1/supervisions/rungs", access=Access.STAFF, summary="督办层级")
async def rungs(_call: Call) -> list[RungView]:
    """From the lowest on."""
    return [RungView(code=code, name=name) for code, name in await listing.rungs()]


@routes.get("/api/v1/supervisions/late", access=Access.STAFF, summary="逾期未回复的督办（按单位和层级）")
async def late(call: Call) -> list[LateView]:
    """Of those that the reader may see; whoever is late the longest first."""
    return [LateView(**one) for one in await listing.late(call.actor)]


@routes.get("/api/v1/disqualifications", access=Access.STAFF, roles=HONOURS, summary="取消年度评先资格的单位")
async def disqualified(call: Call, query: YearQuery) -> list[DisqualifiedView]:
    """Of the reader's region and year."""
    found = await listing.disqualified(call.actor, query.year or clock.today().year)
    return [DisqualifiedView(**one) for one in found]
