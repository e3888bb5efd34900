"""The unit's own figures beside a report, for evaluators, the reviewing office, leaders and the official."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from domain.figures import of_report
from handlers.matters import Number
from handlers.spec import Access, Call, Routes
from kit.errors import NotFound

routes = Routes("述法")


class UnitCount(BaseModel):
    """一个数。"""

    code: str
    label: str
    value: int | None = Field(description="为空：1 至 4 件，不列出")
    says: str


class UnitRate(BaseModel):
    """一个比率。"""

    code: str
    label: str
    of: int | None = Field(description="分母；为空：1 至 4 件，不列出")
    of_label: str
    rate: float | None = Field(description="为空：分母不足 5 件，不计算")
    says: str


class FiguresBeside(BaseModel):
    """述法人所在单位（地方主要负责人为本地区）述法年度内的数据，首次发布时统计，此后不变。"""

    of: str = Field(description="哪个单位或地区的")
    since: date
    until: date
    as_of: datetime
    fewest: int = Field(description="少于此数的不列出")
    counts: list[UnitCount]
    rates: list[UnitRate]


@routes.get(
    "/api/v1/reports/{number}/figures", access=Access.STAFF, summary="述法人所在单位的数据", refusals=(NotFound,)
)
async def shown(call: Call, number: Number) -> FiguresBeside:
    """For those named above; to everybody else, the public too, it is not there."""
    return FiguresBeside(**await of_report.beside(call.actor, number))
