"""The scan for duties that have become late, over a million open ones."""

from time import perf_counter

from bench.figures import Figure
from bench.ground import Ground, settled
from bench.million import filled
from domain.loop import chores
from models.database import connected, connection

SIZE = 1_000_000
LATE = 10_000
MOST = 5.0  # seconds


async def measured(ground: Ground, size: int = SIZE, late: int = LATE) -> list[Figure]:
    """Seconds until every late duty has been told of, and whether the scan is by index."""
    await settled(ground.postgres)
    async with connected(ground.postgres.migration_url):
        await filled(size)
        nothing, _ = await told()
        await connection().execute_query(
            "UPDATE duty SET overdue_told_at = NULL WHERE id IN (SELECT id FROM duty WHERE overdue_told_at IS NOT NULL"
            f" AND due_at < now() ORDER BY id LIMIT {late})"
        )
        some, count = await told()
        plan = await plan_of_the_scan()
    by_index = "duty_overdue_untold" in plan and "Seq Scan on duty" not in plan and "Sort" not in plan
    return [
        Figure(f"overdue: {size:,} open, none late", f"{nothing * 1000:.1f} ms", f"< {MOST:.0f} s", nothing < MOST),
        Figure(f"overdue: {size:,} open, {count:,} late, all told", f"{some:.2f} s", f"< {MOST:.0f} s", some < MOST),
        Figure("overdue: by index, without a sort", "yes" if by_index else plan, "yes", by_index),
    ]


async def told() -> tuple[float, int]:
    """Seconds, and how many duties, until a scan finds nothing more."""
    began, count = perf_counter(), 0
    while found := await chores.overdue_told():
        count += found
    return perf_counter() - began, count


async def plan_of_the_scan() -> str:
    """What PostgreSQL does to find the late ones."""
    _, rows = await connection().execute_query(
        "EXPLAIN SELECT id FROM duty WHERE closed_at IS NULL AND overdue_told_at IS NULL AND due_at < now()"
        " ORDER BY due_at, id LIMIT 500 FOR UPDATE SKIP LOCKED"
    )
    return "\n".join(row["QUERY PLAN"] for row in rows)
