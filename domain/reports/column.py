"""述法专栏: published reports for whoever their scope admits, as they were when they were published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from domain.loop.sight import Values, not_excluded
from domain.people.actors import Actor
from kit import clock
from kit.errors import NotFound
from kit.settings import Settings
from models import FileCopy, FileState, ReportScope, Role
from models.database import connection

PAGE = "pages/column/one"  # of the phone; a mini-program code's scene is the report's number
NOT_THERE = "没有找到这篇述法报告，可能还没有发布，或者已经撤下"
PLAYED = ("video", "poster")  # copies of a clip that a player asks for


@dataclass(frozen=True, slots=True)
class After:
    """The last row of the page before."""

    published_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the column."""

    year: int | None = None
    region: str | None = None
    text: str | None = None


def scopes(actor: Actor) -> list[ReportScope]:
    """What somebody may see: anybody the public ones, evaluators theirs, staff all of their region's."""
    if actor.standing is None:
        return [ReportScope.PUBLIC]
    if actor.role is Role.EVALUATOR:
        return [ReportScope.PUBLIC, ReportScope.EVALUATORS]
    return list(ReportScope)


def _seen(actor: Actor, values: Values) -> str:
    """SQL: report `r` (matter `m`) of official `o` is published for this actor; what is public also if shut out."""
    known = values.add([str(scope) for scope in scopes(actor)])
    condition = f"r.published_at IS NOT NULL AND r.scope = ANY({known}::text[])"
    if actor.standing is not None:
        own = values.add(actor.standing.region)
        near = f"(o.region_id LIKE {own} || '%' OR {own} LIKE o.region_id || '%')"
        condition += f" AND (r.scope = 'public' OR ({near} AND {not_excluded(actor, 'm', values)}))"
    return condition


_COLUMNS = """
m.id, m.number, r.published_at, r.scope, r.published->>'title' AS title, o.name, o.title AS post, u.name AS unit,
o.region_id, g.name AS region, c.year, jsonb_array_length(coalesce(r.published->'clips', '[]')) AS clips
"""
_FROM = """
FROM report r JOIN matter m ON m.id = r.matter_id JOIN official o ON o.id = r.official_id
JOIN report_cycle c ON c.id = o.cycle_id JOIN unit u ON u.id = o.unit_id JOIN region g ON g.code = o.region_id
"""


async def page(actor: Actor, filters: Filters, after: After | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Up to `limit` published reports, the newest first: there is no other order (国办函〔2026〕12号)."""
    values = Values()
    parts, add = [_seen(actor, values)], values.add
    if filters.year:
        parts.append(f"c.year = {add(filters.year)}")
    if filters.region:
        parts.append(f"o.region_id LIKE {add(filters.region + '%')}")
    if filters.text:
        found = add(f"%{_literal(filters.text)}%")
        parts.append(f"(o.name LIKE {found} OR u.name LIKE {found} OR r.published->>'title' LIKE {found})")
    if after:
        parts.append(f"(r.published_at, r.matter_id) < ({add(after.published_at)}, {add(after.id)}::uuid)")
    _, rows = await connection().execute_query(
        f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(parts)}"
        f" ORDER BY r.published_at DESC, r.matter_id DESC LIMIT {int(limit)}",
        values.list,
    )
    return [dict(row) for row in rows]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def one(actor: Actor, number: str) -> dict[str, Any]:
    """A published report whole, with the copies of its recordings; raises NotFound."""
    values = Values()
    which = values.add(number)
    _, rows = await connection().execute_query(
        f"SELECT {_COLUMNS}, r.published {_FROM} WHERE m.number = {which} AND {_seen(actor, values)}", values.list
    )
    if not rows:
        raise NotFound(NOT_THERE)
    row = dict(rows[0])
    shown: dict[str, Any] = orjson.loads(row.pop("published"))
    clips = shown.get("clips", [])
    copies = await FileCopy.filter(
        file_id__in=[clip["file"] for clip in clips], kind__in=PLAYED, file__state=FileState.READY
    )
    items: dict[str, str] = shown.get("items", {})
    return {
        **row,
        "published_at": clock.local(row["published_at"]),
        "name": shown["name"],
        "post": shown["post"],
        "forms": shown.get("forms", []),
        "sections": [{"name": items[part["item"]], "text": part["text"]} for part in shown.get("sections", [])],
        "answers": shown.get("answers", []),
        "problems": shown.get("problems", []),
        "measures": shown.get("measures", ""),
        "document": bool(shown.get("document")),
        "clips": [
            {
                "place": place,
                "title": clip["title"],
                "interview": clip.get("interview", False),
                "marks": clip.get("marks", []),
                "captions": bool(clip.get("captions")),
                "copies": {copy.kind: copy.facts for copy in copies if str(copy.file_id) == clip["file"]},
            }
            for place, clip in enumerate(clips, 1)
        ],
    }


def link(settings: Settings, number: str) -> str:
    """Where everybody reads a report: an ordinary link of our own."""
    return f"{settings.url}/h5/#/{PAGE}?number={number}"


async def beside(actor: Actor, number: str) -> dict[str, Any]:
    """Whose report it is, and what was taken of their unit's figures; raises NotFound."""
    values = Values()
    which = values.add(number)
    _, rows = await connection().execute_query(
        f"SELECT o.person_id, u.name AS unit, g.name AS region, r.figures {_FROM}"
        f" WHERE m.number = {which} AND {_seen(actor, values)}",
        values.list,
    )
    if not rows:
        raise NotFound(NOT_THERE)
    row = dict(rows[0])
    return row | {"figures": orjson.loads(row["figures"]) if row["figures"] else None}


async def captions(actor: Actor, number: str, place: int) -> str:
    """The captions of a clip, as WebVTT; raises NotFound."""
    text = (await _clip(actor, "m.number", number, place)).get("captions")
    if not text:
        raise NotFound("这段视频没有字幕")
    return str(text)


async def played(actor: Actor, report: str | UUID, place: int, kind: str) -> tuple[str, str]:
    """Where a copy of a clip lies, and its type, by the report's number or id; place 0 is the written report.

    Raises NotFound.
    """
    column = "m.number" if isinstance(report, str) else "m.id"
    if place == 0:
        document = (await _published(actor, column, report)).get("document")
        return await _copy(document, "pdf")
    return await _copy((await _clip(actor, column, report, place))["file"], kind)


async def _copy(file_id: str | None, kind: str) -> tuple[str, str]:
    copy = await FileCopy.filter(file_id=file_id, kind=kind, file__state=FileState.READY).order_by("place").first()
    if file_id is None or copy is None:
        raise NotFound("没有找到这份材料")
    return copy.stored, copy.media_type


async def _clip(actor: Actor, column: str, report: str | UUID, place: int) -> dict[str, Any]:
    clips: list[dict[str, Any]] = (await _published(actor, column, report)).get("clips", [])
    if not 1 <= place <= len(clips):
        raise NotFound("没有找到这段视频")
    return clips[place - 1]


async def _published(actor: Actor, column: str, report: str | UUID) -> dict[str, Any]:
    values = Values()
    which = values.add(report)
    _, rows = await connection().execute_query(
        f"SELECT r.published {_FROM} WHERE {column} = {which} AND {_seen(actor, values)}", values.list
    )
    if not rows:
        raise NotFound(NOT_THERE)
    shown: dict[str, Any] = orjson.loads(rows[0]["published"])
    return shown
