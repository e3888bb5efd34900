"""公示: what everybody may read of the ledger, in the words that were written for it; the same for all readers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.loop.sight import Values
from domain.rectification.stages import Stage
from kit.words import label
from models.database import connection


class Outcome(StrEnum):
    """What the public reads of where a line stands."""

    STRUCK_OFF = "struck_off"
    VERIFIED = "verified"
    AGAIN = "again"


OUTCOMES = {
    Outcome.STRUCK_OFF: "已整改销号",
    Outcome.VERIFIED: "已整改，正在销号",
    Outcome.AGAIN: "问题反弹，正在重新整改",
}


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    published_on: date
    id: UUID


async def page(region: str | None = None, after: After | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Up to `limit` published lines, the latest first; no number, no names but the unit's."""
    values = Values()
    parts = ["r.published_on IS NOT NULL"]
    if region:
        parts.append(f"m.region_id LIKE {values.add(region + '%')}")
    if after:
        parts.append(
            f"(r.published_on, r.matter_id) < ({values.add(after.published_on)}::date, {values.add(after.id)}::uuid)"
        )
    _, rows = await connection().execute_query(
        "SELECT r.matter_id AS id, r.public_problem, r.public_result, r.published_on, m.stage, m.filed_on,"
        " r.struck_off_on, m.region_id, g.name AS region, u.name AS unit"
        " FROM rectification r JOIN matter m ON m.id = r.matter_id JOIN unit u ON u.id = r.unit_id"
        " JOIN region g ON g.code = m.region_id"
        f" WHERE {' AND '.join(parts)} ORDER BY r.published_on DESC, r.matter_id DESC LIMIT {int(limit)}",
        values.list,
    )
    return [
        {
            "id": row["id"],
            "problem": row["public_problem"],
            "result": row["public_result"],
            "unit": row["unit"],
            "region": row["region_id"],
            "region_name": row["region"],
            "listed_on": row["filed_on"],
            "struck_off_on": row["struck_off_on"] if row["stage"] == Stage.STRUCK_OFF else None,
            "published_on": row["published_on"],
            "outcome": (found := _outcome(row["stage"])),
            "outcome_label": label(found, OUTCOMES[found]),
        }
        for row in rows
    ]


def _outcome(stage: str) -> Outcome:
    match stage:
        case Stage.STRUCK_OFF:
            return Outcome.STRUCK_OFF
        case Stage.VERIFIED:
            return Outcome.VERIFIED
    return Outcome.AGAIN
