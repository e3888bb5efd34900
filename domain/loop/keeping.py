"""归档与保全: rows for the table of any kind: into the archive at its end, its destruction stopped and set free."""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import Field

from domain.loop import packs, retention, timeline
from domain.loop.chores import BATCH
from domain.loop.engine import Archived, SamePerson, take
from domain.loop.kinds import COMPLAINER, MACHINE, OFFICE, By, Inputs, Kind, Move, Scene, Step
from domain.loop.widgets import DayField, Reason, ShortText
from domain.people.actors import SYSTEM
from domain.vault.sealing import handle_dropped
from kit import clock, crockford
from kit.errors import Conflict, Invalid, Refusal
from models import Archive, Case, Entry, EntryBody, File, FileState, Hold, Letter, Matter, Part, Reach, Relation
from models.database import connection

NUMBER_CODE = 8  # Crockford characters, as in the numbers of matters
ARCHIVE = "archive"


class ArchiveIncomplete(Conflict):
    """Something is missing for the archive; `details.missing` says what."""

    code, message = "archive_incomplete", "还不能归档：还有未办完的事项、待办、文书或附件"


class ArchiveEarly(Conflict):
    """The complainant may still object or ask for a review; `details.from_day` says until when."""

    code, message = "archive_early", "还不能归档：异议、重办和复查的期限还没有过"


class AlreadyHeld(Conflict):
    """One hold at a time."""

    code, message = "already_held", "本件已在保全中"


class NotHeld(Conflict):
    """There is nothing to be lifted."""

    code, message = "not_held", "本件没有保全"


class Destroyed(Conflict):
    """It is gone already, by the rules of retention."""

    code, message = "destroyed", "内容已按保存期限销毁"


class HoldOn(Inputs):
    """保全: why nothing may be destroyed, and until when."""

    reason: Reason
    until: DayField | None = Field(None, title="保全到何日", description="不填则到另一人解除为止")


class Because(Inputs):
    """A reason."""

    reason: Reason


class Kept(Inputs):
    """What the entries of the archive say."""

    archive_number: ShortText = Field(title="档号")
    manifest_sha256: ShortText = Field(title="归档清单的 SHA-256")
    destroy_on: DayField = Field(title="到期销毁日")


def steps(stages: frozenset[str], ends: frozenset[str], by: tuple[By, ...]) -> tuple[Step, ...]:
    """The rows of a kind's table for its archive and its holds; `by` are its offices."""
    return (
        Step(
            ARCHIVE, "归档", ends, None, (*by, MACHINE), guard=may_archive, effect=archive, readers=OFFICE,
            warning="归档后本件只能查看，不能再办理",
        ),
        Step("hold", "保全（暂停销毁）", stages, None, by, HoldOn, may_hold, hold, readers=OFFICE, when_archived=True),
        Step(
            "lift_hold", "解除保全", stages, None, (*by, MACHINE), Because, may_lift, lift, readers=OFFICE,
            when_archived=True, warning="解除后本件到期即按规定销毁",
        ),
    )  # fmt: skip


def deletion(ends: frozenset[str]) -> Step:
    """The row by which a complainant asks that what is kept about them be deleted (个人信息保护法 art. 47)."""
    return Step(
        "ask_deletion", "要求删除个人信息", ends, None, (COMPLAINER,), guard=may_ask_deletion, effect=answer_deletion,
        readers=frozenset({Relation.INTAKE, Relation.COMPLAINANT}), shows=("destroy_on",), when_archived=True,
        warning="依法须保存的，到期才能销毁；此前停止其他使用，也不再向您发送提醒", plain="您要求删除个人信息",
    )  # fmt: skip


def may_archive(scene: Scene) -> None:
    """Once, when the time to object is over, and with nothing left to do."""
    if scene.matter.archived_at:
        raise Archived
    ended = clock.local(scene.matter.ended_at).date() if scene.matter.ended_at else clock.today()
    if clock.today() < (first := ended + timedelta(days=_days(scene.kind.name))):
        raise ArchiveEarly(details={"from_day": first.isoformat()})
    if scene.duties:
        raise ArchiveIncomplete(details={"missing": sorted({duty.name for duty in scene.duties})})


def _days(kind: str) -> int:
    """How long after its end a matter of a kind is left outside the archive, by the longest of its rules."""
    days: list[int] = [rule.archive_days for rule in packs.as_read().retention if rule.kind in (None, kind)]
    return max(days)


async def archive(move: Move) -> None:
    """Checked to be complete, numbered, and listed with its hashes."""
    if missing := [what async for what in _missing(move.matter)]:
        raise ArchiveIncomplete(details={"missing": missing})
    manifest = await _manifest(move.matter)
    digest = sha256(orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)).digest()
    number = f"DA{move.at.year}-{crockford.random_code(NUMBER_CODE)}"
    move.fresh.append(
        Archive(matter_id=move.matter.id, number=number, manifest=manifest, sha256=digest, archived_at=move.at)
    )
    move.said |= {"archive_number": number, "manifest_sha256": digest.hex()}
    move.matter.archived_at = move.at
    await Matter.filter(id=move.matter.id).update(archived_at=move.at)


async def _missing(matter: Matter) -> Any:
    """What is not done: matters that it opened, the one that leads it, letters, files, the chain."""
    if await Matter.exists(opened_by_id=matter.id, ended_at=None):
        yield "opened"
    case = await Case.get_or_none(matter_id=matter.id).select_related("merged_into")
    if case and case.merged_into and case.merged_into.ended_at is None:
        yield "merged_into"
    if await Letter.exists(matter_id=matter.id, stored="", shredded_on=None):
        yield "letters"
    files = File.filter(matter_id=matter.id).exclude(owner="")
    coming = [FileState.RECEIVING, FileState.QUARANTINED, FileState.PROCESSING]
    if (
        await files.filter(state__in=coming).exists()
        or await files.filter(deposited=False, sha256__isnull=False).exclude(state=FileState.ABANDONED).exists()
    ):
        yield "files"
    entries = await Entry.filter(matter_id=matter.id).order_by("seq")
    bodies = {body.entry_id: body for body in await EntryBody.filter(entry_id__in=[entry.id for entry in entries])}
    if not timeline.is_chain(matter, entries, bodies):
        yield "chain"


async def _manifest(matter: Matter) -> dict[str, Any]:
    files = await File.filter(matter_id=matter.id, sha256__isnull=False).order_by("created_on", "id")
    letters = await Letter.filter(matter_id=matter.id).order_by("number")
    return {
        "number": matter.number,
        "entries": matter.entries_made,
        "head": matter.head.hex(),
        "files": [
            {"id": str(file.id), "purpose": file.purpose, "bytes": file.bytes, "sha256": (file.sha256 or b"").hex()}
            for file in files
        ],
        "letters": [
            {"number": letter.number, "bytes": letter.bytes, "sha256": letter.sha256.hex() if letter.sha256 else None}
            for letter in letters
        ],
    }


def may_hold(scene: Scene) -> None:
    """One at a time, while there is something to keep."""
    if scene.matter.held_by:
        raise AlreadyHeld
    if scene.matter.destroyed is Part.RECORD:
        raise Destroyed


async def hold(move: Move) -> None:
    """Nothing of it, nor of what belongs with it, is destroyed from now on."""
    if move.inputs.until and move.inputs.until < clock.today():
        raise Invalid(details={"fields": [{"path": "inputs.until", "message": "不能早于今天"}]})
    if move.actor.standing is None:
        raise SamePerson
    move.fresh.append(
        Hold(
            id=uuid4(), matter_id=move.matter.id, reason=move.inputs.reason, until=move.inputs.until, held_at=move.at,
            held_by_post_id=move.actor.standing.post_id, lifted_by_post_id=None,
        )
    )  # fmt: skip
    move.matter.held_by = move.actor.person_id
    await Matter.filter(id=move.matter.id).update(held_by=move.actor.person_id)


def may_lift(scene: Scene) -> None:
    """By another person than the one who held it."""
    if scene.matter.held_by is None:
        raise NotHeld
    if scene.actor.person_id == scene.matter.held_by:
        raise SamePerson


async def lift(move: Move) -> None:
    """The rules of retention hold again; what fell due meanwhile is planned as anything else."""
    await Hold.filter(matter_id=move.matter.id, lifted_at=None).update(
        lifted_at=move.at, lifted_by_post_id=move.actor.post_id
    )
    move.matter.held_by = None
    await Matter.filter(id=move.matter.id).update(held_by=None)


def may_ask_deletion(scene: Scene) -> None:
    """While there is something to be deleted."""
    if scene.matter.destroyed in (Part.CONTENT, Part.RECORD):
        raise Destroyed


async def answer_deletion(move: Move) -> None:
    """What must be kept is kept until its day, which is said; every other use ends now."""
    await handle_dropped(move.matter.id)
    await Reach.filter(matter_id=move.matter.id).delete()
    outlook = await retention.outlook(move.matter.id)
    due = None if outlook.held else outlook.due(outlook.parts[0])
    move.said["destroy_on"] = due.isoformat() if due else None


_LAPSED = """
SELECT m.number FROM hold h JOIN matter m ON m.id = h.matter_id
WHERE h.lifted_at IS NULL AND h.until < $1 ORDER BY h.until, h.id LIMIT $2
"""


async def holds_lapsed(limit: int = BATCH) -> int:
    """Lift, as the system, the holds whose day is past; returns how many."""
    rows = await connection().execute_query_dict(_LAPSED, [clock.today(), limit])
    return await _taken((row["number"] for row in rows), "lift_hold", {"reason": "保全期限已过"})


_ENDED = """
SELECT id, number, ended_at FROM matter WHERE ended_at < $1 AND archived_at IS NULL AND kind = ANY($2::text[])
    AND (ended_at, id) > ($3, $4::uuid) ORDER BY ended_at, id LIMIT $5
"""


async def archived(limit: int = BATCH) -> int:
    """Archive, as the system, what ended long ago and nobody has archived; returns how many."""
    kinds = [kind.name for kind in Kind.REGISTRY.values() if any(step.verb == ARCHIVE for step in kind.steps)]
    shortest = min(rule.archive_days for rule in (await packs.book()).retention)
    until = clock.start_of(clock.today() - timedelta(days=shortest)) + timedelta(days=1)
    done, last = 0, (clock.start_of(date(2000, 1, 1)), UUID(int=0))
    while rows := await connection().execute_query_dict(_ENDED, [until, kinds, *last, limit]):
        done += await _taken((row["number"] for row in rows), ARCHIVE, {})
        last = rows[-1]["ended_at"], rows[-1]["id"]
    return done


async def _taken(numbers: Iterable[str], verb: str, given: dict[str, Any]) -> int:
    done = 0
    for number in numbers:
        try:
            await take(SYSTEM, number, verb, given)
        except Refusal:  # not complete yet, or somebody was faster
            continue
        done += 1
    return done
