"""What each verb changes in a question: to whom it is put, what was answered, what everybody reads."""

from uuid import uuid4

from domain.loop.kinds import By, Move
from kit import clock
from kit.errors import Conflict
from models import Involvement, Matter, Question, Recusal, Relation, Role

OFFICIAL = By(Role.OFFICIAL, Relation.ASSIGNEE)
REVIEWER = By(Role.PRE_REVIEWER, Relation.INTAKE)


class NobodyAnswers(Conflict):
    """The report's official holds no such post any more."""

    code, message = "nobody_answers", "述法人已不在任，无法转交答复"


async def made(move: Move, _opener: Move | None) -> Question:
    """Read first by the office that reviewed the report; whoever is shut out of that is shut out of this."""
    told, matter = move.inputs, move.matter
    report = await Matter.get(id=told.report)
    matter.opened_by_id = report.id
    matter.region_id, matter.receiving_unit_id = report.region_id, report.receiving_unit_id
    move.involve(Relation.INTAKE, report.receiving_unit_id)
    move.fresh += [
        Recusal(
            id=uuid4(), matter_id=matter.id, unit_id=row.unit_id, person_id=row.person_id, reason=row.reason,
            accused=row.accused, since=row.since,
        )
        for row in await Recusal.filter(matter_id=report.id)
    ]  # fmt: skip
    return Question(matter_id=matter.id, report_id=report.id, asked_by=told.asked_by, text=told.text)


async def accept(move: Move) -> None:
    """From now on the official and their unit see it."""
    places = Involvement.filter(
        matter_id=move.subject.report_id, until=None, relation__in=[Relation.LEAD, Relation.ASSIGNEE]
    )
    found = await places
    if not any(place.relation is Relation.ASSIGNEE for place in found):
        raise NobodyAnswers
    for place in found:
        move.involve(place.relation, place.unit_id, place.post_id)


async def answer(move: Move) -> None:
    """Nobody else reads it before a reviewer has."""
    move.change(answer=move.inputs.text)


async def return_(move: Move) -> None:
    """The clock goes on."""
    move.change(returns=move.subject.returns + 1)


async def publish(move: Move) -> None:
    """Question and answer stand with the report."""
    move.change(published_on=clock.today())


async def withdraw(move: Move) -> None:
    """Gone from the page at once."""
    move.change(published_on=None)
