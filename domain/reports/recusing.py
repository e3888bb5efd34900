"""回避: whoever reviews, oversees, comments on, watches or takes in a report steps aside from it, and it goes on.

The other reviewers of the office take over, or the next office upwards that has one; of a result likewise 组织人事.
Another leader is designated by the office; nobody has to be left of those who only read.
"""

from dataclasses import replace

from domain.loop import manning, recusal
from domain.loop.kinds import By, Move, Owe
from domain.loop.manning import Accused
from domain.reports import effects
from domain.reports.balloting import CONFIRM
from models import Duty, Official, Relation, Role

REVIEWER = By(Role.PRE_REVIEWER, Relation.INTAKE)
PERSONNEL = By(Role.PERSONNEL, Relation.PERSONNEL)
COMMENT = "comment_report"
DESIGNATE = Owe("designate_leader", REVIEWER, "designate_leader")


async def recuse(move: Move) -> None:
    """It is as if the report were not there; raises LastOne when nobody anywhere could do what they have to do."""
    person = move.actor.person_id
    if person is None:
        raise LookupError("the system has no interests")
    official = await Official.get(id=move.subject.official_id)
    before = await recusal.accused_of(move.matter.id)
    # None of those who take over works for the official, or is the official.
    before = replace(
        before,
        units=before.units | {official.unit_id},
        persons=before.persons | ({official.person_id} if official.person_id else set()),
    )
    await _taken_over(move, REVIEWER, _counting(move, before))
    await _taken_over(move, PERSONNEL, before)
    await _undesignated(move)
    await recusal.shut_out(move, person, move.inputs.reason)


def _counting(move: Move, accused: Accused) -> Accused:
    """Whoever entered ballots that wait for a second person is not the one who is left."""
    if move.has(CONFIRM):
        return replace(accused, persons=accused.persons | {move.subject.ballots_by})
    return accused


async def _taken_over(move: Move, by: By, before: Accused) -> None:
    """By the nearest office upwards, if the person was the last of theirs."""
    place, person = move.standing(by.relation), move.actor.person_id
    if place is None or person is None:
        return
    after = replace(before, persons=before.persons | {person})
    one_of_them = any((post.unit_id, post.role) == (place.unit_id, by.role) for post in move.actor.posts)
    if not one_of_them or (place.unit_id, by.role) in await manning.left([place.unit_id], after):
        return
    office = await manning.nearest(Role(by.role), manning.chain_of(move.matter.region_id, None), after)
    if office is None:
        raise recusal.LastOne
    await recusal.handed_on(move, by, office)
    if by is REVIEWER:
        owner = move.standing(Relation.LEAD)
        move.fresh += await effects.subordinates(move, owner.unit_id, office) if owner else []


async def _undesignated(move: Move) -> None:
    """A leader who steps aside, or their substitute, comments no more; the office names another if it is owed."""
    leader, person = move.standing(Relation.DECIDING), move.actor.person_id
    if leader is None or leader.post_id is None or person is None:
        return
    own = leader.post_id in move.actor.holds
    if not own and not await manning.stepping_aside([leader.post_id], Accused(frozenset(), frozenset({person}))):
        return
    await move.release(Relation.DECIDING)
    if move.has(COMMENT):
        await Duty.filter(matter_id=move.matter.id, closed_at=None, name=COMMENT).update(closed_at=move.at)
        move.owes.append(DESIGNATE)
