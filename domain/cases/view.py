"""What of a case each reader sees: fields by relation, decided here and nowhere else."""

from typing import Any

from domain.cases.stages import AFTER_REPLY, PLAIN
from domain.loop import packs
from models import Case, CaseText, Matter, Mode, Relation, Unit

OFFICE = frozenset({Relation.INTAKE, Relation.OVERSIGHT})
HANDLING = frozenset({Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE, Relation.ASSISTING, Relation.ASSIST_LIAISON})
MODES = {Mode.ANONYMOUS: "匿名", Mode.CONFIDENTIAL: "保密", Mode.NAMED: "实名"}


async def subject(matter: Matter) -> Case:
    """The case's own row."""
    return await Case.get(matter_id=matter.id)


async def shown(matter: Matter, case: Case, relations: frozenset[Relation]) -> dict[str, Any]:
    """The case for somebody who stands so to it. The raw text is never among the fields: it is looked at."""
    if Relation.COMPLAINANT in relations:
        return await _for_complainant(case, matter)
    category = (await packs.book()).categories.get(case.category_id)
    lead = await Unit.get_or_none(id=case.lead_unit_id) if case.lead_unit_id else None
    fields: dict[str, Any] = {
        "category": {"code": case.category_id, "name": category.name if category else ""},
        "summary": case.summary,
        "claims": case.claims,
        "occurred_on": case.occurred_on,
        "lead_unit": {"id": lead.id, "name": lead.name} if lead else None,
        "reopenings": case.reopenings,
        "extensions": case.extensions,
        "outcome": case.outcome,
    }
    if relations & (HANDLING | OFFICE):
        fields["answer"] = case.answer
    if Relation.INTAKE in relations:
        fields |= {
            "mode": case.mode,
            "mode_label": MODES[case.mode],
            "channel": case.channel,
            "scene": case.scene,
            "accused_text": case.accused_text,
            "routing": case.routing or None,
            "objections": case.objections,
            "attempt_days": case.attempt_days,
        }
    return fields


async def _for_complainant(case: Case, matter: Matter) -> dict[str, Any]:
    texts = await CaseText.filter(matter_id=matter.id).order_by("seq")
    return {
        "mode": case.mode,
        "mode_label": MODES[case.mode],
        "stage_plain": PLAIN[matter.stage],  # type: ignore[index]  # a StrEnum's value finds its member
        "texts": [text.text for text in texts],
        "occurred_on": case.occurred_on,
        "answer": case.answer if matter.stage in AFTER_REPLY else None,
        "outcome": case.outcome,
    }
