"""What time brings about: silence that accepts, questions that lapse, reminders; each safe to run twice, anywhere."""

from datetime import timedelta

import structlog
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

from domain.loop import engine, sight
from domain.people.actors import SYSTEM
from kit import clock
from kit.errors import Refusal
from models import Duty, Matter
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
    return sum([await _lapsed(duty) for duty in late])


async def _lapsed(duty: Duty) -> bool:
    try:
        async with in_transaction():
            # One worker at a time, and nobody waits for one of them while holding another; what was late may have
            # been done, and asked anew, since it was listed.
            all_ = await sight.locked_with(duty.matter_id)
            if len(await Matter.filter(id__in=all_).select_for_update(skip_locked=True).only("id")) < len(all_):
                return False
            if not await Duty.exists(id=duty.id, closed_at=None, due_at__lt=clock.now()):
                return False
            await engine.take(SYSTEM, duty.matter.number, duty.lapses_to or "", {})
            return True
    except Refusal as refusal:  # the table is at fault
        _log.warning("lapse_not_taken", duty=duty.name, code=refusal.code)
        return False
    except DBConnectionError:
        raise
    except Exception:  # noqa: BLE001  # see below
        # One broken matter must not hold up those after it.
        _log.exception("lapse_failed", duty=duty.name)
        return False


_OVERDUE = """
WITH late AS (
    SELECT id, matter_id, role, unit_id, post_id, due_at FROM duty
    WHERE closed_at IS NULL AND overdue_told_at IS NULL AND due_at < $1
    ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE duty SET overdue_told_at = $1 WHERE id IN (SELECT id FROM late)
), owed AS (
    INSERT INTO notice (id, matter_id, template, role, unit_id, post_id, once, owed_at)
    SELECT gen_random_uuid(), matter_id, 'duty_overdue', role, unit_id, post_id,
           'overdue/' || id || '/' || extract(epoch FROM due_at)::bigint, $1 FROM late
    WHERE role <> 'complainant' ON CONFLICT (once) DO NOTHING
) SELECT count(*) AS n FROM late
"""


async def overdue_told(limit: int = BATCH) -> int:
    """Tell whoever holds a duty that it is late, once for each due date; returns how many duties that were."""
    _, rows = await connection().execute_query(_OVERDUE, [clock.now(), limit])
    return int(rows[0]["n"])


_DUE_SOON = """
WITH soon AS (
    SELECT d.*, 'due_soon/' || d.id || '/' || extract(epoch FROM d.due_at)::bigint AS once FROM duty d
    WHERE d.closed_at IS NULL AND d.overdue_told_at IS NULL AND d.due_at >= $1 AND d.due_at < $2
      AND d.role <> 'complainant'
), owed AS (
    INSERT INTO notice (id, matter_id, template, role, unit_id, post_id, once, owed_at)
    SELECT gen_random_uuid(), matter_id, 'duty_due_soon', role, unit_id, post_id, once, $1 FROM soon
    WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.once = soon.once)
    ORDER BY due_at, id LIMIT $3 ON CONFLICT (once) DO NOTHING RETURNING 1
) SELECT count(*) AS n FROM owed
"""


async def due_soon_told(limit: int = BATCH) -> int:
    """Remind whoever holds a duty that ends within a day, once for each due date; returns how many that were."""
    now = clock.now()
    _, rows = await connection().execute_query(_DUE_SOON, [now, now + SOON, limit])
    return int(rows[0]["n"])
