"""述法联系点: places and units whose reports observers watch for a time; what they note are entries of the reports.

An observer is a post that stands to each report of the contact point as OBSERVING while the point lasts. So what they
write goes through the one door, in the one timeline, and their sight ends with the point. Whoever works for the
official, or is the official, never observes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.loop import attached, manning, packs
from domain.loop.kinds import Kind, Move
from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from domain.reports import cycles
from kit import clock
from kit.errors import Conflict, Invalid, NotFound
from kit.words import label
from models import ContactObserver, ContactPoint, Post, Role, Unit
from models.database import connection, insert, wake

OBSERVERS = 20  # of one point
_LOCK = 0x6F627376  # two at once would each bring in the same observers


class PointThere(Conflict):
    """The place or the unit is a contact point in these days."""

    code, message = "point_there", "这个地区或单位在该期间已经是联系点"


@dataclass(frozen=True, slots=True)
class Designated:
    """What a contact point is to be."""

    region: str
    unit: UUID | None
    begins_on: date
    ends_on: date
    observers: Sequence[UUID]


async def designated(actor: Actor, cycle_id: UUID, told: Designated) -> UUID:
    """A contact point of a cycle, by its own office; raises NotFound, Invalid or PointThere."""
    async with in_transaction():
        cycle = await cycles.run_by(actor, cycle_id)
        posts = await Post.filter(id__in=list(told.observers), role=Role.EVALUATOR, until=None)
        unit = await Unit.get_or_none(id=told.unit, until=None) if told.unit else None
        wrong = []
        if not told.region.startswith(cycle.region_id) or told.region not in (await packs.book()).regions:
            wrong.append({"path": "region", "message": "不在这个述法年度的地区内"})
        if told.unit and (unit is None or not unit.region_id.startswith(told.region)):
            wrong.append({"path": "unit", "message": "所选地区没有这个单位"})
        if told.ends_on < max(told.begins_on, clock.today()):
            wrong.append({"path": "ends_on", "message": "不能早于开始日期和今天"})
        if len(posts) < len(set(told.observers)):
            wrong.append({"path": "observers", "message": "只能选择在任的评议员"})
        if wrong:
            raise Invalid(details={"fields": wrong})
        if await ContactPoint.exists(
            cycle_id=cycle.id, region_id=told.region, unit_id=told.unit,
            begins_on__lte=told.ends_on, ends_on__gte=told.begins_on,
        ):  # fmt: skip
            raise PointThere
        point = ContactPoint(
            id=uuid4(), cycle_id=cycle.id, region_id=told.region, unit_id=told.unit, made_by_id=actor.post_id,
            begins_on=told.begins_on, ends_on=told.ends_on,
        )  # fmt: skip
        await insert([point, *(ContactObserver(id=uuid4(), point_id=point.id, post_id=post.id) for post in posts)])
        await brought()
    await wake()
    return point.id


async def ended(actor: Actor, point_id: UUID) -> None:
    """It was one until yesterday; what was noted stays. Raises NotFound."""
    async with in_transaction():
        point = await ContactPoint.get_or_none(id=point_id)
        if point is None:
            raise NotFound("没有找到这个联系点")
        await cycles.run_by(actor, point.cycle_id)
        yesterday = clock.today() - timedelta(days=1)
        await ContactPoint.filter(id=point_id, ends_on__gt=yesterday).update(ends_on=yesterday)
        await brought()


_COVERS = """
o.cycle_id = c.cycle_id AND o.region_id LIKE c.region_id || '%'
AND (c.unit_id IS NULL OR EXISTS (SELECT 1 FROM unit w WHERE w.id = o.unit_id AND c.unit_id = ANY(w.line)))
"""
_BROUGHT = f"""
WITH covered AS (
    SELECT DISTINCT r.matter_id, p.id AS post_id, p.unit_id FROM contact_point c
    JOIN contact_observer b ON b.point_id = c.id JOIN post p ON p.id = b.post_id
    JOIN official o ON {_COVERS} JOIN report r ON r.official_id = o.id
    WHERE c.begins_on <= $1 AND c.ends_on >= $1 AND p.since <= $1 AND (p.until IS NULL OR p.until >= $1)
      AND NOT {manning.out("$1", "ARRAY[o.unit_id]", "array_remove(ARRAY[o.person_id], NULL)")}
), gone AS (
    UPDATE involvement i SET until = $2 WHERE i.relation = 'observing' AND i.until IS NULL AND NOT EXISTS (
        SELECT 1 FROM covered c WHERE c.matter_id = i.matter_id AND c.post_id = i.post_id
    ) RETURNING 1
), came AS (
    INSERT INTO involvement (id, matter_id, relation, unit_id, post_id, since)
    SELECT gen_random_uuid(), c.matter_id, 'observing', c.unit_id, c.post_id, $2 FROM covered c WHERE NOT EXISTS (
        SELECT 1 FROM involvement i WHERE i.matter_id = c.matter_id AND i.post_id = c.post_id
        AND i.relation = 'observing' AND i.until IS NULL
    ) RETURNING 1
) SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM came) AS n
"""


async def brought() -> int:
    """Bring observers into the reports of their contact points, and out again; returns how many came or went.

    Safe to run twice: by the door, and by the worker for whoever was called since, and once a point is over.
    """
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        _, rows = await connection().execute_query(_BROUGHT, [clock.today(), clock.now()])
    return int(rows[0]["n"])


async def noted(move: Move) -> None:
    """Of a day that has been, today where none is said; nobody changes it, a further note corrects it."""
    on = move.inputs.on or clock.today()
    if on > clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.on", "message": "不能晚于今天"}]})
    await attached.attach_given(move, released=False)
    move.inputs = move.inputs.model_copy(update={"on": on})


_POINTS = """
SELECT c.id, y.title AS cycle, c.region_id, g.name AS region, u.name AS unit, c.begins_on, c.ends_on,
       array_agg(n.name || '（' || v.name || '）' ORDER BY n.name) AS observers
FROM contact_point c JOIN report_cycle y ON y.id = c.cycle_id JOIN region g ON g.code = c.region_id
LEFT JOIN unit u ON u.id = c.unit_id JOIN contact_observer b ON b.point_id = c.id
JOIN post p ON p.id = b.post_id JOIN person n ON n.id = p.person_id JOIN unit v ON v.id = p.unit_id
WHERE {} GROUP BY c.id, y.id, g.code, u.id ORDER BY c.ends_on DESC, c.region_id, c.id
"""


async def points(actor: Actor) -> list[dict[str, Any]]:
    """An observer's own contact points, an office's those of its region; those that last longest first."""
    values = Values()
    _, rows = await connection().execute_query(_POINTS.format(_theirs(actor, values)), values.list)
    return [{**row, "over": row["ends_on"] < clock.today()} for row in map(dict, rows)]


def _theirs(actor: Actor, values: Values) -> str:
    if actor.standing is None:
        return "FALSE"
    if actor.role is Role.EVALUATOR:
        holds = values.add(list(actor.holds))
        mine = f"x.point_id = c.id AND x.post_id = ANY({holds}::uuid[])"
        return f"EXISTS (SELECT 1 FROM contact_observer x WHERE {mine})"
    return f"c.region_id LIKE {values.add(actor.standing.region + '%')}"


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    region: str
    code: str


async def reports(actor: Actor, point_id: UUID, after: After | None, limit: int) -> list[dict[str, Any]]:
    """The reports of a contact point that this actor may see, with how many notes each has; by region and code."""
    values = Values()
    parts = [f"c.id = {values.add(point_id)}::uuid", _theirs(actor, values), visible_to(actor, "m", values)]
    if after:
        parts.append(f"(o.region_id, o.code) > ({values.add(after.region)}, {values.add(after.code)})")
    _, rows = await connection().execute_query(
        "SELECT o.region_id, o.code, o.name, o.title, w.name AS unit, m.number, m.stage,"
        " (SELECT count(*) FROM entry e WHERE e.matter_id = m.id AND e.verb = 'observe') AS notes"
        f" FROM contact_point c JOIN official o ON {_COVERS} JOIN unit w ON w.id = o.unit_id"
        " JOIN report r ON r.official_id = o.id JOIN matter m ON m.id = r.matter_id"
        f" WHERE {' AND '.join(parts)} ORDER BY o.region_id, o.code LIMIT {int(limit)}",
        values.list,
    )
    stages = Kind.REGISTRY["report"].stages
    return [{**row, "stage_label": label(row["stage"], stages[row["stage"]])} for row in map(dict, rows)]
