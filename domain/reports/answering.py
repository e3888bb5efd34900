"""必述内容: the matters that a report must answer for, who of its readers may know of each, how all read the answers.

Each is a line of the ledger, lost lawsuits among them, or a supervision of the official's unit; named by its number.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.loop import sight
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from domain.rectification import carried
from models import Official, Rectification
from models.database import connection

UNNAMED = "必述内容中的一个事项"  # whose line is not published

# A unit knows of its supervision from the first letter on: before that it is not involved.
_SUPERVISED = """
SELECT m.number, s.subject, g.name AS rung, s.looked_back_on IS NOT NULL AS looked_back,
       (SELECT count(*) FROM interview v WHERE v.matter_id = m.id AND v.held_on IS NOT NULL) AS interviews
FROM supervision s JOIN matter m ON m.id = s.matter_id JOIN rung g ON g.code = s.rung_id
WHERE s.unit_id = $1 AND extract(year FROM m.filed_on) <= $2
  AND (m.ended_at IS NULL OR extract(year FROM m.ended_at AT TIME ZONE 'Asia/Shanghai') >= $2)
  AND EXISTS (SELECT 1 FROM involvement i WHERE i.matter_id = m.id AND i.relation = 'lead')
ORDER BY m.filed_on, m.id
"""


async def owed_by(official: Official, post_id: UUID) -> list[dict[str, Any]]:
    """What was open when the cycle's year began, and what will be when the next one does: the longest listed first.

    A year is told of at its end, so a comment of last spring belongs to it as much as one of the year before; and of
    the year's supervisions and lost lawsuits all are, whatever became of them. What the official is shut out of is none
    that they hear of.
    """
    year = official.cycle.year
    found: dict[str, str] = {}
    for lines in (
        await carried.into(year, unit=official.unit_id, official=official.person_id, actor=SYSTEM),
        await carried.into(year + 1, unit=official.unit_id, official=official.person_id, actor=SYSTEM),
        await carried.lost_in(year, unit=official.unit_id, actor=SYSTEM),
    ):
        found |= {line["number"]: line["problem"] for line in lines}
    _, rows = await connection().execute_query(_SUPERVISED, [official.unit_id, year])
    found |= {row["number"]: _supervised(row) for row in rows}
    known = await sight.open_among(await actors.of_post(post_id), found)
    return [{"item": number, "text": text} for number, text in found.items() if number in known]


def _supervised(row: Mapping[str, Any]) -> str:
    besides = [f"约谈 {row['interviews']} 次"] if row["interviews"] else []
    besides += ["已回头看"] if row["looked_back"] else []
    more = f"（{'、'.join(besides)}）" if besides else ""
    return f"{row['rung']}：{row['subject']}{more}"


async def hidden_from(actor: Actor, must: Sequence[Mapping[str, Any]]) -> set[str]:
    """Those of the items that this actor is shut out of, and so are what is answered to them."""
    named = {one["item"] for one in must}
    return named - await sight.open_among(actor, named) if named else set()


def without(content: Mapping[str, Any], hidden: Container[str]) -> dict[str, Any]:
    """A draft or a version as it reads without its answers to some items."""
    left = [one for one in content.get("answers", []) if one["item"] not in hidden]
    return {**content, "answers": left} if "answers" in content else {**content}


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
