"""述法年度: the year's plan, the roster of who must report, and how far they have come."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from domain.reports import cycles, exempting, officials, reminding
from domain.reports.cycles import DATES, CycleThere
from domain.reports.exempting import AlreadyExempt, NotExempt, ReportSubmitted
from domain.reports.officials import KINDS, After, Filters
from handlers import cursors
from handlers.administration import Problem, RosterFile
from handlers.cursors import Cursor
from handlers.matters import Limit, RegionCode
from handlers.spec import Access, Body, Call, Query, Routes
from kit.errors import Invalid
from kit.shapes import Day, Line, Text, Whole
from kit.words import phrase
from models import Level, Official, OfficialKind, Region, ReportCycle, Role

routes = Routes("述法")

RUN_BY = frozenset({Role.PRE_REVIEWER})
READ_BY = frozenset({Role.PRE_REVIEWER, Role.SUPERVISOR, Role.LEADER, Role.PERSONNEL, Role.REPORT_CLERK})
_BELOW = {Level.PROVINCE: 4, Level.CITY: 6, Level.COUNTY: 9, Level.TOWN: 9}
State = Annotated[str, StringConstraints(pattern=r"^(exempt|done|submitted|begun|missing|owing)$")]


class Told(Body):
    """一个年度的述法安排。"""

    title: Annotated[str, Line(120)] = Field(description="述法工作名称")
    basis: Annotated[str, Line(300)] = Field(description="依据的文件")
    begins_on: Day
    submit_by: Day
    review_by: Day
    publish_by: Day
    rate_by: Day
    results_by: Day
    longest_seconds: Annotated[Whole, Field(ge=30, le=1800)] = Field(300, description="每段视频的最长秒数")
    public_rating: bool = Field(False, description="是否开通公众评议（由运营单位决定）")


class Plan(Told):
    """新的述法年度。"""

    year: Annotated[Whole, Field(ge=2000, le=2199)]
    region: RegionCode = Field(description="述法的地区，含其下各级")


class CycleView(BaseModel):
    """一个述法年度。"""

    id: UUID
    year: int
    region: str
    title: str
    basis: str
    begins_on: date
    submit_by: date
    review_by: date
    publish_by: date
    rate_by: date
    results_by: date
    longest_seconds: int
    public_rating: bool


class EnteredView(BaseModel):
    """检查或导入的结果：有一行有误则一行也不写。"""

    applied: bool
    added: int
    changed: int
    exempt: int
    known: int = Field(description="系统中有任职、可以通知的人数")
    problems: list[Problem]


class CoverageView(BaseModel):
    """一个地区或一类主体：应述、免述和各环节的人数。"""

    key: str
    label: str
    owed: int
    exempt: int
    missing: int = Field(description="还没有开始")
    begun: int
    submitted: int
    done: int


class Coverages(BaseModel):
    """应述尽述。"""

    total: CoverageView
    regions: list[CoverageView]
    kinds: list[CoverageView]


class OfficialView(BaseModel):
    """名册中的一位述法人。"""

    id: UUID
    code: str
    name: str
    title: str
    unit: str
    region: str
    kind: str
    kind_label: str
    known: bool = Field(description="系统中有任职，可以通知")
    exempt_reason: str
    lift_reason: str = Field(description="最近一次恢复述法的理由")
    begun_on: date | None
    submitted_on: date | None
    done_on: date | None
    reminded_on: date | None = Field(description="最近一次催报")
    number: str | None = Field(description="述法报告的编号；读者应当回避的不列")


class OfficialPage(BaseModel):
    """一页名册；`next` 为空表示没有更多。"""

    items: list[OfficialView]
    next: str | None


class OfficialFilters(Query):
    """哪些述法人。"""

    region: RegionCode | None = None
    state: State | None = Field(None, description="owing：还没有提交的（没有开始的和已经开始的）")
    kind: OfficialKind | None = None
    unreached: bool = Field(False, description="只看还没有提交、系统也通知不到、需要电话联系的")

    def filters(self, call: Call) -> Filters:
        """As the domain asks it; of the reader's region or one below."""
        return Filters(within(call, self.region), self.state, self.kind, self.unreached)


class OfficialQuery(OfficialFilters):
    """筛选名册和翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


class InRegion(Query):
    """哪个地区；不填则为本地区。"""

    region: RegionCode | None = None


class Exemption(Body):
    """免述或者恢复述法的理由。"""

    reason: Annotated[str, Text(300)]


class Remind(Body):
    """催报哪些述法人：本地区或下级地区、哪类主体。"""

    region: RegionCode | None = None
    kind: OfficialKind | None = None


class RemindedView(BaseModel):
    """催报的结果。"""

    reminded: int = Field(description="这次通知的人数")
    already: int = Field(description="今天已经催报过的人数")
    unreached: int = Field(description="系统通知不到、需要电话联系的人数；名单见 officials?unreached=true")


class Mine(BaseModel):
    """我要述法的一个年度。"""

    year: int
    title: str
    unit: str
    submit_by: date
    exempt_reason: str
    number: str | None
    submitted_on: date | None
    done_on: date | None


@routes.get("/api/v1/report-cycles", access=Access.STAFF, summary="述法年度")
async def listed(call: Call) -> list[CycleView]:
    """Those that concern the reader's region."""
    return [_view(one) for one in await cycles.listed(call.actor)]


@routes.post(
    "/api/v1/report-cycles", access=Access.STAFF, roles=RUN_BY, summary="安排一个述法年度", status=201,
    refusals=(CycleThere,),
)  # fmt: skip
async def planned(call: Call, body: Plan) -> CycleView:
    """For the reviewers' region or one below."""
    told = body.model_dump(exclude={*DATES, "region"})
    return _view(await cycles.planned(call.actor, body.region, _dates(body), told))


@routes.put("/api/v1/report-cycles/{cycle}", access=Access.STAFF, roles=RUN_BY, summary="修改述法年度的安排")
async def moved(call: Call, cycle: UUID, body: Told) -> CycleView:
    """Reports that were called before keep their day."""
    return _view(await cycles.moved(call.actor, cycle, _dates(body), body.model_dump(exclude=set(DATES))))


@routes.post(
    "/api/v1/report-cycles/{cycle}/roster", access=Access.STAFF, roles=RUN_BY, summary="检查或导入述法名册",
    limit=29 * 1024 * 1024, refusals=(AlreadyExempt, ReportSubmitted),
)  # fmt: skip
async def imported(call: Call, cycle: UUID, body: RosterFile) -> EnteredView:
    """All of it or nothing; each wrong line is named."""
    found = await cycles.known(call.actor, cycle)
    content = body.decoded()
    await cycles.run_by(call.actor, cycle)
    done = await officials.imported(call.actor, found, body.name, content, dry_run=body.dry_run)
    return EnteredView.model_validate(done, from_attributes=True)


@routes.get(
    "/api/v1/report-cycles/{cycle}/coverage", access=Access.STAFF, roles=READ_BY, summary="应述尽述：各地区、各类主体"
)
async def coverage(call: Call, cycle: UUID, query: InRegion) -> Coverages:
    """Of the reader's region, or one below it."""
    await cycles.known(call.actor, cycle)
    region = within(call, query.region)
    level = (await Region.get_or_none(code=region) or Region(level=Level.TOWN)).level
    places, kinds = await officials.coverage(cycle, region, _BELOW[level])
    names: dict[str, str] = dict(await Region.filter(code__in=[one.key for one in places]).values_list("code", "name"))
    sums = {name: sum(getattr(one, name) for one in kinds) for name in _COUNTED}
    return Coverages(
        total=CoverageView(key=region, label="", **sums),
        regions=[_coverage(one, names.get(one.key, one.key)) for one in places],
        kinds=[_coverage(one, phrase(KINDS[OfficialKind(one.key)])) for one in kinds],
    )


_COUNTED = ("owed", "exempt", "missing", "begun", "submitted", "done")


@routes.get("/api/v1/report-cycles/{cycle}/officials", access=Access.STAFF, roles=READ_BY, summary="述法名册")
async def page(call: Call, cycle: UUID, query: OfficialQuery) -> OfficialPage:
    """By region and code; `state=missing` are those who have not begun."""
    await cycles.known(call.actor, cycle)

    def after(key: list[Any]) -> After:
        return After(str(key[0]), str(key[1]))

    filters, last = query.filters(call), cursors.read(query.cursor, after)
    found = await officials.page(call.actor, cycle, filters, last, query.limit)
    more = cursors.written(found[-1]["region_id"], found[-1]["code"]) if len(found) == query.limit else None
    return OfficialPage(
        items=[
            OfficialView(region=row["region_id"], kind_label=phrase(KINDS[OfficialKind(row["kind"])]), **_plain(row))
            for row in found
        ],
        next=more,
    )


@routes.post(
    "/api/v1/report-cycles/{cycle}/reminders", access=Access.STAFF, roles=RUN_BY,
    summary="催报：通知还没有提交的述法人和联络人，每人每天至多一次",
)  # fmt: skip
async def reminded(call: Call, cycle: UUID, body: Remind) -> RemindedView:
    """Of the cycle's office; whoever can't be told is counted and listed."""
    done = await reminding.reminded(call.actor, cycle, Filters(within(call, body.region), None, body.kind))
    return RemindedView.model_validate(done, from_attributes=True)


@routes.post(
    "/api/v1/officials/{official}/exemption", access=Access.STAFF, roles=RUN_BY, summary="免述（须写明理由）",
    status=204, refusals=(AlreadyExempt, ReportSubmitted),
)  # fmt: skip
async def exempted(call: Call, official: UUID, body: Exemption) -> None:
    """Of the reviewer's region; a report that was called ends with it."""
    await exempting.exempted(call.actor, official, body.reason)


@routes.post(
    "/api/v1/officials/{official}/exemption/end", access=Access.STAFF, roles=RUN_BY,
    summary="恢复述法：取消免述（须写明理由）", status=204, refusals=(NotExempt,),
)  # fmt: skip
async def lifted(call: Call, official: UUID, body: Exemption) -> None:
    """They must report after all, and are called anew."""
    await exempting.lifted(call.actor, official, body.reason)


@routes.get("/api/v1/my-reports", access=Access.STAFF, summary="我的述法")
async def mine(call: Call) -> list[Mine]:
    """What I have to report, this year and before."""
    return [_mine(one) for one in await cycles.mine(call.actor)]


def _mine(official: Official) -> Mine:
    report = getattr(official, "report", None)
    return Mine(
        year=official.cycle.year,
        title=official.cycle.title,
        unit=official.unit.name,
        submit_by=official.cycle.submit_by,
        exempt_reason=official.exempt_reason,
        number=report.matter.number if report else None,
        submitted_on=official.submitted_on,
        done_on=official.done_on,
    )


def _dates(body: Told) -> dict[str, date]:
    return {name: getattr(body, name) for name in DATES}


def within(call: Call, region: str | None) -> str:
    """The reader's region, or the one below it that they ask for; raises Invalid for any other."""
    own = call.actor.standing.region if call.actor.standing else "-"
    if region is not None and not region.startswith(own):
        raise Invalid(details={"fields": [{"path": "query.region", "message": "只能查看本地区和下级"}]})
    return region or own


def _coverage(one: officials.Coverage, label: str) -> CoverageView:
    return CoverageView(label=label, **{name: getattr(one, name) for name in ("key", *_COUNTED)})


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if name != "region_id"}


def _view(cycle: ReportCycle) -> CycleView:
    return CycleView(
        region=cycle.region_id,
        **{name: getattr(cycle, name) for name in CycleView.model_fields if name != "region"},
    )
