"""What each verb changes in the case itself; stage, clock, duties, notices and the entry are the engine's."""

from uuid import UUID, uuid4

from domain.cases import checking, routing, suggesting
from domain.cases.inputs import Aspects
from domain.cases.merging import tell_followers
from domain.loop import attached, manning, packs, recusal
from domain.loop.kinds import By, Move, Owe
from domain.loop.manning import Accused
from kit import clock
from kit.errors import Conflict, Invalid
from models import Case, CaseText, Involvement, Post, Rating, Relation, Role, Unit

DISSATISFIED = 2  # an aspect "result" of so much or less


class NotAHandler(Conflict):
    """The chosen post is no active handler of the lead unit, or must step aside."""

    code, message = "not_a_handler", "所选人员不是承办单位的承办人，或应当回避"


class SameOfficer(Conflict):
    """A reopened case goes to another officer than before."""

    code, message = "same_officer", "重新办理须由另一名承办人承办"


class ClaimsMissing(Invalid):
    """Each claim is answered once; `details.missing` lists those that are not."""

    code, message = "claims_missing", "每一项诉求都要逐项答复"


async def refuse(move: Move) -> None:
    """The case ends with the refusal's reason as its outcome; who refused does not decide when it is contested."""
    move.change(outcome="refused", refused_by=move.actor.person_id)


async def screen(move: Move) -> None:
    """Category, urgency, claims, and who is accused; a changed urgency changes both dues."""
    told = move.inputs
    if told.category not in (await packs.book()).categories:
        raise Invalid("没有这个类别")
    move.said["suggested"] = await suggesting.followed(move)
    move.change(category_id=told.category, claims=list(told.claims))
    if told.tier is not move.matter.tier:
        move.matter.tier = told.tier
        move.retiered = True
    if told.accused_units or told.accused_persons:
        await recusal.accuse(move, told.accused_units, told.accused_persons, "被举报")


async def transfer(move: Move) -> None:
    """Lead and assisting units by rule or by hand; the decision is kept with its reason."""
    case: Case = move.subject
    checked = await checking.confirmed(move, move.inputs.summary, case.claims)
    category = (await packs.book()).categories[case.category_id]
    accused = await recusal.accused_of(move.matter.id)
    region = move.matter.region_id
    if move.inputs.lead:
        decision = await routing.chosen(move.inputs.lead, region, accused)
    else:
        decision = await routing.decided(category, region, accused, move.matter.receiving_unit_id)
    await move.release(Relation.LEAD, Relation.LIAISON, Relation.ASSIGNEE, Relation.ASSISTING, Relation.ASSIST_LIAISON)
    move.involve(Relation.LEAD, decision.unit_id)
    if decision.liaison_unit_id:
        move.involve(Relation.LIAISON, decision.liaison_unit_id)
    for unit_id in dict.fromkeys(move.inputs.assisting):
        if unit_id != decision.unit_id:
            await _involve_assisting(move, unit_id, accused)
    move.change(summary=move.inputs.summary, lead_unit_id=decision.unit_id, routing=decision.told(), objections=0)
    await attached.release(move, move.inputs.withheld)
    move.said |= {"unit": decision.unit_name, "routing": decision.told(), "checked": checked}


async def _involve_assisting(move: Move, unit_id: UUID, accused: Accused) -> None:
    unit = await Unit.get_or_none(id=unit_id, until=None)
    if unit is None or accused.units & set(unit.line):
        raise routing.CannotLead("协办单位不存在或应当回避")
    liaison = await manning.liaison_of(unit_id, accused)
    if liaison is None:
        raise routing.CannotLead("协办单位没有联络员")
    move.involve(Relation.ASSISTING, unit_id)
    if not any(place.relation is Relation.ASSIST_LIAISON and place.unit_id == liaison for place in move.involved):
        move.involve(Relation.ASSIST_LIAISON, liaison)


async def recall(move: Move) -> None:
    """The handling side leaves the case."""
    await move.release(Relation.LEAD, Relation.LIAISON, Relation.ASSIGNEE, Relation.ASSISTING, Relation.ASSIST_LIAISON)
    move.change(lead_unit_id=None)


async def object_(move: Move) -> None:
    """One objection is spent."""
    move.change(objections=move.subject.objections + 1)


async def assign(move: Move) -> None:
    """An active handler of the lead unit or of a department below it, who need not step aside."""
    post = await Post.get_or_none(id=move.inputs.post, role=Role.HANDLER).select_related("unit")
    today = clock.today()
    if post is None or post.since > today or (post.until and post.until < today):
        raise NotAHandler
    accused = await recusal.accused_of(move.matter.id)
    lead = move.standing(Relation.LEAD)
    if lead is None or lead.unit_id not in post.unit.line or await manning.stepping_aside([post.id], accused):
        raise NotAHandler
    if move.subject.reopened_at and post.person_id in await _earlier_officers(move):
        raise SameOfficer
    await move.release(Relation.ASSIGNEE)
    move.involve(Relation.ASSIGNEE, post.unit_id, post.id)


async def _earlier_officers(move: Move) -> set[UUID]:
    earlier = Involvement.filter(
        matter_id=move.matter.id, relation=Relation.ASSIGNEE, since__lt=move.subject.reopened_at
    )
    return set(await earlier.values_list("post__person_id", flat=True))  # type: ignore[arg-type]  # typed as tuples


async def extend(move: Move) -> None:
    """One extension is spent; the term granted is the pack's."""
    move.granted = move.pack.term("extend", move.matter.tier)
    move.change(extensions=move.subject.extensions + 1)


async def answer(move: Move) -> None:
    """Every claim of the screening answered exactly once."""
    given = [part.claim for part in move.inputs.claims]
    wanted = list(range(len(move.subject.claims)))
    if sorted(given) != wanted:
        missing = [claim + 1 for claim in wanted if given.count(claim) != 1]
        raise ClaimsMissing(details={"missing": missing})
    move.change(answer=move.inputs.model_dump(mode="json", exclude={"files"}))
    await attached.attach_given(move, released=True)


async def reply(move: Move) -> None:
    """What the complainant receives is what was approved; whoever reported the same learns how it came out."""
    move.said["answer"] = move.subject.answer
    await tell_followers(move.matter, move.subject.answer["summary"])


async def log_attempt(move: Move) -> None:
    """Tries count by day."""
    today = clock.today()
    if move.subject.attempted_on != today:
        move.change(attempted_on=today, attempt_days=move.subject.attempt_days + 1)


async def call_back(move: Move) -> None:
    """The rating that the complainant gave when called; dissatisfied means that reopening is decided."""
    _rated(move, move.inputs, "call_back")


async def rate(move: Move) -> None:
    """The rating that the complainant gave with the receipt."""
    _rated(move, move.inputs, "receipt")


def _rated(move: Move, said: Aspects, given_by: str) -> None:
    case: Case = move.subject
    dissatisfied = not said.solved or said.result <= DISSATISFIED
    move.fresh.append(
        Rating(
            id=uuid4(),
            matter_id=move.matter.id,
            round=case.reopenings,
            given_by=given_by,
            solved=said.solved,
            speed=said.speed,
            attitude=said.attitude,
            result=said.result,
            on_day=move.at.date(),
        )
    )
    move.change(outcome="dissatisfied" if dissatisfied else "satisfied")
    if dissatisfied and case.reopenings < move.pack.limits["reopen_most"] and not move.has("decide_reopen"):
        move.owes.append(Owe("decide_reopen", By(Role.CALL_BACK_OFFICER, Relation.INTAKE), "decide_reopen"))


async def give_up(move: Move) -> None:
    """未联系上: its own column in every figure."""
    move.change(outcome="unreachable")


async def reopen(move: Move) -> None:
    """Another round under the same unit, to be handled by another officer."""
    await move.release(Relation.ASSIGNEE)
    move.change(
        reopenings=move.subject.reopenings + 1, reopened_at=move.at, outcome="", attempt_days=0, attempted_on=None
    )


async def add(move: Move) -> None:
    """Kept word for word beside the first text, for intake only."""
    move.fresh.append(
        CaseText(id=uuid4(), matter_id=move.matter.id, seq=move.matter.entries_made + 1, text=move.inputs.text)
    )
    await attached.attach_given(move, released=False)


async def supply(move: Move) -> None:
    """What answers the unit's question is for the unit."""
    await attached.attach_given(move, released=True)


async def ask(move: Move) -> None:
    """The question was looked over before the complainant reads it."""
    move.said["checked"] = await checking.confirmed_by_unit(move, "question", move.inputs.question)


async def relay(move: Move) -> None:
    """What was added goes to the unit too, looked over as the summary was, but for what is withheld."""
    if move.inputs.summary:
        move.said["checked"] = await checking.confirmed(move, move.inputs.summary)
    await attached.release(move, move.inputs.withheld)


async def note(move: Move) -> None:
    """An officer's own file stays with those who read the note."""
    unit = move.actor.role in {Role.LIAISON, Role.HEAD, Role.HANDLER}
    await attached.attach_given(move, released=unit)


async def retier(move: Move) -> None:
    """Both dues follow the urgency."""
    if move.inputs.tier is not move.matter.tier:
        move.matter.tier = move.inputs.tier
        move.retiered = True


async def withdraw(move: Move) -> None:
    """The complainant's own end of the case."""
    move.change(outcome="withdrawn")


async def exclude(move: Move) -> None:
    """Further recusals, found on the way."""
    if not move.inputs.units and not move.inputs.persons:
        raise Invalid("请选择需要回避的单位或人员")
    await recusal.accuse(move, move.inputs.units, move.inputs.persons, move.inputs.reason)


def supervised(move: Move) -> UUID:
    """The unit that has the case, which is the receiving one before any other has."""
    lead = move.standing(Relation.LEAD)
    return lead.unit_id if lead else move.matter.receiving_unit_id


async def recuse(move: Move) -> None:
    """An officer steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)


async def recuse_assignee(move: Move) -> None:
    """The officer in charge steps aside: the liaison assigns another."""
    await recusal.step_aside(move, move.inputs.reason)
    await move.release(Relation.ASSIGNEE)
