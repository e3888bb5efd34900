"""Roster import: units, persons and posts from one flat file, all of it or nothing.

A line is a unit or a post (类别). Codes tie them together; the same file imported twice changes nothing.

| column | code name | 单位 | 任职 |
|---|---|---|---|
| 类别 | kind | 单位 (unit) | 任职 (post) |
| 单位编码 | unit | its code, lasting | the unit the post is in |
| 单位名称 | unit_name | needed | – |
| 地区编码 | region | needed; a known region | – |
| 上级单位编码 | parent | empty for a root | – |
| 职责标签 | tags | known duty tags, separated by ; | – |
| 并入单位编码 | successor | the unit it was merged into; needs 结束日期 | – |
| 人员编码 | person | – | needed |
| 姓名 | person_name | – | needed; a new name renames the person |
| 岗位 | role | – | label or code of a role |
| 职务 | title | – | as printed, may be empty |
| 代理人员编码 | stands_in_for | – | who this one stands in for: holder of the same role in the same unit |
| 开始日期 | since | first day | first day |
| 结束日期 | until | last day | last day |

A line that is no longer in the file stays as it is: things are ended, never deleted. A post is known again by
person, unit, role and first day. An empty 结束日期 doesn't undo an end; whoever comes back gets a new first day.

The three administrators (三员) exclude each other and every business role, in the file and against the rows
stored already (等保 三员分立).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from tortoise.transactions import in_transaction

from domain.people import units
from domain.people.roster_check import Plan, PostEntry, PostKey, Problem, Stored, UnitEntry, planned
from domain.people.roster_files import Row, rows_of, written
from models import DutyTag, Person, Post, Region, Role, Unit
from models.database import connection, insert

__all__ = ["Problem", "RosterReport", "Row", "imported", "rows_of", "written"]

CHUNK = 5_000  # rows in one statement
_LOCK = 0x726F7374  # two imports at once would each check against what the other is about to change


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import changed, or in a dry run would change; with problems it changed nothing."""

    applied: bool
    units_added: int = 0
    units_changed: int = 0
    persons_added: int = 0
    persons_changed: int = 0
    posts_added: int = 0
    posts_changed: int = 0
    posts_ended: int = 0
    problems: list[Problem] = field(default_factory=list)


async def imported(
    rows: Iterable[Row], *, dry_run: bool = False, may_grant: frozenset[Role] = frozenset(Role)
) -> RosterReport:
    """Check every line, then write all of them in one transaction, unless one is wrong or it is a dry run.

    `may_grant` are the roles the importer may set: other posts may be in the file, unchanged.
    """
    rows = list(rows)
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        stored = await _stored(rows)
        plan = planned(rows, stored, may_grant)
        applied = not plan.problems and not dry_run
        if applied:
            await _write(plan, stored)
    return RosterReport(
        applied=applied,
        units_added=len(plan.units_added),
        units_changed=len(plan.units_changed),
        persons_added=len(plan.persons_added),
        persons_changed=len(plan.persons_renamed),
        posts_added=len(plan.posts_added),
        posts_changed=len(plan.posts_changed) - plan.posts_ended,
        posts_ended=plan.posts_ended,
        problems=plan.problems,
    )


_UNITS = """
SELECT u.id, u.code, u.name, u.region_id, p.code AS parent, s.code AS successor, u.duty_tags, u.since, u.until
FROM unit u LEFT JOIN unit p ON p.id = u.parent_id LEFT JOIN unit s ON s.id = u.successor_id
"""

_POSTS = """
SELECT p.id, n.code AS person, u.code AS unit, p.role, p.since, p.until, p.title, m.code AS stands_in_for
FROM post p JOIN person n ON n.id = p.person_id JOIN unit u ON u.id = p.unit_id
LEFT JOIN post o ON o.id = p.stands_in_for_id LEFT JOIN person m ON m.id = o.person_id
WHERE n.code = ANY($1)
"""


async def _stored(rows: Iterable[Row]) -> Stored:
    codes = list({code for row in rows for code in (row.person, row.stands_in_for) if code and "\0" not in code})
    units = await _asked(_UNITS)
    persons = await _asked("SELECT id, code, name FROM person WHERE code = ANY($1)", codes)
    posts = {
        row["id"]: PostEntry(
            person=row["person"],
            unit=row["unit"],
            role=Role(row["role"]),
            since=row["since"],
            until=row["until"],
            title=row["title"],
            stands_in_for=row["stands_in_for"],
        )
        for row in await _asked(_POSTS, codes)
    }
    return Stored(
        regions=frozenset(await Region.all().values_list("code", flat=True)),  # type: ignore[arg-type]  # typed as rows
        tags=frozenset(await DutyTag.all().values_list("code", flat=True)),  # type: ignore[arg-type]  # typed as rows
        units={
            row["code"]: UnitEntry(
                row["code"],
                row["name"],
                row["region_id"],
                row["parent"],
                row["successor"],
                tuple(row["duty_tags"]),
                row["since"],
                row["until"],
            )
            for row in units
        },
        unit_ids={row["code"]: row["id"] for row in units},
        persons={row["code"]: row["name"] for row in persons},
        person_ids={row["code"]: row["id"] for row in persons},
        posts={post.key: post for post in posts.values()},
        post_ids={post.key: id_ for id_, post in posts.items()},
    )


async def _asked(sql: str, *values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection().execute_query_dict(sql, list(values))]


async def _write(plan: Plan, stored: Stored) -> None:
    unit_ids = {**{unit.code: uuid4() for unit in plan.units_added}, **stored.unit_ids}
    person_ids = {**{code: uuid4() for code in plan.persons_added}, **stored.person_ids}
    post_ids = {**{post.key: uuid4() for post in plan.posts_added}, **stored.post_ids}

    await _insert(_unit(unit, unit_ids) for unit in plan.units_added)
    # Superiors and successors come second: among new units none is then written before what it points to.
    await _update(
        Unit,
        "name, region_id, parent_id, successor_id, duty_tags, since, until",
        (_linked(unit, unit_ids) for unit in (*plan.units_added, *plan.units_changed)),
    )
    await _insert(Person(id=person_ids[code], code=code, name=name) for code, name in plan.persons_added.items())
    renamed = ({"id": person_ids[code], "name": name} for code, name in plan.persons_renamed.items())
    await _update(Person, "name", renamed)
    # Whoever is stood in for comes first.
    added = sorted(plan.posts_added, key=lambda post: post.stands_in_for is not None)
    await _insert(
        Post(
            id=post_ids[post.key],
            unit_id=unit_ids[post.unit],
            person_id=person_ids[post.person],
            role=post.role,
            since=post.since,
            **_changing(post, plan, post_ids),
        )
        for post in added
    )
    await _update(
        Post,
        "title, until, stands_in_for_id",
        ({"id": post_ids[post.key], **_changing(post, plan, post_ids)} for post in plan.posts_changed),
    )
    if plan.units_added or plan.units_changed:
        await units.relined()


def _unit(unit: UnitEntry, ids: Mapping[str, UUID]) -> Unit:
    return Unit(
        id=ids[unit.code],
        code=unit.code,
        name=unit.name,
        region_id=unit.region,
        duty_tags=list(unit.tags),
        line=[ids[unit.code]],
        since=unit.since,
        until=unit.until,
    )


def _linked(unit: UnitEntry, ids: Mapping[str, UUID]) -> dict[str, Any]:
    return {
        "id": ids[unit.code],
        "name": unit.name,
        "region_id": unit.region,
        "parent_id": unit.parent and ids[unit.parent],
        "successor_id": unit.successor and ids[unit.successor],
        "duty_tags": unit.tags,
        "since": unit.since,
        "until": unit.until,
    }


def _changing(post: PostEntry, plan: Plan, ids: Mapping[PostKey, UUID]) -> dict[str, Any]:
    principal = plan.principals.get(post.key)
    return {"title": post.title, "until": post.until, "stands_in_for_id": principal and ids[principal]}


async def _insert(instances: Iterable[Unit | Person | Post]) -> None:
    for chunk in _chunks(instances):
        await insert(chunk)


async def _update(model: type[Unit | Person | Post], columns: str, rows: Iterable[Mapping[str, Any]]) -> None:
    table = model._meta.db_table  # noqa: SLF001  # Tortoise has no public name for it
    values = ", ".join(f"x.{column.strip()}" for column in columns.split(","))
    sql = (
        f'UPDATE "{table}" t SET ({columns}) = ROW({values}) '  # names of ours, nothing of the file
        f'FROM jsonb_populate_recordset(NULL::"{table}", $1::jsonb) x WHERE t.id = x.id'
    )
    for chunk in _chunks(rows):
        await connection().execute_query(sql, [orjson.dumps(chunk, default=str).decode()])


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    everything = list(items)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]
