"""述法联系点: designated by the office that runs a year; observers find their points and the reports to be noted on."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from domain.reports import observing
from domain.reports.observing import OBSERVERS, After, Designated, PointThere
from handlers import cursors
from handlers.cursors import Cursor
from handlers.matters import Limit, RegionCode
from handlers.report_cycles import RUN_BY
from handlers.spec import Access, Body, Call, Query, Routes
from kit.shapes import Day
from models import Role

routes = Routes("述法联系点")

READ_BY = frozenset({Role.EVALUATOR, Role.PRE_REVIEWER, Role.SUPERVISOR})


class NewPoint(Body):
    """新的联系点：地区（可以只是其中一个单位）、期间和观察员。"""

    region: RegionCode
    unit: UUID | None = Field(None, description="只观察这个单位及其下属")
    begins_on: Day
    ends_on: Day
    observers: Annotated[list[UUID], Field(min_length=1, max_length=OBSERVERS)] = Field(
        description="观察员的任职，须是评议员"
    )


class Made(BaseModel):
    """联系点的编号。"""

    id: UUID


class PointView(BaseModel):
    """一个联系点。"""

    id: UUID
    cycle: str
    region: str
    unit: str | None
    begins_on: date
    ends_on: date
    over: bool
    observers: list[str] = Field(description="姓名（单位）")


class WatchedView(BaseModel):
    """联系点的一份述法报告。"""

    number: str
    name: str
    title: str
    unit: str
    stage: str
    stage_label: str
    notes: int = Field(description="观察记录条数")


class WatchedPage(BaseModel):
    """一页报告；`next` 为空表示没有更多。"""

    items: list[WatchedView]
    next: str | None


class WatchedQuery(Query):
    """翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


@routes.post(
    "/api/v1/report-cycles/{cycle}/contact-points", access=Access.STAFF, roles=RUN_BY, summary="设立述法联系点",
    status=201, refusals=(PointThere,),
)  # fmt: skip
async def designated(call: Call, cycle: UUID, body: NewPoint) -> Made:
    """By the cycle's own office."""
    told = Designated(body.region, body.unit, body.begins_on, body.ends_on, body.observers)
    return Made(id=await observing.designated(call.actor, cycle, told))


@routes.post(
    "/api/v1/contact-points/{point}/end", access=Access.STAFF, roles=RUN_BY, summary="撤销述法联系点", status=204
)
async def ended(call: Call, point: UUID) -> None:
    """What was noted stays."""
    await observing.ended(call.actor, point)


@routes.get("/api/v1/contact-points", access=Access.STAFF, roles=READ_BY, summary="述法联系点（观察员：我的）")
async def listed(call: Call) -> list[PointView]:
    """An observer's own, an office's those of its region."""
    return [PointView(**row) for row in await observing.points(call.actor)]


@routes.get("/api/v1/contact-points/{point}/reports", access=Access.STAFF, roles=READ_BY, summary="联系点的述法报告")
async def reports(call: Call, point: UUID, query: WatchedQuery) -> WatchedPage:
    """Those that the reader may see."""

    def after(key: list[Any]) -> After:
        return After(str(key[0]), str(key[1]))

    found = await observing.reports(call.actor, point, cursors.read(query.cursor, after), query.limit)
    more = cursors.written(found[-1]["region_id"], found[-1]["code"]) if len(found) == query.limit else None
    return WatchedPage(items=[WatchedView(**row) for row in found], next=more)
