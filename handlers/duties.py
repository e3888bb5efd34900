"""待办: the queue, its counts, claim and release."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from domain.loop import duties
from domain.loop.duties import Claimed, NotClaimed, Tab
from domain.loop.engine import SamePerson
from handlers import cursors
from handlers.cursors import Cursor
from handlers.matters import Limit, Number, RegionCode, Word
from handlers.spec import Access, Call, Query, Routes

routes = Routes("待办")


class DutyMatter(BaseModel):
    """待办所属的事项。"""

    kind: str
    kind_label: str
    number: str
    stage: str
    stage_label: str
    region: str
    tier: str
    tier_label: str
    statutory_due: datetime | None
    paused_since: datetime | None
    version: int


class DutyLine(BaseModel):
    """一项待办。"""

    id: UUID
    name: str
    label: str
    mine: bool
    claimed: bool
    releasable: bool = Field(description="可以退回：自己领取的，不是指派的")
    returned: bool
    opened_at: datetime
    due_at: datetime
    overdue: bool
    matter: DutyMatter


class DutyPage(BaseModel):
    """一页待办；`next` 为空表示没有更多。"""

    items: list[DutyLine]
    next: str | None


class DutyQuery(Query):
    """哪一栏，以及筛选。"""

    tab: Tab = Field(
        Tab.MINE, description="mine 我的；unit 本单位；due_soon 即将到期；overdue 逾期；waiting 等待他人；returned 退回"
    )
    kind: Word | None = None
    name: Word | None = None
    region: RegionCode | None = None
    matter: Number | None = None
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="每页条数")] = 50


class Counts(BaseModel):
    """每一栏有多少，最多数到 100（显示为 99+）。"""

    mine: int
    unit: int
    due_soon: int
    overdue: int
    waiting: int
    returned: int


@routes.get("/api/v1/duties", access=Access.STAFF, summary="待办列表")
async def listed(call: Call, query: DutyQuery) -> DutyPage:
    """The most urgent first."""
    after = cursors.read(query.cursor, lambda key: duties.After(cursors.moment(key[0]), UUID(key[1])))
    filters = duties.Filters(query.kind, query.name, query.region, query.matter)
    rows = await duties.page(call.actor, query.tab, filters, after, query.limit)
    more = cursors.written(rows[-1]["due_at"], rows[-1]["id"]) if len(rows) == query.limit else None
    return DutyPage(items=[DutyLine(**row) for row in rows], next=more)


@routes.get("/api/v1/duties/counts", access=Access.STAFF, summary="各栏待办数")
async def counted(call: Call) -> Counts:
    """In one round trip."""
    return Counts(**await duties.counts(call.actor))


@routes.post("/api/v1/duties/{duty}/claim", access=Access.STAFF, summary="领取待办", refusals=(Claimed, SamePerson))
async def claim(call: Call, duty: UUID) -> None:
    """First come; claiming what one holds changes nothing."""
    await duties.claim(call.actor, duty)


@routes.post("/api/v1/duties/{duty}/release", access=Access.STAFF, summary="退回领取的待办", refusals=(NotClaimed,))
async def release(call: Call, duty: UUID) -> None:
    """Back to the unit."""
    await duties.release(call.actor, duty)
