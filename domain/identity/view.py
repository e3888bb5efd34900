"""What of a request each reader sees. The identity is never among the fields: it is looked at."""

from typing import Any

from domain.identity.inputs import PARTS, PURPOSES
from domain.loop.kinds import Scene
from domain.people.names import named
from kit import clock
from kit.words import label, phrase
from models import IdentityRequest, Matter, Relation


async def subject(matter: Matter) -> IdentityRequest:
    """The request's own row."""
    return await IdentityRequest.get(matter_id=matter.id)


def _named(one: dict[str, str] | None) -> str:
    return f"{one['unit']} {one['person']}" if one else ""


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The same for all who see it: who asks for what and why, and who decided."""
    matter = scene.matter
    request: IdentityRequest = scene.subject
    case = await Matter.get(id=matter.opened_by_id).only("number")
    names = await named([request.asked_by_post_id, request.decided_by_post_id])

    def who(post: Any) -> dict[str, str] | None:
        return {"unit": names[post].unit, "person": names[post].person} if post else None

    told = {
        "举报件": case.number,
        "用途": label(request.purpose, PURPOSES[request.purpose]),
        "需要查看": label(request.part, PARTS[request.part]),
        "具体理由": request.reason,
        "申请人": _named(who(request.asked_by_post_id)),
        "审批人": _named(who(request.decided_by_post_id)),
        "暂缓告知举报人": phrase("是") if request.deferred else "",
        "查看次数": str(request.looks) if request.looks else "",
    }
    return {
        "lines": [{"label": phrase(title), "text": text} for title, text in told.items() if text],
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
