"""评议结果: channel by channel once the window is closed, where enough took part; never added together or ranked."""

from dataclasses import dataclass
from uuid import UUID

from domain.people.actors import Actor
from domain.voices.boxes import SCORES
from domain.voices.electors import Rated
from models import RatingBox, RatingChannel, RatingCriterion, Role

READ_ALL = frozenset({Role.PRE_REVIEWER, Role.PERSONNEL, Role.LEADER})


@dataclass(frozen=True, slots=True)
class Shares:
    """How many in a hundred gave each score, the lowest first."""

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
    found = {box.channel: box for box in await RatingBox.filter(report_id=rated.id)}
    if any(box.closed_on is None for box in found.values()):  # the worker is about to
        return []
    names = {one.code: one.name for one in await RatingCriterion.all()}
    every = actor is not None and _reads_all(actor, rated)
    return [_result(one, found.get(one.code), names) for one in channels if one.public or every]


async def appraised(report_id: UUID) -> list[Result]:
    """What the package of an official's year has: the channels that are not the public's, once they are closed."""
    boxes = {box.channel: box for box in await RatingBox.filter(report_id=report_id, closed_on__not_isnull=True)}
    names = {one.code: one.name for one in await RatingCriterion.all()}
    channels = await RatingChannel.filter(public=False).order_by("order")
    return [_result(one, boxes.get(one.code), names) for one in channels]


def _reads_all(actor: Actor, rated: Rated) -> bool:
    own = actor.standing.region if actor.standing else "-"
    mine = rated.person_id is not None and actor.person_id == rated.person_id
    return mine or (actor.role in READ_ALL and rated.region.startswith(own))


def _result(channel: RatingChannel, box: RatingBox | None, names: dict[str, str]) -> Result:
    if box is None or box.votes is None or box.sums is None:
        return Result(channel, None, [])
    votes, sums = box.votes, box.sums
    criteria = [
        Shares(names[code], _in_a_hundred(sums[place * SCORES : (place + 1) * SCORES], votes))
        for place, code in enumerate(box.criteria)
    ]
    return Result(channel, votes, criteria)


def _in_a_hundred(counts: list[int], whole: int) -> list[int]:
    """Whole hundredths that add up to a hundred: what is left over goes to the largest remainders."""
    exact = [count * 100 for count in counts]
    shares = [one // whole for one in exact]
    rest = sorted(range(len(counts)), key=lambda place: (-(exact[place] % whole), place))
    for place in rest[: 100 - sum(shares)]:
        shares[place] += 1
    return shares
