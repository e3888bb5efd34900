"""What each verb changes in the line itself: who puts it right, what was done, who checked, what everybody reads."""

from datetime import date
from uuid import UUID

from domain.loop import attached, manning, overseeing, recusal
from domain.loop.clocks import Per, Term
from domain.loop.kinds import By, Move, Owe
from domain.loop.manning import Accused
from domain.rectification import publishing
from kit import clock
from kit.errors import Conflict, Invalid
from models import File, FileState, Person, Post, Rectification, Relation, Role, Unit

HEAD = By(Role.HEAD, Relation.LEAD)
LIAISON = By(Role.LIAISON, Relation.LIAISON, otherwise=HEAD)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
_WORTHLESS = [FileState.REFUSED, FileState.FAILED, FileState.ABANDONED]


class NotAnother(Conflict):
    """The check is another unit's: never the owner's or one below it, and it has a head who need not step aside."""

    code, message = "not_another_unit", "所选单位不能复核：属于责任单位或其下属、应当回避，或没有负责人"


class NotTheirHandler(Conflict):
    """The chosen post is no active handler of the unit, or must step aside."""

    code, message = "not_their_handler", "所选人员不是责任单位的承办人，或应当回避"


class NoEvidence(Conflict):
    """None of what was handed in can be read: nothing is struck off without evidence."""

    code, message = "no_evidence", "没有可用的佐证材料，不能销号"


async def made(move: Move, opener: Move | None) -> Rectification:
    """Who puts it right; it lies where the unit is, so that those above see it and those beside do not."""
    told, matter = move.inputs, move.matter
    accused = await overseeing.accused_with(opener)
    unit = await overseeing.unit_of(told.owner_unit, "owner_unit", accused)
    by_unit = await overseeing.overseer_of(move, unit, accused)
    liaison = await overseeing.answering(unit.id, accused)
    matter.region_id, matter.receiving_unit_id = unit.region_id, by_unit
    move.involve(Relation.OVERSIGHT, by_unit)
    move.involve(Relation.LEAD, unit.id)
    if liaison:
        move.involve(Relation.LIAISON, liaison)
    move.fresh += await overseeing.insiders(move, unit, "在整改责任单位任职")
    if told.official and not await Person.exists(id=told.official):
        raise Invalid(details={"fields": [{"path": "inputs.official", "message": "没有这个人员"}]})
    if told.verifier:
        await _checked_by(move, told.verifier, unit, accused)
    if told.until:
        move.granted = _until(told.until)
    return Rectification(
        matter_id=matter.id,
        source=told.source,
        unit_id=unit.id,
        by_unit_id=by_unit,
        verifier_id=told.verifier,
        official_id=told.official,
        problem=told.problem,
        demands=told.demands or "",
    )


def _until(day: date) -> Term:
    """The days from today to one that was set."""
    days = (day - clock.today()).days
    if days <= 0:
        raise Invalid(details={"fields": [{"path": "inputs.until", "message": "应当晚于今天"}]})
    return Term(days, Per.CALENDAR_DAY)


async def _checked_by(move: Move, verifier: UUID, owner: Unit, accused: Accused) -> None:
    """Bring in the unit that checks; raises NotAnother."""
    unit = await Unit.get_or_none(id=verifier, until=None)
    if unit is None or owner.id in unit.line or accused.units & set(unit.line):
        raise NotAnother
    if (unit.id, Role.HEAD) not in await manning.left([unit.id], _beside(owner, accused)):
        raise NotAnother
    move.involve(Relation.VERIFYING, unit.id)


def _beside(owner: Unit, accused: Accused) -> Accused:
    """Whoever is of the owner's line may not check it, whatever other post they hold."""
    return Accused(accused.units | {owner.id}, accused.persons)


async def entrust(move: Move) -> None:
    """Another unit checks from now on."""
    own: Rectification = move.subject
    await move.release(Relation.VERIFYING)
    owner = await Unit.get(id=own.unit_id)
    await _checked_by(move, move.inputs.unit, owner, await recusal.accused_of(move.matter.id))
    move.change(verifier_id=move.inputs.unit)


async def take_on(move: Move) -> None:
    """The measures are the unit's own."""
    move.change(measures=list(move.inputs.measures))
    if move.inputs.post:
        await assign(move)


async def assign(move: Move) -> None:
    """An active handler of the unit or of a department below it, who need not step aside."""
    post = await Post.get_or_none(id=move.inputs.post, role=Role.HANDLER).select_related("unit")
    today = clock.today()
    if post is None or post.since > today or (post.until and post.until < today):
        raise NotTheirHandler
    accused = await recusal.accused_of(move.matter.id)
    if move.subject.unit_id not in post.unit.line or await manning.stepping_aside([post.id], accused):
        raise NotTheirHandler
    await move.release(Relation.ASSIGNEE)
    move.involve(Relation.ASSIGNEE, post.unit_id, post.id)


async def progress(move: Move) -> None:
    """What was done so far, with what shows it."""
    await attached.attach_given(move, released=True)


async def report_done(move: Move) -> None:
    """自查: the time of the check is not the unit's."""
    told = move.inputs
    move.change(done=told.text, evidence=[str(file) for file in told.files], reported_on=clock.today())
    await attached.attach_given(move, released=True)


async def find(move: Move) -> None:
    """What the check found, with its own files."""
    await attached.attach_given(move, released=True)


async def extend(move: Move) -> None:
    """One extension is spent; the term granted is the pack's."""
    move.granted = move.pack.term("extend", move.matter.tier)
    move.change(extensions=move.subject.extensions + 1)


async def return_(move: Move) -> None:
    """It goes on."""
    move.change(returns=move.subject.returns + 1)


async def send_back(move: Move) -> None:
    """It goes on, and what was to be published of it is not true any more."""
    await return_(move)
    move.change(written_by=None)


async def strike_off(move: Move) -> None:
    """销号, on evidence that can be read; a second look is owed within the pack's time."""
    if not await File.filter(id__in=move.subject.evidence).exclude(state__in=_WORTHLESS).exists():
        raise NoEvidence
    due = move.pack.due(move.at, "look_back", move.matter.tier)
    until = clock.local(due).date()
    move.change(
        conclusion=move.inputs.conclusion, struck_off_on=clock.today(), look_back_until=until, looked_back_on=None
    )
    move.said["look_back_until"] = until.isoformat()
    move.owes.append(Owe("look_back", SUPERVISOR, "look_back", until=due))
    if move.has(publishing.OWED.duty):
        move.owes.append(publishing.OWED)


async def look_back(move: Move) -> None:
    """It lasted."""
    move.change(looked_back_on=clock.today())
    await attached.attach_given(move, released=True)


async def relapse(move: Move) -> None:
    """It did not last: the same unit begins anew, under a new clock."""
    today = clock.today()
    move.change(
        looked_back_on=today, reopened_on=today, reopenings=move.subject.reopenings + 1, reported_on=None, conclusion=""
    )
    if move.subject.published_on is None:
        move.change(written_by=None)
    await attached.attach_given(move, released=True)


async def drop(move: Move) -> None:
    """What was listed in error is told to nobody."""
    move.change(published_on=None, written_by=None)


async def note(move: Move) -> None:
    """An officer's own file stays with those who read the note."""
    await attached.attach_given(move, released=move.actor.role is not Role.SUPERVISOR)


async def recuse(move: Move) -> None:
    """An officer steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)


async def recuse_assignee(move: Move) -> None:
    """Whoever puts it right steps aside: the head answers for it, and may name another."""
    await recusal.step_aside(move, move.inputs.reason)
    await move.release(Relation.ASSIGNEE)
