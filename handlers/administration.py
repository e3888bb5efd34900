"""管理: the roster, the routing rules and the audit, each for its own administrator or supervisor."""

from base64 import b64decode
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.cases import routing, routing_rules
from domain.cases.routing_rules import Draft, TryFirst
from domain.identity import listing as identity_requests
from domain.loop import audit, leaving
from domain.people.roster_files import rows_of
from handlers import cursors
from handlers.cursors import Cursor
from handlers.keys import SETTINGS
from handlers.matters import Limit, RegionCode
from handlers.spec import Access, Body, Call, Query, Routes
from kit.errors import Invalid
from kit.shapes import Day, Line, Whole
from models import Level, Role

routes = Routes("管理")

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


class RosterFile(Body):
    """要导入的文件。"""

    name: Annotated[str, Line(120)] = Field(description="文件名，以 .csv 或 .xlsx 结尾")
    content: Annotated[str, StringConstraints(max_length=28 * 1024 * 1024, pattern=r"^[A-Za-z0-9+/=]*$")] = Field(
        description="文件内容（Base64）"
    )
    dry_run: bool = Field(True, description="只检查，不写入")

    def decoded(self) -> bytes:
        """The file; raises Invalid."""
        try:
            return b64decode(self.content, validate=True)
        except ValueError:
            raise Invalid(details={"fields": [{"path": "content", "message": "不是有效的 Base64"}]}) from None


class Problem(BaseModel):
    """一行的问题。"""

    line: int
    column: str
    code: str
    message: str


class Unattended(BaseModel):
    """指派给已离任人员的待办，须由其单位重新指派；不列事项编号。"""

    person: str
    unit: str
    duties: int


class Imported(BaseModel):
    """检查或导入的结果：有一行有误则一行也不写。"""

    applied: bool
    units_added: int
    units_changed: int
    persons_added: int
    posts_added: int
    posts_ended: int
    duties_released: int = Field(description="离任人员领取的待办，已退回本单位；只检查时为 0")
    unattended: list[Unattended] = Field(description="已离任人员名下指派的待办；只检查时为空")
    problems: list[Problem]


class RuleView(BaseModel):
    """一条派单规则。"""

    id: UUID
    order: int
    category: str | None
    region: str | None
    level: Level | None
    tag: str
    reason: str
    effective_from: date
    source: str


class RuleDraft(Body):
    """拟增加的派单规则。"""

    order: Annotated[Whole, Field(ge=0, le=100000)]
    category: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")] | None = None
    region: RegionCode | None = None
    level: Level | None = None
    tag: Annotated[str, StringConstraints(pattern=r"^@?[a-z0-9-]{1,39}$")]
    reason: Annotated[str, Line(200)]
    source: Annotated[str, Line(200)]
    effective_from: Day


class RuleSaving(RuleDraft):
    """试算过的规则。"""

    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(description="试算返回的凭据，当日有效")


class RuleMove(BaseModel):
    """由哪个单位改派到哪个单位。"""

    source: str = Field(serialization_alias="from")
    target: str = Field(serialization_alias="to")
    cases: int


class TrialView(BaseModel):
    """试算结果。"""

    cases: int
    changed: int
    moves: list[RuleMove]
    token: str


class Saved(BaseModel):
    """已保存。"""

    id: UUID


class FaultView(BaseModel):
    """一处不符。"""

    number: str
    seq: int | None
    what: str


class Verification(BaseModel):
    """办理记录校验结果。"""

    intact: bool
    matters: int
    entries: int
    anchors: int
    faults: list[FaultView]


@routes.post(
    "/api/v1/roster/imports",
    access=Access.STAFF,
    roles=frozenset({Role.SYSTEM_ADMIN}),
    summary="导入名册（先试后写，逐行报告）",
    limit=29 * 1024 * 1024,
)
async def import_roster(_call: Call, body: RosterFile) -> Imported:
    """The three administrators are named by command on the machine, not by one of them."""
    rows = rows_of(body.name, body.decoded())
    may_grant = frozenset(Role) - ADMINISTRATORS
    report, left = await leaving.imported(rows, dry_run=body.dry_run, may_grant=may_grant)
    return Imported(
        applied=report.applied,
        units_added=report.units_added,
        units_changed=report.units_changed,
        persons_added=report.persons_added,
        posts_added=report.posts_added,
        posts_ended=report.posts_ended,
        duties_released=left.released,
        unattended=[Unattended(person=one.person, unit=one.unit, duties=one.duties) for one in left.unattended],
        problems=[
            Problem(line=one.line, column=one.column, code=one.code, message=one.message) for one in report.problems
        ],
    )


@routes.get(
    "/api/v1/routing/rules",
    access=Access.STAFF,
    roles=frozenset({Role.SUPERVISOR, Role.REGISTRAR}),
    summary="派单规则",
)
async def rules(_call: Call) -> list[RuleView]:
    """Those in force, in order."""
    return [
        RuleView(
            id=rule.id,
            order=rule.order,
            category=rule.category,
            region=rule.region,
            level=rule.level,
            tag=rule.tag,
            reason=rule.reason,
            effective_from=rule.effective_from,
            source=rule.source,
        )
        for rule in await routing.rules_in_force()
    ]


@routes.post(
    "/api/v1/routing/trials",
    access=Access.STAFF,
    roles=frozenset({Role.SUPERVISOR}),
    summary="用一条规则试算历史举报件",
)
async def try_rule(call: Call, body: RuleDraft) -> TrialView:
    """Nothing is changed."""
    trial = await routing_rules.tried(call.request.app[SETTINGS], call.actor, _draft(body))
    return TrialView(
        cases=trial.cases,
        changed=trial.changed,
        moves=[RuleMove(source=move["from"], target=move["to"], cases=move["cases"]) for move in trial.moves],
        token=trial.token,
    )


@routes.post(
    "/api/v1/routing/rules",
    access=Access.STAFF,
    roles=frozenset({Role.SUPERVISOR}),
    summary="保存试算过的规则",
    status=201,
    refusals=(TryFirst,),
)
async def save_rule(call: Call, body: RuleSaving) -> Saved:
    """With the token of today's trial of exactly this rule."""
    return Saved(id=await routing_rules.saved(call.request.app[SETTINGS], call.actor, _draft(body), body.token))


@routes.delete(
    "/api/v1/routing/rules/{rule}",
    access=Access.STAFF,
    roles=frozenset({Role.SUPERVISOR}),
    summary="停用一条规则",
)
async def end_rule(call: Call, rule: UUID) -> None:
    """It stays for old decisions."""
    await routing_rules.ended(call.actor, rule)


@routes.post(
    "/api/v1/audit/verifications",
    access=Access.STAFF,
    roles=frozenset({Role.AUDIT_ADMIN}),
    summary="校验全部办理记录",
)
async def verify(call: Call) -> Verification:
    """Against themselves and the anchors outside the database."""
    report = await audit.verified(call.request.app[SETTINGS].anchors)
    return Verification(
        intact=not report.faults,
        matters=report.matters,
        entries=report.entries,
        anchors=report.anchors,
        faults=[FaultView(number=fault.number, seq=fault.seq, what=fault.what) for fault in report.faults[:1000]],
    )


def _draft(body: RuleDraft) -> Draft:
    return Draft(**body.model_dump(exclude={"token"}))


class WhoView(BaseModel):
    """单位和人员。"""

    unit: str
    person: str


class IdentityRequestView(BaseModel):
    """一次身份查阅申请；从不含身份本身。"""

    number: str
    case: str = Field(description="所查阅的举报件编号")
    filed_on: date
    stage: str
    stage_label: str
    purpose_label: str
    part_label: str
    reason: str
    asked_by: WhoView | None
    decided_by: WhoView | None
    open_until: datetime | None
    deferred: bool = Field(description="暂缓告知举报人")
    looks: int = Field(description="查看次数")


class IdentityRequestPage(BaseModel):
    """一页申请；`next` 为空表示没有更多。"""

    items: list[IdentityRequestView]
    next: str | None


class PageQuery(Query):
    """翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


@routes.get(
    "/api/v1/audit/identity-requests",
    access=Access.STAFF,
    roles=frozenset({Role.AUDIT_ADMIN}),
    summary="全部身份查阅申请（不含身份）",
)
async def identities_requested(call: Call, query: PageQuery) -> IdentityRequestPage:
    """Newest first."""
    after = cursors.read(query.cursor, lambda key: identity_requests.After(date.fromisoformat(key[0]), UUID(key[1])))
    rows = await identity_requests.page(call.actor, after, query.limit)
    more = cursors.written(rows[-1]["filed_on"], rows[-1]["id"]) if len(rows) == query.limit else None
    return IdentityRequestPage(items=[IdentityRequestView(**row) for row in rows], next=more)
