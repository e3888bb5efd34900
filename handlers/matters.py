"""事项: everything after the filing, the same for every kind of matter."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from domain.cases.calling import NoCallDue, NoPhone, phone_looked_at
from domain.cases.looking import text_looked_at
from domain.files.limits import QuotaReached
from domain.identity.deciding import NotTheRequester
from domain.identity.looking import IdentityShut, identity_looked_at
from domain.loop import engine, listing, once, proof, reading
from domain.loop.engine import NotYours, Stale
from domain.loop.kinds import UnknownVerb, WrongStage
from domain.loop.once import KeyReused
from handlers import admission, cursors
from handlers.cursors import Cursor
from handlers.keys import SETTINGS
from handlers.spec import Access, Body, Call, Query, Raw, Routes
from kit.errors import NotFound, TooMany
from kit.shapes import Line, Whole, Wrong

routes = Routes("事项")

Number = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\d{4}-[0-9A-Z]{8}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^\d{2,12}$")]
Limit = Annotated[Whole, Field(ge=1, le=100)]


class SaidLine(BaseModel):
    """办理记录中的一项内容。"""

    label: str
    text: str


class NextStep(BaseModel):
    """一个现在可以采取的动作。"""

    verb: str
    label: str
    warning: str = Field(description="不能撤销的动作在执行前要向人确认的话；空表示无需确认")
    hint: str = Field(description="这一步是做什么的；空表示看名称就明白")
    until: datetime | None = Field(description="可以这样做的最后时刻；空表示没有期限")
    to_complainant: bool = Field(description="举报人会看到这一步")
    shows: list[str] = Field(description="所填内容中举报人会看到的各项；其余只供内部")
    shown_besides: list[SaidLine] = Field(
        description="所填内容以外举报人还会看到的，如已审核的答复；办理后才确定的，text 为空"
    )
    inputs: dict[str, Any] = Field(description="所需内容的 JSON Schema，x-widget 指明控件")


class Milestone(BaseModel):
    """进度中的一个阶段。"""

    code: str
    label: str
    state: Literal["done", "current", "ahead"]


class UnitName(BaseModel):
    """一个单位。"""

    id: UUID
    name: str


class InvolvedView(BaseModel):
    """与事项有关的一个单位或人员。"""

    relation: str
    label: str
    unit: UnitName
    person: str | None = Field(description="只给可以知道的读者")
    mine: bool
    since: datetime | None


class DutyView(BaseModel):
    """事项上的一项待办。"""

    id: UUID | None = Field(description="可以领取或退回时才有")
    name: str
    label: str
    unit: str | None
    person: str | None
    due_at: datetime
    overdue: bool
    returned: bool
    mine: bool
    claimed: bool
    claimable: bool
    releasable: bool


class RelatedView(BaseModel):
    """相关的事项：opened_by 产生本件的，opened 由本件产生的，linked 关联的，merged_into 并入的，merged 并入本件的。"""

    how: Literal["opened_by", "opened", "linked", "merged_into", "merged", "source", "made_from_it"]
    kind: str
    kind_label: str
    number: str
    stage: str
    stage_label: str


class HoldView(BaseModel):
    """一次保全。"""

    reason: str
    until: date | None
    since: datetime


class PartView(BaseModel):
    """一部分内容何时销毁、依据什么。"""

    part: str
    label: str
    due_on: date | None = Field(description="此日起可以销毁；保全中、相关事项未办结或已销毁时为空")
    destroyed_on: date | None
    basis: str


class KeepingView(BaseModel):
    """归档、保全和保存期限。"""

    archived_at: datetime | None
    archive_number: str | None
    held: bool = Field(description="本件或相关的事项在保全中，暂停销毁")
    hold: HoldView | None = Field(description="本件自己的保全；只给受理方和督察方")
    parts: list[PartView]
    text: str = Field(description="可直接展示的说明")


class MatterView(BaseModel):
    """一个事项，按读者与它的关系展示。"""

    model_config = ConfigDict(extra="allow")

    kind: str
    kind_label: str
    number: str
    stage: str
    stage_label: str
    version: int
    region: str
    region_name: str
    tier: str
    tier_label: str
    filed_on: date
    internal_due: datetime | None
    statutory_due: datetime | None
    paused_since: datetime | None
    clock_stopped_at: datetime | None = Field(description="何时因答复停止计时；此后期限不再计算，也不会逾期")
    ended_at: datetime | None
    rule_pack: str
    relations: list[str]
    progress: list[Milestone] = Field(description="从提交到办结的各个阶段；恰有一个为 current")
    involved: list[InvolvedView] = Field(description="有关单位和（读者可以知道的）人员")
    duties: list[DutyView] = Field(description="本件现有的待办，只列读者可以知道的")
    keeping: KeepingView | None = Field(description="归档、保全和保存期限；在办且没有保全的为空")
    related: list[RelatedView] = Field(description="由本件产生的事项，和产生本件的事项；只列读者看得到的")
    case: dict[str, Any] | None = Field(None, description="举报件自己的内容，字段随读者的关系而不同")
    next_steps: list[NextStep]


class Gone(BaseModel):
    """动作已办理，但此后您不再能看到这个事项（例如回避）。"""

    number: str
    visible: bool = False


class MatterLine(BaseModel):
    """列表中的一个事项。"""

    kind: str
    kind_label: str
    number: str
    stage: str
    stage_label: str
    region: str
    tier: str
    tier_label: str
    filed_on: date
    statutory_due: datetime | None
    paused_since: datetime | None
    clock_stopped_at: datetime | None
    ended: bool
    version: int


class MatterPage(BaseModel):
    """一页事项；`next` 为空表示没有更多。"""

    items: list[MatterLine]
    next: str | None


class EntryLine(BaseModel):
    """时间线上的一条办理记录。"""

    seq: int
    at: datetime
    verb: str
    label: str
    by: str
    stage: str
    said: dict[str, Any] = Field(description="所填内容原样，供程序使用")
    shown: list[SaidLine] = Field(description="所填内容，可直接展示：名称和文字")
    shredded: bool


class Timeline(BaseModel):
    """办理记录；`next` 是下一页的 after。"""

    items: list[EntryLine]
    next: int | None


def _can_be_kept(inputs: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers of more than 64 bits can't be written again by anybody who comes after."""
    try:
        orjson.dumps(inputs)
    except TypeError:
        raise Wrong("其中有过大的整数") from None
    return inputs


# What a form was filled with; whether it fits, the form's own step says.
Given = Annotated[dict[Annotated[str, StringConstraints(max_length=40)], Any], AfterValidator(_can_be_kept)]


class Take(Body):
    """采取一个动作。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{"inputs": {}, "version": 3}]})

    inputs: Given = Field(default_factory=dict, description="按 next_steps 给出的 schema 填写")
    version: Annotated[Whole, Field(ge=0)] | None = Field(None, description="您看到的版本；已变化时拒绝并说明变化")


class Look(Body):
    """查看原文的理由，会记入时间线。"""

    reason: Annotated[str, Line(200)] = Field(title="理由")


class RawText(BaseModel):
    """举报人写的一段原文，和它随哪一条记录而来。"""

    seq: int
    text: str


class Phone(BaseModel):
    """举报人的回访电话：只有号码，没有姓名。"""

    phone: str


class Identity(BaseModel):
    """举报人的身份：只有申请并获准查看的部分。"""

    name: str | None = None
    phone: str | None = None
    other: str | None = None
    open_until: datetime = Field(description="此后不再能查看")


class Link(BaseModel):
    """链上的一环；可读的记录另附事实和公开内容及其盐。"""

    model_config = ConfigDict(extra="allow")

    seq: int
    facts_hash: str
    body_hash: str
    hash: str


class Chain(BaseModel):
    """办理记录的哈希链，可自行验算（见 docs/security.md）。"""

    number: str
    intact: bool
    head: str
    links: list[Link]


class MattersQuery(Query):
    """筛选。"""

    kind: Word | None = None
    stage: Word | None = None
    region: RegionCode | None = None
    ended: bool | None = Field(None, description="true 只看已结束的，false 只看在办的")
    late: bool = Field(False, description="只看逾期的：已过法定期限、仍在计时；按期限先后排列")
    cursor: Cursor | None = None
    limit: Limit = 50


class TimelineQuery(Query):
    """翻页。"""

    after: Annotated[Whole, Field(ge=0)] = 0
    limit: Limit = 100


@routes.get("/api/v1/matters", access=Access.STAFF, summary="我能看到的事项")
async def listed(call: Call, query: MattersQuery) -> MatterPage:
    """Newest first; the late, the longest late first."""
    read = cursors.moment if query.late else date.fromisoformat
    after = cursors.read(query.cursor, lambda key: listing.After(read(key[0]), UUID(key[1])))
    filters = listing.Filters(query.kind, query.stage, query.region, query.ended, query.late)
    rows = await listing.page(call.actor, filters, after, query.limit)
    key = "statutory_due" if query.late else "filed_on"
    more = cursors.written(rows[-1][key], rows[-1]["id"]) if len(rows) == query.limit else None
    return MatterPage(items=[MatterLine(**row) for row in rows], next=more)


@routes.get("/api/v1/matters/{number}", access=Access.ANYONE_KNOWN, summary="一个事项和下一步", anonymous=True)
async def shown(call: Call, number: Number) -> MatterView:
    """Fields by relation; what may be done next with its forms."""
    return MatterView(**await reading.shown(call.actor, number))


@routes.get("/api/v1/matters/{number}/entries", access=Access.ANYONE_KNOWN, summary="办理记录", anonymous=True)
async def entries(call: Call, number: Number, query: TimelineQuery) -> Timeline:
    """In order; what was said is shown to those the entry names."""
    found = await reading.timeline(call.actor, number, after=query.after, limit=query.limit)
    more = found[-1]["seq"] if len(found) == query.limit else None
    return Timeline(items=[EntryLine(**line) for line in found], next=more)


@routes.get(
    "/api/v1/matters/{number}/chain", access=Access.ANYONE_KNOWN, summary="核对办理记录没有被改动", anonymous=True
)
async def chain(call: Call, number: Number) -> Chain:
    """Every link, with what is needed to check it oneself."""
    return Chain(**await proof.chain(call.actor, number))


@routes.post(
    "/api/v1/matters/{number}/looks",
    access=Access.STAFF,
    summary="查看举报原文（记入时间线）",
)
async def look(call: Call, number: Number, body: Look) -> list[RawText]:
    """For intake only; the look is an entry before the text is shown."""
    return [RawText(**part) for part in await text_looked_at(call.actor, number, body.reason)]


@routes.post(
    "/api/v1/matters/{number}/phone",
    access=Access.STAFF,
    summary="查看回访电话（记入时间线，举报人可见）",
    refusals=(NotYours, NoCallDue, NoPhone, TooMany),
)
async def phone(call: Call, number: Number) -> Phone:
    """For whoever owes the call-back now; the look is an entry before the number is shown."""
    settings = call.request.app[SETTINGS]
    await admission.spend(call.request.app, admission.PHONES, admission.whose(settings, call.actor))
    return Phone(phone=await phone_looked_at(settings, call.actor, number))


@routes.post(
    "/api/v1/matters/{number}/identity",
    access=Access.STAFF,
    summary="查看获准查阅的身份（记入时间线，举报人可见）",
    refusals=(NotTheRequester, IdentityShut, TooMany),
)
async def identity(call: Call, number: Number) -> Identity:
    """For whoever asked, while the approval holds; the looks are entries before anything is shown."""
    settings = call.request.app[SETTINGS]
    await admission.spend(call.request.app, admission.IDENTITIES, admission.whose(settings, call.actor))
    return Identity(**await identity_looked_at(settings, call.actor, number))


@routes.post(
    "/api/v1/matters/{number}/steps/{verb}",
    access=Access.ANYONE_KNOWN,
    summary="采取一个动作",
    refusals=(UnknownVerb, WrongStage, Stale, NotYours, KeyReused, QuotaReached),
    idempotent=True,
    versioned=True,
    anonymous=True,
    limit=256 * 1024,
)
async def take(call: Call, number: Number, verb: Word, body: Take) -> MatterView | Gone | Raw:
    """The matter as it stands then; whoever steps aside gets only its number."""
    settings = call.request.app[SETTINGS]
    version = body.version if body.version is not None else call.version
    whose = f"{call.actor.kind}:{call.actor.post_id or call.actor.matter_id}"
    request = {"body": body.model_dump(mode="json"), "version": version}
    kept = (
        once.keyed(settings, f"{whose}:{number}:{verb}", call.idempotency_key, request)
        if call.idempotency_key
        else None
    )

    async def act() -> dict[str, Any]:
        await engine.take(call.actor, number, verb, body.inputs, version=version)
        try:
            return await reading.shown(call.actor, number)
        except NotFound:
            return {"number": number, "visible": False}

    answer = await once.answered(kept, 200, act)
    return Raw(answer.body, answer.status, {"Idempotency-Replayed": "true"} if answer.replayed else {})
