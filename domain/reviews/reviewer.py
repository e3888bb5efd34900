"""Who looks again: the same duty a level up, else a superior, else the intake chain (信访工作条例 art. 35)."""

from uuid import UUID

from domain.loop import manning, packs
from domain.loop.manning import Accused
from kit.errors import Conflict
from models import Unit


class NoReviewer(Conflict):
    """Nobody above may look at it again: the roster must be mended."""

    code, message = "no_reviewer", "没有可以复查的上一级单位，请联系受理中心"


async def reviewer_of(unit_id: UUID, accused: Accused) -> UUID:
    """The unit that reviews what this one answered; it has a head and a handler who need not step aside."""
    unit = await Unit.get(id=unit_id)
    higher = [unit.region_id[:length] for length in (4, 2) if length < len(unit.region_id)]
    superiors = [above for above in unit.line if above != unit.id]
    chain = [receiver.unit_id for receiver in (await packs.book()).receivers if receiver.unit_id != unit.id]
    found = await manning.candidates(higher, set(unit.duty_tags), accused, [*superiors, *chain])
    able = [one for one in found if not one.lacks and one.id != unit.id]
    for region in higher:
        for one in able:
            if one.region == region and one.tags & set(unit.duty_tags):
                return one.id
    ranked = {above: place for place, above in enumerate([*superiors, *chain])}
    last = min((one for one in able if one.id in ranked), key=lambda one: ranked[one.id], default=None)
    if last is None:
        raise NoReviewer
    return last.id
