"""派单目录 as something people change: a rule is tried on past cases before it is saved."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from domain.cases import routing
from domain.loop import packs, recusal
from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from kit import clock, crypto
from kit.errors import Conflict, Invalid, NotAllowed, NotFound
from kit.settings import Settings
from models import DutyTag, Level, RoutingRule
from models.database import connection

PAST_CASES = 100
PROVINCE_CODE = 2  # digits: whoever stands there sets rules for all below


class TryFirst(Conflict):
    """A rule is saved with the token of a dry run of exactly this rule, made today."""

    code, message = "try_first", "请先用这条规则试算历史举报件，确认后再保存"


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that isn't one yet."""

    order: int
    tag: str
    reason: str
    source: str
    effective_from: date
    category: str | None = None
    region: str | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would have changed: how many past cases, from which unit to which."""

    cases: int
    changed: int
    moves: list[dict[str, Any]]
    token: str


async def tried(settings: Settings, actor: Actor, draft: Draft) -> Trial:
    """Route the actor's last cases with and without the draft; cases they may not see are not among them."""
    await _check(actor, draft)
    present = await routing.rules_in_force()
    with_draft = sorted([*present, _rule(draft)], key=lambda rule: rule.order)
    values = Values()
    condition = visible_to(actor, "m", values)
    _, rows = await connection().execute_query(
        f"SELECT m.id, m.region_id, m.receiving_unit_id, c.category_id FROM matter m"
        f" JOIN case_file c ON c.matter_id = m.id WHERE {condition} AND c.routing <> '{{}}'::jsonb"
        f" ORDER BY m.filed_on DESC, m.id DESC LIMIT {values.add(PAST_CASES)}",
        values.list,
    )
    categories = (await packs.book()).categories
    moves: Counter[tuple[str, str]] = Counter()
    for row in rows:
        accused = await recusal.accused_of(row["id"])
        case = (categories[row["category_id"]], row["region_id"], accused, row["receiving_unit_id"])
        before = await routing.decided(*case, rules=present)
        after = await routing.decided(*case, rules=with_draft)
        if before.unit_id != after.unit_id:
            moves[before.unit_name, after.unit_name] += 1
    return Trial(
        cases=len(rows),
        changed=moves.total(),
        moves=[{"from": source, "to": target, "cases": count} for (source, target), count in moves.most_common()],
        token=_token(settings, draft),
    )


async def saved(settings: Settings, actor: Actor, draft: Draft, token: str) -> UUID:
    """Put a tried rule into force; raises TryFirst without today's token of exactly this rule."""
    await _check(actor, draft)
    if not crypto.same(token.encode(), _token(settings, draft).encode()):
        raise TryFirst
    rule = _rule(draft)
    await rule.save()
    return rule.id


async def ended(actor: Actor, rule_id: UUID) -> None:
    """End a rule with yesterday; it stays for old decisions. Raises NotFound, or NotAllowed for another region's."""
    rule = await RoutingRule.get_or_none(id=rule_id, effective_to=None)
    if rule is None:
        raise NotFound("没有这条规则或已经停用")
    _within(actor, rule.region)
    await RoutingRule.filter(id=rule_id).update(effective_to=date.fromordinal(clock.today().toordinal() - 1))


def _within(actor: Actor, region: str | None) -> None:
    own = actor.standing.region if actor.standing else ""
    if len(own) > PROVINCE_CODE and not (region or "").startswith(own):
        raise NotAllowed("只能为本地区设定派单规则")


async def _check(actor: Actor, draft: Draft) -> None:
    _within(actor, draft.region)
    if draft.tag not in (routing.OWNERS, routing.SUPERIOR) and not await DutyTag.exists(code=draft.tag):
        raise Invalid("没有这个职责标签")
    if draft.category and draft.category not in (await packs.book()).categories:
        raise Invalid("没有这个类别")


def _rule(draft: Draft) -> RoutingRule:
    return RoutingRule(
        order=draft.order,
        category=draft.category,
        region=draft.region,
        level=draft.level,
        tag=draft.tag,
        reason=draft.reason,
        effective_from=draft.effective_from,
        source=draft.source,
    )


def _token(settings: Settings, draft: Draft) -> str:
    return crypto.keyed_hash(settings.index, b"routing", orjson.dumps(draft), str(clock.today()).encode()).hex()
