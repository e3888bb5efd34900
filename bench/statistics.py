"""The statistics page over 10,000, 100,000 and 1,000,000 cases, for who sees the whole place, a city, and one unit.

The cases are those of `bench.million` with their facts beside them, as the loop would have left them: nineteen of
twenty have ended. The sums are added up from the facts at once, as a worker would have had them long ago.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import domain.process  # noqa: F401  # kinds register themselves when they are loaded
from bench.figures import Figure, p50, p95
from bench.ground import Ground, settled
from bench.million import filled
from bench.queue import Timed, timed
from domain.figures.page import page
from domain.figures.statistics import Asked, By
from domain.figures.tally import MEASURES, SPREAD
from domain.loop import packs
from domain.people import actors
from domain.people.actors import Actor
from kit import clock
from models import Post, Role
from models.database import connected, connection

SIZES = (10_000, 100_000, 1_000_000)
CALLS = 30
MOST = 100  # milliseconds of a page of the whole place, at any size

_FACTS = """
SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '512MB';
UPDATE matter m SET ended_at = now(), stage = 'closed' WHERE ended_at IS NULL AND get_byte(uuid_send(m.id), 0) >= 13;
INSERT INTO case_fact (matter_id, region_id, office_id, unit_id, category_id, received_on, accepted_on, response_on,
                       responded, replied_on, on_time, due_on, effective, closed_on, called_back, rated, solved,
                       satisfied, unreachable, persons)
    SELECT m.id, m.region_id, m.receiving_unit_id, i.unit_id, c.codes[1 + get_byte(b, 1) % cardinality(c.codes)],
           m.filed_on, m.filed_on + 1, m.filed_on + 1, true, CASE WHEN ended THEN m.filed_on + 20 END,
           ended AND get_byte(b, 2) > 12, m.filed_on + CASE WHEN ended THEN 25 ELSE 31 END,
           ended AND get_byte(b, 2) > 12,
           CASE WHEN ended THEN m.filed_on + 25 END, ended, ended, ended, ended AND get_byte(b, 3) > 10, false, 0
    FROM matter m JOIN involvement i ON i.matter_id = m.id AND i.relation = 'lead'
    CROSS JOIN LATERAL (SELECT uuid_send(m.id) AS b, m.ended_at IS NOT NULL AS ended) x
    CROSS JOIN (SELECT array_agg(code ORDER BY code) AS codes FROM category) c
    WHERE m.number LIKE 'SY2026-%' AND NOT EXISTS (SELECT 1 FROM case_fact f WHERE f.matter_id = m.id);
DELETE FROM tally;
"""
_SUMS = f"""
SET LOCAL work_mem = '512MB';
INSERT INTO tally (id, scope, part, office_id, day, {", ".join(MEASURES)})
    SELECT gen_random_uuid(), s.scope, s.part, c.office_id, c.day, {", ".join(f"sum({name})" for name in MEASURES)}
    FROM case_event c CROSS JOIN LATERAL {SPREAD.format("c")} s GROUP BY s.scope, s.part, c.office_id, c.day;
"""


async def measured(ground: Ground, sizes: Sequence[int] = SIZES, calls: int = CALLS) -> list[Figure]:
    """Milliseconds of a page: the numbers, their parts, and where the open cases stand."""
    await settled(ground.postgres)
    found: dict[str, list[Timed]] = {}
    for size in sizes:
        async with connected(ground.postgres.migration_url):
            await filled(size)
            await connection().execute_script(_FACTS)
            await connection().execute_script(_SUMS)
            for table in ("matter", "case_fact", "tally"):
                await connection().execute_script(f"VACUUM ANALYZE {table}")
        packs.forget()
        async with connected(ground.postgres.application_url):
            for who, actor in (await readers()).items():
                for by in By:
                    asked = Asked(clock.today() - timedelta(days=364), clock.today(), by=by)
                    found.setdefault(f"{who}, by {by}", []).append(await timed(partial(_page, actor, asked), calls))
    return [_figure(what, timings) for what, timings in found.items()]


async def readers() -> dict[str, Actor]:
    """Supervisors of the province and of the capital, the centre, and the head of the unit with the most cases."""
    _, rows = await connection().execute_query(
        "SELECT unit_id FROM case_fact WHERE unit_id IN (SELECT unit_id FROM post WHERE role = 'head')"
        " GROUP BY unit_id ORDER BY count(*) DESC, unit_id LIMIT 1"
    )
    posts = {
        "supervisor of the province": Post.filter(role=Role.SUPERVISOR, unit__code="62-justice.inspection"),
        "supervisor of the capital": Post.filter(role=Role.SUPERVISOR, unit__code="6201-justice.inspection"),
        "registrar": Post.filter(role=Role.REGISTRAR, unit__code="62-intake"),
        "head of a unit": Post.filter(role=Role.HEAD, unit_id=rows[0]["unit_id"]),
    }
    return {who: await actors.of_post((await query.earliest("id")).id) for who, query in posts.items()}  # type: ignore[union-attr]  # the demo's


async def _page(actor: Actor, asked: Asked) -> list[object]:
    return list((await page(actor, asked))["groups"])


def _figure(what: str, timings: Sequence[Timed]) -> Figure:
    ratio = p50(timings[-1].times) / p50(timings[0].times)
    times = "  ".join(f"{p50(timed.times):6.1f} /{p95(timed.times):6.1f}" for timed in timings)
    whole = not what.startswith("head")  # whose cases are counted one by one
    goal, met = (f"p50 ≤ {MOST} ms", p50(timings[-1].times) <= MOST) if whole else ("", True)
    return Figure(f"statistics: {what}, {timings[-1].rows} parts", f"{times}  ms (p50 / p95)  ×{ratio:.1f}", goal, met)
