"""Codes as a list, with how often each was scanned: newest first, in keyset pages."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.codes import scenes
from domain.codes.issuing import Office, found
from kit.settings import Settings
from kit.words import label
from models import CodeKind
from models.database import connection

KINDS = {CodeKind.PROVINCE: "全省码", CodeKind.UNIT: "单位码", CodeKind.PLACE: "场所码", CodeKind.CAMPAIGN: "活动码"}


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    issued_on: date
    id: UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list of codes; `ended` None means those in use and the ended ones."""

    kind: CodeKind | None = None
    region: str = ""
    ended: bool | None = None


_SHOWN = """
SELECT c.*, u.name AS unit_name, o.value AS old, n.value AS new, s.valid, s.ended
FROM code c LEFT JOIN unit u ON u.id = c.unit_id LEFT JOIN code o ON o.id = c.replaces_id
LEFT JOIN code n ON n.replaces_id = c.id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(count) FILTER (WHERE outcome = 'valid'), 0) AS valid,
           COALESCE(sum(count) FILTER (WHERE outcome = 'ended'), 0) AS ended
    FROM code_scan WHERE code_id = c.id
) s
"""


async def page(
    settings: Settings, office: Office, filters: Filters, after: After | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Up to `limit` codes of the office's region."""
    values: list[object] = [office.region + "%", filters.region + "%", filters.kind, filters.ended]
    where = (
        "c.region_id LIKE $1 AND c.region_id LIKE $2 AND ($3::text IS NULL OR c.kind = $3)"
        " AND ($4::bool IS NULL OR (c.ended_on IS NOT NULL) = $4)"
    )
    if after:
        values += [after.issued_on, after.id]
        where += " AND (c.issued_on, c.id) < ($5::date, $6::uuid)"
    _, rows = await connection().execute_query(
        f"{_SHOWN} WHERE {where} ORDER BY c.issued_on DESC, c.id DESC LIMIT {int(limit)}", values
    )
    return [_shown(settings, row) for row in rows]


async def one(settings: Settings, office: Office, value: str) -> dict[str, Any]:
    """A code of the office's region as the list shows it; raises NotFound."""
    code = await found(office, value)
    _, rows = await connection().execute_query(f"{_SHOWN} WHERE c.id = $1", [code.id])
    return _shown(settings, rows[0])


def _shown(settings: Settings, row: Any) -> dict[str, Any]:  # a database record
    return {
        "id": row["id"],
        "value": row["value"],
        "kind": row["kind"],
        "kind_label": label(row["kind"], KINDS[row["kind"]]),
        "title": row["title"],
        "place": row["place"],
        "phone": row["phone"],
        "region": row["region_id"],
        "unit": {"id": row["unit_id"], "name": row["unit_name"]} if row["unit_id"] else None,
        "issued_on": row["issued_on"],
        "ended_on": row["ended_on"],
        "end_reason": row["end_reason"],
        "replaces": row["old"],
        "replaced_by": row["new"],
        "link": scenes.link(settings, row["value"]),
        "scans": {"valid": row["valid"], "ended": row["ended"]},
    }
