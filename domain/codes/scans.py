"""Scans: so many a code, outcome and day, and nothing about who scanned."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain.codes import scenes
from kit import clock
from kit.settings import Settings
from models import ScanOutcome
from models.database import connection

# Many phones at once wait for one row, so none of them keeps it while the disk writes: a crash of the server may lose
# the scans of its last second. That holds for the statement alone; never call this inside a transaction.
_COUNTED = """
INSERT INTO code_scan (id, code_id, outcome, day, count)
SELECT gen_random_uuid(), code_id, outcome, $1::date, n
FROM set_config('synchronous_commit', 'off', true), (
    SELECT c.id AS code_id, COALESCE(given.unproven,
           CASE WHEN c.id IS NULL THEN 'unknown' WHEN c.ended_on IS NULL THEN 'valid' ELSE 'ended' END) AS outcome,
           count(*) AS n
    FROM unnest($2::text[], $3::text[]) AS given (value, unproven) LEFT JOIN code c ON c.value = given.value
    GROUP BY 1, 2 ORDER BY 1, 2
) scanned
ON CONFLICT (code_id, outcome, day) DO UPDATE SET count = code_scan.count + excluded.count
"""


async def counted(settings: Settings, scanned: Sequence[str]) -> Sequence[None]:
    """Count scans of any texts, by how each came out: one statement, and rows grow with codes and days only.

    What proves no code of ours is counted without one, so a guesser finds out nothing about any.
    """
    values = [scenes.value_of(settings, scene) for scene in scanned]
    unproven = [
        None if value else str(ScanOutcome.TAMPERED if scenes.looks_ours(scene) else ScanOutcome.UNKNOWN)
        for scene, value in zip(scanned, values, strict=True)
    ]
    await connection().execute_query(_COUNTED, [clock.today(), values, unproven])
    return [None] * len(scanned)


async def without_code(days: int) -> list[dict[str, Any]]:
    """Scans that led to no code of ours, by day, the latest first: days without any are left out."""
    _, rows = await connection().execute_query(
        """
        SELECT day, COALESCE(sum(count) FILTER (WHERE outcome = 'unknown'), 0) AS unknown,
               COALESCE(sum(count) FILTER (WHERE outcome = 'tampered'), 0) AS tampered
        FROM code_scan WHERE code_id IS NULL AND day > $1 GROUP BY day ORDER BY day DESC
        """,
        [clock.today() - timedelta(days=days)],
    )
    return [dict(row) for row in rows]
