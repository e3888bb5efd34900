"""统计: counts and rates of what one may see, by region, unit, category and period."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.figures.page import page
from domain.figures.statistics import Asked, By
from domain.loop.kinds import OFFICERS
from handlers.matters import RegionCode
from handlers.spec import Access, Call, Query, Routes
from kit import clock
from kit.errors import Invalid

routes = Routes("统计")

CategoryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")]
LONGEST = 3700  # days: ten years


class CountView(BaseModel):
    """一个件数，和它的口径。"""

    code: str
    label: str
    value: int
    says: str = Field(description="口径")


class Share(BaseModel):
    """一个比例；分母不足五件时只给分母。"""

    part: int | None = Field(description="分子")
    of: int = Field(description="分母")
    rate: float | None = Field(description="分子 ÷ 分母")


class RateView(Share):
    """一个比例，和它的口径。"""

    code: str
    label: str
    part_label: str
    of_label: str
    says: str = Field(description="口径")
    leaves_out: str = Field(description="分母中不计入什么")


class StageView(BaseModel):
    """现在处于一个环节的件数。"""

    stage: str
    label: str
    cases: int


class GroupView(BaseModel):
    """一个地区、单位、类别或月份。"""

    key: str
    label: str
    counts: dict[str, int]
    rates: dict[str, Share]


class Statistics(BaseModel):
    """您能看到的举报件的统计；每个数字都附口径，口径有版本。"""

    definitions: str = Field(description="口径的版本")
    as_of: datetime
    since: date
    until: date
    region: str
    region_name: str
    counts: list[CountView]
    rates: list[RateView]
    stages: list[StageView] = Field(description="尚未结束的件现在处于哪个环节，不论何时提交")
    groups: list[GroupView]


class StatisticsQuery(Query):
    """哪些件、哪些天、按什么分。"""

    region: RegionCode | None = Field(None, description="地区及其下级；督察员只到本级辖区")
    unit: UUID | None = Field(None, description="承办单位")
    category: CategoryCode | None = None
    since: date | None = Field(None, description="第一天；默认今年一月一日")
    until: date | None = Field(None, description="最后一天；默认今天")
    by: By | None = Field(
        None,
        description="region 按下一级地区；unit 按本级单位（region 所在的一级）；category 按类别；month 按月",
    )

    def asked(self) -> Asked:
        """As the domain asks it; raises Invalid for days the wrong way round."""
        today = clock.today()
        until = self.until or today
        since = self.since or until.replace(month=1, day=1)
        if since > until or (until - since).days > LONGEST:
            raise Invalid(details={"fields": [{"path": "query.since", "message": "起止日期有误"}]})
        return Asked(since, until, self.region or "", self.unit, self.category, self.by)


@routes.get(
    "/api/v1/statistics",
    access=Access.STAFF,
    roles=OFFICERS,
    summary="我能看到的举报件的统计",
)
async def statistics(call: Call, query: StatisticsQuery) -> Statistics:
    """Live, and for work: what one is shut out of is not counted."""
    return Statistics(**await page(call.actor, query.asked()))
