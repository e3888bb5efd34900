"""内容安全 of a report: what was submitted is looked at by WeChat, or by a person, before everybody may see it."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from domain.loop.sight import Values, visible_to
from domain.people.actors import Actor
from domain.reports import answering
from domain.reports.stages import Stage
from domain.wechat import bindings, checks
from domain.wechat.checks import Part
from kit import captions
from kit.errors import Conflict, NotFound
from kit.settings import Settings
from kit.words import label, phrase
from models import CheckState, ContentCheck, FileCopy, FileState, Matter, Official, Report, ReportVersion
from models.database import connection

SUBJECT = "report"  # as content checks call it
ANSWERS = "answers"
BATCH = 50
STATES = {
    CheckState.OWED: "等待检查",
    CheckState.ASKED: "正在检查",
    CheckState.PASSED: "检查通过",
    CheckState.PERSON: "待人工审核",
    CheckState.REFUSED: "不得公开",
}
PARTS = {
    "words": "报告文字",
    "answers": "必述内容的说明",
    "captions": "第{n}段视频的字幕",
    "film": "第{n}段视频",
    "page": "书面报告第{n}页",
}
_ORDER = (CheckState.REFUSED, CheckState.PERSON, CheckState.ASKED, CheckState.OWED, CheckState.PASSED)
_COMING = (FileState.RECEIVING, FileState.QUARANTINED, FileState.PROCESSING)
_log = structlog.get_logger()


class NotPassed(Conflict):
    """The public sees what the content check has passed, or a person after it; `details.state` says where it stands."""

    code, message = "content_not_passed", "内容安全检查还没有通过，暂不能向社会公开；可以先在内部或评议范围发布"


# Cleaned copies are needed: a version whose files are still being cleaned waits for them.
_OWED = """
SELECT r.matter_id FROM report r JOIN matter m ON m.id = r.matter_id
JOIN report_version v ON v.matter_id = r.matter_id AND v.version = r.version
WHERE r.checked < r.version AND m.stage <> $1 AND m.sealed_at IS NULL AND m.archived_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM file f WHERE f.id = ANY(v.files) AND f.state = ANY($2::text[]))
ORDER BY r.matter_id LIMIT $3
"""


async def asked(settings: Settings, limit: int = BATCH) -> int:
    """Have what was submitted looked at; returns how many reports that were. Any number of workers may."""
    _, rows = await connection().execute_query(_OWED, [Stage.DRAFT, [str(state) for state in _COMING], limit])
    done = 0
    for row in rows:
        try:
            done += await _asked(settings, row["matter_id"])
        except Exception:  # noqa: BLE001  # one that fails must not hold up the others
            _log.exception("report_not_checked")
    return done


async def _asked(settings: Settings, matter_id: UUID) -> bool:
    async with in_transaction():
        report = await Report.filter(matter_id=matter_id).select_for_update(skip_locked=True).first()
        if report is None or report.checked >= report.version:
            return False
        if await Matter.exists(id=matter_id, archived_at__isnull=False):  # it is being destroyed
            return False
        version = await ReportVersion.get(matter_id=matter_id, version=report.version)
        official = await Official.get(id=report.official_id)
        parts = list(_parts(version.content, await _copies(version)))
        openid = await bindings.in_mini_program(settings, official.person_id) if official.person_id else ""
        await checks.asked_for(settings, SUBJECT, matter_id, parts, openid=openid)
        await Report.filter(matter_id=matter_id).update(checked=report.version)
    return True


async def _copies(version: ReportVersion) -> dict[tuple[str, str], list[str]]:
    """Where the cleaned copies lie, by file and kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for copy in await FileCopy.filter(file_id__in=version.files, kind__in=["video", "page"]).order_by("place"):
        found.setdefault((str(copy.file_id), copy.kind), []).append(copy.stored)
    return found


def _parts(content: dict[str, Any], copies: dict[tuple[str, str], list[str]]) -> Iterator[Part]:
    clips = content.get("clips", [])
    yield Part("words", "text", "\n".join(_words(content, clips)))
    if answers := content.get("answers"):  # apart, as not every reviewer may read them all
        yield Part(ANSWERS, "text", "\n".join(one["text"] for one in answers))
    for number, clip in enumerate(clips, 1):
        if said := clip.get("captions"):
            yield Part(f"captions-{number}", "text", captions.said(said))
        for stored in copies.get((clip["file"], "video"), []):
            yield Part(f"film-{number}", "film", stored)
    for number, stored in enumerate(copies.get((content.get("document", ""), "page"), []), 1):
        yield Part(f"page-{number}", "picture", stored)


def _words(content: dict[str, Any], clips: list[dict[str, Any]]) -> Iterator[str]:
    """What the column will show in words, without the answers to what must be answered."""
    yield content["title"]
    yield from (part["text"] for part in content.get("sections", []))
    yield from content.get("problems", [])
    yield content.get("measures", "")
    for clip in clips:
        yield clip["title"]
        yield from (f"{mark['title']}\n{mark.get('answer', '')}" for mark in clip.get("marks", []))


async def state_of(report: Report) -> CheckState:
    """Of the version that was submitted last; OWED while it is still to be asked about."""
    if report.checked < report.version:
        return CheckState.OWED
    return await checks.state_of(SUBJECT, report.matter_id)


async def refuse_unpassed(report: Report) -> None:
    """Raise NotPassed unless everybody may see what was submitted."""
    state = await state_of(report)
    if state is not CheckState.PASSED:
        raise NotPassed(details={"state": state, "state_label": _label(state)})


async def told(report: Report, hidden: Collection[str]) -> dict[str, Any] | None:
    """The results beside the review: of all of it, and of each part with why; None before anything was submitted.

    Whoever is shut out of some of what must be answered finds nothing of the answers' part.
    """
    if not report.version:
        return None
    state = await state_of(report)
    found = await ContentCheck.filter(subject=SUBJECT, subject_id=report.matter_id).select_related("decided_by__person")
    below: dict[str, list[ContentCheck]] = {}
    for check in found if report.checked == report.version else []:
        if check.part != ANSWERS or not hidden:
            below.setdefault(check.part.partition("/")[0], []).append(check)
    return {
        "state": state,
        "state_label": _label(state),
        "parts": [_part(name, rows) for name, rows in sorted(below.items(), key=lambda one: _place(one[0]))],
    }


def _part(name: str, rows: list[ContentCheck]) -> dict[str, Any]:
    """A part with the pieces that it was cut into: as far as the one that stands worst."""
    state = next(state for state in _ORDER if any(row.state is state for row in rows))
    worst = [row for row in rows if row.state is state]
    people = [row for row in rows if row.decided_by]
    return {
        "part": name,
        "name": name_of(name),
        "state": state,
        "state_label": _label(state),
        "why": list(dict.fromkeys(checks.said(row.label) for row in worst if row.label)),
        "decided": [
            {"by": row.decided_by.person.name, "passed": row.state is CheckState.PASSED, "reason": row.reason}
            for row in people
            if row.decided_by
        ],
    }


def name_of(part: str) -> str:
    """A part in the words of reviewers, of a piece the part that it was cut from."""
    name, _, number = part.partition("/")[0].partition("-")
    return phrase(PARTS.get(name, name)).format(n=number)


def _place(part: str) -> tuple[int, int]:
    name, _, number = part.partition("-")
    order = list(PARTS)
    return (order.index(name) if name in order else len(order), int(number or 0))


def _label(state: CheckState) -> str:
    return label(state, STATES[state])


async def awaiting_person(actor: Actor, number: str | None = None, limit: int = 100) -> list[ContentCheck]:
    """What a person must decide, the longest waiting first: of reports only those that this reviewer may see."""
    values = Values()
    mine = f"SELECT m.id FROM matter m WHERE m.kind = 'report' AND {visible_to(actor, 'm', values)}"
    if number:
        mine += f" AND m.number = {values.add(number)}"
    others = "" if number else f"c.subject <> '{SUBJECT}' OR "
    _, rows = await connection().execute_query(
        f"SELECT c.id FROM content_check c WHERE c.state = 'person' AND ({others}c.subject_id IN ({mine}))"
        f" ORDER BY c.due_at, c.id LIMIT {int(limit)}",
        values.list,
    )
    found = {check.id: check for check in await ContentCheck.filter(id__in=[row["id"] for row in rows])}
    waiting = [found[row["id"]] for row in rows if row["id"] in found]
    return [check for check in waiting if await _may_read(actor, check)]


async def _may_read(actor: Actor, check: ContentCheck) -> bool:
    """Of a report that is seen: not its answers where one of them is none of theirs; another reviewer decides."""
    if check.subject != SUBJECT or check.part != ANSWERS:
        return True
    report = await Report.get_or_none(matter_id=check.subject_id)
    return report is None or not await answering.hidden_from(actor, report.must)


async def decided(actor: Actor, check_id: UUID, *, passed: bool, reason: str) -> ContentCheck:
    """A reviewer's decision; raises NotFound (of a report that they may not see, too) or Decided."""
    check = await ContentCheck.get_or_none(id=check_id)
    if check is None or actor.post_id is None:
        raise NotFound("没有找到这项内容")
    if check.subject == SUBJECT:
        values = Values()
        place = values.add(check.subject_id)
        _, rows = await connection().execute_query(
            f"SELECT 1 FROM matter m WHERE m.id = {place}::uuid AND {visible_to(actor, 'm', values)}", values.list
        )
        if not rows or not await _may_read(actor, check):
            raise NotFound("没有找到这项内容")
    return await checks.decided(check_id, actor.post_id, passed=passed, reason=reason)
