"""统计: my unit's numbers at a glance."""

from typing import Annotated

from pydantic import BaseModel, Field

from domain.accountability.counting import counted
from domain.figures.of_unit import of_unit
from domain.loop.kinds import OFFICERS
from handlers.spec import Access, Call, Query, Routes
from kit import clock
from kit.shapes import Whole
from models import Role

routes = Routes("统计")


class UnitFigures(BaseModel):
    """当前任职单位的数字；口径见 docs/figures.md。少于五件时不给比例。"""

    unit: str
    open: int = Field(description="在办（尚未结束）")
    due_soon: int = Field(description="三个工作日内到期")
    overdue: int = Field(description="已经逾期")
    answered_30_days: int = Field(description="近 30 天答复")
    answered_365_days: int = Field(description="近 365 天答复")
    on_time_share: float | None = Field(description="近 365 天答复中按期的比例")
    rated: int = Field(description="其中已评价的件数")
    satisfied_share: float | None = Field(description="已评价中满意的比例")
    reopened: int = Field(description="近 365 天重新办理")


@routes.get("/api/v1/figures/unit", access=Access.STAFF, roles=OFFICERS, summary="本单位的数字（当前任职）")
async def unit(call: Call) -> UnitFigures:
    """Of the active post's unit, as far as this person may see."""
    return UnitFigures(**await of_unit(call.actor))


COUNTERS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE_LIAISON, Role.REGISTRAR})


class Persons(BaseModel):
    """一种形态或处理方式的人数。"""

    code: str
    label: str
    persons: int


class AccountabilityFigures(BaseModel):
    """追责问责的人数，只有数字。"""

    year: int
    persons: int = Field(description="追责问责人数（人次）")
    case_filed: int = Field(description="其中立案")
    to_judiciary: int = Field(description="其中移送司法")
    by_form: list[Persons] = Field(description="四种形态")
    by_sanction: list[Persons] = Field(description="处理方式")


class OfYear(Query):
    """哪一年。"""

    year: Annotated[Whole, Field(ge=2000, le=2199)] | None = None


@routes.get("/api/v1/figures/accountability", access=Access.STAFF, roles=COUNTERS, summary="追责问责的数字")
async def accountability(call: Call, query: OfYear) -> AccountabilityFigures:
    """By decisions of the year in the reader's region, without anything they are shut out of."""
    return AccountabilityFigures(**await counted(call.actor, query.year or clock.today().year))
