"""What the steps of a request change: the approval by another person, the end of it, and what was told only later."""

from datetime import datetime
from uuid import uuid4

from domain.identity.inputs import Approve
from domain.loop import recusal
from domain.loop.engine import SamePerson
from domain.loop.kinds import By, Move, Owe, Scene
from domain.loop.reading import recorded
from domain.people.names import named
from domain.vault import approvals
from kit import clock
from kit.errors import Conflict
from models import COMPLAINANT, Entry, IdentityRequest, Matter, Notice, Relation, Role
from models.database import insert

OFFICE = frozenset({Relation.INTAKE, Relation.OVERSIGHT})
TERM = "look_identity"


class NotTheRequester(Conflict):
    """A request is its requester's own, not their post's."""

    code, message = "not_the_requester", "只有申请人本人可以这样办理"


def not_the_requester(scene: Scene) -> None:
    """Decided by another person than asked."""
    if scene.subject.asked_by_id == scene.actor.person_id:
        raise SamePerson


def the_requester(scene: Scene) -> None:
    """By whoever asked, in person."""
    if scene.subject.asked_by_id != scene.actor.person_id:
        raise NotTheRequester


async def approve(move: Move) -> None:
    """The vault opens for the requester, for minutes; so the vault is told who approved."""
    told: Approve = move.inputs
    until = move.pack.due(move.at, TERM, move.matter.tier)
    decided = move.actor.person_id
    if decided is None or not await approvals.approved(move.matter.id, decided, move.at, until):
        raise SamePerson
    move.change(decided_by_post_id=move.actor.post_id, open_until=until, deferred=told.defer is not None)
    asked = await _role_of(move)
    move.owes.append(Owe("look_identity", By(asked, Relation.REQUESTER), TERM, lapses_to="expire"))


async def _role_of(move: Move) -> Role:
    """In which role the requester asked: theirs is the queue in which the open request shows."""
    await move.subject.fetch_related("asked_by_post")
    role: Role = move.subject.asked_by_post.role
    return role


async def refuse(move: Move) -> None:
    """Decided all the same: who decided is known."""
    move.change(decided_by_post_id=move.actor.post_id)
    await approvals.closed(move.matter.id)


async def end(move: Move) -> None:
    """Nothing comes out any more; what the complainant has not been told yet is owed."""
    await approvals.closed(move.matter.id)
    if move.subject.deferred and move.subject.looks:
        custodian = By(Role.CUSTODIAN, Relation.CUSTODY)
        move.owes.append(Owe("tell_look", custodian, "tell_look", lapses_to="tell_look"))


async def tell(move: Move) -> None:
    """The complainant learns of the looks that were kept from them for a time."""
    case = await Matter.get(id=move.matter.opened_by_id)
    look = await Entry.filter(matter_id=move.matter.id, verb="look_identity").order_by("seq").first()
    await told(case, move, "tell_look", await facts(move.subject, move.matter, look.at if look else move.at))


async def told(case: Matter, scene: Scene, verb: str, said: dict[str, str]) -> None:
    """An entry on the case that its complainant reads, and a notice that there is something to read."""
    readers = OFFICE | {Relation.COMPLAINANT}
    entry = await recorded(case, scene.actor, verb, readers, {"inputs": said, "public": said}, scene.now)
    notice = Notice(
        id=uuid4(), matter_id=case.id, template="identity_seen", role=COMPLAINANT, unit_id=None, post_id=None,
        once=f"{entry.id}/0", owed_at=scene.now,
    )  # fmt: skip
    await insert([notice])


async def facts(request: IdentityRequest, matter: Matter, at: datetime) -> dict[str, str]:
    """What is told of a look: units, purpose and day, and no person."""
    names = await named([request.asked_by_post_id, matter.receiving_unit_id])
    return {
        "looking_unit": names[request.asked_by_post_id].unit,
        "looked_for": request.purpose,
        "looked_at": request.part,
        "approved_by": names[matter.receiving_unit_id].unit,
        "looked_on": clock.local(at).date().isoformat(),
    }


async def recuse(move: Move) -> None:
    """A custodian steps aside; a colleague decides."""
    await recusal.step_aside(move, move.inputs.reason)
