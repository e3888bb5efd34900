"""会议测评票: a meeting's paper ballots, counted by one person of the office and entered anew by another.

The numbers lie in the meeting's box alone, as those of every channel do: the timeline says who counted, never what.
The second person does not see what the first one entered and is told where the two differ, by its name alone. When
they agree the box is closed, and the count is a result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from domain.loop.engine import SamePerson
from domain.loop.kinds import Move, Scene
from domain.reports.inputs import SCORES, Ballots
from kit import clock
from kit.errors import Conflict, Invalid
from kit.words import phrase
from models import RatingBox, RatingChannel, RatingChannelCode, RatingCriterion

MEETING = RatingChannelCode.MEETING
CONFIRM = "confirm_ballots"  # the duty of the second person
DIFFERS = "“{}”与第一次录入的不一致"
FEWEST = "有效票至少 {} 张才形成会议评议结果；不足的不录入"
UNEVEN = "“{}”各档票数与弃权合计 {} 张，有效票是 {} 张"
TEXTS = (DIFFERS, FEWEST, UNEVEN)


class NotToBeRated(Conflict):
    """Nothing was submitted yet, so there was nothing that a meeting could hear."""

    code, message = "nothing_to_rate", "述法报告还没有提交过，不能录入会议测评票"


class BallotsCounted(Conflict):
    """There is a count: it is confirmed, or another person is to confirm it or to throw it away."""

    code, message = "ballots_counted", "会议测评票已经录入；需要重新计票的，由复核的人退回"


class BallotsDiffer(Conflict):
    """The two entries of one count differ; `details.fields` says in what, never by how much."""

    code, message = "ballots_differ", "两次录入不一致，请对照纸质票核对；第一次录入有误的，请退回重新计票"


class BallotsUnconfirmed(Conflict):
    """A count waits for its second person, so the year's result is not complete."""

    code, message = "ballots_unconfirmed", "会议测评票等待另一人复核，复核或退回后再办结"


def uncounted(scene: Scene) -> None:
    """Something was submitted, and no count is there."""
    if not scene.subject.version:
        raise NotToBeRated
    if scene.subject.ballots_by:
        raise BallotsCounted


def by_another(scene: Scene) -> None:
    """Not by whoever entered it first."""
    if scene.actor.person_id == scene.subject.ballots_by:
        raise SamePerson


def settled(scene: Scene) -> None:
    """No count waits for its second person."""
    if scene.has(CONFIRM):
        raise BallotsUnconfirmed


@dataclass(frozen=True, slots=True)
class Count:
    """What was read from the paper: of each criterion how many gave each score; and what the criteria are called."""

    held_on: date
    votes: int
    invalid: int
    sums: dict[str, list[int]]
    names: dict[str, str]


async def count(move: Move) -> None:
    """Put a count into the meeting's box, where it is no result yet."""
    told = await _read(move.inputs)
    box = await _box(move.matter.id) or RatingBox(
        id=uuid4(), report_id=move.matter.id, channel=MEETING, criteria=[], voters=b""
    )
    box.criteria = list(told.names)
    box.sums = [number for code in told.names for number in told.sums[code]]
    box.votes, box.invalid = told.votes, told.invalid
    await box.save()
    move.change(ballots_by=move.actor.person_id, ballots_on=told.held_on)


async def confirm(move: Move) -> None:
    """Close the box, where the second entry says the same; raises BallotsDiffer."""
    told, box = await _read(move.inputs), await _box(move.matter.id)
    if box is None:
        raise LookupError("a duty to confirm a count has one")
    fields = list(_differing(told, box, move.subject.ballots_on))
    if fields:
        raise BallotsDiffer(details={"fields": fields})
    box.closed_on = clock.today()
    await box.save(update_fields=["closed_on"])


async def throw_away(move: Move) -> None:
    """The count is gone, so that it is made again by whoever likes."""
    await RatingBox.filter(report_id=move.matter.id, channel=MEETING).update(votes=None, invalid=None, sums=None)
    move.change(ballots_by=None, ballots_on=None)


async def _box(report_id: UUID) -> RatingBox | None:
    return await RatingBox.get_or_none(report_id=report_id, channel=MEETING)


async def _read(given: Ballots) -> Count:
    """What was entered, if it agrees with itself and is of enough people; raises Invalid with all that is wrong."""
    rated = await RatingCriterion.all().order_by("order")
    names = {one.code: one.name for one in rated if MEETING in one.channels}
    channel = await RatingChannel.get(code=MEETING)
    told = Count(
        given.held_on,
        given.ballots - given.invalid,
        given.invalid,
        {one.criterion: [getattr(one, score) for score in SCORES] for one in given.tallies},
        names,
    )
    wrong = list(_wrong(given, told, channel.fewest))
    if wrong:
        raise Invalid(details={"fields": [{"path": f"inputs.{path}", "message": text} for path, text in wrong]})
    return told


def _wrong(given: Ballots, told: Count, fewest: int) -> Iterator[tuple[str, str]]:
    if given.held_on > clock.today():
        yield "held_on", "不能晚于今天"
    if told.votes < 0:
        yield "invalid", "无效票不能多于收回的票"
    elif told.votes < fewest:
        yield "ballots", phrase(FEWEST).format(fewest)
    if sorted(one.criterion for one in given.tallies) != sorted(told.names):
        yield "tallies", "每个评议项目填写一次"
        return
    for place, one in enumerate(given.tallies):
        whole = sum(told.sums[one.criterion]) + one.abstained
        if whole != told.votes >= 0:
            name = phrase(told.names[one.criterion])
            yield f"tallies.{place}", phrase(UNEVEN).format(name, whole, told.votes)


def _differing(told: Count, box: RatingBox, held_on: date) -> Iterator[dict[str, Any]]:
    sums, each = box.sums or [], len(SCORES)
    first = {code: sums[place * each : (place + 1) * each] for place, code in enumerate(box.criteria)}
    named = Ballots.model_fields
    for name, same in (
        ("held_on", told.held_on == held_on),
        ("ballots", told.votes + told.invalid == (box.votes or 0) + (box.invalid or 0)),
        ("invalid", told.invalid == box.invalid),
    ):
        if not same:
            yield _field(name, named[name].title or name)
    for place, (code, counts) in enumerate(told.sums.items()):
        if counts != first.get(code):
            yield _field(f"tallies.{place}", told.names[code])


def _field(path: str, name: str) -> dict[str, Any]:
    return {"path": f"inputs.{path}", "message": phrase(DIFFERS).format(phrase(name))}
