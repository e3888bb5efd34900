"""Each benchmark runs to its end and gives its figures, so that none of them rots between two measurements."""

from collections.abc import Iterator

import pytest

from bench import beside, callback, filing, kills, overdue, phone, queue, similar, transcoding, uploads
from bench.__main__ import BENCHMARKS, main
from bench.ground import Ground, ground


@pytest.fixture(scope="module")
def small() -> Iterator[Ground]:
    """Servers that forgot how to survive a power cut; the benchmarks fill them one after the other."""
    with ground(durable=False) as servers:
        yield servers


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


async def test_the_phones_first_page_is_measured_on_every_line(small: Ground) -> None:
    figures = await phone.measured(small, times=1)
    assert [figure.goal for figure in figures] == ["≤ 250", "", "≤ 2,000", ""]
    assert figures[0].met, figures[0].measured


async def test_uploads_are_measured_in_three_ways(small: Ground) -> None:
    figures = await uploads.measured(small, scale=0.05, rounds=1, peers=False)
    assert [figure.what for figure in figures] == [
        f"uploads, {way}: ours{what}"
        for way in ("26 MiB at once", "26 MiB in pieces of 1 MiB", "20 × 1 MiB in parallel")
        for what in ("", ", memory")
    ]


async def test_killed_uploads_come_through(small: Ground) -> None:
    """Twenty here, two hundred by `python -m bench kills`."""
    figures = await kills.measured(small, kills=20, size=20_000_000)
    assert figures[0].measured == "20 of 20"


async def test_submissions_are_measured_beside_a_film(small: Ground) -> None:
    figures = await beside.measured(small, seconds=2, rounds=1, film=20, size="640x360")
    assert [figure.goal for figure in figures] == ["", "", "≤ 2"]


async def test_transcoding_is_measured_against_ffmpeg_by_hand() -> None:
    figures = await transcoding.measured(None, seconds=0.5, size="320x180", rounds=1)
    assert [figure.goal for figure in figures] == ["", "", f"≤ {transcoding.MOST}"]


async def test_the_callback_is_measured_and_stalled(small: Ground) -> None:
    figures = await callback.measured(small, count=200, rounds=1, stalled=150, peers=False)
    assert [figure.goal for figure in figures] == ["", "< 4,000", "150 of 150, 0, 0"]
    assert [figure.what for figure in figures if not figure.met] == []


def test_an_unknown_benchmark_is_named_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match=f"unknown: nothing; there are: {', '.join(BENCHMARKS)}"):
        main(["nothing"])
