"""保存期限: by which rule a matter is kept, until when, and what stops its destruction; asked whenever it matters."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.loop import packs
from kit import clock
from kit.words import phrase
from models import Mode, Part, RetentionRule
from models.database import connection

PARTS = tuple(Part)  # in the order in which they go
LABELS = {
    Part.IDENTITY: "姓名、电话和提醒方式",
    Part.CONTENT: "举报内容和附件",
    Part.RECORD: "办理记录的内容",
}
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class About:
    """What rules ask of a matter."""

    kind: str
    category: str | None
    outcomes: frozenset[str]
    anonymous: bool | None


def rule_for(rules: Iterable[RetentionRule], about: About, on: date) -> RetentionRule:
    """The first rule in force on a day that fits; raises LookupError when none does."""
    for rule in rules:
        if (
            rule.effective_from <= on
            and rule.kind in (None, about.kind)
            and rule.category in (None, about.category)
            and (rule.outcome is None or rule.outcome in about.outcomes)
            and rule.anonymous in (None, about.anonymous)
        ):
            return rule
    raise LookupError("no rule of retention fits; the rules need a last one that fits everything")


def months(rule: RetentionRule, part: Part) -> int:
    """How long a part is kept."""
    kept: dict[Part, int] = {
        Part.IDENTITY: rule.identity_months,
        Part.CONTENT: rule.content_months,
        Part.RECORD: rule.record_months,
    }
    return kept[part]


def later(day: date, by: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + by, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span(count: int) -> str:
    """So many months as people say it."""
    whole = count % MONTHS_A_YEAR == 0 and count
    return phrase("{}年").format(count // MONTHS_A_YEAR) if whole else phrase("{}个月").format(count)


HEADS = ("举报件的种类", "姓名和电话", "内容和附件", "办理记录")


def table(rules: Iterable[RetentionRule]) -> str:
    """The terms of some rules as people are told of them, in Markdown; the anonymous have no name to be kept."""
    rows = [[phrase(head) for head in HEADS], ["---"] * len(HEADS)]
    for rule in rules:
        kept = [span(months(rule, part)) for part in PARTS]
        rows.append([phrase(rule.name), "—" if rule.anonymous else kept[0], *kept[1:]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A matter and what retention makes of it today.

    `since` is the last end of all that belongs together, None while some of it goes on; `held`: any of it is.
    """

    id: UUID
    number: str
    kind: str
    region: str
    category: str
    outcome: str
    filed_on: date
    ended_on: date | None
    archived: bool
    destroyed: Part | None
    rule: RetentionRule
    since: date | None
    held: bool

    @property
    def parts(self) -> Sequence[Part]:
        """What it has to lose still; only cases have somebody who reported."""
        having = PARTS if self.kind == "case" else PARTS[1:]
        gone = PARTS.index(self.destroyed) + 1 if self.destroyed else 0
        return [part for part in having if PARTS.index(part) >= gone]

    def due(self, part: Part) -> date | None:
        """The first day on which a part may be destroyed."""
        return later(self.since, months(self.rule, part)) if self.since else None


def basis(rule: RetentionRule, part: Part) -> str:
    """By what rule, as people read it."""
    return phrase("{}：结束后{}").format(phrase(rule.name), span(months(rule, part)))


_MATTERS = """
SELECT m.id, m.number, m.kind, m.region_id, m.stage, m.filed_on, m.ended_at, m.archived_at, m.destroyed, m.sealed_at,
       c.category_id, c.mode, f.typical_on, f.accountable_on
FROM matter m LEFT JOIN case_file c ON c.matter_id = m.id
LEFT JOIN case_fact f ON f.matter_id = CASE WHEN m.kind = 'case' THEN coalesce(m.opened_by_id, m.id) END
WHERE m.id = ANY($1::uuid[]) ORDER BY m.id
"""
# All that belongs with each: what it opened, what opened it, what was merged with it, and so on from there.
_REACHED = """
WITH RECURSIVE together (root, id) AS (
    SELECT id, id FROM matter WHERE id = ANY($1::uuid[])
    UNION
    SELECT t.root, n.id FROM together t CROSS JOIN LATERAL (
        SELECT m.id FROM matter m WHERE m.opened_by_id = t.id
        UNION ALL SELECT m.opened_by_id FROM matter m WHERE m.id = t.id AND m.opened_by_id IS NOT NULL
        UNION ALL SELECT c.matter_id FROM case_file c WHERE c.merged_into_id = t.id
        UNION ALL SELECT c.merged_into_id FROM case_file c WHERE c.matter_id = t.id AND c.merged_into_id IS NOT NULL
    ) n
)
"""
_TOGETHER = f"""{_REACHED}
SELECT t.root, bool_or(m.held_by IS NOT NULL) AS held, bool_or(m.ended_at IS NULL) AS open, max(m.ended_at) AS since
FROM together t JOIN matter m ON m.id = t.id GROUP BY t.root
"""


async def together(matter_id: UUID) -> list[UUID]:
    """All that belongs with a matter, itself included."""
    rows = await connection().execute_query_dict(f"{_REACHED} SELECT id FROM together ORDER BY id", [[matter_id]])
    return [row["id"] for row in rows]


async def outlooks(matters: Sequence[UUID]) -> dict[UUID, Outlook]:
    """What retention makes of these matters today."""
    if not matters:
        return {}
    rules, today = (await packs.book()).retention, clock.today()
    reached = {row["root"]: row for row in await connection().execute_query_dict(_TOGETHER, [list(matters)])}
    rows = await connection().execute_query_dict(_MATTERS, [list(matters)])
    return {row["id"]: _outlook(row, reached[row["id"]], rules, today) for row in rows}


async def outlook(matter_id: UUID) -> Outlook:
    """What retention makes of a matter today."""
    return (await outlooks([matter_id]))[matter_id]


def _outlook(row: Mapping[str, Any], together: Mapping[str, Any], rules: Iterable[RetentionRule], on: date) -> Outlook:
    special = {
        "handed_over": row["sealed_at"] and row["kind"] == "case",
        "accountable": row["accountable_on"],
        "typical": row["typical_on"],
    }
    outcomes = frozenset({str(row["stage"]), *(name for name, held in special.items() if held)})
    anonymous = row["mode"] == Mode.ANONYMOUS if row["mode"] else None
    rule = rule_for(rules, About(row["kind"], row["category_id"], outcomes, anonymous), on)
    return Outlook(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        region=row["region_id"],
        category=row["category_id"] or "",
        outcome=next((name for name, held in special.items() if held), row["stage"]),
        filed_on=row["filed_on"],
        ended_on=_day(row["ended_at"]),
        archived=row["archived_at"] is not None,
        destroyed=Part(row["destroyed"]) if row["destroyed"] else None,
        rule=rule,
        since=None if together["open"] else _day(together["since"]),
        held=together["held"],
    )


def _day(moment: datetime | None) -> date | None:
    return clock.local(moment).date() if moment else None
