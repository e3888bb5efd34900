"""催报: whoever has not submitted is told so, at most once a day; who has no account must be told by phone."""

from dataclasses import dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop.sight import Values
from domain.people.actors import Actor
from domain.reports import cycles
from domain.reports.officials import LOCK, OWING, REACHED, Filters, narrowed
from kit import clock
from models.database import connection, wake


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were told now, how many had been told today already, and how many must be told by phone."""

    reminded: int
    already: int
    unreached: int


_REMINDED = """
WITH wanted AS (
    SELECT o.id, {reached} AS reached, coalesce(o.reminded_on = {today}, FALSE) AS already
    FROM official o WHERE {where}
), told AS (
    UPDATE official SET reminded_on = {today} WHERE id IN (SELECT id FROM wanted WHERE reached AND NOT already)
    RETURNING id
), owed AS (
    INSERT INTO notice (id, matter_id, template, role, unit_id, post_id, once, owed_at)
    SELECT gen_random_uuid(), r.matter_id, 'report_reminded',
           CASE i.relation WHEN 'assignee' THEN 'official' ELSE 'report_clerk' END, i.unit_id, i.post_id,
           'report_reminded/' || i.id || '/' || {today}, {now}
    FROM told JOIN report r ON r.official_id = told.id
    JOIN involvement i ON i.matter_id = r.matter_id AND i.until IS NULL AND i.relation IN ('assignee', 'lead')
    ON CONFLICT (once) DO NOTHING
)
SELECT count(*) FILTER (WHERE reached AND NOT already) AS reminded,
       count(*) FILTER (WHERE reached AND already) AS already,
       count(*) FILTER (WHERE NOT reached) AS unreached FROM wanted
"""


async def reminded(actor: Actor, cycle_id: UUID, filters: Filters) -> Reminded:
    """Owe a reminder to all of these who have not submitted, and to their clerks; raises NotFound.

    Told are those who were called and have somebody who can sign in: the others are `unreached`.
    """
    async with in_transaction():
        await cycles.run_by(actor, cycle_id)
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])  # an import changes the same rows
        values = Values()
        where = narrowed(cycle_id, filters, values)
        today, now = f"{values.add(clock.today())}::date", f"{values.add(clock.now())}::timestamptz"
        sql = _REMINDED.format(reached=REACHED, where=f"{where} AND {OWING}", today=today, now=now)
        _, rows = await connection().execute_query(sql, values.list)
    await wake()
    return Reminded(**rows[0])
