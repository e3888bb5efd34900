"""What of a request each reader sees. The identity is never among the fields: it is looked at."""

from typing import Any

from domain.identity.inputs import PARTS, PURPOSES
from domain.people.names import named
from kit import clock
from kit.words import label
from models import IdentityRequest, Matter, Relation


async def subject(matter: Matter) -> IdentityRequest:
    """The request's own row."""
    return await IdentityRequest.get(matter_id=matter.id)


async def shown(matter: Matter, request: IdentityRequest, relations: frozenset[Relation]) -> dict[str, Any]:
    """The same for all who see it: who asks for what and why, and who decided."""
    case = await Matter.get(id=matter.opened_by_id).only("number")
    names = await named([request.asked_by_post_id, request.decided_by_post_id])

    def who(post: Any) -> dict[str, str] | None:
        return {"unit": names[post].unit, "person": names[post].person} if post else None

    return {
        "case": case.number,
        "purpose": request.purpose,
        "purpose_label": label(request.purpose, PURPOSES[request.purpose]),
        "part": request.part,
        "part_label": label(request.part, PARTS[request.part]),
        "reason": request.reason,
        "asked_by": who(request.asked_by_post_id),
        "decided_by": who(request.decided_by_post_id),
        "open_until": request.open_until and clock.local(request.open_until),
        "open": matter.stage == "open" and request.open_until is not None and clock.now() < request.open_until,
        "deferred": request.deferred,
        "looks": request.looks,
        "yours": Relation.REQUESTER in relations,
    }
