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
A reason exempts as the roster's door does (`exempting`); none leaves an exemption as it is: that door lifts it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.loop.sight import Values, not_excluded
from domain.people.actors import Actor
from domain.people.roster_check import Problem
from domain.people.roster_files import lines_of
from domain.reports import exempting, posts
from domain.reports.exempting import ReportSubmitted
from domain.reports.posts import CHUNK
from kit import clock
from models import DutyList, Official, OfficialKind, ReportCycle
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
LOCK = 0x6F666669  # two at once would each check against what the other is about to change


@dataclass(frozen=True, slots=True)
class Entered:
    """What an import did, or would do in a dry run; with problems it did nothing."""

    applied: bool
    added: int = 0
    changed: int = 0
    exempt: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


async def imported(actor: Actor, cycle: ReportCycle, name: str, content: bytes, *, dry_run: bool = False) -> Entered:
    """Check each line, then write all of them at once, unless one is wrong or it is a dry run.

    Raises TooLarge, RosterFormat or RosterUnreadable for the file as a whole, and ReportSubmitted where somebody to be
    exempted submits in this moment. `known` are those with a person behind
    them, whom the system calls.
    """
    lines = lines_of(name, content, COLUMNS, NEEDED)
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])
        units = await _units(cycle.region_id)
        lists = await _lists()
        stored = {official.code: official for official in await Official.filter(cycle_id=cycle.id)}
        submitted = {code for code, one in stored.items() if one.submitted_on and not one.exempted_on}
        rows, problems = _checked(lines, units, lists, submitted)
        persons = await _persons([row["code"] for row in rows])
        for row in rows:
            row["person_id"] = persons.get(row["code"])
        fresh = [row for row in rows if row["code"] not in stored]
        other = [row for row in rows if row["code"] in stored and _differs(stored[row["code"]], row)]
        if not problems and not dry_run:
            await _write(actor, cycle, fresh, [(stored[row["code"]], row) for row in other])
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
    lines: Iterable[tuple[int, dict[str, str]]],
    units: dict[str, tuple[UUID, str]],
    lists: dict[str, str],
    submitted: set[str],
) -> tuple[list[dict[str, Any]], list[Problem]]:
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        faults = dict(_faults(cells, units, lists))
        code = cells.get("code", "")
        if cells.get("exempt") and code in submitted:
            faults["exempt"] = (ReportSubmitted.code, ReportSubmitted.message)
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
    return any(getattr(official, name) != value for name, value in _told(row).items())


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What a line says of somebody who is on the roster."""
    return {name: value for name, value in row.items() if value or name != "exempt_reason"}


async def _write(
    actor: Actor, cycle: ReportCycle, fresh: list[dict[str, Any]], other: list[tuple[Official, dict[str, Any]]]
) -> None:
    today = clock.today()
    made = [
        Official(
            id=uuid4(),
            cycle_id=cycle.id,
            **row,
            **({"exempted_on": today, "decided_by_id": actor.post_id} if row["exempt_reason"] else {}),
        )
        for row in fresh
    ]
    for start in range(0, len(made), CHUNK):
        await insert(made[start : start + CHUNK])
    # First those whose reports are to be locked, in one order; whoever submits locks their report before this row.
    for official, row in sorted(other, key=lambda one: one[0].id):
        if row["exempt_reason"] and not official.exempted_on:
            await exempting.ended(actor, official.id, row["exempt_reason"])
    for official, row in other:
        told = _told(row)
        await official.update_from_dict(told).save(update_fields=list(told))
    await posts.given(cycle, [row for row in [*fresh, *(row for _, row in other)] if row["person_id"]])


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
OWING = "o.exempted_on IS NULL AND o.submitted_on IS NULL"
_WHO = {**STATES, "owing": OWING}  # whoever has not submitted, called or not
# Whom the system tells: their report is called, and somebody can sign in who holds its post.
REACHED = """
EXISTS (SELECT 1 FROM report r JOIN involvement i ON i.matter_id = r.matter_id AND i.relation = 'assignee'
        AND i.until IS NULL JOIN post p ON p.id = i.post_id JOIN account a ON a.person_id = p.person_id
        WHERE r.official_id = o.id AND a.disabled_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a roster: its regions, how far they have come (or owing), the kind.

    `unreached`: only those who owe and must be told by phone.
    """

    region: str
    state: str | None = None
    kind: OfficialKind | None = None
    unreached: bool = False


def narrowed(cycle_id: UUID, filters: Filters, values: Values) -> str:
    """SQL: the officials `o` of a cycle that fit."""
    parts = [f"o.cycle_id = {values.add(cycle_id)}", f"o.region_id LIKE {values.add(filters.region + '%')}"]
    if filters.state:
        parts.append(_WHO[filters.state])
    if filters.kind:
        parts.append(f"o.kind = {values.add(filters.kind)}")
    if filters.unreached:
        parts += [OWING, f"NOT {REACHED}"]
    return " AND ".join(parts)


async def page(actor: Actor, cycle_id: UUID, filters: Filters, after: After | None, limit: int) -> list[dict[str, Any]]:
    """Those on the roster of these regions, by region and code; no number of a report that is kept from the reader."""
    values = Values()
    where = narrowed(cycle_id, filters, values)
    if after:
        where += f" AND (o.region_id, o.code) > ({values.add(after.region)}, {values.add(after.code)})"
    _, rows = await connection().execute_query(
        "SELECT o.id, o.code, o.name, o.title, o.region_id, o.kind, u.name AS unit, o.person_id IS NOT NULL AS known,"
        " o.exempt_reason, o.lift_reason, o.begun_on, o.submitted_on, o.done_on, o.reminded_on,"
        f" CASE WHEN {not_excluded(actor, 'm', values)} THEN m.number END AS number"
        " FROM official o JOIN unit u ON u.id = o.unit_id LEFT JOIN report r ON r.official_id = o.id"
        f" LEFT JOIN matter m ON m.id = r.matter_id WHERE {where} ORDER BY o.region_id, o.code LIMIT {int(limit)}",
        values.list,
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
