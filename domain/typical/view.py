"""What of a typical case those see who work on it: the offices and the leader, all of it."""

from typing import Any

from domain.loop import packs
from kit.words import label, phrase
from models import Audience, Matter, Relation, Typical, TypicalIssue

AUDIENCES = {Audience.INTERNAL: "内部编印", Audience.PUBLIC: "公开发布"}
WORKING = frozenset({Relation.INTAKE, Relation.OVERSIGHT, Relation.DECIDING})


async def subject(matter: Matter) -> Typical:
    """The typical case's own row."""
    return await Typical.get(matter_id=matter.id)


async def shown(matter: Matter, own: Typical, relations: frozenset[Relation]) -> dict[str, Any]:
    """The text, what was found harmless and why, and what was printed or published of it."""
    if not relations & WORKING:
        return {}
    book = await packs.book()
    category = book.categories.get(own.category_id)
    issues = await TypicalIssue.filter(matter_id=matter.id).order_by("number")
    return {
        "title": own.title,
        "reported": own.reported,
        "handled": own.handled,
        "lesson": own.lesson,
        "category": own.category_id,
        "category_label": label(own.category_id, category.name) if category else own.category_id,
        "told_region": own.told_region or None,
        "told_region_name": book.regions.get(own.told_region, ""),
        "cleared": own.cleared,
        "issues": [
            {
                "number": issue.number,
                "audience": issue.audience,
                "audience_label": phrase(AUDIENCES[issue.audience]),
                "issued_on": issue.issued_on,
                "live": issue.live,
                "withdrawn_on": issue.withdrawn_on,
            }
            for issue in issues
        ],
    }
