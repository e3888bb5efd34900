"""What units, posts and persons are called, whichever kind of id is asked for, in one statement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from models.database import connection


@dataclass(frozen=True, slots=True)
class Name:
    """A unit's name, a person's, or both for a post; `line` is the unit's, by which it is decided who may know."""

    unit: str
    person: str
    line: tuple[UUID, ...]


_NAMES = """
SELECT u.id, u.name AS unit, '' AS person, u.line FROM unit u WHERE u.id = ANY($1::uuid[])
UNION ALL
SELECT p.id, u.name, n.name, u.line FROM post p JOIN unit u ON u.id = p.unit_id JOIN person n ON n.id = p.person_id
WHERE p.id = ANY($1::uuid[])
UNION ALL
SELECT n.id, '', n.name, '{}' FROM person n WHERE n.id = ANY($1::uuid[])
"""


async def named(ids: Iterable[UUID | None]) -> Mapping[UUID, Name]:
    """The names of these units, posts and persons; no statement for none."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    _, rows = await connection().execute_query(_NAMES, [list(wanted)])
    return {row["id"]: Name(row["unit"], row["person"], tuple(row["line"])) for row in rows}
