"""A case whose complainant's identity is asked for, and the people around it."""

from dataclasses import dataclass
from typing import Any

from domain.identity.looking import identity_looked_at
from domain.loop import engine
from domain.people.actors import SYSTEM, Actor
from models import IdentityRequest, Matter, Mode, Role
from tests.makers import SETTINGS, Walk, case_at, officer

CONTACT = {"name": "金丝雀甲乙丙", "phone": "13900001234", "other": "canary@example.org"}
FORM = {"purpose": "inform", "part": "both", "reason": "须邮寄书面答复"}
WHY = {"reason": "理由充分"}
CUSTODY = "62-custody"


@dataclass
class Asked:
    """A request by a registrar of the case's centre, with the two custodians."""

    walk: Walk
    number: str
    requester: Actor
    custodian: Actor

    async def take(self, verb: str, by: Actor | None = None, **given: Any) -> Matter:
        """A step of the request, by whoever takes it in the ordinary way."""
        return await engine.take(by or self.who(verb), self.number, verb, {**would_do(verb), **given})

    def who(self, verb: str) -> Actor:
        match verb:
            case "drop_identity" | "close_identity":
                return self.requester
            case "expire" | "lapse_identity" | "tell_look":
                return SYSTEM
        return self.custodian

    async def matter(self) -> Matter:
        return await Matter.get(number=self.number)

    async def row(self) -> IdentityRequest:
        return await IdentityRequest.get(matter__number=self.number)

    async def look(self, by: Actor | None = None) -> dict[str, Any]:
        return await identity_looked_at(SETTINGS, by or self.requester, self.number)


def would_do(verb: str) -> dict[str, Any]:
    return dict(WHY) if verb in {"approve_identity", "refuse_identity", "recuse"} else {}


async def requested(walk: Walk, by: Actor, **given: Any) -> Asked:
    """Ask by a step on the case."""
    await engine.take(by, walk.number, "request_identity", {**FORM, **given})
    [matter] = await Matter.filter(opened_by__number=walk.number, kind="identity_request").order_by("-number")[:1]
    newest = (
        await IdentityRequest.filter(matter__opened_by__number=walk.number, asked_by_id=by.person_id)
        .select_related("matter")
        .order_by("-matter__filed_on")
    )
    open_ = [row.matter for row in newest if row.matter.ended_at is None]
    return Asked(walk, (open_[0] if open_ else matter).number, by, await officer(Role.CUSTODIAN, CUSTODY))


async def asked(stage: str = "accepted", **given: Any) -> Asked:
    """A named case at a stage, and a registrar's request."""
    walk = await case_at(stage, mode=Mode.NAMED, contact=CONTACT)
    return await requested(walk, await officer(Role.REGISTRAR), **given)


PATHS = {
    "requested": (),
    "open": ("approve_identity",),
    "closed": ("approve_identity", "close_identity"),
    "expired": ("approve_identity", "expire"),
    "denied": ("refuse_identity",),
    "dropped": ("drop_identity",),
    "undecided": ("lapse_identity",),
}


async def asked_at(stage: str, **given: Any) -> Asked:
    """A request that walked to a stage."""
    one = await asked()
    for verb in PATHS[stage]:
        await one.take(verb, **(given if verb == "approve_identity" else {}))
    return one
