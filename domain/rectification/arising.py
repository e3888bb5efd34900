"""列入问题清单 out of a step of another kind: the row which that kind's table takes over."""

from collections.abc import Iterable

from domain.loop import opening
from domain.loop.kinds import OFFICE, By, Move, Nothing, Step
from domain.rectification.inputs import Arising, Listing
from models import RectificationSource

RECTIFICATION = "rectification"  # the kind's name


def listing(sources: frozenset[str], by: Iterable[By], source: RectificationSource) -> Step:
    """The row by which a matter's problem becomes a line of the ledger: its own entry says the number and no more."""

    async def effect(move: Move) -> None:
        given, move.inputs = move.inputs, Nothing()
        await opening.out_of(move, RECTIFICATION, Listing(source=source, **given.model_dump()))

    return Step("list_problem", "列入问题清单", sources, None, tuple(by), Arising, effect=effect, readers=OFFICE)
