"""待办: one queue over all kinds of matter, in keyset pages on an index, with cheap counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop import packs
from domain.loop.clocks import Per, Term, due
from domain.loop.engine import for_another, met
from domain.loop.kinds import ONES_OWN, TIERS, Kind, Scene
from domain.loop.sight import Values, not_excluded, visible_to
from domain.loop.timeline import appended
from domain.people.actors import Actor
from kit import clock
from kit.errors import Conflict, NotFound
from kit.words import label
from models import ActorKind, Duty, Matter, Relation
from models.database import connection, insert

COUNT_MOST = 100  # counts stop here: "99+" tells enough, and costs the same at any size
NIL = UUID(int=0)
DUE_SOON = Term(3, Per.WORKING_DAY)


class Tab(StrEnum):
    """The tabs of the queue."""

    MINE = "mine"
    UNIT = "unit"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    WAITING = "waiting"
    RETURNED = "returned"


class Claimed(Conflict):
    """Somebody else was quicker."""

    code, message = "claimed", "这项待办已被他人领取"


class NotClaimed(Conflict):
    """Only what one holds, and what others could take, can be given back."""

    code, message = "not_claimed", "这项待办不是您领取的，不能退回"


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list of duties."""

    kind: str | None = None
    name: str | None = None
    region: str | None = None
    matter: str | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    due_at: datetime
    id: UUID


async def page(
    actor: Actor,
    tab: Tab,
    filters: Filters = Filters(),
    after: After | None = None,
    limit: int = 50,  # frozen
) -> list[dict[str, Any]]:
    """Up to `limit` open duties of a tab, the most urgent first; ties by id."""
    if actor.standing is None:
        return []
    values = Values()
    # In the text: for an unknown limit a plan reads and sorts the whole queue.
    end = f"ORDER BY due_at, id LIMIT {int(limit)}"
    rows = _union(actor, tab, await _narrowed(tab, filters, after, values), filters, values, end)
    _, found = await connection().execute_query(
        f"SELECT *, {assigned('page')} AS assigned FROM ({rows}) page {end}", values.list
    )
    now = clock.now()
    return [_shown(actor, row, now) for row in found]


def assigned(duty: str) -> str:
    """SQL: whoever holds `duty` (an alias) was assigned the matter, or asked for it, so they don't give it back."""
    own = ", ".join(f"'{relation}'" for relation in sorted(ONES_OWN))
    return (
        f"EXISTS (SELECT 1 FROM involvement i WHERE i.matter_id = {duty}.matter_id AND i.post_id = {duty}.post_id"
        f" AND i.relation IN ({own}) AND i.until IS NULL)"
    )


async def counts(actor: Actor) -> dict[str, int]:
    """How many duties each tab holds, up to `COUNT_MOST`, in one round trip."""
    if actor.standing is None:
        return {tab.value: 0 for tab in Tab}
    values = Values()
    parts = []
    for tab in Tab:
        narrowed = await _narrowed(tab, Filters(), None, values)
        rows = _union(actor, tab, narrowed, Filters(), values, f"ORDER BY due_at, id LIMIT {COUNT_MOST}")
        parts.append(f"(SELECT count(*) FROM (SELECT 1 FROM ({rows}) d LIMIT {COUNT_MOST}) c) AS {tab}")
    _, found = await connection().execute_query(f"SELECT {', '.join(parts)}", values.list)
    return dict(found[0])


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody owes: how many (counted up to `COUNT_MOST`), how many of them late, and when the first is due."""

    count: int = 0
    late: int = 0
    due_at: datetime | None = None

    def __add__(self, other: "Owed") -> "Owed":
        firsts = [due for due in (self.due_at, other.due_at) if due]
        return Owed(self.count + other.count, self.late + other.late, min(firsts, default=None))


async def owed(actor: Actor) -> Owed:
    """What the actor's post owes: its own duties, and those of its unit's role that nobody has claimed."""
    if actor.standing is None:
        return Owed()
    values = Values()
    rows = _union(actor, Tab.OVERDUE, "", Filters(), values, f"ORDER BY due_at, id LIMIT {COUNT_MOST}")
    now = values.add(clock.now())
    _, found = await connection().execute_query(
        f"SELECT count(*) AS n, count(*) FILTER (WHERE due_at < {now}::timestamptz) AS late, min(due_at) AS due_at"
        f" FROM ({rows}) d",
        values.list,
    )
    return Owed(min(found[0]["n"], COUNT_MOST), min(found[0]["late"], COUNT_MOST), found[0]["due_at"])


def _union(actor: Actor, tab: Tab, narrowed: str, filters: Filters, values: Values, end: str) -> str:
    """One branch for each way a duty belongs here, each walking its own index in order.

    The matter is looked up row by row (LATERAL … LIMIT 1): joined freely, the few rows that a planner expects to be
    left after the conditions make it read the whole queue first and sort it.
    """
    # What I wait for may be out of my sight by now, but never something I am shut out of.
    seen = (not_excluded if tab is Tab.WAITING else visible_to)(actor, "m", values)
    if filters.kind:
        seen += f" AND m.kind = {values.add(filters.kind)}"
    if filters.region:
        seen += f" AND m.region_id LIKE {values.add(filters.region + '%')}"
    branches = [
        f"""(
        SELECT d.id, d.matter_id, d.name, d.role, d.unit_id, d.post_id, d.returned, d.opened_at, d.due_at, m.kind,
               m.number, m.stage, m.region_id, m.tier, m.statutory_due, m.paused_since, m.version
        FROM duty d CROSS JOIN LATERAL (SELECT * FROM matter m WHERE m.id = d.matter_id AND {seen} LIMIT 1) m
        WHERE d.closed_at IS NULL AND {whose}{narrowed} {end}
        )"""
        for whose in _whose(actor, tab)
    ]
    return " UNION ALL ".join(branches)


def _whose(actor: Actor, tab: Tab) -> Iterator[str]:
    """Whose duties; in the text, as a plan made for anybody's queue, which is short, would sort a long one."""
    standing = actor.standing
    if standing is None:
        return
    posts = [f"'{post}'::uuid" for post in sorted(actor.holds, key=str)]
    if tab is Tab.WAITING:
        for post in posts:
            yield f"d.awaited_by_post_id = {post} AND d.post_id IS DISTINCT FROM {post}"
        return
    if tab is not Tab.UNIT:
        yield from (f"d.post_id = {post}" for post in posts)
    if tab is not Tab.MINE:
        unclaimed = "" if tab is Tab.UNIT else " AND d.post_id IS NULL"
        yield f"d.unit_id = '{standing.unit_id}'::uuid AND d.role = '{standing.role.value}'{unclaimed}"


async def _narrowed(tab: Tab, filters: Filters, after: After | None, values: Values) -> str:
    now = clock.now()
    parts = []
    if tab is Tab.OVERDUE:
        parts.append(f"d.due_at < {values.add(now)}::timestamptz")
    if tab is Tab.DUE_SOON:
        soon = due(now, DUE_SOON, (await packs.book()).calendar)
        parts.append(f"d.due_at <= {values.add(soon)}::timestamptz")
        # Where the walk begins, written as the end of a page: two bounds of one column look like a few rows to the
        # planner, which would read and sort them all.
        after = max(after or After(now, NIL), After(now, NIL), key=lambda last: (last.due_at, last.id))
    if tab is Tab.RETURNED:
        parts.append("d.returned")
    if filters.name:
        parts.append(f"d.name = {values.add(filters.name)}")
    if filters.matter:
        parts.append(f"d.matter_id = (SELECT id FROM matter WHERE number = {values.add(filters.matter)})")
    if after:
        parts.append(f"(d.due_at, d.id) > ({values.add(after.due_at)}::timestamptz, {values.add(after.id)}::uuid)")
    return "".join(f" AND {part}" for part in parts)


def _shown(actor: Actor, row: Any, now: datetime) -> dict[str, Any]:  # a database record
    kind = Kind.REGISTRY[row["kind"]]
    return {
        "id": row["id"],
        "name": row["name"],
        "label": label(row["name"], kind.duties.get(row["name"], row["name"])),
        "mine": row["post_id"] in actor.holds,
        "claimed": row["post_id"] is not None,
        "releasable": row["post_id"] in actor.holds and not row["assigned"],
        "returned": row["returned"],
        "opened_at": clock.local(row["opened_at"]),
        "due_at": clock.local(row["due_at"]),
        "overdue": row["due_at"] < now,
        "matter": {
            "kind": row["kind"],
            "kind_label": label(kind.name, kind.label),
            "number": row["number"],
            "stage": row["stage"],
            "stage_label": label(row["stage"], kind.stages[row["stage"]]),
            "region": row["region_id"],
            "tier": row["tier"],
            "tier_label": label(row["tier"], TIERS[row["tier"]]),
            "statutory_due": row["statutory_due"] and clock.local(row["statutory_due"]),
            "paused_since": row["paused_since"] and clock.local(row["paused_since"]),
            "version": row["version"],
        },
    }


async def claim(actor: Actor, duty_id: UUID) -> None:
    """Take a duty of one's unit for oneself; raises NotFound, SamePerson, or Claimed if somebody else has it.

    Claiming what one holds already changes nothing.
    """
    async with in_transaction():
        duty, number = await _found(actor, duty_id)
        scene = await met(actor, number, lock=True)
        duty = next((owed for owed in scene.duties if owed.id == duty.id), None)  # type: ignore[assignment]  # re-read under the lock
        if duty is None or actor.standing is None:
            raise NotFound("没有找到这个事项")
        if duty.post_id in actor.holds:
            return
        if duty.post_id is not None:
            raise Claimed
        for_another(scene, duty.name)
        await Duty.filter(id=duty.id).update(post_id=actor.post_id)
        await _record(scene, "claim", duty)


async def release(actor: Actor, duty_id: UUID) -> None:
    """Give a claimed duty back to the unit; raises NotFound, or NotClaimed for what was assigned or isn't one's own."""
    async with in_transaction():
        duty, number = await _found(actor, duty_id)
        scene = await met(actor, number, lock=True)
        duty = next((owed for owed in scene.duties if owed.id == duty.id), None)  # type: ignore[assignment]  # re-read under the lock
        if duty is None:
            raise NotFound("没有找到这个事项")
        assigned = any(place.post_id == duty.post_id for place in scene.involved if place.relation in ONES_OWN)
        if duty.post_id not in actor.holds or assigned:
            raise NotClaimed
        await Duty.filter(id=duty.id).update(post_id=None)
        await _record(scene, "release", duty)


async def _found(actor: Actor, duty_id: UUID) -> tuple[Duty, str]:
    if actor.kind is not ActorKind.POST or actor.standing is None:
        raise NotFound("没有找到这个事项")
    duty = await Duty.get_or_none(id=duty_id, closed_at=None).select_related("matter")
    theirs = duty is not None and (
        duty.post_id in actor.holds or (duty.unit_id == actor.standing.unit_id and duty.role == actor.standing.role)
    )
    if duty is None or not theirs:
        raise NotFound("没有找到这个事项")
    return duty, duty.matter.number


async def _record(scene: Scene, verb: str, duty: Duty) -> None:
    await insert(turned(scene.matter, scene.actor, verb, duty.name, scene.now))
    await scene.matter.save(update_fields=["entries_made", "head"])


def turned(matter: Matter, actor: Actor, verb: str, duty: str, at: datetime) -> list[Model]:
    """The entry of a claim or a release, on a matter that is locked; the caller writes it, and the matter's head."""
    readers = [Relation.INTAKE, Relation.OVERSIGHT, Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE]
    return [*appended(matter, actor, verb, readers, {"inputs": {"duty": duty}}, at=at)]
