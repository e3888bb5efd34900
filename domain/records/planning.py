"""销毁计划: what the rules make due today, as a dry run; one person plans it, another approves, nothing is gone yet."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.loop import packs, retention
from domain.loop.engine import SamePerson
from domain.loop.keeping import ARCHIVE
from domain.loop.kinds import Kind
from domain.loop.retention import LABELS, PARTS, Outlook
from domain.people.actors import Actor
from kit import clock
from kit.errors import Conflict, NotFound
from kit.words import label, phrase
from models import Destruction, DestructionItem, Part
from models.database import connection, insert, wake

BATCH = 500
MOST = 20_000  # parts in one plan; what is beyond is planned when these are gone
PROBLEMS = {
    "held": "保全中",
    "open": "相关事项还没有办结",
    "not_archived": "还没有归档",
    "not_due": "期限还没有到",
    "order": "须先销毁前一部分",
    "gone": "已经销毁",
}


class NothingDue(Conflict):
    """No part of any matter is due."""

    code, message = "nothing_due", "没有到期应当销毁的内容"


class PlanChanged(Conflict):
    """What is due is not what was looked at; `details.id` is what it is now."""

    code, message = "plan_changed", "到期的内容有变化，请重新查看计划"


class AlreadyPlanned(Conflict):
    """Just this has been planned; it waits for approval, or was approved."""

    code, message = "already_planned", "这份计划已经提交"


class AlreadyApproved(Conflict):
    """A batch is approved once."""

    code, message = "already_approved", "这个批次已经批准"


@dataclass(frozen=True, slots=True)
class Due:
    """A part of a matter that is due, by a rule."""

    matter_id: UUID
    part: Part
    rule: str


@dataclass(slots=True)
class Plan:
    """What is due on a day, and how many matters would have lost something too but for a hold or a missing archive."""

    on: date
    due: list[Due] = field(default_factory=list)
    counts: Counter[tuple[str, str, Part]] = field(default_factory=Counter)  # kind, rule, part
    waiting: Counter[str] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        """A digest of all that it holds: who approves it approves just this."""
        lines = sorted(f"{one.matter_id}/{one.part}/{one.rule}" for one in self.due)
        return sha256("\n".join(lines).encode()).hexdigest()[:16]


_LOOKED_AT = """
SELECT m.id FROM matter m WHERE m.destroyed IS DISTINCT FROM 'record' AND m.id > $1::uuid
    AND m.ended_at < CASE m.destroyed WHEN 'content' THEN $5::timestamptz WHEN 'identity' THEN $4 ELSE $3 END
    AND NOT EXISTS (SELECT FROM destruction_item i JOIN destruction d ON d.id = i.batch_id
                    WHERE i.matter_id = m.id AND i.state IN ('owed', 'started') AND d.approved_at IS NOT NULL)
ORDER BY m.id LIMIT $2
"""


async def planned() -> Plan:
    """The plan of today: a dry run, which changes nothing."""
    plan = Plan(clock.today())
    async for outlook in _ended(plan.on):
        for part in outlook.parts:
            why = stopped(outlook, part, plan.on)
            if why in {"not_due", "open"}:
                break
            if why:
                plan.waiting[why] += 1
                break
            plan.due.append(Due(outlook.id, part, outlook.rule.code))
            plan.counts[outlook.kind, outlook.rule.code, part] += 1
        if len(plan.due) >= MOST:
            break
    return plan


async def _ended(on: date) -> AsyncIterator[Outlook]:
    """Whatever ended long enough ago for the shortest rule of the part that is next."""
    rules, last = (await packs.book()).retention, UUID(int=0)
    shortest = [min(retention.months(rule, part) for rule in rules) for part in PARTS]
    until = [clock.end_of(retention.later(on, -months)) for months in shortest]
    while rows := await connection().execute_query_dict(_LOOKED_AT, [last, BATCH, *until]):
        found = await retention.outlooks([row["id"] for row in rows])
        last = rows[-1]["id"]
        for row in rows:
            yield found[row["id"]]


def stopped(outlook: Outlook, part: Part, on: date) -> str:
    """Why a part may not be destroyed on a day; "" if it may. Whether the part before it is gone is not asked here."""
    due = outlook.due(part)
    if due is None:
        return "open"
    if due > on:
        return "not_due"
    if outlook.held:
        return "held"
    if part is not Part.IDENTITY and not outlook.archived and outlook.kind in archiving():
        return "not_archived"
    return ""


def archiving() -> frozenset[str]:
    """The kinds whose matters go into the archive before they are destroyed."""
    return frozenset(kind.name for kind in Kind.REGISTRY.values() if any(step.verb == ARCHIVE for step in kind.steps))


async def made(actor: Actor, looked_at: str) -> str:
    """Plan just what was looked at; raises NothingDue, PlanChanged or AlreadyPlanned."""
    plan = await planned()
    if not plan.due:
        raise NothingDue
    if plan.id != looked_at:
        raise PlanChanged(details={"id": plan.id})
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock(hashtext('destruction'))")
        if await Destruction.exists(id=plan.id):
            raise AlreadyPlanned
        if actor.person_id is None:
            raise SamePerson
        batch = Destruction(
            id=plan.id, planned_by_id=actor.person_id, planned_at=clock.now(), approved_by_id=None
        )  # fmt: skip
        await insert([batch], (_item(plan.id, one) for one in plan.due))
        await connection().execute_query("SELECT vault.plan_destruction($1, $2)", [plan.id, actor.person_id])
    return plan.id


def _item(batch: str, one: Due) -> DestructionItem:
    return DestructionItem(
        id=uuid4(), batch_id=batch, matter_id=one.matter_id, part=one.part, place=PARTS.index(one.part), rule=one.rule
    )  # fmt: skip


async def approved(actor: Actor, batch_id: str) -> None:
    """By another person, whom the vault wants too; raises NotFound, SamePerson or AlreadyApproved."""
    async with in_transaction():
        batch = await Destruction.filter(id=batch_id).select_for_update().first()
        if batch is None:
            raise NotFound("没有这个批次")
        if batch.approved_at:
            raise AlreadyApproved
        rows = await connection().execute_query_dict(
            "SELECT vault.approve_destruction($1, $2) AS done", [batch_id, actor.person_id]
        )
        if actor.person_id is None or batch.planned_by_id == actor.person_id or not rows[0]["done"]:
            raise SamePerson
        await Destruction.filter(id=batch_id).update(approved_by_id=actor.person_id, approved_at=clock.now())
    await wake()


async def shown(plan: Plan) -> dict[str, Any]:
    """A plan in numbers: which rule takes how much from what kind; no matter is named."""
    rules = {rule.code: rule for rule in (await packs.book()).retention}

    def lines() -> Iterator[dict[str, Any]]:
        for (kind, code, part), count in sorted(plan.counts.items()):
            rule = rules[code]
            yield {
                "kind": kind,
                "kind_label": label(kind, Kind.REGISTRY[kind].label),
                "rule": code,
                "rule_name": phrase(rule.name),
                "part": part,
                "part_label": label(part, LABELS[part]),
                "kept": retention.span(retention.months(rule, part)),
                "source": rule.source,
                "count": count,
            }

    return {
        "id": plan.id,
        "on": plan.on,
        "lines": list(lines()),
        "waiting": [
            {"why": why, "label": label(why, PROBLEMS[why]), "count": count}
            for why, count in sorted(plan.waiting.items())
        ],
        "total": len(plan.due),
    }


_BATCHES = """
SELECT d.*, p.name AS planner, a.name AS approver, count(*) AS total,
       count(*) FILTER (WHERE i.state = 'done') AS done, count(*) FILTER (WHERE i.state = 'skipped') AS skipped
FROM destruction d JOIN destruction_item i ON i.batch_id = d.id JOIN person p ON p.id = d.planned_by_id
LEFT JOIN person a ON a.id = d.approved_by_id
GROUP BY d.id, p.name, a.name ORDER BY d.planned_at DESC, d.id LIMIT $1
"""


async def batches(limit: int = 100) -> list[dict[str, Any]]:
    """The newest batches: by whom planned and approved, and how far they are."""
    return [
        {
            "id": row["id"],
            "planned_by": row["planner"],
            "planned_at": clock.local(row["planned_at"]),
            "approved_by": row["approver"],
            "approved_at": row["approved_at"] and clock.local(row["approved_at"]),
            "done_at": row["done_at"] and clock.local(row["done_at"]),
            "total": row["total"],
            "done": row["done"],
            "skipped": row["skipped"],
        }
        for row in await connection().execute_query_dict(_BATCHES, [limit])
    ]
