"""The queue page of 50 and its counts while 10,000, 100,000 and 1,000,000 duties are open.

The goal is for what answers with as many rows at every size: a page that is full at one only does more there.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any
from uuid import UUID

import domain.process  # noqa: F401  # kinds register themselves when they are loaded
from bench.figures import Figure, p50, p95
from bench.ground import Ground, settled
from bench.million import filled
from domain.loop import duties, packs
from domain.loop.duties import After, Filters, Tab
from domain.people import actors
from domain.people.actors import Actor
from kit import clock
from models import Post, Role
from models.database import connected, connection

SIZES = (10_000, 100_000, 1_000_000)
CALLS = 200
WARM = 12  # a statement gets its lasting plan after five
SLOWER = 1.5  # how many times the smallest size's p50 the largest may take
PAGE = 50

Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of each call, and how many rows one gave or counted."""

    times: list[float]
    rows: int


async def measured(ground: Ground, sizes: Sequence[int] = SIZES, calls: int = CALLS) -> list[Figure]:
    """Milliseconds of a call, for whoever has the longest queue of their role."""
    await settled(ground.postgres)
    found: dict[str, list[Timed]] = {}
    for size in sizes:
        async with connected(ground.postgres.migration_url):
            await filled(size)
        packs.forget()
        async with connected(ground.postgres.application_url):
            for role in (Role.REGISTRAR, Role.LIAISON, Role.HANDLER):
                for what, ask in await questions(await busiest(role)):
                    found.setdefault(f"{role}, {what}", []).append(await timed(ask, calls))
    return [_figure(what, timings) for what, timings in found.items() if len(timings) == len(sizes)]


async def busiest(role: Role) -> Actor:
    """Whoever of a role has the most to do: by post what was assigned, else by unit."""
    whose = "post_id" if role is Role.HANDLER else "unit_id"
    _, rows = await connection().execute_query(
        f"SELECT {whose} AS whose FROM duty WHERE role = $1 AND closed_at IS NULL"
        f" GROUP BY {whose} ORDER BY count(*) DESC, {whose} LIMIT 1",
        [role],
    )
    most = rows[0]["whose"]
    post = (
        await Post.get(id=most) if role is Role.HANDLER else await Post.filter(unit_id=most, role=role).earliest("id")
    )
    if post is None:
        raise LookupError(f"nobody is {role} there")
    return await actors.of_post(post.id)


async def questions(actor: Actor) -> list[tuple[str, Ask]]:
    """The first and the middle page of every tab that has rows for this actor, a filtered one, and the counts."""
    asked: list[tuple[str, Ask]] = [("counts", partial(duties.counts, actor))]
    for tab in Tab:
        first = await duties.page(actor, tab, limit=PAGE)
        if not first:
            continue
        middle = _middle(tab)
        asked.append((tab, partial(duties.page, actor, tab, limit=PAGE)))
        asked.append((f"{tab}, in the middle", partial(duties.page, actor, tab, after=middle, limit=PAGE)))
    if late := await duties.page(actor, Tab.OVERDUE, limit=1):
        by_name = Filters(name=late[0]["name"])
        asked.append(("overdue, one kind of duty", partial(duties.page, actor, Tab.OVERDUE, by_name, limit=PAGE)))
    return asked


def _middle(tab: Tab) -> After:
    """A place with as much before it as behind: the middle of the tab's range of due dates."""
    low, high = {
        Tab.OVERDUE: (-8, 0),
        Tab.DUE_SOON: (0, 3),
    }.get(tab, (-8, 72))
    return After(clock.now() + timedelta(days=(low + high) / 2), UUID(int=0))


async def timed(ask: Ask, calls: int) -> Timed:
    """Ask so many times, after as many as a connection needs to know the statement."""
    for _ in range(WARM):
        answer = await ask()
    times = []
    for _ in range(calls):
        began = perf_counter()
        await ask()
        times.append((perf_counter() - began) * 1000)
    return Timed(times, sum(answer.values()) if isinstance(answer, dict) else len(answer))


def _figure(what: str, timings: Sequence[Timed]) -> Figure:
    ratio = p50(timings[-1].times) / p50(timings[0].times)
    measured = "  ".join(f"{p50(timed.times):6.2f} /{p95(timed.times):6.2f}" for timed in timings)
    rows = [timed.rows for timed in timings]
    if len(set(rows)) > 1:
        return Figure(f"queue: {what}, {'–'.join(map(str, rows))} rows", f"{measured}  ms (p50 / p95)  ×{ratio:.2f}")
    return Figure(
        f"queue: {what}, {rows[0]} rows",
        f"{measured}  ms (p50 / p95)  ×{ratio:.2f}",
        f"≤ ×{SLOWER}",
        ratio <= SLOWER,
    )
