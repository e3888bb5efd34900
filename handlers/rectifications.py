"""问题清单: the ledger as a list, its numbers, what is carried into a year, and what everybody may read of it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from domain.figures import ledger as figures
from domain.loop.kinds import OFFICERS
from domain.rectification import carried, ledger, lost, published
from domain.rectification.ledger import LedgerBy, State
from domain.rectification.published import Outcome
from handlers import cursors
from handlers.administration import Problem, RosterFile
from handlers.cursors import Cursor
from handlers.matters import Limit, RegionCode
from handlers.spec import Access, Call, Query, Routes
from handlers.statistics import RateView, Share
from kit import clock
from kit.errors import Invalid
from kit.shapes import Whole
from models import RectificationSource, Role

routes = Routes("问题清单")
READERS = OFFICERS
LISTED_BY = frozenset({Role.SUPERVISOR})


class LedgerLine(BaseModel):
    """清单中的一个问题。"""

    number: str
    stage: str
    stage_label: str
    source: RectificationSource
    source_label: str
    problem: str
    unit: str = Field(description="责任单位")
    by_unit: str = Field(description="督察机构")
    verifier: str | None = Field(description="复核单位；空的由督察机构复核")
    region: str
    filed_on: date = Field(description="列入日")
    due_on: date | None = Field(description="整改期限")
    overdue: bool
    due_soon: bool
    reopened: bool = Field(description="回头看后重新整改过")
    struck_off_on: date | None
    published: bool
    ended: bool


class LedgerPage(BaseModel):
    """一页问题；`next` 为空表示没有更多。"""

    items: list[LedgerLine]
    next: str | None


class LedgerFilters(Query):
    """哪些问题。"""

    unit: UUID | None = Field(None, description="责任单位")
    region: RegionCode | None = Field(None, description="地区及其下级")
    source: RectificationSource | None = None
    state: State | None = Field(
        None,
        description="open 未销号；due_soon 三个工作日内到期；overdue 已逾期；verifying 复核和销号中；"
        "struck_off 已销号；reopened 回头看后重新整改中",
    )
    since: date | None = Field(None, description="列入日从")
    until: date | None = Field(None, description="列入日到")

    def filters(self) -> ledger.Filters:
        """As the domain asks it."""
        return ledger.Filters(self.unit, self.region, self.source, self.state, self.since, self.until)


class LedgerQuery(LedgerFilters):
    """筛选和翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


class LedgerFiguresQuery(LedgerFilters):
    """哪些问题、按什么分。"""

    by: LedgerBy | None = Field(
        None, description="region 按下一级地区；unit 按责任单位；source 按来源；month 按列入的月份"
    )


class LedgerCounts(BaseModel):
    """件数；口径见 docs/figures.md。"""

    listed: int = Field(description="列入清单")
    working: int = Field(description="整改中（含待认领）")
    verifying: int = Field(description="复核和销号中")
    due_soon: int = Field(description="整改中的，三个工作日内到期")
    overdue: int = Field(description="整改中的，已经逾期")
    struck_off: int = Field(description="已销号")
    on_time: int = Field(description="按期销号")
    ever_struck: int = Field(description="曾经销号")
    reopened: int = Field(description="回头看后重新整改过")


class LedgerGroup(BaseModel):
    """一个地区、单位、来源或月份。"""

    key: str
    label: str
    counts: LedgerCounts
    rates: dict[str, Share]


class LedgerFigures(BaseModel):
    """您能看到的问题清单的统计；每个比例都附口径，口径有版本。"""

    definitions: str = Field(description="口径的版本")
    as_of: datetime
    counts: LedgerCounts
    rates: list[RateView]
    groups: list[LedgerGroup]


class LostView(BaseModel):
    """检查或导入败诉案件的结果：有一行有误则一件也不列入。"""

    applied: bool
    added: int = Field(description="列入清单的件数")
    known: int = Field(description="清单中已有的件数，不变")
    problems: list[Problem]


class CarriedLine(LedgerLine):
    """一个带入某年的问题。"""

    measures: list[str]
    done: str = Field(description="最近一次自查报告")
    why: Literal["unfinished", "reopened"] = Field(description="为什么带入：年初没有销号，或者年内重新整改")


class CarriedQuery(Query):
    """哪一年、哪个单位或者哪名述法人。"""

    year: Annotated[Whole, Field(ge=2000, le=2199)] | None = Field(None, description="默认今年")
    unit: UUID | None = None
    official: UUID | None = Field(None, description="述法人（人员）")


class PublicLine(BaseModel):
    """一个公示的问题和整改结果。"""

    id: UUID
    problem: str
    result: str
    unit: str
    region: str
    region_name: str
    listed_on: date
    struck_off_on: date | None
    published_on: date
    outcome: Outcome
    outcome_label: str


class PublicPage(BaseModel):
    """一页公示；`next` 为空表示没有更多。"""

    items: list[PublicLine]
    next: str | None


class PublicLedgerQuery(Query):
    """哪个地区。"""

    region: RegionCode | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


def _after(key: list[Any]) -> tuple[date, UUID]:
    return date.fromisoformat(key[0]), UUID(key[1])


@routes.get("/api/v1/rectifications", access=Access.STAFF, summary="问题清单（可按单位、地区、来源和状态筛选）")
async def listed(call: Call, query: LedgerQuery) -> LedgerPage:
    """Those that the reader may see, newest first."""
    after = cursors.read(query.cursor, lambda key: ledger.After(*_after(key)))
    found = await ledger.page(call.actor, query.filters(), after, query.limit)
    more = cursors.written(found[-1]["filed_on"], found[-1]["id"]) if len(found) == query.limit else None
    return LedgerPage(items=[LedgerLine(**line) for line in found], next=more)


@routes.get(
    "/api/v1/figures/rectifications", access=Access.STAFF, roles=READERS, summary="问题清单的统计（进度、按期、反弹）"
)
async def counted(call: Call, query: LedgerFiguresQuery) -> LedgerFigures:
    """Live, and for work: what one is shut out of is not counted."""
    return LedgerFigures(**await figures.page(call.actor, query.filters(), query.by))


@routes.get(
    "/api/v1/rectifications/carried",
    access=Access.STAFF,
    roles=READERS,
    summary="带入某年的问题：年初没有销号的，和年内重新整改的（述法必述内容）",
)
async def carried_into(call: Call, query: CarriedQuery) -> list[CarriedLine]:
    """Of a unit or an official, as far as the reader may see them."""
    if query.unit is None and query.official is None:
        raise Invalid(details={"fields": [{"path": "query.unit", "message": "请选择单位或者述法人"}]})
    year = query.year or clock.today().year
    found = await carried.into(year, unit=query.unit, official=query.official, actor=call.actor)
    return [CarriedLine(**line) for line in found]


@routes.post(
    "/api/v1/rectifications/lawsuits", access=Access.STAFF, roles=LISTED_BY, summary="检查或导入败诉案件，列入问题清单",
    limit=29 * 1024 * 1024,
)  # fmt: skip
async def lost_listed(call: Call, body: RosterFile) -> LostView:
    """All of it or nothing; each wrong line is named. Importing a file again changes nothing."""
    done = await lost.imported(call.actor, body.name, body.decoded(), dry_run=body.dry_run)
    return LostView.model_validate(done, from_attributes=True)


@routes.get("/api/v1/public/rectifications", access=Access.PUBLIC, summary="公示的问题和整改结果", anonymous=True)
async def for_everybody(_: Call, query: PublicLedgerQuery) -> PublicPage:
    """What was written to be published, nothing else."""
    after = cursors.read(query.cursor, lambda key: published.After(*_after(key)))
    found = await published.page(query.region, after, query.limit)
    more = cursors.written(found[-1]["published_on"], found[-1]["id"]) if len(found) == query.limit else None
    return PublicPage(items=[PublicLine(**line) for line in found], next=more)
