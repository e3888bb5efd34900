"""What time brings about: silence that accepts, questions that lapse, reminders; each safe to run twice, anywhere."""

from datetime import timedelta
from uuid import uuid4

import structlog

from domain.loop import engine
from domain.people.actors import SYSTEM
from kit import clock
from kit.errors import Refusal
from models import Duty, Notice
from models.database import connection

BATCH = 500
SOON = timedelta(days=1)
_log = structlog.get_logger()


async def lapsed(limit: int = BATCH) -> int:
    """Take, as the system, the step that follows when a duty's time is over; returns how many were taken."""
    late = (
        await Duty.filter(closed_at=None, lapses_to__isnull=False, due_at__lt=clock.now())
        .order_by("due_at", "id")
        .limit(limit)
        .select_related("matter")
    )
    taken = 0
    for duty in late:
        try:
            await engine.take(SYSTEM, duty.matter.number, duty.lapses_to or "", {})
            taken += 1
        except Refusal as refusal:
            # Another worker, or the person themself, was quicker; otherwise the table is at fault.
            _log.info("lapse_not_taken", duty=duty.name, code=refusal.code)
    return taken


_OVERDUE = """
WITH late AS (
    SELECT id, matter_id, role, unit_id, post_id FROM duty
    WHERE closed_at IS NULL AND overdue_told_at IS NULL AND due_at < $1
    ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE duty SET overdue_told_at = $1 WHERE id IN (SELECT id FROM late)
), owed AS (
    INSERT INTO notice (id, matter_id, template, role, unit_id, post_id, once, owed_at)
    SELECT gen_random_uuid(), matter_id, 'duty_overdue', role, unit_id, post_id, 'overdue/' || id, $1 FROM late
    WHERE role <> 'complainant' ON CONFLICT (once) DO NOTHING
) SELECT count(*) AS n FROM late
"""


async def overdue_told(limit: int = BATCH) -> int:
    """Tell whoever holds a duty that it is late, once for each due date; returns how many duties that were."""
    _, rows = await connection().execute_query(_OVERDUE, [clock.now(), limit])
    return int(rows[0]["n"])


async def due_soon_told(limit: int = BATCH) -> int:
    """Remind whoever holds a duty that ends within a day, once; returns how many reminders were new."""
    now = clock.now()
    soon = Duty.filter(closed_at=None, overdue_told_at=None, due_at__gte=now, due_at__lt=now + SOON)
    owed = [
        Notice(
            id=uuid4(),
            matter_id=duty.matter_id,
            template="duty_due_soon",
            role=duty.role,
            unit_id=duty.unit_id,
            post_id=duty.post_id,
            once=f"due_soon/{duty.id}/{duty.due_at:%Y%m%d}",
            owed_at=now,
        )
        for duty in await soon.order_by("due_at", "id").limit(limit)
    ]
    known = {notice.once for notice in await Notice.filter(once__in=[notice.once for notice in owed]).only("once")}
    fresh = [notice for notice in owed if notice.once not in known]
    await Notice.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
