"""My unit's numbers at a glance; `docs/figures.md` has each with its formula."""

from datetime import timedelta
from typing import Any

from domain.cases.stages import AFTER_REPLY
from domain.loop import packs
from domain.loop.clocks import due
from domain.loop.duties import DUE_SOON
from domain.loop.kinds import UNIT
from domain.loop.sight import Values, not_excluded
from domain.people.actors import Actor
from kit import clock
from models import Role
from models.database import connection

MONTH, YEAR = timedelta(days=30), timedelta(days=365)
FILED_WITHIN = timedelta(days=3 * 365)  # an answer of this year is to a report of these three
FEWEST = 5  # a share of fewer would tell how one person rated, and jumps with each case

_OPEN = """
SELECT count(*) AS open,
       count(*) FILTER (WHERE running AND statutory_due >= {now} AND statutory_due <= {soon}) AS due_soon,
       count(*) FILTER (WHERE running AND statutory_due < {now}) AS overdue
FROM (
    SELECT m.statutory_due, m.paused_since IS NULL AND m.clock_stopped_at IS NULL AS running
    FROM matter m
    WHERE m.kind = 'case' AND m.ended_at IS NULL AND {mine}
      AND EXISTS (SELECT 1 FROM duty d WHERE d.matter_id = m.id AND d.closed_at IS NULL)
) m
"""
# Materialized: else each figure would look up the reply anew.
_ANSWERED = """
WITH answered AS MATERIALIZED (
    SELECT m.statutory_due, c.outcome, c.reopened_at, CASE WHEN m.stage = ANY({answered}::text[]) THEN (
               SELECT max(e.at) FROM entry e WHERE e.matter_id = m.id AND e.verb = 'reply'
           ) END AS at
    FROM matter m JOIN case_file c ON c.matter_id = m.id
    WHERE m.kind = 'case' AND m.filed_on >= {since}::date AND (m.ended_at IS NULL OR m.ended_at >= {year}) AND {mine}
      AND (m.stage = ANY({answered}::text[]) OR c.reopened_at >= {year})
)
SELECT count(*) FILTER (WHERE at >= {month}) AS answered_30_days,
       count(*) FILTER (WHERE at >= {year}) AS answered_365_days,
       count(*) FILTER (WHERE at >= {year} AND at <= statutory_due) AS on_time,
       count(*) FILTER (WHERE at >= {year} AND outcome IN ('satisfied', 'dissatisfied')) AS rated,
       count(*) FILTER (WHERE at >= {year} AND outcome = 'satisfied') AS satisfied,
       count(*) FILTER (WHERE reopened_at >= {year}) AS reopened
FROM answered
"""


async def of_unit(actor: Actor) -> dict[str, Any]:
    """The figures of the active post's unit, without anything this actor is shut out of; two statements."""
    standing = actor.standing
    if standing is None:
        return {"unit": "", **_figures({}, {})}
    now = clock.now()
    soon = due(now, DUE_SOON, (await packs.book()).calendar)
    today = clock.start_of(clock.today())
    opened = await _counted(actor, _OPEN, now=now, soon=soon)
    answered = await _counted(
        actor,
        _ANSWERED,
        answered=[stage.value for stage in AFTER_REPLY],
        month=today - MONTH,
        year=today - YEAR,
        since=(today - FILED_WITHIN).date(),
    )
    return {"unit": standing.unit_name, **_figures(opened, answered)}


async def _counted(actor: Actor, statement: str, **given: Any) -> dict[str, int]:
    values = Values()
    places = {name: values.add(value) for name, value in given.items()}
    _, rows = await connection().execute_query(statement.format(mine=_mine(actor, values), **places), values.list)
    return dict(rows[0])


def _mine(actor: Actor, values: Values) -> str:
    """SQL: the unit's matters. An intake office's are those it received, a supervisor's those of the region."""
    standing = actor.standing
    if standing is None:
        return "FALSE"
    match standing.role:
        case Role.REGISTRAR | Role.CALL_BACK_OFFICER:
            theirs = f"m.receiving_unit_id = {values.add(standing.unit_id)}::uuid"
        case Role.SUPERVISOR:
            theirs = f"m.region_id LIKE {values.add(standing.region + '%')}"
        case Role.LIAISON | Role.HEAD | Role.HANDLER:
            relations = values.add([relation.value for relation in UNIT])
            theirs = (
                "m.id IN (SELECT i.matter_id FROM involvement i WHERE i.until IS NULL"
                f" AND i.unit_id = {values.add(standing.unit_id)}::uuid AND i.relation = ANY({relations}::text[]))"
            )
        case _:
            return "FALSE"
    return f"{theirs} AND {not_excluded(actor, 'm', values)}"


def _figures(opened: dict[str, int], answered: dict[str, int]) -> dict[str, Any]:
    year, rated = answered.get("answered_365_days", 0), answered.get("rated", 0)
    return {
        "open": opened.get("open", 0),
        "due_soon": opened.get("due_soon", 0),
        "overdue": opened.get("overdue", 0),
        "answered_30_days": answered.get("answered_30_days", 0),
        "answered_365_days": year,
        "on_time_share": _share(answered.get("on_time", 0), year),
        "rated": rated,
        "satisfied_share": _share(answered.get("satisfied", 0), rated),
        "reopened": answered.get("reopened", 0),
    }


def _share(part: int, of: int) -> float | None:
    return round(part / of, 3) if of >= FEWEST else None
