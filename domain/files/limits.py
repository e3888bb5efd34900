"""What may be brought as what, how large, and how much of it: rows of `data/files.toml`."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from kit import clock
from kit.errors import TooLarge
from kit.media.refusals import FileType
from models import FilePurpose, FileState
from models.database import connection

MOST_PARTS = 64  # pieces of one holder that are not put together yet; their bytes count like any other


class QuotaReached(TooLarge):
    """As many files, or bytes, as this holder or this matter may have."""

    code, message = "quota_reached", "附件数量或总大小已达上限"


async def purpose_for(code: str, media_type: str, *, staff: bool) -> FilePurpose:
    """The purpose that was named, else the first that takes the type; raises FileType."""
    wanted = FilePurpose.filter(code=code) if code else FilePurpose.filter(media_types__contains=[media_type])
    for purpose in await wanted.order_by("code"):
        if media_type in purpose.media_types and (staff or not purpose.staff_only):
            return purpose
    raise FileType


async def purposes(*, staff: bool) -> list[FilePurpose]:
    """Everything that may be brought, by code."""
    found = await FilePurpose.all().order_by("code")
    return [purpose for purpose in found if staff or not purpose.staff_only]


_HELD = """
SELECT q.most_files, q.most_bytes, q.days, f.n AS files, p.n AS parts, f.bytes + p.bytes AS bytes
FROM file_quota q,
     (SELECT count(*) AS n, coalesce(sum(bytes), 0) AS bytes FROM file
      WHERE owner = $1 AND state <> $3 AND ($2 <> 'person' OR matter_id IS NULL)) f,
     (SELECT count(*) AS n, coalesce(sum(coalesce(length, most)), 0) AS bytes FROM upload
      WHERE owner = $1 AND concat = 'partial' AND final_id IS NULL) p
WHERE q.code = $2
"""


async def room(owner: str, *, files: int, parts: int, more: int) -> date:
    """Make sure, until the transaction ends, that this owner may bring so many more files, parts and bytes.

    Gives the first day on which they are gone if nothing comes of them. Raises QuotaReached.
    """
    # The lock is a statement of its own: what the others committed before they gave it up must be counted.
    await connection().execute_query("SELECT pg_advisory_xact_lock(hashtextextended('files of ' || $1, 0))", [owner])
    rows = await connection().execute_query_dict(_HELD, [owner, owner.partition(":")[0], FileState.ABANDONED])
    held = rows[0]
    if (
        held["files"] + files > held["most_files"]
        or held["parts"] + parts > MOST_PARTS
        or held["bytes"] + more > held["most_bytes"]
    ):
        raise QuotaReached(details={"files": held["most_files"], "bytes": held["most_bytes"]})
    return clock.today() + timedelta(days=held["days"] + 1)


_ATTACHED = """
SELECT q.most_files, q.most_bytes, count(f.id) AS files, coalesce(sum(f.bytes), 0) AS bytes
FROM file_quota q LEFT JOIN file f ON f.matter_id = $1 AND f.state <> $2
WHERE q.code = 'matter' GROUP BY q.code
"""


async def fits(matter_id: UUID) -> None:
    """Raise QuotaReached if more is attached to a matter, which is locked or new, than one may hold."""
    rows = await connection().execute_query_dict(_ATTACHED, [matter_id, FileState.ABANDONED])
    row: Any = rows[0]
    if row["files"] > row["most_files"] or row["bytes"] > row["most_bytes"]:
        raise QuotaReached(details={"files": row["most_files"], "bytes": row["most_bytes"]})
