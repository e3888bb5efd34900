"""派单: which unit leads a case, by ordered rules; the decision says which rule fired and what was passed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.loop import packs
from domain.loop.manning import Accused, candidates, chain_of
from kit import clock
from kit.errors import Conflict
from models import Category, Level, Region, RoutingRule, Unit

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
    found = await candidates(chain, {tag for _, tag in wanted}, accused, catching)
    passed: list[str] = []
    for rule, tag in wanted:
        for code in chain:
            if rule.level not in (None, LEVELS[len(code)]):
                continue
            for candidate in found:
                if candidate.region != code or tag not in candidate.tags:
                    continue
                if candidate.lacks or candidate.liaison_unit is None:
                    passed.append(f"{candidate.name}：{candidate.lacks or '没有联络员'}")
                    continue
                reason = f"第 {rule.order} 条：{category.name} × {code}，{rule.reason}"
                return Decision(
                    candidate.id, candidate.name, candidate.liaison_unit, str(rule.id), reason, tuple(passed)
                )
    able = {candidate.id: candidate for candidate in found if not candidate.lacks}
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
    found = await candidates(sorted({*codes, *chain_of(region, None)}, reverse=True), set(), accused, [unit_id])
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


async def region_name(code: str) -> str:
    """A region's full name from the province down."""
    codes = [code[:length] for length in (2, 4, 6, 9) if length <= len(code)]
    names = dict(await Region.filter(code__in=codes).values_list("code", "name"))
    return "".join(names.get(part, "") for part in codes)
