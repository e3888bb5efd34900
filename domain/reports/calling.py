"""Calling officials to report: each has their report opened by the system once the cycle has begun."""

from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from domain.loop import opening
from domain.people.actors import SYSTEM
from domain.reports.effects import NoPreReviewer
from domain.reports.inputs import Called
from domain.reports.table import REPORT
from kit import clock
from models import Official
from models.database import connection, wake

BATCH = 200
_log = structlog.get_logger()
_NEXT = """
SELECT o.id, o.region_id, o.unit_id FROM official o JOIN report_cycle c ON c.id = o.cycle_id
WHERE o.begun_on IS NULL AND o.exempted_on IS NULL AND o.id > $3::uuid AND c.begins_on <= $1 AND c.results_by >= $1
  AND EXISTS (SELECT 1 FROM post p WHERE p.person_id = o.person_id AND p.unit_id = o.unit_id AND p.role = 'official'
              AND p.since <= $1 AND (p.until IS NULL OR p.until >= $1))
ORDER BY o.id LIMIT $2
"""
_FIRST = UUID(int=0)


async def called(limit: int = BATCH) -> int:
    """Open the reports of up to `limit` officials who have none yet; returns how many. Any number of workers may."""
    after, opened = _FIRST, 0
    while opened < limit:
        _, rows = await connection().execute_query(_NEXT, [clock.today(), limit, after])
        if not rows:
            break
        for row in rows:
            after = row["id"]
            opened += await _called(row["id"], row["region_id"], row["unit_id"])
    if opened:
        await wake()
    return opened


async def _called(official_id: UUID, region: str, unit_id: UUID) -> bool:
    try:
        async with in_transaction():
            official = await Official.filter(id=official_id, begun_on=None).select_for_update(skip_locked=True).first()
            if official is None or official.exempt_reason:
                return False
            await opening.by(SYSTEM, REPORT, Called(official=official_id), region, unit_id)
            await Official.filter(id=official_id).update(begun_on=clock.today())
            return True
    except NoPreReviewer:  # shows among those who are missing, until the roster is mended
        _log.warning("no_pre_reviewer", official=str(official_id))
        return False
