"""评议结果: channel by channel once the window is closed, where enough took part; never added together or ranked."""

from collections.abc import Container
from dataclasses import dataclass
from uuid import UUID

from domain.people.actors import Actor
from domain.voices.boxes import SCORES
from domain.voices.electors import Rated
from models import RatingBox, RatingChannel, RatingChannelCode, RatingCriterion, Role

MEETING = RatingChannelCode.MEETING
READ_ALL = frozenset({Role.PRE_REVIEWER, Role.PERSONNEL, Role.LEADER})


@dataclass(frozen=True, slots=True)
class Shares:
    """How many in a hundred gave each score, the lowest first; none where too few gave any."""

    name: str
    shares: list[int]


@dataclass(frozen=True, slots=True)
class Result:
    """A channel's; without numbers where too few took part, as where nobody did."""

    channel: RatingChannel
    votes: int | None
    criteria: list[Shares]


async def of(rated: Rated, actor: Actor | None = None) -> list[Result]:
    """What this reader may see of it: nobody anything before the window is closed."""
    if not rated.over:
        return []
    channels = await RatingChannel.all().order_by("order")
    boxes = await RatingBox.filter(report_id=rated.id)
    if any(box.closed_on is None and box.channel is not MEETING for box in boxes):  # the worker is about to
        return []
    found = {box.channel: box for box in boxes if box.closed_on}
    names = {one.code: one.name for one in await RatingCriterion.all()}
    every = actor is not None and _reads_all(actor, rated)
    shown = [one for one in _held(channels, found) if (one.public or every) and _was_open(one, rated, found)]
    return [_result(one, found.get(one.code), names) for one in shown]


async def appraised(report_id: UUID) -> list[Result]:
    """What the package of an official's year has: the channels that are not the public's, once they are closed."""
    boxes = {box.channel: box for box in await RatingBox.filter(report_id=report_id, closed_on__not_isnull=True)}
    names = {one.code: one.name for one in await RatingCriterion.all()}
    channels = await RatingChannel.filter(public=False).order_by("order")
    return [_result(one, boxes.get(one.code), names) for one in _held(channels, boxes)]


def _held(channels: list[RatingChannel], found: Container[RatingChannelCode]) -> list[RatingChannel]:
    """All but a meeting that was not held, or whose ballots nobody confirmed: nobody could take part in it."""
    return [one for one in channels if one.code is not MEETING or MEETING in found]


def _was_open(channel: RatingChannel, rated: Rated, found: Container[RatingChannelCode]) -> bool:
    """What the operator never opened has no result: not even that too few took part."""
    return rated.by_public or channel.code in found or channel.code is not RatingChannelCode.PUBLIC


def _reads_all(actor: Actor, rated: Rated) -> bool:
    own = actor.standing.region if actor.standing else "-"
    mine = rated.person_id is not None and actor.person_id == rated.person_id
    return mine or (actor.role in READ_ALL and rated.region.startswith(own))


def _result(channel: RatingChannel, box: RatingBox | None, names: dict[str, str]) -> Result:
    if box is None or box.votes is None or box.sums is None:
        return Result(channel, None, [])
    sums = [box.sums[place * SCORES : (place + 1) * SCORES] for place in range(len(box.criteria))]
    criteria = [
        Shares(names[code], _shares(counts, box.votes, channel.fewest))
        for code, counts in zip(box.criteria, sums, strict=True)
    ]
    return Result(channel, box.votes, criteria)


def _shares(counts: list[int], votes: int, fewest: int) -> list[int]:
    """Of those who gave a score: on paper one may leave it out, and where too many did nothing shows."""
    scored = sum(counts)
    return [] if scored < min(votes, fewest) else _in_a_hundred(counts, scored)


def _in_a_hundred(counts: list[int], whole: int) -> list[int]:
    """Whole hundredths that add up to a hundred: what is left over goes to the largest remainders."""
    exact = [count * 100 for count in counts]
    shares = [one // whole for one in exact]
    rest = sorted(range(len(counts)), key=lambda place: (-(exact[place] % whole), place))
    for place in rest[: 100 - sum(shares)]:
        shares[place] += 1
    return shares
