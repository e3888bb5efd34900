"""必述内容: the lines of the ledger that a report must answer for, and how everybody reads the answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.loop.sight import Values, not_excluded
from domain.people import actors
from domain.people.actors import SYSTEM
from domain.rectification import carried
from models import Official, Rectification
from models.database import connection

UNNAMED = "问题清单中的一个问题"  # whose line is not published


async def owed_by(official: Official, post_id: UUID) -> list[dict[str, Any]]:
    """What was open when the cycle's year began, and what will be when the next one does: the longest listed first.

    A year is told of at its end, so a comment of last spring belongs to it as much as one of the year before. A line
    from which the official is shut out is none that they hear of.
    """
    found: dict[str, str] = {}
    for year in (official.cycle.year, official.cycle.year + 1):
        lines = await carried.into(year, unit=official.unit_id, official=official.person_id, actor=SYSTEM)
        found |= {line["number"]: line["problem"] for line in lines}
    known = await _heard_of(list(found), post_id) if found else set()
    return [{"item": number, "text": problem} for number, problem in found.items() if number in known]


async def _heard_of(numbers: list[str], post_id: UUID) -> set[str]:
    values = Values()
    given = values.add(numbers)
    open_ = not_excluded(await actors.of_post(post_id), "m", values)
    _, rows = await connection().execute_query(
        f"SELECT m.number FROM matter m WHERE m.number = ANY({given}::text[]) AND {open_}", values.list
    )
    return {row["number"] for row in rows}


async def shown(answers: Sequence[Mapping[str, Any]], must: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The answers as a column shows them: a line in the words that were published of it, else without any."""
    lines = [one["item"] for one in must]
    published = await Rectification.filter(matter__number__in=lines, published_on__not_isnull=True).values_list(
        "matter__number", "public_problem"
    )
    words: dict[str, str] = dict(published)
    return [
        {**answer, "item": words.get(answer["item"], UNNAMED) if answer["item"] in lines else answer["item"]}
        for answer in answers
    ]
