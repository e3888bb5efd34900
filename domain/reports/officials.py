"""述法名册: who must report in a cycle, imported whole or not at all; exemptions need a reason.

| column | code name | |
|---|---|---|
| 人员编码 | code | the person's own; whoever is on the staff roster under it is called by the system |
| 姓名 | name | needed |
| 职务 | title | needed, as printed |
| 单位编码 | unit | needed; a unit of today in the cycle's region |
| 述法主体 | kind | needed: its label or code |
| 责任清单 | duty_list | needed: its label or code |
| 免述理由 | exempt | empty for whoever must report |

The same file imported twice changes nothing. Whoever is no longer in the file stays: they are exempted with a reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.people.roster_check import Problem
from domain.people.roster_files import lines_of
from kit import clock
from kit.errors import Conflict, Invalid, NotFound
from models import DutyList, Official, OfficialKind, Post, ReportCycle, Role
from models.database import connection, insert

COLUMNS = {
    "code": "人员编码",
    "name": "姓名",
    "title": "职务",
    "unit": "单位编码",
    "kind": "述法主体",
    "duty_list": "责任清单",
    "exempt": "免述理由",
}
NEEDED = ("code", "name", "title", "unit", "kind", "duty_list")
KINDS = {
    OfficialKind.LEADERSHIP: "市县两级党政主要负责人及班子成员",
    OfficialKind.DEPARTMENT: "省市县三级党政部门主要负责人及班子成员",
    OfficialKind.TOWN: "乡镇街道党政主要负责人",
    OfficialKind.OTHER: "其他述法主体",
}
LISTS = {
    "party_head": "党委主要负责人",
    "government_head": "政府主要负责人",
    "party_department": "党委工作部门主要负责人",
    "government_department": "政府工作部门主要负责人",
}
_LONGEST = {"code": 40, "name": 60, "title": 60, "exempt": 300}
CHUNK = 5_000  # rows in one statement
_LOCK = 0x6F666669  # two imports at once would each check against what the other is about to change


class AlreadyBegun(Conflict):
    """Whoever has begun a report is not exempted: it is theirs to finish."""

    code, message = "report_begun", "该述法人已经开始述法，不能免述"


@dataclass(frozen=True, slots=True)
class Entered:
    """What an import did, or would do in a dry run; with problems it did nothing."""

    applied: bool
    added: int = 0
    changed: int = 0
    exempt: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


async def imported(cycle: ReportCycle, name: str, content: bytes, *, dry_run: bool = False) -> Entered:
    """Check each line, then write all of them at once, unless one is wrong or it is a dry run.

    Raises TooLarge, RosterFormat or RosterUnreadable for the file as a whole. `known` are those with a person behind
    them, whom the system calls.
    """
    lines = lines_of(name, content, COLUMNS, NEEDED)
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        units = await _units(cycle.region_id)
        lists = await _lists()
        rows, problems = _checked(lines, units, lists)
        stored = {official.code: official for official in await Official.filter(cycle_id=cycle.id)}
        persons = await _persons([row["code"] for row in rows])
        for row in rows:
            row["person_id"] = persons.get(row["code"])
        fresh = [row for row in rows if row["code"] not in stored]
        other = [row for row in rows if row["code"] in stored and _differs(stored[row["code"]], row)]
        if not problems and not dry_run:
            await _write(cycle, fresh, [(stored[row["code"]], row) for row in other])
    return Entered(
        applied=not problems and not dry_run,
        added=len(fresh),
        changed=len(other),
        exempt=sum(bool(row["exempt_reason"]) for row in rows),
        known=sum(row["person_id"] is not None for row in rows),
        problems=problems,
    )


async def _units(region: str) -> dict[str, tuple[UUID, str]]:
    today = clock.today()
    _, rows = await connection().execute_query(
        "SELECT id, code, region_id FROM unit"
        " WHERE region_id LIKE $1 AND since <= $2 AND (until IS NULL OR until >= $2)",
        [region + "%", today],
    )
    return {row["code"]: (row["id"], row["region_id"]) for row in rows}


async def _lists() -> dict[str, str]:
    """The newest list in force of each sort of official."""
    found = await DutyList.filter(effective_from__lte=clock.today()).order_by("effective_from", "code")
    return {one.official: one.code for one in found}


async def _persons(codes: Iterable[str]) -> dict[str, UUID]:
    _, rows = await connection().execute_query("SELECT id, code FROM person WHERE code = ANY($1)", [list(codes)])
    return {row["code"]: row["id"] for row in rows}


def _checked(
    lines: Iterable[tuple[int, dict[str, str]]], units: dict[str, tuple[UUID, str]], lists: dict[str, str]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        faults = dict(_faults(cells, units, lists))
        code = cells.get("code", "")
        if code in seen:
            faults["code"] = ("twice", f"与第 {seen[code]} 行重复：一人在一个年度只述一次")
        seen.setdefault(code, line)
        problems += [Problem(line, COLUMNS[column], *fault) for column, fault in faults.items()]
        if not faults:
            unit_id, region = units[cells["unit"]]
            rows.append(
                {
                    "code": code,
                    "name": cells["name"],
                    "title": cells["title"],
                    "unit_id": unit_id,
                    "region_id": region,
                    "kind": _KINDS[cells["kind"]],
                    "duty_list_id": lists[_LISTS[cells["duty_list"]]],
                    "exempt_reason": cells.get("exempt", ""),
                }
            )
    return rows, problems


_KINDS = {**{label: code for code, label in KINDS.items()}, **{str(code): code for code in KINDS}}
_LISTS = {**{label: code for code, label in LISTS.items()}, **{code: code for code in LISTS}}


def _faults(
    cells: dict[str, str], units: dict[str, tuple[UUID, str]], lists: dict[str, str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """What is wrong with a line: column, code and message."""
    if (unit := cells.get("unit")) and unit not in units:
        yield "unit", ("unknown_unit", "本地区没有这个单位，或者单位已撤销")
    if (kind := cells.get("kind")) and kind not in _KINDS:
        yield "kind", ("unknown_kind", f"应当是：{'、'.join(KINDS.values())}")
    if (sort := cells.get("duty_list")) and _LISTS.get(sort) not in lists:
        yield "duty_list", ("unknown_list", f"应当是：{'、'.join(LISTS.values())}")
    for column, longest in _LONGEST.items():
        if len(cells.get(column, "")) > longest or "\0" in cells.get(column, ""):
            yield column, ("too_long", f"不能超过 {longest} 个字符")
    for column in NEEDED:
        if not cells.get(column):
            yield column, ("missing", "必须填写")


def _differs(official: Official, row: dict[str, Any]) -> bool:
    return any(getattr(official, name) != value for name, value in row.items())


async def _write(cycle: ReportCycle, fresh: list[dict[str, Any]], other: list[tuple[Official, dict[str, Any]]]) -> None:
    today = clock.today()
    made = [
        Official(id=uuid4(), cycle_id=cycle.id, **row, exempted_on=today if row["exempt_reason"] else None)
        for row in fresh
    ]
    for start in range(0, len(made), CHUNK):
        await insert(made[start : start + CHUNK])
    for official, row in other:
        if row["exempt_reason"] and official.begun_on:
            raise AlreadyBegun(details={"code": official.code})
        exempted = (official.exempted_on or today) if row["exempt_reason"] else None
        await official.update_from_dict({**row, "exempted_on": exempted}).save()
    await _posts(cycle, [row for row in [*fresh, *(row for _, row in other)] if row["person_id"]])


async def _posts(cycle: ReportCycle, rows: list[dict[str, Any]]) -> None:
    """Whoever must report acts as an official of that unit: the post they need, where they have none."""
    held = {
        (post.person_id, post.unit_id)
        for post in await Post.filter(role=Role.OFFICIAL, until=None, person_id__in=[row["person_id"] for row in rows])
    }
    posts = [
        Post(
            id=uuid4(),
            person_id=row["person_id"],
            unit_id=row["unit_id"],
            role=Role.OFFICIAL,
            title=row["title"],
            since=min(cycle.begins_on, clock.today()),
        )
        for row in rows
        if (row["person_id"], row["unit_id"]) not in held and not row["exempt_reason"]
    ]
    for start in range(0, len(posts), CHUNK):
        await insert(posts[start : start + CHUNK])


async def exempted(region: str, official_id: UUID, reason: str) -> None:
    """免述, with a reason; raises NotFound outside this region, AlreadyBegun, or Invalid for who is exempt."""
    async with in_transaction():
        official = await Official.filter(id=official_id, region_id__startswith=region).select_for_update().first()
        if official is None:
            raise NotFound("没有找到这位述法人")
        if official.exempt_reason:
            raise Invalid("已经免述")
        if official.begun_on and official.submitted_on:
            raise AlreadyBegun
        official.exempt_reason, official.exempted_on = reason, clock.today()
        await official.save(update_fields=["exempt_reason", "exempted_on"])


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    region: str
    code: str


STATES = {
    "exempt": "o.exempted_on IS NOT NULL",
    "done": "o.exempted_on IS NULL AND o.done_on IS NOT NULL",
    "submitted": "o.exempted_on IS NULL AND o.done_on IS NULL AND o.submitted_on IS NOT NULL",
    "begun": "o.exempted_on IS NULL AND o.done_on IS NULL AND o.submitted_on IS NULL AND o.begun_on IS NOT NULL",
    "missing": "o.exempted_on IS NULL AND o.done_on IS NULL AND o.submitted_on IS NULL AND o.begun_on IS NULL",
}


async def page(
    cycle_id: UUID, region: str, state: str | None, kind: OfficialKind | None, after: After | None, limit: int
) -> list[dict[str, Any]]:
    """Those on the roster of these regions, by region and code."""
    values: list[Any] = [cycle_id, region + "%"]
    parts = ["o.cycle_id = $1", "o.region_id LIKE $2"]
    if state:
        parts.append(STATES[state])
    if kind:
        values.append(kind)
        parts.append(f"o.kind = ${len(values)}")
    if after:
        values += [after.region, after.code]
        parts.append(f"(o.region_id, o.code) > (${len(values) - 1}, ${len(values)})")
    _, rows = await connection().execute_query(
        "SELECT o.id, o.code, o.name, o.title, o.region_id, o.kind, u.name AS unit, o.person_id IS NOT NULL AS known,"
        " o.exempt_reason, o.exempted_on, o.begun_on, o.submitted_on, o.done_on, m.number"
        " FROM official o JOIN unit u ON u.id = o.unit_id LEFT JOIN report r ON r.official_id = o.id"
        f" LEFT JOIN matter m ON m.id = r.matter_id WHERE {' AND '.join(parts)}"
        f" ORDER BY o.region_id, o.code LIMIT {int(limit)}",
        values,
    )
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Coverage:
    """应述尽述: how many must report in a place or of a kind, and how far they have come."""

    key: str
    owed: int
    exempt: int
    missing: int
    begun: int
    submitted: int
    done: int


async def coverage(cycle_id: UUID, region: str, lower: int) -> tuple[list[Coverage], list[Coverage]]:
    """By the regions whose codes are `lower` digits long (itself for what lies on its own level), and by kind."""
    counts = ", ".join(f"count(*) FILTER (WHERE {condition}) AS {state}" for state, condition in STATES.items())
    _, rows = await connection().execute_query(
        f"SELECT left(o.region_id, $3) AS place, o.kind, count(*) AS owed, {counts} FROM official o"
        " WHERE o.cycle_id = $1 AND o.region_id LIKE $2 GROUP BY GROUPING SETS ((left(o.region_id, $3)), (o.kind))",
        [cycle_id, region + "%", lower],
    )
    found = [(row["place"], row["kind"], row) for row in rows]

    def made(key: str, row: Any) -> Coverage:
        return Coverage(key, row["owed"], row["exempt"], row["missing"], row["begun"], row["submitted"], row["done"])

    return (
        sorted((made(place, row) for place, _, row in found if place is not None), key=lambda one: one.key),
        sorted((made(kind, row) for _, kind, row in found if kind is not None), key=lambda one: one.key),
    )
