"""The sums of all cases by day and place: added to by the worker, read with whatever is not added yet.

A step writes what it changes as rows of its own (`tally_change`, by a trigger), so that no two steps wait for the same
sum; the worker adds them up. Whoever reads takes the sums and the changes in one statement: nothing is ever missing
and nothing counted twice.
"""

from tortoise.transactions import in_transaction

from models import Tally
from models.database import connection, meta_of

BATCH = 5000
LOCK = 0x7A11  # one worker adds at a time: two would wait for each other's sums
MEASURES = tuple(sorted(meta_of(Tally).db_fields - {"id", "scope", "part", "office_id", "day"}))

_SUMS = ", ".join(f"sum({name})::int AS {name}" for name in MEASURES)
_NAMES = ", ".join(MEASURES)
_ANY = " OR ".join(f"sum({name}) <> 0" for name in MEASURES)

# A case counts for its county, city and province, for all categories and for its own; and for the unit that leads it.
SPREAD = """
(
    SELECT left({0}.region_id, n) AS scope, part FROM unnest(ARRAY[2, 4, 6]) n, unnest(ARRAY['', {0}.category_id]) part
    WHERE n <= length({0}.region_id)
    UNION ALL SELECT {0}.unit_id::text, left({0}.region_id, 4) WHERE {0}.unit_id IS NOT NULL
)
"""

_ADDED = f"""
WITH taken AS (
    DELETE FROM tally_change WHERE id IN (SELECT id FROM tally_change LIMIT $1) RETURNING *
), added AS (
    INSERT INTO tally (id, scope, part, office_id, day, {_NAMES})
    SELECT gen_random_uuid(), s.scope, s.part, c.office_id, c.day, {_SUMS}
    FROM taken c CROSS JOIN LATERAL {SPREAD.format("c")} s
    GROUP BY s.scope, s.part, c.office_id, c.day HAVING {_ANY}
    ON CONFLICT (scope, part, day, office_id)
        DO UPDATE SET {", ".join(f"{name} = tally.{name} + excluded.{name}" for name in MEASURES)}
) SELECT count(*) AS n FROM taken
"""


async def added(limit: int = BATCH) -> int:
    """Add what steps changed to the sums; returns how many changes that were."""
    async with in_transaction():
        _, free = await connection().execute_query("SELECT pg_try_advisory_xact_lock($1) AS mine", [LOCK])
        if not free[0]["mine"]:
            return 0
        _, rows = await connection().execute_query(_ADDED, [limit])
        return int(rows[0]["n"])
