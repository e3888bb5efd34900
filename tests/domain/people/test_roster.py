"""Roster import: every fault said, all or nothing, the same file twice changes nothing; and the tree it makes."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from tortoise.backends.base.client import BaseDBAsyncClient

from domain.people import roster, units
from domain.people.roster import RosterReport, Row
from domain.people.roster_check import ADMINISTRATORS, ROLE_NAMES
from domain.people.roster_files import BYTES, COLUMNS, RosterFormat, RosterUnreadable
from kit import clock
from kit.errors import Invalid, TooLarge
from models import DutyTag, Person, Post, Region, Role, Unit
from models.database import insert

DAY = "2026-01-01"


def unit(code: str, parent: str = "", **more: Any) -> Row:
    """A unit's line."""
    return replace(
        Row(0, kind="单位", unit=code, unit_name=f"单位{code}", region="62", parent=parent, since=DAY), **more
    )


def post(person: str, in_unit: str = "a", role: Role = Role.HANDLER, **more: Any) -> Row:
    """A post's line."""
    return replace(
        Row(0, kind="任职", unit=in_unit, person=person, person_name=f"人{person}", role=ROLE_NAMES[role], since=DAY),
        **more,
    )


async def imported(*rows: Row, **more: Any) -> RosterReport:
    """Import lines numbered as in a file."""
    return await roster.imported([replace(row, line=line) for line, row in enumerate(rows, start=2)], **more)


@pytest.fixture
async def province(database: BaseDBAsyncClient) -> BaseDBAsyncClient:
    """One region and two duty tags."""
    await insert([Region(code="62", name="甘肃省", level="province", parent_id=None)])
    await insert([DutyTag(code="tax", name="税务"), DutyTag(code="water", name="水利")])
    return database


def said(report: RosterReport) -> list[tuple[int, str]]:
    """Line and code of each problem."""
    return [(problem.line, problem.code) for problem in report.problems]


# Files


def test_columns_and_rows_have_the_same_names() -> None:
    """In the same order."""
    assert [*COLUMNS] == [*Row.__dataclass_fields__][1:]


MIDNIGHT = datetime(2026, 1, 1)  # noqa: DTZ001  # a sheet knows no zones
SHEET: list[list[Any]] = [
    [*COLUMNS.values()],
    ["单位", "a", " 单位甲 ", 62, None, "tax;water", *[None] * 6, date(2026, 1, 1)],
    [],
    ["任职", "a", *[None] * 5, "p", "人", "承办人", None, None, MIDNIGHT, "2026-12-31"],
]
ROWS = [
    Row(2, kind="单位", unit="a", unit_name="单位甲", region="62", tags="tax;water", since=DAY),
    Row(4, kind="任职", unit="a", person="p", person_name="人", role="承办人", since=DAY, until="2026-12-31"),
]


def workbook(lines: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file."""
    book = Workbook()
    for line, cells in enumerate(lines, start=1):
        for column, value in enumerate(cells, start=1):
            book.worksheets[0].cell(line, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(lines: Sequence[Sequence[Any]]) -> str:
    """A CSV file."""
    cells = [["" if cell is None else str(cell).removesuffix(" 00:00:00") for cell in line] for line in lines]
    return "\r\n".join(",".join(line) for line in cells)


def test_csv_and_xlsx_give_the_same_rows() -> None:
    """In every encoding, with blank lines passed over but counted."""
    assert roster.rows_of("名册.XLSX", workbook(SHEET)) == ROWS
    for encoding in ("utf-8", "utf-8-sig", "gbk"):
        assert roster.rows_of("名册.csv", table(SHEET).encode(encoding)) == ROWS
    assert roster.rows_of("x.csv", roster.written(ROWS)) == [replace(row, line=n) for n, row in enumerate(ROWS, 2)]


def test_code_names_in_any_order_are_headings_too() -> None:
    """As a program would write them."""
    assert roster.rows_of("x.csv", b"since,unit,kind\n2026-01-01,a,unit\n") == [Row(2, "unit", "a", since=DAY)]


def bomb() -> bytes:
    """A workbook that is small outside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(201):
            part.write(bytes(1 << 20))
    return out.getvalue()


HEADING = "类别,单位编码,开始日期"


@pytest.mark.parametrize(
    ("name", "content", "refusal", "word"),
    [
        ("a.pdf", b"%PDF", RosterFormat, "XLSX"),
        ("a.xls", b"\xd0\xcf", RosterFormat, "XLSX"),
        ("a.csv", bytes(BYTES + 1), TooLarge, "MB"),
        ("a.csv", b"", RosterUnreadable, "缺少列"),
        ("a.csv", b"\xff\xfe\xff", RosterUnreadable, "编码"),
        ("a.csv", f'{HEADING}\n"单位,a'.encode(), RosterUnreadable, "引号"),
        ("a.csv", f"{HEADING},工资\n".encode(), RosterUnreadable, "工资"),
        ("a.csv", f"{HEADING},kind\n".encode(), RosterUnreadable, "重复"),
        ("a.csv", f"{HEADING}\n单位,a,,x\n".encode(), RosterUnreadable, "第 2 行"),
        ("a.csv", f"{HEADING}\n".encode() + b"\n" * 200_001, TooLarge, "行"),
        ("a.xlsx", b"PK\x03\x04 no", RosterUnreadable, "损坏"),
        ("a.xlsx", workbook([[*COLUMNS.values()], ["=1+1"]]), RosterUnreadable, "第 2 行第 1 列是公式"),
        ("a.xlsx", workbook([[*COLUMNS.values()], [None, 1.5]]), RosterUnreadable, "第 2 行第 2 列的数字"),
        ("a.xlsx", workbook([[*COLUMNS.values()], [None, 10**17]]), RosterUnreadable, "文本格式"),
        ("a.xlsx", bomb(), TooLarge, "解压"),
    ],
)
def test_unreadable_files(name: str, content: bytes, refusal: type[Exception], word: str) -> None:
    """Each with a sentence that says where to look."""
    with pytest.raises(refusal, match=word):
        roster.rows_of(name, content)


# Import


async def test_a_file_twice_changes_nothing(province: BaseDBAsyncClient) -> None:
    """Departments before their superiors in the file, a substitute before whom they stand in for."""
    rows = [
        unit("b", "a", tags="tax;water"),
        post("q", "b", stands_in_for="p", title="副科长"),
        post("p", "b"),
        unit("old", successor="b", until="2026-02-28"),
        unit("a"),
    ]
    first = await imported(*rows)
    assert (first.applied, first.units_added, first.persons_added, first.posts_added) == (True, 3, 2, 2)
    above, below, old = [await Unit.get(code=code) for code in ("a", "b", "old")]
    assert set(below.line) == {above.id, below.id, old.id}
    assert set(above.line) == {above.id}
    substitute = await Post.get(person__code="q").prefetch_related("stands_in_for__person")
    assert substitute.stands_in_for
    assert substitute.stands_in_for.person.code == "p"
    again = await imported(*rows)
    assert again == RosterReport(applied=True)


async def test_what_differs_is_changed(province: BaseDBAsyncClient) -> None:
    """Names, tags, superiors, titles, and an end, which a blank doesn't undo."""
    await imported(unit("a"), unit("b"), unit("c", "a"), post("p"), post("q"))
    report = await imported(
        unit("a", unit_name="新名", tags="tax"),
        unit("c", "b"),
        post("p", title="科长", person_name="新姓名"),
        post("q", person_name="新姓名", until="2026-03-31"),
    )
    assert (report.units_changed, report.persons_changed, report.posts_changed, report.posts_ended) == (2, 2, 1, 1)
    changed = await Unit.get(code="a")
    assert (changed.name, changed.duty_tags) == ("新名", ["tax"])
    moved, above = await Unit.get(code="c"), await Unit.get(code="b")
    assert set(moved.line) == {moved.id, above.id}
    blank = await imported(post("q", person_name="新姓名"))
    assert (blank.posts_changed, blank.posts_ended) == (0, 0)
    assert (await Post.get(person__code="q")).until == date(2026, 3, 31)


async def test_a_dry_run_counts_and_writes_nothing(province: BaseDBAsyncClient) -> None:
    """The same figures as the import."""
    report = await imported(unit("a"), post("p"), dry_run=True)
    assert (report.applied, report.units_added, report.posts_added) == (False, 1, 1)
    assert await Unit.all().count() == await Person.all().count() == 0


ADMIN = Role.SYSTEM_ADMIN
FAULTS: list[tuple[list[Row], list[tuple[int, str]]]] = [
    ([replace(unit("b"), kind="部门")], [(2, "unknown_kind")]),
    ([unit("b", region="63")], [(2, "unknown_region")]),
    ([unit("b", "zz")], [(2, "unknown_parent")]),
    ([unit("b", successor="zz", until="2026-02-01")], [(2, "unknown_unit")]),
    ([unit("b", successor="a")], [(2, "missing")]),
    ([unit("b", "c"), unit("c", "b"), unit("d", "c")], [(2, "cycle"), (3, "cycle")]),
    ([unit("b", "b")], [(2, "cycle")]),
    ([unit("b", tags="tax;fire")], [(2, "unknown_tag")]),
    ([unit("b", since="2026-02-30")], [(2, "bad_date")]),
    ([unit("b", since="1.2.2026")], [(2, "bad_date")]),
    ([unit("b", since="0202-02-03")], [(2, "bad_date")]),
    ([unit("b", since="")], [(2, "missing")]),
    ([unit("b", until="2025-12-31")], [(2, "ends_before_start")]),
    ([unit("b"), unit("b"), unit("b", unit_name="别名")], [(4, "contradicts")]),
    ([unit("b", unit_name="长" * 121)], [(2, "too_long")]),
    ([unit("b", unit_name="隐\u202e藏")], [(2, "control_character")]),
    ([unit("b", unit_name="空\0字")], [(2, "control_character")]),
    ([unit("b c")], [(2, "bad_code")]),
    ([unit("b", person="p")], [(2, "not_here")]),
    ([post("p", "zz")], [(2, "unknown_unit")]),
    ([post("p", role=Role.HANDLER, region="62")], [(2, "not_here")]),
    ([replace(post("p"), role="厨师")], [(2, "unknown_role")]),
    ([replace(post("p"), person_name="")], [(2, "missing")]),
    ([post("p"), post("p", role=Role.HEAD, person_name="别人")], [(3, "contradicts")]),
    ([post("p"), post("p", title="科长")], [(3, "contradicts")]),
    ([post("p"), post("p", since="2026-02-01")], [(2, "overlaps"), (3, "overlaps")]),
    ([post("p", stands_in_for="p")], [(2, "stands_in_for_self")]),
    ([post("p", stands_in_for="q")], [(2, "unknown_principal")]),
    ([post("p", stands_in_for="q"), post("q", role=Role.HEAD)], [(2, "unknown_principal")]),
    ([post("p", role=ADMIN), post("p", role=Role.AUDIT_ADMIN)],
     [(2, "administrators_exclude"), (3, "administrators_exclude")]),
    ([post("p", role=ADMIN), post("p")], [(2, "administrator_with_business"), (3, "administrator_with_business")]),
    ([unit("b", "zz"), post("p", "b"), post("q", "zz")], [(2, "unknown_parent"), (4, "unknown_unit")]),
]  # fmt: skip


async def test_every_fault_is_said_and_nothing_written(province: BaseDBAsyncClient) -> None:
    """Together with lines that are right; all on one database, as none of it is written."""
    await imported(unit("a"))
    for rows, problems in FAULTS:
        report = await imported(*rows, unit("right"), post("right", "right"))
        assert said(report) == problems, rows
        assert not report.applied
        assert all(problem.message and problem.column for problem in report.problems)
    assert await Unit.all().count() == 1
    assert await Person.all().count() == 0


@pytest.mark.parametrize("held", sorted(ADMINISTRATORS))
async def test_administrators_stay_apart_over_several_imports(province: BaseDBAsyncClient, held: Role) -> None:
    """Against rows stored already; one after the other is allowed, from the day after."""
    await imported(unit("a"), post("p", role=held))
    for other in sorted(set(Role) - {held}):
        assert len((await imported(post("p", role=other))).problems) == 1, other
    other = min(ADMINISTRATORS - {held})
    ended = post("p", role=held, until="2026-01-31")
    assert said(await imported(ended, post("p", role=other, since="2026-01-31"))) != []
    assert (await imported(ended, post("p", role=other, since="2026-02-01"))).applied


async def test_nobody_grants_what_is_not_theirs_to_grant(province: BaseDBAsyncClient) -> None:
    """A post as it is may be in the file; a new one or its end may not."""
    await imported(unit("a"), post("p", role=ADMIN))
    business = frozenset(Role) - ADMINISTRATORS
    assert (await imported(post("p", role=ADMIN), post("q"), may_grant=business)).applied
    assert said(await imported(post("r", role=ADMIN), may_grant=business)) == [(2, "may_not_grant")]
    assert said(await imported(post("p", role=ADMIN, until="2026-05-01"), may_grant=business)) == [(2, "may_not_grant")]


# The tree


async def made(*codes: str) -> list[Unit]:
    """Units anew from the database."""
    return [await Unit.get(code=code) for code in codes]


async def test_a_renamed_unit_takes_everything_along(province: BaseDBAsyncClient) -> None:
    """Code, departments, posts, tags; the old name's accusation still reaches the new unit."""
    await imported(unit("top"), unit("a", "top", tags="tax"), unit("b", "a"), post("p"))
    [old] = await made("a")
    new = await units.renamed(old, "新名称", date(2026, 3, 1))
    [top, below] = await made("top", "b")
    await old.refresh_from_db()
    assert (new.code, new.name, new.duty_tags, new.since) == ("a", "新名称", ["tax"], date(2026, 3, 1))
    assert (old.code, old.until) == ("a@20260301", date(2026, 2, 28))
    assert set(new.line) == {new.id, top.id, old.id}
    assert set(below.line) == {below.id, new.id, top.id, old.id}
    assert {found.id for found in await units.subtree(old.id)} == {old.id, new.id, below.id}
    assert (await Post.get(person__code="p").prefetch_related("unit")).unit.id == new.id
    with pytest.raises(units.UnitEnded):
        await units.renamed(old, "又一个", date(2026, 4, 1))
    third = await units.renamed(new, "再更名", date(2026, 4, 1))
    assert {old.id, new.id, third.id, top.id} == set(third.line)


async def test_a_merger(province: BaseDBAsyncClient) -> None:
    """The successor gets departments, posts and tags; predecessors' former superiors stay theirs."""
    await imported(unit("x"), unit("a", "x", tags="tax"), unit("b", "a"), unit("c", tags="water"), post("p"))
    [a, b, c, x] = await made("a", "b", "c", "x")
    with pytest.raises(Invalid):
        await units.merged([a], b, date(2026, 3, 1))
    with pytest.raises(Invalid):
        await units.merged([a], a, date(2026, 3, 1))
    with pytest.raises(Invalid):
        await units.merged([a], c, clock.today() + timedelta(days=1))
    into = await units.merged([a], c, date(2026, 3, 1))
    await b.refresh_from_db()
    assert into.duty_tags == ["water", "tax"]
    assert set(into.line) == {c.id, a.id}
    assert set(b.line) == {b.id, c.id, a.id}
    assert not units.within(into, x.id)
    assert (await Post.get(person__code="p").prefetch_related("unit")).unit.id == c.id


async def test_search_takes_its_text_literally(province: BaseDBAsyncClient) -> None:
    """No pattern characters, only units of today, only the asked regions."""
    await imported(
        unit("a", unit_name="税务局"),
        unit("b", unit_name="百%税_务局"),
        unit("c", unit_name="旧税务局", until="2026-01-02"),
    )
    assert [found.code for found in await units.search("税")] == ["a", "b"]
    assert [found.code for found in await units.search("%")] == ["b"]
    assert [found.code for found in await units.search("_")] == ["b"]
    assert await units.search("\\") == []
    assert await units.search("税", "6201") == []
    assert len(await units.search("税", "62", limit=1)) == 1


async def test_regions_load_once(database: BaseDBAsyncClient, tmp_path: Path) -> None:
    """New ones are inserted, renamed ones updated."""
    file = tmp_path / "regions.csv"
    file.write_text("code,name,level,parent\n62,甘肃省,province,\n6201,兰州市,city,62\n", "utf-8")
    assert await units.regions_loaded(file) == 2
    assert await units.regions_loaded(file) == 0
    file.write_text("code,name,level,parent\n62,甘肃,province,\n6201,兰州市,city,62\n", "utf-8")
    assert await units.regions_loaded(file) == 1
    assert (await Region.get(code="62")).name == "甘肃"
