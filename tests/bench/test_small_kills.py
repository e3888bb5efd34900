"""What the benchmark of killed uploads proves, each time the tests run."""

from bench import kills
from bench.ground import Ground


async def test_killed_uploads_come_through(small: Ground) -> None:
    """Twenty here, two hundred by `python -m bench kills`."""
    figures = await kills.measured(small, kills=20, size=20_000_000)
    assert figures[0].measured == "20 of 20"
