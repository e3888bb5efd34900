"""What of a question its readers see: never who asked."""

from typing import Any

from domain.loop.kinds import Scene
from domain.questions.inputs import ASKERS
from kit.words import label, phrase
from models import Matter, Question, Relation, Report


async def subject(matter: Matter) -> Question:
    """The question's own row."""
    return await Question.get(matter_id=matter.id)


async def shown(scene: Scene, _relations: frozenset[Relation]) -> dict[str, Any]:
    """The same for all who have to do with it."""
    own: Question = scene.subject
    report = await Report.get(matter_id=own.report_id).select_related("matter", "official__unit")
    official = report.official
    told = {"提出方": label(own.asked_by, ASKERS[own.asked_by]), "述法人": official.name, "答复内容": own.answer}
    return {
        "summary": own.text,
        "lines": [{"label": phrase(title), "text": text} for title, text in told.items() if text],
        "lead_unit": {"id": official.unit_id, "name": official.unit.name},
        "official": official.name,
        "report": report.matter.number,
        "asked_by": own.asked_by,
        "asked_by_label": label(own.asked_by, ASKERS[own.asked_by]),
        "answer": own.answer,
        "returns": own.returns,
        "published_on": own.published_on,
    }
