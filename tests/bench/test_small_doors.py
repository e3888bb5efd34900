"""The benchmarks of the ways in run to their end."""

from bench import callback, phone
from bench.ground import Ground


async def test_the_phones_first_page_is_measured_on_every_line(small: Ground) -> None:
    figures = await phone.measured(small, times=1)
    assert [figure.goal for figure in figures] == ["≤ 250", "", "≤ 2,000", ""]
    assert figures[0].met, figures[0].measured


async def test_the_callback_is_measured_and_stalled(small: Ground) -> None:
    figures = await callback.measured(small, count=200, rounds=1, stalled=150, peers=False)
    assert [figure.goal for figure in figures] == ["", "", "< 4,000", "150 of 150, 0, 0"]
    assert [figure.what for figure in figures if not figure.met] == []
