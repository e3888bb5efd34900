"""What each verb changes in the supervision itself: rungs, letters, interviews, what follows for the year."""

from datetime import date
from typing import Any
from uuid import uuid4

from domain.letters import issuing
from domain.letters.issuing import Draft
from domain.loop import attached, clocks, manning, overseeing, recusal
from domain.loop.clocks import Per, Term
from domain.loop.kinds import OFFICE, UNIT, By, Move, Owe
from domain.loop.manning import Accused, chain_of
from domain.loop.overseeing import NobodyToSupervise
from kit import clock
from kit.errors import Conflict, Invalid
from models import (
    ActorKind,
    Disqualification,
    Interview,
    Letter,
    LetterForm,
    Matter,
    Relation,
    Role,
    Rung,
    Situation,
    Supervision,
    Unit,
)

LETTER_READERS = OFFICE | UNIT | {Relation.DECIDING}
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
HEAD = By(Role.HEAD, Relation.LEAD)
LIAISON = By(Role.LIAISON, Relation.LIAISON, otherwise=HEAD)


class AlreadySupervised(Conflict):
    """The unit is being supervised for this matter; `details.number` says where."""

    code, message = "already_supervised", "该单位就此事项已在督办中"


class NotDisqualified(Conflict):
    """There is nothing to give back."""

    code, message = "not_disqualified", "该单位没有因本件被取消评先资格"


async def made(move: Move, opener: Move | None) -> Supervision:
    """Who is supervised by whom; it lies where the unit is, so that those above see it and those beside do not."""
    told = move.inputs
    rung = await _rung(told.rung)
    accused = await overseeing.accused_with(opener)
    unit = await overseeing.unit_of(told.unit, "unit", accused)
    await _refuse_twice(opener, unit)
    by_unit = await overseeing.overseer_of(move, unit, accused)
    matter = move.matter
    matter.region_id, matter.receiving_unit_id = unit.region_id, by_unit
    move.involve(Relation.OVERSIGHT, by_unit)
    move.fresh += await overseeing.insiders(move, unit, "在被督办单位任职")
    return Supervision(
        matter_id=matter.id,
        unit_id=unit.id,
        by_unit_id=by_unit,
        rung_id=rung.code,
        subject=told.subject,
        facts=told.facts,
        basis=told.basis,
        by_clock=move.actor.kind is ActorKind.SYSTEM,
    )


async def _refuse_twice(opener: Move | None, unit: Unit) -> None:
    if opener is None:
        return
    there = await Matter.filter(
        opened_by_id=opener.matter.id, kind="supervision", ended_at=None, supervision__unit_id=unit.id
    ).first()
    if there:
        raise AlreadySupervised(details={"number": there.number})


async def _rung(code: str) -> Rung:
    rung = await Rung.get_or_none(code=code)
    if rung is None:
        raise Invalid(details={"fields": [{"path": "inputs.rung", "message": "没有这个督办层级"}]})
    return rung


async def issue(move: Move) -> None:
    """The letter goes out."""
    own: Supervision = move.subject
    move.change(demands=move.inputs.demands, facts=move.inputs.facts or own.facts)
    await _sent(move)


async def submit(move: Move) -> None:
    """The draft is kept; a leader outside the unit's and the accused's line decides."""
    own: Supervision = move.subject
    told = move.inputs
    if told.until <= clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.until", "message": "应当晚于今天"}]})
    move.change(
        demands=told.demands,
        facts=told.facts or own.facts,
        leader_in_charge=told.leader_in_charge[:60],
        listed_until=told.until,
    )
    await _leader(move)


async def approve(move: Move) -> None:
    """What was approved goes out; what is listed is on record, and costs the year's honours where the rung says so."""
    own: Supervision = move.subject
    if own.rung.listed:
        move.change(listed_on=clock.today(), unlisted_on=None)
    await _sent(move)
    if own.rung.disqualifies:
        await _disqualified(move, own.rung.name)


async def _leader(move: Move) -> None:
    """The nearest leader who is in neither line; raises NobodyToSupervise."""
    if move.standing(Relation.DECIDING):
        return
    own: Supervision = move.subject
    accused = await recusal.accused_of(move.matter.id)
    proposer = {move.actor.person_id} if move.actor.person_id else set()
    beside = Accused(accused.units | {own.unit_id}, accused.persons | proposer)
    found = await manning.nearest(Role.LEADER, chain_of(own.by_unit.region_id, None), beside)
    if found is None:
        raise NobodyToSupervise
    move.involve(Relation.DECIDING, found)


async def _sent(move: Move) -> None:
    own: Supervision = move.subject
    await _addressed(move)
    due = clocks.due(move.at, Term(own.rung.answer_days, Per.WORKING_DAY), move.pack.calendar)
    move.change(answer_due=due, postponed_until=None)
    form = await LetterForm.get(code=own.rung.letter_id)
    said = {
        "subject": own.subject,
        "facts": own.facts,
        "demands": own.demands,
        "basis": own.basis,
        "rung": own.rung.name,
        "leader_in_charge": own.leader_in_charge,
        "listed_until": own.listed_until.isoformat() if own.listed_until else "",
    }
    await _letter(move, form.code, f"关于{own.subject}的{form.name}", said, answered=True)


async def _letter(move: Move, form: str, title: str, said: dict[str, Any], *, answered: bool = False) -> None:
    """Issue a letter to the unit; the entry says its number."""
    own: Supervision = move.subject
    draft = Draft(
        form=form,
        title=title[:200],
        said=said,
        from_unit=own.by_unit_id,
        to_unit=own.unit_id,
        readers=LETTER_READERS,
        answer_due=own.answer_due if answered else None,
    )
    letter = await issuing.issued(move.matter.id, draft, move.actor.post_id)
    move.fresh.append(letter)
    move.said["letter"] = letter.number


async def _addressed(move: Move) -> None:
    """The unit comes in with its first letter, and not before."""
    if move.standing(Relation.LEAD):
        return
    own: Supervision = move.subject
    accused = await recusal.accused_of(move.matter.id)
    liaison = await overseeing.answering(own.unit_id, accused)
    move.involve(Relation.LEAD, own.unit_id)
    if liaison:
        move.involve(Relation.LIAISON, liaison)


async def postpone(move: Move) -> None:
    """It comes back by itself on that day."""
    until: date = move.inputs.until
    if until <= clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.until", "message": "应当晚于今天"}]})
    move.change(postponed_until=until)
    move.owes.append(Owe("resume", SUPERVISOR, "resume", lapses_to="resume", until=clock.start_of(until)))


async def sign(move: Move) -> None:
    """Whoever signs for the letters that came; the answer is owed by the day the letter names."""
    own: Supervision = move.subject
    await _mine(move).filter(signed_at=None).update(signed_at=move.at, signed_by_id=move.actor.post_id)
    move.owes.append(Owe("answer", LIAISON, "answer", lapses_to="propose_raise", until=own.answer_due))


async def answer(move: Move) -> None:
    """The answer in writing, with its evidence, belongs to the letter that asked for it."""
    await attached.attach_given(move, released=True)
    letter = await _mine(move).filter(answer_due__not_isnull=True).order_by("-issued_at").first()
    if letter:
        await Letter.filter(id=letter.id).update(answered_by_entry=move.matter.entries_made + 1)


def _mine(move: Move) -> Any:
    return Letter.filter(matter_id=move.matter.id, to_unit_id=move.subject.unit_id)


async def accept(move: Move) -> None:
    """What was demanded is done; a second look follows where the rung asks for one."""
    own: Supervision = move.subject
    move.change(accepted_on=clock.today(), looked_back_on=None)
    if own.rung.look_back_days:
        due = clocks.due(move.at, Term(own.rung.look_back_days, Per.CALENDAR_DAY), move.pack.calendar)
        move.owes.append(Owe("look_back", SUPERVISOR, "look_back", until=due))


async def return_(move: Move) -> None:
    """Again, within the rung's days."""
    own: Supervision = move.subject
    due = clocks.due(move.at, Term(own.rung.answer_days, Per.WORKING_DAY), move.pack.calendar)
    move.change(answer_due=due, returns=own.returns + 1)
    move.owes.append(Owe("answer", LIAISON, "answer", lapses_to="propose_raise", returned=True, until=due))


async def propose_raise(move: Move) -> None:
    """The next rung is proposed, once; what is owed stays owed, though it is late."""
    own: Supervision = move.subject
    for duty in move.duties:
        duty.lapses_to = None
        await duty.save(update_fields=["lapses_to"])
    above = await Rung.filter(order__gt=own.rung.order).order_by("order").first()
    move.said["rung"] = above.code if above else None
    if not move.has("decide_raise"):
        move.owes.append(Owe("decide_raise", SUPERVISOR, "decide_raise"))


async def raise_(move: Move) -> None:
    """A higher rung, to be decided as the first one was."""
    rung = await _rung(move.inputs.rung)
    if rung.order <= move.subject.rung.order:
        raise Invalid(details={"fields": [{"path": "inputs.rung", "message": "应当高于现在的层级"}]})
    move.change(rung_id=rung.code)


async def unlist(move: Move) -> None:
    """摘牌, with a letter."""
    own: Supervision = move.subject
    move.change(unlisted_on=clock.today())
    said = {
        "subject": own.subject,
        "listed_on": own.listed_on.isoformat() if own.listed_on else "",
        "conclusion": move.inputs.conclusion,
    }
    await _letter(move, "unlisting", f"关于{own.subject}摘牌的通知", said)


async def look_back(move: Move) -> None:
    """What was found stays found."""
    move.change(looked_back_on=clock.today())
    await attached.attach_given(move, released=False)


async def relapse(move: Move) -> None:
    """What was accepted did not last: the supervision begins anew."""
    move.change(accepted_on=None, looked_back_on=clock.today())
    await attached.attach_given(move, released=False)


async def call(move: Move) -> None:
    """约谈通知 to the unit."""
    own, told = move.subject, move.inputs
    situation = await Situation.get_or_none(code=told.situation)
    if situation is None:
        raise Invalid(details={"fields": [{"path": "inputs.situation", "message": "没有这个约谈情形"}]})
    if told.on < clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.on", "message": "不能早于今天"}]})
    await _addressed(move)
    move.fresh.append(
        Interview(
            id=uuid4(), matter_id=move.matter.id, situation_id=situation.code, planned_on=told.on,
            place=told.place[:120], called_by_id=move.actor.post_id,
        )
    )  # fmt: skip
    said = {
        "subject": own.subject,
        "basis": own.basis,
        "situation": situation.name,
        "planned_on": told.on.isoformat(),
        "place": told.place,
        "persons": told.persons,
        "topics": told.topics,
    }
    await _letter(move, "interview", f"关于就{own.subject}进行约谈的通知", said)
    move.owes.append(Owe("interview", SUPERVISOR, "interview", until=clock.end_of(told.on)))


async def hold(move: Move) -> None:
    """约谈纪要: what was said and undertaken; a grave situation costs the year's honours."""
    told = move.inputs
    if told.on > clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.on", "message": "不能晚于今天"}]})
    if told.until <= clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.until", "message": "应当晚于今天"}]})
    interview = await _interview(move, held_on=None)
    await Interview.filter(id=interview.id).update(
        held_on=told.on,
        interviewed=[told.persons],
        record=told.record,
        undertakings=list(told.undertakings),
        due_on=told.until,
    )
    await attached.attach_given(move, released=True)
    move.owes.append(Owe("fulfil", LIAISON, "fulfil", until=clock.end_of(told.until)))
    if interview.situation.disqualifies:
        await _leader(move)
        await _disqualified(move, f"约谈：{interview.situation.name}")


async def fulfil(move: Move) -> None:
    """The unit reports what became of what it undertook."""
    interview = await _interview(move, held_on__not_isnull=True, fulfilled_on=None)
    await Interview.filter(id=interview.id).update(fulfilled_on=clock.today())
    await attached.attach_given(move, released=True)


async def _interview(move: Move, **which: Any) -> Interview:
    found = await Interview.filter(matter_id=move.matter.id, **which).order_by("-planned_on", "-id").first()
    if found is None:
        raise LookupError("a duty was owed for an interview that is not there")
    await found.fetch_related("situation")
    return found


async def _disqualified(move: Move, reason: str) -> None:
    own, today = move.subject, clock.today()
    row = {"unit_id": own.unit_id, "year": today.year, "matter_id": move.matter.id}
    if not await Disqualification.filter(**row).exists():
        move.fresh.append(Disqualification(id=uuid4(), **row, reason=reason[:200], since=today))
    move.said["disqualified"] = f"{today.year}年度"


async def revoke(move: Move) -> None:
    """A leader gives the year's honours back."""
    found = Disqualification.filter(matter_id=move.matter.id, revoked_on=None)
    if not await found.update(revoked_on=clock.today(), revoke_reason=move.inputs.reason[:200]):
        raise NotDisqualified


async def note(move: Move) -> None:
    """An officer's own file stays with those who read the note."""
    await attached.attach_given(move, released=move.actor.role is not Role.SUPERVISOR)


async def recuse(move: Move) -> None:
    """An officer steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)
