"""What each verb changes in the review, and what its end means for the case that was reviewed."""

from uuid import UUID

from domain.loop import engine, manning, recusal
from domain.loop.kinds import Move, WrongStage
from domain.people.actors import SYSTEM
from domain.reviews.inputs import Conclusion
from domain.reviews.reviewer import reviewer_of
from domain.reviews.stages import Stage
from kit import clock
from kit.errors import Conflict
from models import Case, Involvement, Matter, Post, Relation, Review, Role


class NotAReviewer(Conflict):
    """The chosen post is no active handler of the reviewing unit, handled the case, or must step aside."""

    code, message = "not_a_reviewer", "所选人员不是复查单位的承办人、办理过原件，或应当回避"


async def made(move: Move, opener: Move | None) -> Review:
    """The level above looks again; whoever handled the case, and their unit, do not."""
    if opener is None:
        raise LookupError("a review is of a case")
    case: Case = opener.subject
    reviewed = await _reviewed_before(opener.matter) or case.lead_unit_id
    if reviewed is None:
        raise LookupError("a case that was answered has a lead unit")
    reviewer = await reviewer_of(reviewed, await recusal.accused_of(opener.matter.id))
    move.involve(Relation.INTAKE, move.matter.receiving_unit_id)
    move.involve(Relation.LEAD, reviewer)
    return Review(matter_id=move.matter.id, level=move.inputs.level, unit_id=reviewer)


async def _reviewed_before(case: Matter) -> UUID | None:
    """The unit of the last review: the next level is above it."""
    last = await Review.filter(matter__opened_by_id=case.id).order_by("-level").first()
    return last.unit_id if last else None


async def take_up(move: Move) -> None:
    """An active handler of the reviewing unit who did not handle the case and need not step aside."""
    post = await Post.get_or_none(id=move.inputs.post, role=Role.HANDLER).select_related("unit")
    today = clock.today()
    if post is None or post.since > today or (post.until and post.until < today):
        raise NotAReviewer
    lead = move.standing(Relation.LEAD)
    handled = await Involvement.filter(
        matter_id=move.matter.opened_by_id, relation=Relation.ASSIGNEE, post__person_id=post.person_id
    ).exists()
    accused = await recusal.accused_of(move.matter.id)
    aside = await manning.stepping_aside([post.id], accused)
    if lead is None or lead.unit_id not in post.unit.line or handled or aside:
        raise NotAReviewer
    await move.release(Relation.ASSIGNEE)
    move.involve(Relation.ASSIGNEE, post.unit_id, post.id)


async def propose(move: Move) -> None:
    """What the head decides about."""
    move.change(conclusion=move.inputs.conclusion, opinion=move.inputs.model_dump(mode="json"))


async def decide(move: Move) -> None:
    """The complainant reads what was approved."""
    move.said |= {"conclusion": move.subject.conclusion, "opinion": move.subject.opinion["opinion"]}


async def recuse(move: Move) -> None:
    """Whoever examines steps aside; the head chooses another."""
    await recusal.step_aside(move, move.inputs.reason)
    await move.release(Relation.ASSIGNEE)


async def step_aside(move: Move) -> None:
    """Somebody of the offices steps aside; whoever shares their duty takes over."""
    await recusal.step_aside(move, move.inputs.reason)


async def ended(move: Move) -> None:
    """The case learns how it came out; a revoked answer is worked out anew, by another officer."""
    case = await Matter.get(id=move.matter.opened_by_id)
    revoked = move.matter.stage == Stage.DECIDED and move.subject.conclusion == Conclusion.REVOKED
    said = {"number": move.matter.number, "conclusion": _told(move)}
    try:
        await engine.take(SYSTEM, case.number, "redo_after_review" if revoked else "note_review", said)
    except WrongStage:  # it is being handled anew already
        await engine.take(SYSTEM, case.number, "note_review", said)


def _told(move: Move) -> str:
    return str(move.subject.conclusion) if move.matter.stage == Stage.DECIDED else str(move.matter.stage)
