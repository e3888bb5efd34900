"""公开数据: published figures for anybody, and their publication by the supervisors of the whole place."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.figures import public, releasing
from domain.figures.releasing import Grain, Published
from handlers.spec import Access, Call, Query, Routes
from models import Release, Role

routes = Routes("公开数据")

Figures = dict[str, float | int | None]


class CountName(BaseModel):
    """一个公布的件数叫什么、指什么。"""

    code: str
    label: str
    says: str


class RateName(CountName):
    """一个公布的比例叫什么、指什么；of 是分母的名称代码。"""

    of: str
    of_label: str
    leaves_out: str


class Month(BaseModel):
    """一个月；空的数字是不公布的。"""

    since: date
    figures: Figures


class Line(BaseModel):
    """一个地区或类别；空的数字是不公布的。"""

    key: str
    label: str
    figures: Figures


class Quarter(BaseModel):
    """一个季度，分地区和类别。"""

    quarter: str
    since: date
    until: date
    figures: Figures
    regions: list[Line]
    categories: list[Line]


class Total(BaseModel):
    """已公布各月之和；left_out 是其中没有公布这个数的月份数。"""

    value: int
    left_out: int


class PublicFigures(BaseModel):
    """公布的数字，对所有人相同，公布后不再改变。"""

    region: str
    region_name: str
    definitions: str
    fewest: int = Field(description="少于这么多件的数不公布；为防止推算，另有一些数也不公布")
    published_at: datetime | None
    counts: list[CountName]
    rates: list[RateName]
    months: list[Month]
    sums: dict[str, Total]
    quarters: list[str] = Field(description="已公布的季度，新的在前")
    quarter: Quarter | None


class PublicFiguresQuery(Query):
    """哪个季度。"""

    quarter: Annotated[str, StringConstraints(pattern=r"^\d{4}-Q[1-4]$")] | None = Field(
        None, description="例如 2026-Q2；默认最近公布的"
    )


class ReleaseView(BaseModel):
    """已经统计、可以公布的一期，只含公布的内容。"""

    id: UUID
    grain: Grain
    since: date
    until: date
    definitions: str
    made_at: datetime
    published_at: datetime | None
    shown: dict[str, dict[str, Figures]] = Field(description="公布的内容：total、regions、categories")


@routes.get("/api/v1/public/figures", access=Access.PUBLIC, summary="公开数据", anonymous=True)
async def figures(_: Call, query: PublicFiguresQuery) -> PublicFigures:
    """What was published, nothing else."""
    return PublicFigures(**await public.published(query.quarter))


@routes.get(
    "/api/v1/releases", access=Access.STAFF, roles=frozenset({Role.SUPERVISOR}), summary="各期公开数据及其公布情况"
)
async def listed(call: Call) -> list[ReleaseView]:
    """The newest first, for the supervisors of the whole place."""
    return [_view(release) for release in await releasing.waiting(call.actor)]


@routes.post(
    "/api/v1/releases/{release}/publish",
    access=Access.STAFF,
    roles=frozenset({Role.SUPERVISOR}),
    summary="公布一期公开数据（不能撤回）",
    refusals=(Published,),
)
async def publish(call: Call, release: UUID) -> ReleaseView:
    """For good."""
    return _view(await releasing.publish(call.actor, release))


def _view(release: Release) -> ReleaseView:
    return ReleaseView.model_validate(release, from_attributes=True)
