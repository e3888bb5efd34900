"""Each benchmark of cases runs to its end and gives its figures, so that none rots between two measurements."""

import pytest

from bench import filing, officials, overdue, queue, similar, statistics
from bench.__main__ import BENCHMARKS, main
from bench.ground import Ground
from domain.figures.statistics import By
from models import OfficialKind


async def test_filing_is_measured_against_both_limits_of_the_same_run(small: Ground) -> None:
    figures = await filing.measured(small, seconds=0.4, rounds=1)
    assert [figure.what.partition(":")[2] for figure in figures] == [
        " ours, over HTTP",
        " raw asyncpg, the same rows",
        " pgbench, the same rows",
        " ours ÷ raw asyncpg",
    ]
    assert [figure.goal for figure in figures] == ["", "", "", f"≥ {filing.LEAST}"]


async def test_the_queue_is_measured_for_three_roles_at_every_size(small: Ground) -> None:
    figures = await queue.measured(small, sizes=(400, 800), calls=2)
    assert {figure.what.split()[1].rstrip(",") for figure in figures} == {"registrar", "liaison", "handler"}
    assert all(figure.measured.count("/") == 3 for figure in figures), "p50 / p95 of each size, and what they are"
    # A goal only where both sizes gave as many rows.
    assert all(bool(figure.goal) == ("–" not in figure.what) for figure in figures)


async def test_the_overdue_scan_tells_of_every_late_duty(small: Ground) -> None:
    figures = await overdue.measured(small, size=1000, late=40)
    assert figures[1].what == "overdue: 1,000 open, 40 late, all told"
    assert figures[2].goal == "yes"


async def test_similar_cases_are_searched_at_every_size(small: Ground) -> None:
    figures = await similar.measured(small, sizes=(2000, 3000), calls=4)
    assert [figure.what.split()[1] for figure in figures] == ["registrar,", "supervisor,"]
    assert all(figure.measured.count("/") == 3 for figure in figures)


async def test_the_statistics_page_is_measured_for_each_reader(small: Ground) -> None:
    figures = await statistics.measured(small, sizes=(400, 800), calls=2)
    assert len(figures) == 4 * len(By)
    assert all(figure.measured.count("/") == 3 for figure in figures)


async def test_a_roster_is_taken_in_and_counted(small: Ground) -> None:
    figures = await officials.measured(small, counts=dict.fromkeys(OfficialKind, 50), calls=2)
    assert [figure.what.split(" of 200")[0] for figure in figures] == ["officials: import", "officials: coverage"]


def test_an_unknown_benchmark_is_named_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=f"unknown: nothing; there are: {', '.join(BENCHMARKS)}"):
        main(["nothing"])
