"""败诉案件: the lawsuits and reviews that units lost, listed on the ledger from one file, all of it or nothing.

| column | code name | |
|---|---|---|
| 单位编码 | unit | the unit that lost; one of today, overseen by whoever imports |
| 案号 | number | the court's, or that of the 行政复议 decision; with the unit it is what makes a case the same |
| 审理机关 | court | the court, or the office that reviewed |
| 裁判日期 | judged_on | of the judgment or decision, not to come |
| 败诉情形 | lost | what was lost |
| 败诉原因 | cause | why |

Each becomes a line as if the supervisor had listed it: by the same checks, owed and told the same. So a dry run is the
import itself, taken back at its end. What the ledger has stays as it is, also what was listed by hand with its number.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pydantic import ValidationError
from tortoise.transactions import in_transaction

from domain.loop import opening
from domain.loop.kinds import Kind
from domain.loop.overseeing import NotOverThem, is_over
from domain.people.actors import Actor
from domain.people.roster_check import Problem
from domain.people.roster_files import lines_of
from domain.rectification.arising import RECTIFICATION
from domain.rectification.inputs import Listing
from kit import clock
from kit.errors import Refusal, TooLarge
from models import ActorKind, Rectification, RectificationSource, Unit
from models.database import connection, wake

COLUMNS = {
    "unit": "单位编码",
    "number": "案号",
    "court": "审理机关",
    "judged_on": "裁判日期",
    "lost": "败诉情形",
    "cause": "败诉原因",
}
MOST = 500  # lines of a file: each is listed as a matter of its own
_LONGEST = {"number": 50, "court": 60, "lost": 1000, "cause": 1000}
FIRST = date(1990, 10, 1)  # 行政诉讼法 came into force
_LOCK = 0x6C6F7374  # two at once would list the same case twice
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_BRACKETS = str.maketrans("[]{}〔〕【】「」", "()()()()()")


@dataclass(frozen=True, slots=True)
class Listed:
    """What an import did, or would do in a dry run; with problems it did nothing. `known` the ledger had before."""

    applied: bool
    added: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Case:
    """A line that is in order."""

    line: int
    unit: Unit
    suit: str
    judged_on: date
    problem: str

    @property
    def key(self) -> tuple[UUID, str]:
        return self.unit.id, self.suit


class _TakenBack(Exception):
    """Nothing of it stays."""


async def imported(actor: Actor, name: str, content: bytes, *, dry_run: bool = False) -> Listed:
    """List each case that the ledger does not have; raises TooLarge, RosterFormat or RosterUnreadable for the file."""
    nothing = dict.fromkeys(COLUMNS, "")
    lines = [(line, nothing | cells) for line, cells in lines_of(name, content, COLUMNS, tuple(COLUMNS))]
    if len(lines) > MOST:
        raise TooLarge(f"一次最多导入 {MOST} 件")
    problems: list[Problem] = []
    fresh: list[_Case] = []
    known = 0
    try:
        async with in_transaction():
            await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
            cases, problems = _checked(lines, await _units(cells["unit"] for _, cells in lines), actor)
            had = await _had(cases)
            fresh = [case for case in cases if not had(case)]
            known = len(cases) - len(fresh)
            for case in fresh:
                if wrong := await _list(actor, case):
                    problems.append(wrong)
            if problems or dry_run:
                raise _TakenBack  # noqa: TRY301  # what ends the transaction without its rows
    except _TakenBack:
        return Listed(applied=False, added=len(fresh), known=known, problems=sorted(problems, key=lambda one: one.line))
    await wake()
    return Listed(applied=True, added=len(fresh), known=known)


async def _list(actor: Actor, case: _Case) -> Problem | None:
    """As by hand; whatever is refused is the line's problem."""
    try:
        told = Listing(problem=case.problem, owner_unit=case.unit.id, source=RectificationSource.LAWSUIT)
        kind = Kind.REGISTRY[RECTIFICATION]
        matter = await opening.by(actor, kind, told, case.unit.region_id, case.unit.id)
    except Refusal as refusal:
        return Problem(case.line, COLUMNS["unit"], refusal.code, refusal.message)
    except ValidationError:
        return Problem(case.line, COLUMNS["lost"], "bad_text", "含有不能识别的字符")
    await Rectification.filter(matter_id=matter.id).update(suit=case.suit, judged_on=case.judged_on)
    return None


async def _units(codes: Iterable[str]) -> dict[str, Unit]:
    plain = [code for code in set(codes) if "\0" not in code]
    return {unit.code: unit for unit in await Unit.filter(code__in=plain, until=None)}


def _checked(
    lines: Iterable[tuple[int, dict[str, str]]], units: dict[str, Unit], actor: Actor
) -> tuple[list[_Case], list[Problem]]:
    cases: list[_Case] = []
    problems: list[Problem] = []
    seen: dict[tuple[UUID, str], int] = {}
    for line, cells in lines:
        faults = dict(_faults(cells, units, actor))
        if not faults:
            case = _case(line, cells, units[cells["unit"]])
            if case.key in seen:
                faults["number"] = ("twice", f"与第 {seen[case.key]} 行重复")
            else:
                seen[case.key] = line
                cases.append(case)
        problems += [Problem(line, COLUMNS[column], *fault) for column, fault in faults.items()]
    return cases, problems


def _faults(cells: dict[str, str], units: dict[str, Unit], actor: Actor) -> Iterator[tuple[str, tuple[str, str]]]:
    """What is wrong with a line: column, code and message. What one is not over, one learns nothing of."""
    unit = units.get(cells["unit"])
    if cells["unit"] and unit is None:
        yield "unit", ("unknown_unit", "没有这个单位，或者单位已撤销")
    if unit and actor.kind is not ActorKind.SYSTEM and not is_over(actor, unit):
        yield "unit", (NotOverThem.code, NotOverThem.message)
    if cells["judged_on"] and ((day := _day(cells["judged_on"])) is None or not FIRST <= day <= clock.today()):
        yield "judged_on", ("bad_date", "不是有效日期，或者晚于今天；应如 2026-01-31")
    for column, longest in _LONGEST.items():
        if len(cells[column]) > longest:
            yield column, ("too_long", f"不能超过 {longest} 个字符")
    for column, heading in COLUMNS.items():
        if not cells[column]:
            yield column, ("missing", f"缺少{heading}")


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _case(line: int, cells: dict[str, str], unit: Unit) -> _Case:
    day = _day(cells["judged_on"]) or clock.today()
    when = f"{day.year}年{day.month}月{day.day}日"
    lost, cause = (cells[name].rstrip("。") for name in ("lost", "cause"))
    problem = f"{cells['court']}{cells['number']}（{when}）：{lost}。败诉原因：{cause}。"
    return _Case(line, unit, _plain(cells["number"]), day, problem)


def _plain(number: str) -> str:
    """A case number however its brackets and blanks were typed."""
    return "".join(unicodedata.normalize("NFKC", number).translate(_BRACKETS).split())


async def _had(cases: Iterable[_Case]) -> Callable[[_Case], bool]:
    """Whether the ledger has a case: by its number, or in the words of a line that was listed by hand."""
    lines = await Rectification.filter(
        source=RectificationSource.LAWSUIT, unit_id__in={case.unit.id for case in cases}
    ).only("matter_id", "unit_id", "suit", "problem")
    keys = {(line.unit_id, line.suit) for line in lines}
    by_hand = [(line.unit_id, _plain(line.problem)) for line in lines if line.suit is None]
    return lambda case: case.key in keys or any(unit == case.unit.id and case.suit in said for unit, said in by_hand)
