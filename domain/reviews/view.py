"""What of a review each reader sees: the reviewing unit also the answer that it looks at again."""

from typing import Any

from domain.loop.kinds import OFFICE, UNIT, Scene
from domain.reviews.inputs import CONCLUSIONS, Conclusion
from domain.reviews.stages import Stage
from kit.words import label, phrase
from models import Case, Matter, Relation, Review

LEVELS = {1: "复查", 2: "复核"}


async def subject(matter: Matter) -> Review:
    """The review's own row."""
    return await Review.get(matter_id=matter.id)


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The review for somebody who stands so to it; the conclusion once it has been decided, or to those who decide."""
    matter = scene.matter
    review: Review = scene.subject
    fields: dict[str, Any] = {"level": review.level, "level_label": phrase(LEVELS[review.level])}
    if matter.stage == Stage.DECIDED or relations & (OFFICE | UNIT):
        known = review.conclusion
        fields |= {
            "conclusion": known,
            "conclusion_label": label(known, CONCLUSIONS[Conclusion(known)]) if known else "",
            "opinion": (review.opinion or {}).get("opinion", ""),
        }
    if relations & (OFFICE | UNIT):
        case = await Case.get(matter_id=matter.opened_by_id)
        fields |= {"summary": case.summary, "claims": case.claims, "answer": case.answer}
    return fields
