"""发布: what is told of typical cases to whoever asks, the same to all; and the worker's part in publishing.

Readers get snapshots only. No number, no unit and no way to a case is among them, and what is withdrawn is gone with
that very step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import structlog

from domain.loop import engine, packs
from domain.loop.kinds import WrongStage
from domain.loop.sight import Values
from domain.people.actors import SYSTEM
from domain.typical import finding
from domain.typical.effects import KIND, NotASource, still_sources
from domain.typical.inputs import PARTS, Stopping
from domain.typical.stages import Stage
from domain.wechat import bindings, checks
from domain.wechat.checks import Part
from kit.errors import NotFound
from kit.settings import Settings
from kit.words import label
from models import Audience, CheckState, Matter, Typical
from models.database import connection

SUBJECT = "typical_case"  # as content checks call it
BATCH = 50
LEAD = 60  # characters of the text that a list shows
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class After:
    """The last of the page before."""

    issued_on: date
    id: UUID


_COLUMNS = (
    "i.public_id, i.title, i.reported, i.handled, i.lesson, i.category_id, i.told_region, i.issued_on, i.audience"
)
_STANDING = "FROM typical_issue i JOIN matter m ON m.id = i.matter_id WHERE i.live AND m.sealed_at IS NULL"


async def listed(
    audience: Audience, *, category: str | None = None, after: After | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """What stands, the newest first: to the public what is published, to staff what is printed too."""
    values, parts = Values(), [_STANDING]
    if audience is Audience.PUBLIC:
        parts.append("i.audience = 'public'")
    if category:
        parts.append(f"i.category_id = {values.add(category)}")
    if after:
        parts.append(
            f"(i.issued_on, i.public_id) < ({values.add(after.issued_on)}::date, {values.add(after.id)}::uuid)"
        )
    _, rows = await connection().execute_query(
        f"SELECT {_COLUMNS} {' AND '.join(parts)} ORDER BY i.issued_on DESC, i.public_id DESC LIMIT {int(limit)}",
        values.list,
    )
    book = await packs.book()
    return [_head(row, book) for row in rows]


async def one(audience: Audience, public_id: UUID) -> dict[str, Any]:
    """The whole text; raises NotFound for what does not stand, or never did."""
    public = "AND i.audience = 'public'" if audience is Audience.PUBLIC else ""
    _, rows = await connection().execute_query(
        f"SELECT {_COLUMNS} {_STANDING} AND i.public_id = $1 {public}", [public_id]
    )
    if not rows:
        raise NotFound("没有找到这个典型案例，可能已经撤下")
    book = await packs.book()
    return _head(rows[0], book) | {part: rows[0][part] for part in PARTS}


def _head(row: Mapping[str, Any], book: packs.Book) -> dict[str, Any]:
    category = book.categories.get(row["category_id"])
    return {
        "id": row["public_id"],
        "title": row["title"],
        "lead": row["reported"][:LEAD] + ("…" if len(row["reported"]) > LEAD else ""),
        "category": row["category_id"],
        "category_label": label(row["category_id"], category.name) if category else row["category_id"],
        "region_name": book.regions.get(row["told_region"]) or None,
        "issued_on": row["issued_on"],
        "public": row["audience"] == Audience.PUBLIC,
    }


async def released(settings: Settings) -> int:
    """Publish what was approved and has passed the content check; stop what has not. Returns how many were decided."""
    waiting = await Matter.filter(kind=KIND, stage=Stage.REVIEWING, sealed_at=None).order_by("id").limit(BATCH)
    return sum([await _tried(settings, matter) for matter in waiting])


async def _tried(settings: Settings, matter: Matter) -> bool:
    try:
        return await _decided(settings, matter)
    except (WrongStage, NotASource):  # somebody was faster
        return False
    except Exception:  # noqa: BLE001  # one that fails must not hold up the others
        _log.exception("typical_not_released")
        return False


async def _decided(settings: Settings, matter: Matter) -> bool:
    own = await Typical.get(matter_id=matter.id)
    texts = {part: getattr(own, part) for part in PARTS}
    if not await still_sources(matter.id):
        return await _stopped(matter, Stopping.SOURCE)
    # Once more, with what the sources hold by now: whatever two persons did not clear is not published.
    hits, _ = await finding.found(settings, matter.id, own.told_region, texts)
    cleared = {one["text"] for one in own.cleared.get("second", [])}  # type: ignore[attr-defined]  # a list of pairs
    if any(hit.must or hit.text not in cleared for hit in hits):
        return await _stopped(matter, Stopping.MARKS)
    parts = [Part(part, "text", text) for part, text in texts.items()]
    # Of whoever approved it, where the mini-program knows them; else a person looks.
    openid = await bindings.in_mini_program(settings, own.approved_by) if own.approved_by else ""
    await checks.asked_for(settings, SUBJECT, matter.id, parts, openid=openid)
    match await checks.state_of(SUBJECT, matter.id):
        case CheckState.PASSED:
            await engine.take(SYSTEM, matter.number, "publish", {})
            return True
        case CheckState.REFUSED:
            return await _stopped(matter, Stopping.CONTENT)
    return False


async def _stopped(matter: Matter, cause: Stopping) -> bool:
    await engine.take(SYSTEM, matter.number, "stop_publishing", {"cause": cause})
    return True


_FALLEN = """
SELECT m.number FROM matter m WHERE m.kind = $1 AND m.stage = ANY($2::text[]) AND m.sealed_at IS NULL AND EXISTS (
    SELECT 1 FROM matter_source s JOIN matter c ON c.id = s.source_id
    WHERE s.matter_id = m.id AND (c.ended_at IS NULL OR c.sealed_at IS NOT NULL)
) LIMIT $3
"""


async def taken_down() -> int:
    """Take back what tells of a case that is being handled anew; returns how many."""
    _, rows = await connection().execute_query(_FALLEN, [KIND, [Stage.PRINTED, Stage.PUBLISHED], BATCH])
    for row in rows:
        try:
            await engine.take(SYSTEM, row["number"], "take_down", {"cause": Stopping.SOURCE})
        except WrongStage:
            continue
    return len(rows)
