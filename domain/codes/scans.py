"""Scans: so many a code, outcome and day, and nothing about who scanned."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.codes import scenes
from kit import clock
from kit.settings import Settings
from models import ScanOutcome
from models.database import connection

# Many phones at once wait for one row, so none of them keeps it while the disk writes: a crash of the server may lose
# the scans of its last second. That holds for the statement alone; never call this inside a transaction.
_COUNTED = """
INSERT INTO code_scan (id, code_id, outcome, day, count)
SELECT $1::uuid, c.id,
       COALESCE($2, CASE WHEN c.id IS NULL THEN 'unknown' WHEN c.ended_on IS NULL THEN 'valid' ELSE 'ended' END),
       $3::date, 1
FROM set_config('synchronous_commit', 'off', true) LEFT JOIN code c ON c.value = $4
ON CONFLICT (code_id, outcome, day) DO UPDATE SET count = code_scan.count + 1
RETURNING outcome
"""


async def counted(settings: Settings, scene: str) -> ScanOutcome:
    """Count a scan of any text and say how it came out: one statement, and rows grow with codes and days only.

    What proves no code of ours is counted without one, so a guesser finds out nothing about any.
    """
    value = scenes.value_of(settings, scene)
    unproven = ScanOutcome.TAMPERED if scenes.looks_ours(scene) else ScanOutcome.UNKNOWN
    rows = await connection().execute_query_dict(
        _COUNTED, [uuid4(), None if value else str(unproven), clock.today(), value]
    )
    return ScanOutcome(rows[0]["outcome"])


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
