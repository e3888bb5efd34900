"""What of a supervision each reader sees: the unit what was sent to it, the office how it came about."""

from typing import Any

from domain.loop.kinds import OFFICE, Scene
from kit.words import phrase
from models import Disqualification, Interview, Matter, Relation, Supervision


async def subject(matter: Matter) -> Supervision:
    """The supervision's own row, with its rung and units."""
    return await Supervision.get(matter_id=matter.id).select_related("rung", "unit", "by_unit")


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The supervision for somebody who stands so to it."""
    matter = scene.matter
    own: Supervision = scene.subject
    fields: dict[str, Any] = {
        "subject": own.subject,
        "summary": own.facts,
        "demands": own.demands,
        "basis": own.basis,
        "rung": own.rung_id,
        "rung_label": phrase(own.rung.name),
        "lead_unit": {"id": own.unit_id, "name": own.unit.name},
        "by_unit": {"id": own.by_unit_id, "name": own.by_unit.name},
        "answer_due": own.answer_due,
        "accepted_on": own.accepted_on,
        "looked_back_on": own.looked_back_on,
        "listing": _listing(own) if own.listed_on else None,
        "interviews": [_interview(one) for one in await _interviews(matter)],
        "disqualified": [
            {"year": row.year, "reason": row.reason, "revoked_on": row.revoked_on}
            for row in await Disqualification.filter(matter_id=matter.id).order_by("year")
        ],
    }
    if relations & (OFFICE | {Relation.DECIDING}):
        fields |= {
            "by_clock": own.by_clock,
            "postponed_until": own.postponed_until,
            "leader_in_charge": own.leader_in_charge,
            "listed_until": own.listed_until,
            "returns": own.returns,
        }
    return fields


async def _interviews(matter: Matter) -> list[Interview]:
    return await Interview.filter(matter_id=matter.id).order_by("planned_on", "id").select_related("situation")


def _listing(own: Supervision) -> dict[str, Any]:
    """挂牌: the record, without the number, which the letter has."""
    return {
        "leader_in_charge": own.leader_in_charge,
        "listed_on": own.listed_on,
        "until": own.listed_until,
        "accepted_on": own.accepted_on,
        "unlisted_on": own.unlisted_on,
    }


def _interview(one: Interview) -> dict[str, Any]:
    return {
        "situation": one.situation_id,
        "situation_label": phrase(one.situation.name),
        "planned_on": one.planned_on,
        "place": one.place,
        "held_on": one.held_on,
        "persons": "、".join(one.interviewed),
        "record": one.record,
        "undertakings": one.undertakings,
        "due_on": one.due_on,
        "fulfilled_on": one.fulfilled_on,
    }
