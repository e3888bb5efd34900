"""What of a proposal each reader sees: names only those who decide."""

from typing import Any

from domain.accountability.effects import people
from domain.accountability.inputs import BODIES, FORMS, SANCTIONS
from domain.loop.kinds import Scene
from kit.words import label, phrase
from models import Accountability, AccountabilityOutcome, AccountabilityPerson, Matter, Relation

KNOW = frozenset({Relation.DECIDING, Relation.DISCIPLINE})


async def subject(matter: Matter) -> Accountability:
    """The proposal's own row."""
    return await Accountability.get(matter_id=matter.id).select_related("body_unit")


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The proposal for somebody who stands so to it."""
    matter = scene.matter
    own: Accountability = scene.subject
    outcomes = await AccountabilityOutcome.filter(matter_id=matter.id).order_by("decided_on", "id")
    fields: dict[str, Any] = {
        "summary": own.facts,
        "basis": own.basis,
        "body": own.body,
        "body_label": label(own.body, BODIES[own.body]) if own.body else "",
        "body_unit": own.body_unit.name if own.body_unit else None,
        "receipt_number": own.receipt_number,
        "persons_named": await AccountabilityPerson.filter(matter_id=matter.id).count(),
        "result": own.result,
        "outcomes": [
            {
                "form": outcome.form,
                "form_label": phrase(FORMS[str(outcome.form)]),
                "sanction": outcome.sanction,
                "sanction_label": label(outcome.sanction, SANCTIONS[outcome.sanction]),
                "persons": outcome.persons,
                "case_filed": outcome.case_filed,
                "to_judiciary": outcome.to_judiciary,
                "decided_on": outcome.decided_on,
                "document": outcome.document,
            }
            for outcome in outcomes
        ],
    }
    if relations & KNOW:
        fields["persons"] = await people(matter.id)
    return fields
