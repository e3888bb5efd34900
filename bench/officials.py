"""The roster of a province's year of reports, 29,446 officials (seeds 000): its import, and the coverage page."""

from datetime import timedelta
from time import perf_counter
from typing import Any

from bench.figures import Figure, p50, p95
from bench.ground import Ground, settled
from demo.officials import PROVINCE, roster_of
from domain.people.actors import SYSTEM
from domain.reports import officials
from kit import clock
from models import OfficialKind, ReportCycle
from models.database import connected, connection

CALLS = 30
LONGEST_IMPORT, LONGEST_PAGE = 10, 200  # seconds; milliseconds


async def measured(ground: Ground, counts: dict[OfficialKind, int] = PROVINCE, calls: int = CALLS) -> list[Figure]:
    """Seconds of an import from nothing, milliseconds of the page by region and kind."""
    await settled(ground.postgres)
    async with connected(ground.postgres.application_url):
        cycle = await cycle_of(clock.today().year)
        content = await roster_of("62", counts)
        began = perf_counter()
        done = await officials.imported(SYSTEM, cycle, "roster.csv", content)
        seconds = perf_counter() - began
        # Half are done, so that every column has something to count.
        await connection().execute_query(
            "UPDATE official SET begun_on = $1, done_on = $1 WHERE get_byte(uuid_send(id), 0) >= 128", [clock.today()]
        )
        await connection().execute_query("ANALYZE official")
        times = []
        for _ in range(calls):
            began = perf_counter()
            places, _ = await officials.coverage(cycle.id, "62", 4)
            times.append((perf_counter() - began) * 1000)
    number, page = sum(counts.values()), f"{p50(times):.1f} /{p95(times):6.1f} ms (p50 / p95)"
    return [
        _figure(
            f"import of {number:,}", f"{seconds:.1f} s", f"≤ {LONGEST_IMPORT} s",
            done.applied and seconds <= LONGEST_IMPORT,
        ),
        _figure(
            f"coverage of {number:,} in {len(places)} places", page, f"p95 ≤ {LONGEST_PAGE} ms",
            p95(times) <= LONGEST_PAGE,
        ),
    ]  # fmt: skip


def _figure(what: str, measured: str, goal: str, met: bool) -> Figure:  # noqa: FBT001  # as a figure has them
    return Figure(f"officials: {what}", measured, goal, met)


async def cycle_of(year: int) -> ReportCycle:
    """A cycle of the whole province, from today on."""
    today = clock.today()
    days = ("begins_on", "submit_by", "review_by", "publish_by", "rate_by", "results_by")
    told: dict[str, Any] = {name: today + timedelta(days=30 * place) for place, name in enumerate(days)}
    told |= {"year": year, "region_id": "62", "title": f"全省{year}年度述法", "basis": "关于开展年度述法工作的通知"}
    return await ReportCycle.create(**told)
