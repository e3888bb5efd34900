"""The clock proposes: a matter that is late is put before a supervisor, on the rung its lateness has reached, once."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

from domain.loop import engine, packs
from domain.loop.calendar import Calendar
from domain.loop.kinds import SYSTEM_ROLE, Kind
from domain.people.actors import SYSTEM
from domain.supervision.stages import WITH_UNIT
from kit import clock
from kit.errors import Refusal
from models import Matter, Rung, Supervision
from models.database import connection

BATCH = 100
SUPERVISE = "supervise"
BASIS = "《信访工作条例》第三十九条、第四十条，《优化营商环境条例》第四十九条"
_log = structlog.get_logger()

_LATE = """
SELECT m.id FROM matter m
WHERE m.ended_at IS NULL AND m.paused_since IS NULL AND m.clock_stopped_at IS NULL AND m.{clock}_due IS NOT NULL
  AND m.{clock}_due < $1 AND m.sealed_at IS NULL AND m.kind = ANY($2::text[])
  AND NOT EXISTS (
      SELECT 1 FROM supervision_cause c
      WHERE c.once = $3 || '/' || m.id || '/' || extract(epoch FROM m.{clock}_due)::bigint
  )
ORDER BY m.{clock}_due, m.id LIMIT $4
"""
_CAUSE = """
INSERT INTO supervision_cause (once, matter_id, proposed_at) VALUES ($1, $2, $3) ON CONFLICT (once) DO NOTHING
RETURNING once
"""


async def proposed(limit: int = BATCH) -> int:
    """Propose what has become due, the highest rung first; returns how many matters that were."""
    calendar = (await packs.book()).calendar
    rungs = [rung for rung in await Rung.all().order_by("order") if rung.clock]
    kinds = supervisable()
    done = 0
    for rung in reversed(rungs):
        before = late_before(rung.days_late, clock.today(), calendar)
        statement = _LATE.format(clock=rung.clock)
        _, rows = await connection().execute_query(statement, [before, kinds, rung.code, limit])
        done += sum([await _proposed(row["id"], rung, rungs, before) for row in rows])
    return done


def supervisable() -> list[str]:
    """The kinds of matter whose table lets the system ask for supervision."""
    return [
        kind.name
        for kind in Kind.REGISTRY.values()
        if any(step.verb == SUPERVISE and any(by.role == SYSTEM_ROLE for by in step.by) for step in kind.steps)
    ]


def late_before(days: int, today: date, calendar: Calendar) -> datetime:
    """Before which moment a due date must lie to be so many working days past, today among them."""
    day = today
    while True:
        days -= calendar.is_working(day)
        if days <= 0:
            return clock.start_of(day)
        day -= timedelta(days=1)


async def _proposed(matter_id: UUID, rung: Rung, rungs: Iterable[Rung], before: datetime) -> bool:
    try:
        async with in_transaction():
            # One worker at a time; what was late may have been done since it was listed.
            matter = await Matter.filter(id=matter_id).select_for_update(skip_locked=True).first()
            due = getattr(matter, f"{rung.clock}_due") if matter else None
            if matter is None or due is None or due >= before or matter.paused_since or matter.clock_stopped_at:
                return False
            if not await _caused(matter, rung, rungs):
                return False
            await _put_forward(matter, rung, due)
            return True
    except Refusal as refusal:  # nobody to supervise, or to be supervised: the roster's fault
        _log.warning("supervision_not_proposed", rung=rung.code, code=refusal.code)
        return False
    except DBConnectionError:
        raise
    except Exception:  # noqa: BLE001  # one broken matter must not hold up those after it
        _log.exception("supervision_failed", rung=rung.code)
        return False


async def _caused(matter: Matter, rung: Rung, rungs: Iterable[Rung]) -> bool:
    """Note what is proposed, and that the rungs below are passed; False if it was proposed before."""
    fresh = False
    for one in rungs:
        due = getattr(matter, f"{one.clock}_due")
        if one.order <= rung.order and due is not None:
            once = f"{one.code}/{matter.id}/{int(due.timestamp())}"
            noted = await connection().execute_query_dict(_CAUSE, [once, matter.id, clock.now()])
            fresh = bool(noted) if one.code == rung.code else fresh
    return fresh


async def _put_forward(matter: Matter, rung: Rung, due: datetime) -> None:
    """A supervision of its own, or the next rung of the one that runs."""
    running = await Supervision.filter(matter__opened_by_id=matter.id, matter__ended_at=None).select_related(
        "rung", "matter"
    )
    for one in running:
        if one.rung.order < rung.order and one.matter.stage in WITH_UNIT:
            await engine.take(SYSTEM, one.matter.number, "propose_raise", {})
    if running:
        return
    calendar = (await packs.book()).calendar
    days = calendar.working_between(clock.local(due).date(), clock.today())
    label, day = Kind.REGISTRY[matter.kind].label, clock.local(due)
    which = "法定期限" if rung.clock == "statutory" else "内部时限"
    until = f"{day.year}年{day.month}月{day.day}日"
    given = {
        "rung": rung.code,
        "subject": f"{label}{matter.number}逾期未办结",
        "facts": f"{label}{matter.number}的{which}为{until}，至今已逾期{days}个工作日，仍未办结。",
        "basis": BASIS,
    }
    await engine.take(SYSTEM, matter.number, SUPERVISE, given)
