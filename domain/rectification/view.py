"""What of a line each reader sees: the same for all who have to do with it."""

from typing import Any

from domain.loop.kinds import OFFICE, Scene
from domain.people.names import named
from domain.rectification.inputs import SOURCES
from domain.rectification.stages import Stage
from kit.words import label, phrase
from models import Matter, Rectification, Relation


async def subject(matter: Matter) -> Rectification:
    """The line's own row, with its units."""
    return await Rectification.get(matter_id=matter.id).select_related("unit", "by_unit", "verifier")


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The line for somebody who has to do with it; what is not published yet for the offices alone."""
    matter = scene.matter
    own: Rectification = scene.subject
    official = (await named([own.official_id])).get(own.official_id) if own.official_id else None
    waits = own.written_by is not None and own.published_on is None and bool(relations & OFFICE)
    struck = matter.stage == Stage.STRUCK_OFF
    told = {
        "问题来源": label(own.source, SOURCES[own.source]),
        "述法人": official.person if official else "",
        "复核单位": own.verifier.name if own.verifier else "",
        "整改要求": own.demands,
        "整改措施": "\n".join(f"{place}. {measure}" for place, measure in enumerate(own.measures, 1)),
        "自查报告": own.done,
        "销号意见": own.conclusion,
        "回头看期限": own.look_back_until.isoformat() if struck and own.look_back_until else "",
        "公示的整改结果": own.public_result if own.published_on else "",
        "拟公示的问题": own.public_problem if waits else "",
        "拟公示的整改结果": own.public_result if waits else "",
    }
    return {
        "summary": own.problem,
        "lines": [{"label": phrase(title), "text": text} for title, text in told.items() if text],
        "source": own.source,
        "source_label": label(own.source, SOURCES[own.source]),
        "lead_unit": {"id": own.unit_id, "name": own.unit.name},
        "by_unit": {"id": own.by_unit_id, "name": own.by_unit.name},
        "verifier": {"id": own.verifier_id, "name": own.verifier.name} if own.verifier else None,
        "official": official.person if official else None,
        "demands": own.demands,
        "measures": own.measures,
        "done": own.done,
        "conclusion": own.conclusion,
        "returns": own.returns,
        "extensions": own.extensions,
        "reopenings": own.reopenings,
        "reported_on": own.reported_on,
        "struck_off_on": own.struck_off_on if struck else None,
        "look_back_until": own.look_back_until if struck else None,
        "looked_back_on": own.looked_back_on,
        "reopened_on": own.reopened_on,
        "published": {
            "problem": own.public_problem,
            "result": own.public_result,
            "on": own.published_on,
        }
        if own.published_on
        else None,
    }
