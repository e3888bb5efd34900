"""Published tables against somebody who subtracts: over regions, categories, months, levels and earlier numbers."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import product
from random import Random

import pytest

from domain.figures.suppression import NotProtected, Sum, left_out, solved

FEWEST = 5


def possible(
    values: Mapping[Hashable, int], sums: Sequence[Sum], hidden: set[Hashable], most: int
) -> dict[Hashable, set[int]]:
    """Every number that each hidden cell may be, found by trying all: whoever attacks knows no more than the sums."""
    unknown = sorted(hidden, key=str)
    may: dict[Hashable, set[int]] = {cell: set() for cell in unknown}

    def fits(told: Mapping[Hashable, int]) -> bool:
        for one in sums:
            if all(cell in told for cell in one.cells) and told[one.whole] != sum(told[part] for part in one.parts):
                return False
            known = sum(told[part] for part in one.parts if part in told)
            if one.whole in told and known > told[one.whole]:
                return False
        return True

    def tried(place: int, told: dict[Hashable, int]) -> Iterator[dict[Hashable, int]]:
        if place == len(unknown):
            yield told
            return
        for n in range(most + 1):
            more = told | {unknown[place]: n}
            if fits(more):
                yield from tried(place + 1, more)

    shown = {cell: n for cell, n in values.items() if cell not in hidden}
    for solution in tried(0, shown):
        for cell in unknown:
            may[cell].add(solution[cell])
    return may


def table(chance: Random, rows: int, columns: int, most: int) -> tuple[dict[Hashable, int], list[Sum]]:
    """Regions by months with the totals of both."""
    values: dict[Hashable, int] = {
        (r, c): chance.choice((0, chance.randint(0, most), chance.randint(1, 4)))
        for r in range(rows)
        for c in range(columns)
    }
    sums = []
    for r in range(rows):
        values[r, "all"] = sum(values[r, c] for c in range(columns))
        sums.append(Sum((r, "all"), tuple((r, c) for c in range(columns))))
    for c in [*range(columns), "all"]:
        values["all", c] = sum(values[r, c] for r in range(rows))
        sums.append(Sum(("all", c), tuple((r, c) for r in range(rows))))
    sums.append(Sum(("all", "all"), tuple(("all", c) for c in range(columns))))
    return values, sums


@pytest.mark.parametrize("seed", range(30))
def test_nothing_left_out_can_be_worked_out_from_a_table(seed: int) -> None:
    chance = Random(seed)
    values, sums = table(chance, rows=chance.randint(2, 3), columns=2, most=7)
    hidden = left_out(values, sums, FEWEST)
    assert all(cell in hidden for cell, n in values.items() if 0 < n < FEWEST)
    for cell, may in possible(values, sums, hidden, most=max(values.values()) + 2).items():
        assert values[cell] in may
        assert len(may) > 1, (cell, values, hidden)


@pytest.mark.parametrize("seed", range(30))
def test_levels_of_the_tree_give_nothing_away(seed: int) -> None:
    """Province, cities, counties: each level is published."""
    chance = Random(seed)
    values: dict[Hashable, int] = {}
    sums = []
    cities = [f"c{n}" for n in range(3)]
    for city in cities:
        counties = [f"{city}.{n}" for n in range(chance.randint(2, 3))]
        values |= {county: chance.choice((0, 1, 2, 3, 6, 9)) for county in counties}
        values[city] = sum(values[county] for county in counties)
        sums.append(Sum(city, tuple(counties)))
    values["p"] = sum(values[city] for city in cities)
    sums.append(Sum("p", tuple(cities)))
    hidden = left_out(values, sums, FEWEST)
    assert not solved(values, sums, hidden)
    if len(hidden) <= 8:
        assert all(len(may) > 1 for may in possible(values, sums, hidden, most=values["p"]).values())


@pytest.mark.parametrize("seed", range(30))
def test_what_was_published_before_gives_nothing_away_now(seed: int) -> None:
    """Three months come out one by one, their total alone; then the quarter, with regions and categories."""
    chance = Random(seed)
    months = {f"m{n}": chance.choice((0, 1, 3, 4, 7, 12)) for n in range(3)}
    shown: set[Hashable] = set()
    hidden: set[Hashable] = set()
    for month, cases in months.items():
        more = left_out({month: cases}, [], FEWEST)
        hidden |= more
        shown |= {month} - more
    total = sum(months.values())
    cut = sorted(chance.randint(0, total) for _ in range(2))
    regions = dict(zip(("r0", "r1", "r2"), (cut[0], cut[1] - cut[0], total - cut[1]), strict=True))
    kinds = {"k0": total // 3, "k1": total - total // 3}
    values: dict[Hashable, int] = dict([("q", total), *months.items(), *regions.items(), *kinds.items()])
    sums = [Sum("q", tuple(months)), Sum("q", tuple(regions)), Sum("q", tuple(kinds))]
    every = left_out(values, sums, FEWEST, shown_before=shown, hidden_before=hidden)
    assert not every & shown
    assert not solved(values, sums, every)
    for cell, may in possible(values, sums, every, most=total).items():
        assert len(may) != 1, (cell, values, every)


def test_large_numbers_are_all_given() -> None:
    values: dict[Hashable, int] = {"all": 100, "a": 60, "b": 40, "c": 0}
    assert left_out(values, [Sum("all", ("a", "b", "c"))], FEWEST) == set()


def test_one_small_number_takes_another_with_it() -> None:
    values: dict[Hashable, int] = {"all": 103, "a": 60, "b": 40, "c": 3}
    assert left_out(values, [Sum("all", ("a", "b", "c"))], FEWEST) == {"b", "c"}


def test_two_that_are_few_together_take_a_third() -> None:
    values: dict[Hashable, int] = {"all": 62, "a": 60, "b": 1, "c": 1}
    assert left_out(values, [Sum("all", ("a", "b", "c"))], FEWEST) == {"a", "b", "c"}


def test_the_attacker_finds_what_is_open() -> None:
    """Without this the tests above would prove nothing."""
    values: dict[Hashable, int] = {"all": 10, "a": 7, "b": 3}
    assert solved(values, [Sum("all", ("a", "b"))], {"b"}) == {"b"}
    nothing: dict[Hashable, int] = {"all": 7, "a": 7, "b": 0, "c": 0}
    assert solved(nothing, [Sum("all", ("a", "b", "c"))], {"b", "c"}) == {"b", "c"}
    square: dict[Hashable, int] = dict.fromkeys(product((0, 1), (0, 1)), 7) | {(n, "all"): 14 for n in (0, 1)}
    square |= {("all", n): 14 for n in (0, 1)}
    rows = [Sum((n, "all"), ((n, 0), (n, 1))) for n in (0, 1)] + [Sum(("all", n), ((0, n), (1, n))) for n in (0, 1)]
    inside: set[Hashable] = set(product((0, 1), (0, 1)))
    assert solved(square, rows, inside) == set()
    assert solved(square, rows, inside - {(0, 0)}) == {(0, 1), (1, 0), (1, 1)}
    with pytest.raises(NotProtected):
        left_out(values, [Sum("all", ("a", "b"))], FEWEST, shown_before=["all", "a"])
