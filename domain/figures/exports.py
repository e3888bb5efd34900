"""导出: a list that one may see, taken away as a file; who took what, and how many rows, is a record.

The rows come page by page from the same call that serves the list, so nobody takes away what they could not read; and
the lists hold no identity, so there is none to mask.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from tortoise.expressions import Q

from domain.cases import by_code
from domain.codes import listing as codes
from domain.figures.definitions import definitions
from domain.figures.page import page as statistics_page
from domain.figures.statistics import Asked
from domain.loop import duties, listing
from domain.people.actors import Actor
from domain.rectification import ledger
from domain.reports import officials
from kit import clock
from kit.errors import NotAllowed
from kit.settings import Settings
from kit.sheets import Cell, as_csv, as_xlsx
from kit.words import phrase
from models import Export, OfficialKind, Role

MOST = 50_000  # rows of a file
PAGE = 500
Row = Sequence[Cell]


class Form(StrEnum):
    """What kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it is taken away: what it is called, its columns, and its rows for this actor."""

    code: str
    name: str
    heads: tuple[str, ...]
    rows: AsyncIterator[Row]


def matters(actor: Actor, filters: listing.Filters) -> Listed:
    """事项列表."""

    async def more(after: listing.After | None) -> list[dict[str, Any]]:
        return await listing.page(actor, filters, after, PAGE)

    def key(row: Mapping[str, Any]) -> listing.After:
        return listing.After(row["statutory_due" if filters.late else "filed_on"], row["id"])

    heads = ("编号", "种类", "环节", "地区", "紧急程度", "提交日", "法定期限", "中止自", "停止计时", "已结束")
    names = ("number", "kind_label", "stage_label", "region", "tier_label", "filed_on", "statutory_due", "paused_since",
             "clock_stopped_at", "ended")  # fmt: skip
    return Listed("matters", "事项", heads, _paged(more, key, names))


def owed(actor: Actor, tab: duties.Tab, filters: duties.Filters) -> Listed:
    """待办列表."""

    async def more(after: duties.After | None) -> list[dict[str, Any]]:
        rows = await duties.page(actor, tab, filters, after, PAGE)
        return [row | {f"matter.{name}": value for name, value in row["matter"].items()} for row in rows]

    def key(row: Mapping[str, Any]) -> duties.After:
        return duties.After(row["due_at"], row["id"])

    heads = ("编号", "种类", "环节", "地区", "待办", "紧急程度", "期限", "已逾期", "已领取", "退回的", "法定期限")
    names = ("matter.number", "matter.kind_label", "matter.stage_label", "matter.region", "label", "matter.tier_label",
             "due_at", "overdue", "claimed", "returned", "matter.statutory_due")  # fmt: skip
    return Listed("duties", "待办", heads, _paged(more, key, names))


def rectifications(actor: Actor, filters: ledger.Filters) -> Listed:
    """问题清单."""

    async def more(after: ledger.After | None) -> list[dict[str, Any]]:
        return await ledger.page(actor, filters, after, PAGE)

    def key(row: Mapping[str, Any]) -> ledger.After:
        return ledger.After(row["filed_on"], row["id"])

    heads = ("编号", "问题", "来源", "责任单位", "地区", "督察机构", "复核单位", "环节", "列入日", "整改期限", "已逾期",
             "重新整改", "销号日", "已公示")  # fmt: skip
    names = ("number", "problem", "source_label", "unit", "region", "by_unit", "verifier", "stage_label", "filed_on",
             "due_on", "overdue", "reopened", "struck_off_on", "published")  # fmt: skip
    return Listed("rectifications", "问题清单", heads, _paged(more, key, names))


def on_roster(actor: Actor, cycle: UUID, filters: officials.Filters) -> Listed:
    """述法名册: of a cycle, for those who may read it; whoever has not submitted, and whoever must be phoned, too."""

    async def more(after: officials.After | None) -> list[dict[str, Any]]:
        rows = await officials.page(actor, cycle, filters, after, PAGE)
        return [row | {"kind": phrase(officials.KINDS[OfficialKind(row["kind"])])} for row in rows]

    def key(row: Mapping[str, Any]) -> officials.After:
        return officials.After(row["region_id"], row["code"])

    heads = ("人员编码", "姓名", "单位", "职务", "地区", "述法主体", "系统可通知", "免述理由", "开始日", "提交日",
             "发布日", "最近催报日", "报告编号")  # fmt: skip
    names = ("code", "name", "unit", "title", "region_id", "kind", "known", "exempt_reason", "begun_on", "submitted_on",
             "done_on", "reminded_on", "number")  # fmt: skip
    return Listed("officials", "述法名册", heads, _paged(more, key, names))


def issued(settings: Settings, actor: Actor, filters: codes.Filters) -> Listed:
    """二维码列表."""
    by_code.office(actor)  # refuses whoever has none

    async def more(after: codes.After | None) -> list[dict[str, Any]]:
        rows = await by_code.page(settings, actor, filters, after, PAGE)
        return [row | {"unit": row["unit"] and row["unit"]["name"], "scans": row["scans"]["valid"]} for row in rows]

    def key(row: Mapping[str, Any]) -> codes.After:
        return codes.After(row["issued_on"], row["id"])

    heads = ("编号", "种类", "名称", "地点", "地区", "单位", "签发日", "停用日", "停用原因", "扫码次数", "举报件数")
    names = ("value", "kind_label", "title", "place", "region", "unit", "issued_on", "ended_on", "end_reason", "scans",
             "cases")  # fmt: skip
    return Listed("codes", "二维码", heads, _paged(more, key, names))


def counted(actor: Actor, asked: Asked) -> Listed:
    """统计: the total and its parts, a line each; a rate of a few has only its denominator."""
    known = definitions()
    rates = [(rate.code, text) for rate in known.rates for text in (f"{rate.name}：{rate.part_name}", rate.of_name)]
    heads = ("", *(count.name for count in known.counts), *(text for _, text in rates))

    async def rows() -> AsyncIterator[Row]:
        page = await statistics_page(actor, asked)
        numbers: list[Cell] = [count["value"] for count in page["counts"]]
        shares: list[Cell] = [rate[name] for rate in page["rates"] for name in ("part", "of")]
        yield ["合计", *numbers, *shares]
        for group in page["groups"]:
            parts: list[Cell] = [share[name] for share in group["rates"].values() for name in ("part", "of")]
            yield [group["label"], *group["counts"].values(), *parts]

    return Listed("statistics", "统计", heads, rows())


def taken_away(actor: Actor) -> Listed:
    """导出记录, for whoever reads them."""

    async def more(after: tuple[datetime, UUID] | None) -> list[dict[str, Any]]:
        return await records(actor, after, PAGE)

    heads = ("时间", "人员", "单位", "列表", "文件", "筛选", "行数")
    names = ("at", "person", "unit", "list", "format", "filters", "rows")
    return Listed("exports", "导出记录", heads, _paged(more, lambda row: (row["at"], row["id"]), names))


async def _paged(
    more: Callable[[Any], Awaitable[list[dict[str, Any]]]],
    key: Callable[[Mapping[str, Any]], Any],
    names: Sequence[str],
) -> AsyncIterator[Row]:
    after, count = None, 0
    while rows := await more(after):
        for row in rows[: MOST - count]:
            value = [row[name] for name in names]
            yield [str(cell) if isinstance(cell, dict) else cell for cell in value]
        count += len(rows)
        if len(rows) < PAGE or count >= MOST:
            return
        after = key(rows[-1])


async def file(actor: Actor, listed: Listed, form: Form, filters: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """The file in pieces, recorded before the first one; its last line says who took it, when, under which record."""
    standing = actor.standing
    if standing is None:
        raise NotAllowed
    now = clock.now()
    record = await Export.create(
        id=uuid4(),
        post_id=standing.post_id,
        list=listed.code,
        format=form,
        filters=dict(filters),
        rows=None,
        at=now,
    )
    mark = f"导出人：{actor.name}（{standing.unit_name}）　时间：{now:%Y-%m-%d %H:%M}　编号：{record.id}　仅供工作使用"
    return _pieces(listed, form, record.id, [f"最多导出 {MOST} 行", mark])


async def _pieces(listed: Listed, form: Form, record: UUID, foot: list[str]) -> AsyncIterator[bytes]:
    count = 0

    async def numbered() -> AsyncIterator[Row]:
        nonlocal count
        async for row in listed.rows:
            count += 1
            yield row

    async for piece in (
        as_csv(listed.heads, numbered(), foot)
        if form is Form.CSV
        else as_xlsx(listed.name, listed.heads, numbered(), foot)
    ):
        yield piece
    await Export.filter(id=record).update(rows=count)


async def records(actor: Actor, after: tuple[datetime, UUID] | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Who took what away, the latest first; for the audit administrator."""
    if actor.role is not Role.AUDIT_ADMIN:
        raise NotAllowed
    rows = Export.all()
    if after:
        rows = rows.filter(Q(at__lt=after[0]) | Q(at=after[0], id__lt=after[1]))
    return [
        {
            "id": row.id,
            "at": clock.local(row.at),
            "person": row.post.person.name,
            "unit": row.post.unit.name,
            "list": row.list,
            "format": row.format,
            "filters": row.filters,
            "rows": row.rows,
        }
        for row in await rows.order_by("-at", "-id").limit(limit).prefetch_related("post__person", "post__unit")
    ]
