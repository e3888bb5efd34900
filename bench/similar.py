"""Similar cases among 10,000, 100,000 and 1,000,000: the whole answer, from the text to the ten that are told.

The texts are made of two hundred thousand pairs of characters, the n-th as frequent as 1/n, as in life; 70 are drawn
for each case. The questions are the centre's registrar's, who may see them all, and the province's supervisor's.
"""

import random
from collections.abc import Sequence
from time import perf_counter

import numpy as np

import domain.cases.table  # noqa: F401  # makes the kind of these matters known
from bench.figures import Figure, p50, p95
from bench.ground import Ground, settled
from bench.million import filled
from bench.queue import busiest
from domain.cases import filing, indexing
from domain.cases.filing import Report
from domain.cases.similar import similar
from domain.loop import packs
from domain.people import actors
from domain.people.actors import Actor
from kit.settings import Settings
from models import Case, Mode, Post, Role
from models.database import connected, connection

SIZES = (10_000, 100_000, 1_000_000)
CALLS = 100
WARM = 12  # a statement gets its lasting plan after five
GRAMS, DRAWN = 200_000, 70
BATCH = 20_000
MOST = 50.0  # milliseconds, 95 of 100 answers, at the largest size

# Every matter gets what a real case has, but for its id and category: whatever columns there are by then.
_CASES = """
SET LOCAL session_replication_role = replica;
INSERT INTO case_file SELECT (jsonb_populate_record(one.t, jsonb_build_object('matter_id', m.id, 'category_id',
        c.codes[1 + (random() * (cardinality(c.codes) - 1))::int]))).*
    FROM matter m, (SELECT t FROM case_file t LIMIT 1) one,
        (SELECT array_agg(code ORDER BY code) AS codes FROM category) c
    WHERE NOT EXISTS (SELECT 1 FROM case_file f WHERE f.matter_id = m.id);
DROP INDEX IF EXISTS case_index_terms;
"""
_INDEX = """
INSERT INTO case_index (matter_id, region_id, category_id, filed_on, terms, counted)
    SELECT m.id, m.region_id, f.category_id, m.filed_on, given.terms::int[],
           NOT EXISTS (SELECT 1 FROM recusal r WHERE r.matter_id = m.id)
    FROM unnest($1::uuid[], $2::text[]) given (id, terms) JOIN matter m ON m.id = given.id
    JOIN case_file f ON f.matter_id = m.id
"""
_COUNTS = """
SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL work_mem = '256MB';
CREATE INDEX case_index_terms ON case_index USING gin (terms) WITH (fastupdate = off);
TRUNCATE term_count;
INSERT INTO term_count SELECT term, count(*) FROM case_index, unnest(terms) term WHERE counted GROUP BY term;
"""


async def measured(ground: Ground, sizes: Sequence[int] = SIZES, calls: int = CALLS) -> list[Figure]:
    """Milliseconds of an answer at each size, and how much slower the largest is."""
    await settled(ground.postgres)
    settings = Settings()
    found: dict[Role, list[list[float]]] = {Role.REGISTRAR: [], Role.SUPERVISOR: []}
    for size in sizes:
        async with connected(ground.postgres.migration_url):
            await filled(size)
            await _indexed(settings)
        packs.forget()
        async with connected(ground.postgres.application_url):
            numbers = await _asked(settings, calls)
            for role, times in found.items():
                times.append(await _timed(settings, await _whoever(role), numbers))
    return [_figure(role, times, sizes) for role, times in found.items()]


def _gram(rank: int) -> str:
    return chr(0x4E00 + rank // 450) + chr(0x5E00 + rank % 450)


async def _indexed(settings: Settings) -> None:
    if not await Case.exists():
        await filing.file(settings, Report(Mode.ANONYMOUS, "许可申请三个月没有结果", "620102"))
    await connection().execute_script(_CASES)
    key, chance = indexing.key_of(settings), np.random.default_rng(1)
    terms = np.array([indexing.term(key, _gram(rank)) for rank in range(GRAMS)])
    rows = await connection().execute_query_dict(
        "SELECT m.id FROM matter m WHERE NOT EXISTS (SELECT 1 FROM case_index i WHERE i.matter_id = m.id)"
    )
    for first in range(0, len(rows), BATCH):
        ids = [row["id"] for row in rows[first : first + BATCH]]
        ranks = np.exp(chance.random((len(ids), DRAWN)) * np.log(GRAMS)).astype(int) - 1
        texts = [f"{{{','.join(map(str, set(drawn)))}}}" for drawn in terms[ranks].tolist()]
        await connection().execute_query(_INDEX, [ids, texts])
    await connection().execute_script(_COUNTS)
    for table in ("case_file", "case_index", "term_count"):
        await connection().execute_script(f"VACUUM ANALYZE {table}")


async def _asked(settings: Settings, calls: int) -> list[str]:
    """Matters with a text that says what their index does."""
    rows = await connection().execute_query_dict(
        "SELECT m.id, m.number, i.terms FROM matter m JOIN case_index i ON i.matter_id = m.id"
        " WHERE i.counted AND m.number LIKE 'SY2026-%' ORDER BY m.number LIMIT $1",
        [calls + WARM],
    )
    key = indexing.key_of(settings)
    grams = {indexing.term(key, _gram(rank)): _gram(rank) for rank in range(GRAMS)}
    for row in rows:
        text = "，".join(grams[one] for one in row["terms"])
        await connection().execute_query(
            "INSERT INTO case_text (id, matter_id, seq, text, indexed_on)"
            " SELECT gen_random_uuid(), $1, 1, $2, current_date"
            " WHERE NOT EXISTS (SELECT 1 FROM case_text WHERE matter_id = $1)",
            [row["id"], text],
        )
    return [row["number"] for row in rows]


async def _whoever(role: Role) -> Actor:
    if role is Role.REGISTRAR:
        return await busiest(role)
    post = await Post.filter(role=role, unit__code="62-supervision").earliest("id")
    if post is None:
        raise LookupError("the province has no supervisor")
    return await actors.of_post(post.id)


async def _timed(settings: Settings, actor: Actor, numbers: list[str]) -> list[float]:
    shuffled = random.Random(1).sample(numbers, len(numbers))
    times = []
    for number in shuffled:
        began = perf_counter()
        await similar(settings, actor, number)
        times.append((perf_counter() - began) * 1000)
    return times[WARM:]


def _figure(role: Role, times: list[list[float]], sizes: Sequence[int]) -> Figure:
    measured = "  ".join(f"{p50(one):6.1f} /{p95(one):6.1f}" for one in times)
    ratio = p50(times[-1]) / p50(times[0])
    return Figure(
        f"similar: {role}, {' – '.join(f'{size:,}' for size in sizes)} cases",
        f"{measured}  ms (p50 / p95)  ×{ratio:.2f}",
        f"≤ {MOST:.0f} ms",
        p95(times[-1]) <= MOST,
    )
