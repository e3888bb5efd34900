"""Which numbers of a published table are left out, so that nobody works out one that is too small.

A number of 1 to `fewest` - 1 is left out. Then so many others are, that none of those can be had by subtracting: in
every sum (`Sum`: a whole and its parts, over regions, categories or months) at least two parts stay open that come to
`fewest` together, or the whole is left out too. In the end we do what an attacker would: solve all the sums for what is
left out, also with the numbers published earlier, and leave out more while anything comes out.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole and the parts that make it up."""

    whole: Hashable
    parts: tuple[Hashable, ...]

    @property
    def cells(self) -> tuple[Hashable, ...]:
        """All of them."""
        return (self.whole, *self.parts)


class NotProtected(Exception):
    """Numbers published earlier give away one of these: they must not have been."""


def left_out(
    values: Mapping[Hashable, int],
    sums: Sequence[Sum],
    fewest: int,
    *,
    shown_before: Iterable[Hashable] = (),
    hidden_before: Iterable[Hashable] = (),
) -> set[Hashable]:
    """The cells that are not given, those left out before included."""
    fixed = frozenset(shown_before)
    hidden = set(hidden_before) | {cell for cell, n in values.items() if 0 < n < fewest and cell not in fixed}
    while True:
        lacking = next((one for one in sums if _open(one, values, hidden, fewest)), None)
        if lacking is not None:
            hidden.add(_next(lacking, values, hidden, fixed))
            continue
        given_away = solved(values, sums, hidden)
        if not given_away:
            return hidden
        cell = min(given_away, key=str)
        among = [one for one in sums if cell in one.cells and any(_free(one, hidden, fixed))]
        if not among:
            raise NotProtected(f"{cell} follows from what is published")
        hidden.add(_next(among[0], values, hidden, fixed))


def _open(one: Sum, values: Mapping[Hashable, int], hidden: set[Hashable], fewest: int) -> bool:
    """What is left out of a sum follows from the rest of it, or is too few together."""
    parts = [part for part in one.parts if part in hidden]
    if one.whole in hidden:
        return not parts
    return bool(parts) and (len(parts) < 2 or sum(values[part] for part in parts) < fewest)


def _free(one: Sum, hidden: set[Hashable], fixed: frozenset[Hashable]) -> list[Hashable]:
    return [cell for cell in one.cells if cell not in hidden and cell not in fixed]


def _next(one: Sum, values: Mapping[Hashable, int], hidden: set[Hashable], fixed: frozenset[Hashable]) -> Hashable:
    """What tells least: the smallest part that is not nothing, else the whole, else a part that is nothing."""
    free = _free(one, hidden, fixed)
    if not free:
        raise NotProtected(f"{one.whole} can't be protected")
    parts = [part for part in free if part != one.whole]
    some = [part for part in parts if values[part]]
    if some:
        return min(some, key=lambda part: (values[part], str(part)))
    return one.whole if one.whole in free else min(parts, key=str)


def solved(values: Mapping[Hashable, int], sums: Sequence[Sum], hidden: set[Hashable]) -> set[Hashable]:
    """Of the cells left out, those whose number follows: by elimination, or because none is negative."""
    known = {cell: n for cell, n in values.items() if cell not in hidden}
    found: set[Hashable] = set()
    while True:
        fresh = _eliminated([_row(one, known) for one in sums]) | _squeezed(sums, known)
        if not fresh:
            return found
        found |= fresh.keys()
        known |= fresh


def _squeezed(sums: Sequence[Sum], known: Mapping[Hashable, int]) -> dict[Hashable, int]:
    """The unknowns of which the least and the most that they may be are one number."""
    least = {cell: known.get(cell, 0) for one in sums for cell in one.cells}
    most: dict[Hashable, float] = {cell: known.get(cell, inf) for cell in least}
    moved = True
    while moved:
        moved = False
        for one in sums:
            for cell in one.cells:
                others = [part for part in one.parts if part != cell]
                low: float = sum(least[part] for part in others)
                high = sum(most[part] for part in others)
                if cell != one.whole:
                    low, high = least[one.whole] - high, most[one.whole] - low
                if low > least[cell] or high < most[cell]:
                    least[cell], most[cell] = int(max(low, least[cell])), min(high, most[cell])
                    moved = True
    return {cell: least[cell] for cell in least if cell not in known and least[cell] == most[cell]}


def _row(one: Sum, known: Mapping[Hashable, int]) -> tuple[dict[Hashable, Fraction], Fraction]:
    """Parts - whole = 0, with what is known brought to the right."""
    left: dict[Hashable, Fraction] = {}
    right = Fraction(0)
    for cell, sign in ((one.whole, -1), *((part, 1) for part in one.parts)):
        if cell in known:
            right -= sign * known[cell]
        else:
            left[cell] = left.get(cell, Fraction(0)) + sign
    return {cell: factor for cell, factor in left.items() if factor}, right


def _eliminated(rows: Iterable[tuple[dict[Hashable, Fraction], Fraction]]) -> dict[Hashable, int]:
    """Gauss and Jordan: the unknowns that stand alone in the end."""
    done: dict[Hashable, tuple[dict[Hashable, Fraction], Fraction]] = {}
    for given, given_right in rows:
        left, right = dict(given), given_right
        for pivot in [cell for cell in left if cell in done]:
            left, right = _less(left, right, done[pivot], left.get(pivot, Fraction(0)))
        if not left:
            continue
        pivot = next(iter(left))
        factor = left[pivot]
        row = ({cell: value / factor for cell, value in left.items()}, right / factor)
        for cell, other in done.items():
            if pivot in other[0]:
                done[cell] = _less(*other, row, other[0][pivot])
        done[pivot] = row
    return {pivot: int(right) for pivot, (left, right) in done.items() if len(left) == 1}


def _less(
    left: Mapping[Hashable, Fraction],
    right: Fraction,
    row: tuple[Mapping[Hashable, Fraction], Fraction],
    times: Fraction,
) -> tuple[dict[Hashable, Fraction], Fraction]:
    result = dict(left)
    for cell, factor in row[0].items():
        result[cell] = result.get(cell, Fraction(0)) - times * factor
    return {cell: factor for cell, factor in result.items() if factor}, right - times * row[1]
