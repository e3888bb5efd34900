"""保存期限: what is due to be destroyed, in numbers; planned by one administrator, approved by another."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from domain.loop.engine import SamePerson
from domain.records import planning
from domain.records.planning import AlreadyApproved, AlreadyPlanned, NothingDue, PlanChanged
from handlers.spec import Access, Body, Call, Routes
from kit.errors import NotFound
from models import Role

routes = Routes("保存期限")
PLANNERS = frozenset({Role.SECURITY_ADMIN})
APPROVERS = frozenset({Role.AUDIT_ADMIN})

BatchId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class PlanLine(BaseModel):
    """一条规则到期的数目。"""

    kind: str
    kind_label: str
    rule: str
    rule_name: str
    part: str
    part_label: str
    kept: str = Field(description="结束后保存多久")
    source: str
    count: int


class StillKept(BaseModel):
    """已经到期而不能销毁的数目。"""

    why: str
    label: str
    count: int


class PlanView(BaseModel):
    """今天到期应当销毁的内容；只有数目，没有编号。"""

    id: str = Field(description="全部内容的摘要；提交时原样填写，有变化就不能提交")
    on: date
    lines: list[PlanLine]
    waiting: list[StillKept]
    total: int


class PlanTaken(Body):
    """提交看过的计划。"""

    id: BatchId


class BatchView(BaseModel):
    """一个销毁批次。"""

    id: str
    planned_by: str
    planned_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    done_at: datetime | None
    total: int
    done: int
    skipped: int = Field(description="批准后不再到期的：保全、重新办理、期限延长")


@routes.get(
    "/api/v1/retention/plan",
    access=Access.STAFF,
    roles=PLANNERS | APPROVERS,
    summary="到期应当销毁的内容（只看，不改）",
)
async def plan(_call: Call) -> PlanView:
    """A dry run."""
    return PlanView(**await planning.shown(await planning.planned()))


@routes.get("/api/v1/retention/batches", access=Access.STAFF, roles=PLANNERS | APPROVERS, summary="销毁批次")
async def batches(_call: Call) -> list[BatchView]:
    """The newest first."""
    return [BatchView(**row) for row in await planning.batches()]


@routes.post(
    "/api/v1/retention/batches",
    access=Access.STAFF,
    roles=PLANNERS,
    summary="提交销毁计划",
    status=201,
    refusals=(NothingDue, PlanChanged, AlreadyPlanned),
)
async def make(call: Call, body: PlanTaken) -> PlanTaken:
    """Just what was looked at; nothing is destroyed before another person approves."""
    return PlanTaken(id=await planning.made(call.actor, body.id))


@routes.post(
    "/api/v1/retention/batches/{batch}/approval",
    access=Access.STAFF,
    roles=APPROVERS,
    summary="批准销毁批次（由另一人）",
    refusals=(NotFound, SamePerson, AlreadyApproved),
)
async def approve(call: Call, batch: BatchId) -> None:
    """The worker destroys it; that can't be undone."""
    await planning.approved(call.actor, batch)
