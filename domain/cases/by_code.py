"""Codes with the number of cases that came in by each: as many as this reader may see, by the one sight."""

from typing import Any
from uuid import UUID

from domain.codes import listing
from domain.codes.issuing import Office
from domain.codes.listing import After, Filters
from domain.loop.duties import COUNT_MOST
from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from kit.errors import NotAllowed
from kit.settings import Settings
from models.database import connection


def office(actor: Actor) -> Office:
    """The post that looks after codes, and its region; raises NotAllowed without a post."""
    if actor.standing is None:
        raise NotAllowed
    return Office(actor.standing.post_id, actor.standing.region)


async def page(
    settings: Settings, actor: Actor, filters: Filters, after: After | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Up to `limit` codes of this actor's region, newest first."""
    return await _counted(actor, await listing.page(settings, office(actor), filters, after, limit))


async def one(settings: Settings, actor: Actor, value: str) -> dict[str, Any]:
    """A code by its value; raises NotFound."""
    return (await _counted(actor, [await listing.one(settings, office(actor), value)]))[0]


async def _counted(actor: Actor, codes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    cases = await _cases(actor, [code["id"] for code in codes]) if codes else {}
    return [code | {"cases": cases[code["id"]]} for code in codes]


async def _cases(actor: Actor, codes: list[UUID]) -> dict[UUID, int]:
    """Up to `COUNT_MOST` each. What an actor is shut out of is not counted, so a number tells nothing of it."""
    values = Values()
    place = values.add(codes)
    seen = visible_to(actor, "m", values)
    _, rows = await connection().execute_query(
        f"""
        SELECT c.id, (
            SELECT count(*) FROM (
                SELECT 1 FROM case_file f JOIN matter m ON m.id = f.matter_id
                WHERE f.code_id = c.id AND {seen} LIMIT {COUNT_MOST}
            ) found
        ) AS cases
        FROM unnest({place}::uuid[]) c (id)
        """,
        values.list,
    )
    return {row["id"]: row["cases"] for row in rows}
