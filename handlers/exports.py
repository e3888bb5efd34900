"""导出: lists as CSV and XLSX, after the code was given once more; and the record of who took what."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from domain.codes import listing as codes
from domain.figures import exports
from domain.figures.exports import Form, Listed
from domain.loop import duties, listing
from domain.loop.duties import Tab
from domain.people import accounts
from domain.people.accounts import CodeWrong
from handlers import admission, cursors
from handlers.codes import OFFICE
from handlers.cursors import Cursor
from handlers.keys import SETTINGS
from handlers.matters import Limit, RegionCode, Word
from handlers.rectifications import LedgerFilters
from handlers.report_cycles import READ_BY, OfficialFilters
from handlers.sessions import Totp
from handlers.spec import Access, Body, Call, Query, Routes
from handlers.statistics import StatisticsQuery
from kit.errors import NotAllowed, TooMany
from models import CodeKind, Role

routes = Routes("导出")

TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class MattersWanted(Body):
    """事项列表，筛选与列表相同。"""

    list: Literal["matters"]
    kind: Word | None = None
    stage: Word | None = None
    region: RegionCode | None = None
    ended: bool | None = None
    late: bool = False

    def listed(self, call: Call) -> Listed:
        """As the list is."""
        filters = listing.Filters(self.kind, self.stage, self.region, self.ended, self.late)
        return exports.matters(call.actor, filters)


class DutiesWanted(Body):
    """待办列表，筛选与列表相同。"""

    list: Literal["duties"]
    tab: Tab = Tab.MINE
    kind: Word | None = None
    name: Word | None = None
    region: RegionCode | None = None

    def listed(self, call: Call) -> Listed:
        """As the queue is."""
        return exports.owed(call.actor, self.tab, duties.Filters(self.kind, self.name, self.region, None))


class CodesWanted(Body):
    """二维码列表，筛选与列表相同。"""

    list: Literal["codes"]
    kind: CodeKind | None = None
    region: RegionCode | None = None
    ended: bool | None = None

    def listed(self, call: Call) -> Listed:
        """For those who look after codes."""
        if call.actor.role not in OFFICE:
            raise NotAllowed
        filters = codes.Filters(self.kind, self.region or "", self.ended)
        return exports.issued(call.request.app[SETTINGS], call.actor, filters)


class RectificationsWanted(LedgerFilters):
    """问题清单，筛选与列表相同。"""

    list: Literal["rectifications"]

    def listed(self, call: Call) -> Listed:
        """As the ledger is."""
        return exports.rectifications(call.actor, self.filters())


class OfficialsWanted(OfficialFilters):
    """述法名册，筛选与名册相同；`state=owing` 是还没有提交的。"""

    list: Literal["officials"]
    cycle: UUID

    def listed(self, call: Call) -> Listed:
        """As the roster is; of a cycle that there isn't, nobody."""
        if call.actor.role not in READ_BY:
            raise NotAllowed
        return exports.on_roster(call.actor, self.cycle, self.filters(call))


class StatisticsWanted(StatisticsQuery):
    """统计，范围与统计页相同。"""

    list: Literal["statistics"]

    def listed(self, call: Call) -> Listed:
        """As the page is."""
        return exports.counted(call.actor, self.asked())


class ExportsWanted(Body):
    """导出记录。"""

    list: Literal["exports"]

    def listed(self, call: Call) -> Listed:
        """For those who read them."""
        if call.actor.role is not Role.AUDIT_ADMIN:
            raise NotAllowed
        return exports.taken_away(call.actor)


Wanted = Annotated[
    MattersWanted
    | DutiesWanted
    | CodesWanted
    | RectificationsWanted
    | OfficialsWanted
    | StatisticsWanted
    | ExportsWanted,
    Field(discriminator="list"),
]


class TakeAway(Body):
    """要导出的列表、文件种类和一个新的动态验证码。"""

    wanted: Wanted = Field(title="列表和筛选")
    format: Form = Field(Form.XLSX, title="文件")
    totp: Totp = Field(title="动态验证码")


class ExportLine(BaseModel):
    """一次导出；`rows` 为空表示没有导出完。"""

    at: datetime
    person: str
    unit: str
    list: str
    format: Form
    filters: dict[str, Any]
    rows: int | None


class ExportPage(BaseModel):
    """一页导出记录；`next` 为空表示没有更多。"""

    items: list[ExportLine]
    next: str | None


class ExportsQuery(Query):
    """翻页。"""

    cursor: Cursor | None = None
    limit: Limit = 50


@routes.post(
    "/api/v1/exports",
    access=Access.STAFF,
    summary="导出列表（须再次输入动态验证码；记录在案）",
    refusals=(CodeWrong, TooMany),
    produces="application/octet-stream",
)
async def take(call: Call, body: TakeAway) -> web.StreamResponse:
    """What the list would show, as a file that comes while it is written."""
    app = call.request.app
    if call.actor.standing is None:
        raise NotAllowed
    listed = body.wanted.listed(call)
    await admission.spend(app, admission.EXPORTS, admission.whose(app[SETTINGS], call.actor))
    await accounts.confirmed(app[SETTINGS], call.actor, body.totp)
    filters = body.wanted.model_dump(mode="json", exclude={"list"}, exclude_none=True)
    pieces = await exports.file(call.actor, listed, body.format, filters)
    name = f"{listed.code}.{body.format}"
    headers = {
        "Content-Type": TYPES[body.format],
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return web.Response(body=pieces, headers=headers)


@routes.get(
    "/api/v1/exports", access=Access.STAFF, roles=frozenset({Role.AUDIT_ADMIN}), summary="导出记录：谁导出了什么"
)
async def records(call: Call, query: ExportsQuery) -> ExportPage:
    """The latest first."""
    after = cursors.read(query.cursor, lambda key: (cursors.moment(key[0]), UUID(key[1])))
    rows = await exports.records(call.actor, after, query.limit)
    more = cursors.written(rows[-1]["at"], rows[-1]["id"]) if len(rows) == query.limit else None
    return ExportPage(items=[ExportLine(**row) for row in rows], next=more)
