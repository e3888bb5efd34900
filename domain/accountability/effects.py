"""What each verb changes in the proposal itself: whom it is about, where it went, what was decided."""

from uuid import UUID, uuid4

from domain.letters import issuing
from domain.letters.issuing import Draft
from domain.loop import engine, manning, recusal
from domain.loop.engine import SamePerson
from domain.loop.kinds import OFFICE, Kind, Move, Scene
from domain.loop.manning import Accused, chain_of
from domain.people.actors import SYSTEM
from domain.people.names import named
from kit import clock
from kit.errors import Conflict, Invalid
from models import (
    Accountability,
    AccountabilityOutcome,
    AccountabilityPerson,
    CompetentBody,
    Matter,
    Post,
    Recusal,
    Relation,
    Role,
    Sanction,
    Unit,
)

REPORTED = "hear_outcome"  # the system's step on what opened the proposal


class NobodyToApprove(Conflict):
    """Every leader must step aside, or there is none: the roster must be mended."""

    code, message = "nobody_to_approve", "没有可以审批的领导，请联系系统管理员补充名册"


class NobodyNamed(Invalid):
    """A proposal is about somebody."""

    code, message = "nobody_named", "请选择或者填写责任人员"


class NotTheirs(Conflict):
    """The unit is no such body, or must step aside."""

    code, message = "not_that_body", "所选单位不能接收：没有纪检联络员，或者应当回避"


class NoOutcome(Conflict):
    """Something must have been decided before it is reported."""

    code, message = "no_outcome", "请先登记处理结果"


async def made(move: Move, opener: Move | None) -> Accountability:
    """Whom it is about is kept apart and steps aside; the nearest leader outside their line decides."""
    told, matter, actor = move.inputs, move.matter, move.actor
    if not told.persons and not told.others:
        raise NobodyNamed(details={"fields": [{"path": "inputs.persons", "message": "请选择或者填写责任人员"}]})
    await recusal.known([], told.persons)
    headed = await Post.filter(person_id__in=told.persons, role__in=[Role.HEAD, Role.LEADER], until=None)
    units = {post.unit_id for post in headed}
    move.fresh += recusal.rows(matter.id, units, told.persons, "被建议问责", move, accused=True)
    if actor.person_id in told.persons:
        raise NobodyToApprove
    move.fresh += [
        AccountabilityPerson(id=uuid4(), matter_id=matter.id, person_id=person, named="") for person in told.persons
    ]
    if told.others:
        move.fresh.append(
            AccountabilityPerson(id=uuid4(), matter_id=matter.id, person_id=None, named=told.others[:120])
        )
    accused = await _accused(move, opener)
    proposer = {actor.person_id} if actor.person_id else set()
    leader = await manning.nearest(
        Role.LEADER, chain_of(matter.region_id, None), Accused(accused.units, accused.persons | proposer)
    )
    if leader is None:
        raise NobodyToApprove
    standing = actor.standing
    here = standing.unit_id if standing else matter.receiving_unit_id
    matter.receiving_unit_id = here
    move.involve(Relation.INTAKE if actor.role is Role.REGISTRAR else Relation.OVERSIGHT, here)
    move.involve(Relation.DECIDING, leader)
    # No entry says who: entries are read by the whole office, and a hash of a roster's id would tell.
    move.said["persons_named"] = str(len(told.persons) + bool(told.others))
    move.inputs = told.model_copy(update={"persons": [], "others": None})
    return Accountability(
        matter_id=matter.id,
        facts=told.facts,
        basis=told.basis,
        proposed_by_id=actor.person_id,
        body_unit_id=None,
    )


async def _accused(move: Move, opener: Move | None) -> Accused:
    rows = [row for row in move.fresh if isinstance(row, Recusal)]
    known = await recusal.accused_of(opener.matter.id) if opener else Accused(frozenset(), frozenset())
    return Accused(
        known.units | {row.unit_id for row in rows if row.unit_id},
        known.persons | {row.person_id for row in rows if row.person_id},
    )


def another(scene: Scene) -> None:
    """By another person than the proposer."""
    if scene.actor.person_id == scene.subject.proposed_by_id:
        raise SamePerson


async def refer(move: Move) -> None:
    """The letter goes to the body; a discipline body on the roster takes it from there."""
    told, own = move.inputs, move.subject
    unit = await Unit.get_or_none(id=told.unit, until=None)
    accused = await recusal.accused_of(move.matter.id)
    if unit is None or accused.units & set(unit.line):
        raise NotTheirs
    if told.body is CompetentBody.DISCIPLINE:
        if (unit.id, Role.DISCIPLINE_LIAISON) not in await manning.left([unit.id], accused):
            raise NotTheirs
        move.involve(Relation.DISCIPLINE, unit.id)
    move.change(body=told.body, body_unit_id=unit.id)
    said = {"facts": own.facts, "basis": own.basis, "suggestion": told.suggestion, "persons": await _people(own)}
    draft = Draft(
        form="referral",
        title="关于移送问责建议的函",
        said=said,
        from_unit=move.matter.receiving_unit_id,
        to_unit=unit.id,
        readers=[Relation.DECIDING, Relation.DISCIPLINE],  # it names them
    )
    letter = await issuing.issued(move.matter.id, draft, move.actor.post_id)
    move.fresh.append(letter)
    move.said["letter"] = letter.number


async def _people(own: Accountability) -> str:
    return "、".join(await people(own.matter_id))


async def people(matter_id: UUID) -> list[str]:
    """Whom a proposal is about, for those who may know."""
    rows = await AccountabilityPerson.filter(matter_id=matter_id).order_by("id").select_related("person")
    known = await named([row.person_id for row in rows if row.person_id])
    return [known[row.person_id].person if row.person_id else row.named for row in rows]


async def receive(move: Move) -> None:
    """The body has registered it."""
    move.change(receipt_number=move.inputs.receipt_number[:60])


async def record_outcome(move: Move) -> None:
    """One decision; there may be several."""
    told = move.inputs
    if told.decided_on > clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.decided_on", "message": "不能晚于今天"}]})
    move.fresh.append(
        AccountabilityOutcome(
            id=uuid4(),
            matter_id=move.matter.id,
            form=int(told.form),
            sanction=Sanction(told.sanction),
            case_filed=told.case_filed,
            to_judiciary=told.to_judiciary,
            persons=told.persons,
            decided_on=told.decided_on,
            document=told.document[:120],
        )
    )
    move.change(outcomes=move.subject.outcomes + 1)


def decided(scene: Scene) -> None:
    """After something was decided."""
    if not scene.subject.outcomes:
        raise NoOutcome


async def conclude(move: Move) -> None:
    """What opened it hears that there is an outcome, and not which."""
    move.change(result=move.inputs.result)
    opener = await Matter.get_or_none(id=move.matter.opened_by_id) if move.matter.opened_by_id else None
    if opener and any(step.verb == REPORTED for step in Kind.REGISTRY[opener.kind].steps):
        await engine.take(SYSTEM, opener.number, REPORTED, {})


async def recuse(move: Move) -> None:
    """An officer steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)


READERS = OFFICE | {Relation.DECIDING, Relation.DISCIPLINE}
