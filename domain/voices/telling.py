"""Who is told of words: whoever reads them first that some wait, the official that some are there for them.

Once a report and day, as words leave the box: so a notice says no more of when something was written than they do.
"""

from uuid import UUID

from kit import clock
from models import Relation, Role
from models.database import connection

_OWED = """
INSERT INTO notice (id, matter_id, template, role, unit_id, post_id, once, owed_at)
SELECT gen_random_uuid(), i.matter_id, $2::text, $3, i.unit_id, i.post_id, concat_ws('/', $2::text, i.id, $5::date), $6
FROM involvement i WHERE i.matter_id = $1::uuid AND i.relation = $4 AND i.until IS NULL
ON CONFLICT (once) DO NOTHING
"""


async def waiting(report_id: UUID) -> None:
    """Tell the reviewing office; in the caller's transaction."""
    await _owe(report_id, "words_wait", Role.PRE_REVIEWER, Relation.INTAKE)


async def to_official(report_id: UUID) -> None:
    """Tell the official; in the caller's transaction."""
    await _owe(report_id, "words_told", Role.OFFICIAL, Relation.ASSIGNEE)


async def _owe(report_id: UUID, template: str, role: Role, relation: Relation) -> None:
    told = [report_id, template, role, relation, clock.today(), clock.now()]
    await connection().execute_query(_OWED, told)
