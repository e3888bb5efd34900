"""派单: which unit leads a case, by ordered rules; the decision says which rule fired and what was passed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.manning import Accused, out
from kit import clock
from kit.errors import Conflict
from models import Category, Level, Region, Role, RoutingRule, Unit
from models.database import connection

OWNERS = "@owners"  # as a rule's tag: the category's own duty tags, in their order
SUPERIOR = "@superior"  # the accused units' own duties, which a region above has too
LEVELS = {2: Level.PROVINCE, 4: Level.CITY, 6: Level.COUNTY}


class NoOwner(Conflict):
    """Not even the catch-all has anybody who may handle it: the roster must be mended."""

    code, message = "no_owner", "没有可以承办的单位，请联系系统管理员补充名册"


class CannotLead(Conflict):
    """The chosen unit is excluded or has nobody to sign for, handle and approve."""

    code, message = "cannot_lead", "所选单位应当回避，或没有联络员、承办人或负责人"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who leads, whose liaison signs, and why."""

    unit_id: UUID
    unit_name: str
    liaison_unit_id: UUID | None
    rule: str
    reason: str
    passed_over: tuple[str, ...] = field(default=())

    def told(self) -> dict[str, Any]:
        """As the case remembers it."""
        return {
            "unit": str(self.unit_id),
            "unit_name": self.unit_name,
            "rule": self.rule,
            "reason": self.reason,
            "passed_over": list(self.passed_over),
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that might lead, with those of its people who may."""

    id: UUID
    name: str
    region: str
    tags: frozenset[str]
    liaison_unit: UUID | None
    lacks: str


# The people of each unit by their index, unit for unit: whatever the planner thinks of a roster just imported.
_POSTS = f"""
SELECT u.id, u.name, u.region_id, u.duty_tags, u.line, p.role, {out("$3", "$6", "$7")} AS out
FROM unit u LEFT JOIN LATERAL (
    SELECT p.role, p.person_id FROM post p WHERE p.unit_id = u.id AND p.role = ANY($4::text[])
        AND p.since <= $3 AND (p.until IS NULL OR p.until >= $3) OFFSET 0
) p ON true
WHERE u.since <= $3 AND (u.until IS NULL OR u.until >= $3)
  AND (u.region_id = ANY($1::text[])
       OR u.line && $5::uuid[]
       OR u.line && ARRAY(SELECT c.id FROM unit c WHERE c.region_id = ANY($1::text[]) AND c.duty_tags && $2::text[]))
"""


def chain_of(region: str, above: str | None) -> list[str]:
    """The regions in which an owner is looked for, nearest first: towns use their county's people.

    With `above`, only regions over that one's level count; above the province there is none, so it stays.
    """
    codes = [region[:length] for length in (6, 4, 2) if length <= len(region)]
    if above is None:
        return codes
    higher = [code for code in codes if len(code) < min(len(above), 6)]
    return higher or codes[-1:]


async def decided(
    category: Category, region: str, accused: Accused, receiving: UUID, rules: Sequence[RoutingRule] | None = None
) -> Decision:
    """The owner by the first rule that has one, else the receiving unit or the next of the intake chain.

    The catch-all needs no liaison: its head signs. Raises NoOwner when not even the chain's last unit can.
    """
    if rules is None:
        rules = await rules_in_force()
    chain = chain_of(region, accused.above)
    wanted = [(rule, tag) for rule in rules if _fits(rule, category, region) for tag in _tags(rule, category, accused)]
    catching = [receiving, *(receiver.unit_id for receiver in (await packs.book()).receivers)]
    candidates = await _candidates(chain, {tag for _, tag in wanted}, accused, catching)
    passed: list[str] = []
    for rule, tag in wanted:
        for code in chain:
            if rule.level not in (None, LEVELS[len(code)]):
                continue
            for candidate in candidates:
                if candidate.region != code or tag not in candidate.tags:
                    continue
                if candidate.lacks or candidate.liaison_unit is None:
                    passed.append(f"{candidate.name}：{candidate.lacks or '没有联络员'}")
                    continue
                reason = f"第 {rule.order} 条：{category.name} × {code}，{rule.reason}"
                return Decision(
                    candidate.id, candidate.name, candidate.liaison_unit, str(rule.id), reason, tuple(passed)
                )
    able = {candidate.id: candidate for candidate in candidates if not candidate.lacks}
    last = next((able[unit] for unit in catching if unit in able), None)
    if last is None:
        raise NoOwner
    reason = "没有规则适用，由受理单位依次兜底承办"
    return Decision(last.id, last.name, last.liaison_unit, "catch-all", reason, tuple(passed))


async def chosen(unit_id: UUID, region: str, accused: Accused) -> Decision:
    """The owner a registrar chose by hand; raises CannotLead."""
    unit = await Unit.get_or_none(id=unit_id, until=None)
    if unit is None:
        raise CannotLead
    codes = [unit.region_id[:length] for length in (6, 4, 2) if length <= len(unit.region_id)]
    found = await _candidates(sorted({*codes, *chain_of(region, None)}, reverse=True), set(), accused, [unit_id])
    candidate = next((candidate for candidate in found if candidate.id == unit_id), None)
    if accused.above and unit.region_id not in chain_of(unit.region_id, accused.above):
        raise CannotLead(details={"lacks": "负责人被举报，应由上一级单位承办"})
    if candidate is None or candidate.lacks or candidate.liaison_unit is None:
        raise CannotLead(details={"lacks": candidate.lacks or "没有联络员" if candidate else "不存在"})
    return Decision(unit_id, candidate.name, candidate.liaison_unit, "by-hand", "由受理员指定")


async def rules_in_force() -> list[RoutingRule]:
    """The rules of today, in order."""
    today = clock.today()
    rules = await RoutingRule.filter(effective_from__lte=today).order_by("order")
    return [rule for rule in rules if rule.effective_to is None or rule.effective_to >= today]


def _fits(rule: RoutingRule, category: Category, region: str) -> bool:
    return rule.category in (None, category.code) and (rule.region is None or region.startswith(rule.region))


def _tags(rule: RoutingRule, category: Category, accused: Accused) -> Iterable[str]:
    if rule.tag == SUPERIOR:
        return sorted(accused.tags)
    return category.owners if rule.tag == OWNERS else (rule.tag,)


async def _candidates(chain: list[str], tags: set[str], accused: Accused, extra: list[UUID]) -> list[Candidate]:
    roles, today = [Role.LIAISON, Role.HANDLER, Role.HEAD], clock.today()
    _, rows = await connection().execute_query(
        _POSTS, [chain, sorted(tags), today, roles, extra, list(accused.units), list(accused.persons)]
    )
    units: dict[UUID, Any] = {}
    manned: dict[UUID, set[str]] = {}
    liaisons: dict[str, set[UUID]] = {}
    for row in rows:
        units[row["id"]] = row
        if row["role"] is None or row["out"]:
            continue
        # A handler of a department handles for every unit above it; heads and liaisons only for their own.
        for unit in row["line"] if row["role"] == Role.HANDLER else [row["id"]]:
            manned.setdefault(unit, set()).add(row["role"])
        if row["role"] == Role.LIAISON:
            liaisons.setdefault(row["region_id"], set()).add(row["id"])
    found = []
    for unit in sorted(units.values(), key=lambda row: (-len(row["region_id"]), row["name"], str(row["id"]))):
        has = manned.get(unit["id"], set())
        excluded = bool(accused.units & set(unit["line"]))
        lacks = (
            "应当回避" if excluded else "没有负责人" if "head" not in has else "" if "handler" in has else "没有承办人"
        )
        own = unit["id"] if "liaison" in has else None
        desk = own or next(
            (min(liaisons[code], key=str) for code in chain if unit["region_id"].startswith(code) and code in liaisons),
            None,
        )
        found.append(Candidate(unit["id"], unit["name"], unit["region_id"], frozenset(unit["duty_tags"]), desk, lacks))
    return found


async def liaison_of(unit_id: UUID, accused: Accused) -> UUID | None:
    """The unit whose liaison signs for another: itself, else its county's, city's or province's."""
    unit = await Unit.get_or_none(id=unit_id)
    if unit is None:
        return None
    found = await _candidates(chain_of(unit.region_id, None), set(), accused, [unit_id])
    return next((candidate.liaison_unit for candidate in found if candidate.id == unit_id), None)


async def region_name(code: str) -> str:
    """A region's full name from the province down."""
    codes = [code[:length] for length in (2, 4, 6, 9) if length <= len(code)]
    names = dict(await Region.filter(code__in=codes).values_list("code", "name"))
    return "".join(names.get(part, "") for part in codes)
