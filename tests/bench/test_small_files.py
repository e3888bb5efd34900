"""The benchmarks of files run to their end."""

from bench import beside, transcoding, uploads
from bench.ground import Ground


async def test_uploads_are_measured_in_three_ways(small: Ground) -> None:
    figures = await uploads.measured(small, scale=0.05, rounds=1, peers=False)
    assert [figure.what for figure in figures] == [
        f"uploads, {way}: ours{what}"
        for way in ("26 MiB at once", "26 MiB in pieces of 1 MiB", "20 × 1 MiB in parallel")
        for what in ("", ", memory")
    ]


async def test_submissions_are_measured_beside_a_film(small: Ground) -> None:
    figures = await beside.measured(small, seconds=1, rounds=1, film=20, size="640x360")
    assert [figure.goal for figure in figures] == ["", "", "≤ 2"]


async def test_transcoding_is_measured_against_ffmpeg_by_hand() -> None:
    figures = await transcoding.measured(None, seconds=0.5, size="320x180", rounds=1)
    assert [figure.goal for figure in figures] == ["", "", f"≤ {transcoding.MOST}"]
