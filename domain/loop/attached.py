"""附件: what is attached to a matter, who may have which copy of it, and its hash on the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.files import limits, processing
from domain.files.processing import kind_of
from domain.loop import sight
from domain.loop.engine import Archived, met
from domain.loop.kinds import ASSIST, OFFICE, UNIT, Move, Scene
from domain.loop.reading import recorded_look
from domain.loop.timeline import appended
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from kit.media.cleaned import Rectangle
from kit.media.found import Kind
from kit.media.refusals import FileMalware
from kit.words import CHINESE, phrase, spoken, translations
from models import File, FileCopy, FilePurpose, FileState, Matter, Part, Relation
from models.database import connection, insert, wake

ORIGINAL = "original"
_DANGEROUS = {FileMalware.code}
_PICTURES = {Kind.PHOTO, Kind.VIDEO}


class NotReady(Conflict):
    """The file is still being received or processed, or can't be shown at all."""

    code, message = "file_not_ready", "附件还在接收或处理，或者不能展示"


class NoPicture(Conflict):
    """Only pictures have parts to cover."""

    code, message = "file_no_picture", "只有照片和视频可以遮挡"


class NotFailed(Conflict):
    """Only what could not be processed is repeated."""

    code, message = "file_not_failed", "只有处理失败的附件可以重新处理"


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody may read: where it lies, and what to call it."""

    stored: str
    media_type: str
    name: str


_ATTACHED = """
UPDATE file SET matter_id = $1, released = $4 WHERE id = ANY($2::uuid[]) AND owner = $3 AND matter_id IS NULL
    AND state <> 'abandoned' RETURNING id
"""


async def attach(owner: str, matter_id: UUID, files: Sequence[UUID], *, released: bool, path: str = "files") -> None:
    """Give a matter, which is locked or new, files that this owner brought, whether or not all their bytes are here.

    A file that was found bad meanwhile is attached as what it is: it must not hold up what is said beside it.
    `released`: the unit that handles may have the cleaned copies at once. All or none: raises Invalid, QuotaReached.
    """
    if not files:
        return
    rows = await connection().execute_query_dict(_ATTACHED, [matter_id, list(files), owner, released])
    if len(rows) != len(files):
        found = {row["id"] for row in rows}
        wrong = [
            {"path": f"{path}.{place}", "message": "没有这个附件，或者已经使用过"}
            for place, one in enumerate(files)
            if one not in found or one in files[:place]
        ]
        raise Invalid(details={"fields": wrong})
    await limits.fits(matter_id)


async def handed_over(matter_id: UUID) -> None:
    """What a registrar brought for the complainant, who came with it, is the complainant's."""
    await File.filter(matter_id=matter_id).update(owner=f"receipt:{matter_id}")


async def attach_given(move: Move, *, released: bool) -> None:
    """Attach what a step's `files` name, brought by whoever takes it."""
    await attach(move.actor.owner, move.matter.id, move.inputs.files, released=released, path="inputs.files")


async def release(move: Move, withheld: Sequence[UUID]) -> None:
    """Let the unit have the cleaned copies of all that is attached, but for what is withheld."""
    known = await File.filter(matter_id=move.matter.id, id__in=list(withheld)).count() if withheld else 0
    if known != len(set(withheld)):
        raise Invalid(details={"fields": [{"path": "inputs.withheld", "message": "没有这个附件"}]})
    await File.filter(matter_id=move.matter.id, released=False).exclude(id__in=list(withheld)).update(released=True)


def _brought_by_complainant(file: File) -> bool:
    return file.owner.startswith("receipt:")


def _may_know(relations: frozenset[Relation], file: File) -> bool:
    """The office knows of every file, the units of what was released, the complainant of their own."""
    if relations & OFFICE:
        return True
    if relations & (UNIT | ASSIST | {Relation.VERIFYING}):
        return file.released
    return Relation.COMPLAINANT in relations and _brought_by_complainant(file)


async def files_of(actor: Actor, number: str) -> list[dict[str, Any]]:
    """The files of a matter that this actor may know of; raises NotFound if for them there is no such matter."""
    scene = await met(actor, number)
    if scene.matter.destroyed in (Part.CONTENT, Part.RECORD):
        return []
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    purposes = {purpose.code: purpose for purpose in await FilePurpose.all()}
    names = {code: phrase(purpose.name) for code, purpose in purposes.items()}
    found = [
        file
        for file in await File.filter(matter_id=scene.matter.id).exclude(owner="").order_by("created_on", "id")
        if _may_know(relations, file)
    ]
    copies = await FileCopy.filter(file_id__in=[file.id for file in found]).order_by("kind", "place")
    return [
        {
            "id": file.id,
            "purpose": file.purpose,
            "purpose_label": names.get(file.purpose, file.purpose),
            "name": _name_for(relations, file, names),
            "by_complainant": _brought_by_complainant(file),
            "released": file.released,
            "media_type": file.media_type,
            "bytes": file.bytes,
            "sha256": file.sha256.hex() if file.sha256 else None,
            "state": file.state,
            "progress": file.progress,
            "problem": file.problem,
            "problem_text": _why(file),
            "facts": _facts(file),
            "blurs": file.blurs,
            "created_on": file.created_on,
            "original": _may_open_original(relations, file),
            "may_blur": _may_cover(relations, file, purposes.get(file.purpose)),
            "may_retry": bool(relations & OFFICE) and file.state is FileState.FAILED,
            "copies": [
                {
                    "kind": copy.kind,
                    "place": copy.place,
                    "media_type": copy.media_type,
                    "bytes": copy.bytes,
                    "facts": copy.facts,
                }
                for copy in copies
                if copy.file_id == file.id and file.state is FileState.READY
            ],
        }
        for file in found
    ]


def _name_for(relations: frozenset[Relation], file: File, names: dict[str, str]) -> str:
    """A name that the complainant gave may tell who they are: it is theirs and intake's to read."""
    told = Relation.INTAKE in relations or Relation.COMPLAINANT in relations or not _brought_by_complainant(file)
    return file.name if told and file.name else names.get(file.purpose, file.purpose)


_INNER = {"said", "error"}  # facts of a file that ended badly: told by problem_text, or for operators


def _facts(file: File) -> dict[str, Any]:
    facts = {name: value for name, value in file.facts.items() if name not in _INNER}
    if why_not := facts.get("why_not"):
        facts["why_not"] = phrase(str(why_not))
    return facts


def _why(file: File) -> str:
    """What its sender reads of a file that was refused or could not be processed; "" for any other."""
    kind = Refusal.REGISTRY.get(file.problem)
    if kind is None:
        return ""
    said = str(file.facts.get("said") or kind.message)
    return phrase(said) if spoken() == CHINESE or said in translations() else phrase(kind.message)


def _may_open_original(relations: frozenset[Relation], file: File) -> bool:
    """Intake may, once it was looked at; also what no copy could be made of, but nothing that is known to do harm."""
    ended = file.state in {FileState.READY, FileState.FAILED, FileState.REFUSED} and file.problem not in _DANGEROUS
    return Relation.INTAKE in relations and ended and bool(file.stored)


def _may_cover(relations: frozenset[Relation], file: File, purpose: FilePurpose | None) -> bool:
    ended = file.state in {FileState.READY, FileState.FAILED} and bool(file.stored)
    return Relation.INTAKE in relations and ended and purpose is not None and kind_of(purpose) in _PICTURES


async def _known(actor: Actor, number: str, file_id: UUID) -> tuple[Scene, frozenset[Relation], File]:
    """A file of a matter, which is locked then, that this actor may know of; raises NotFound."""
    scene = await met(actor, number, lock=True)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    file = await File.get_or_none(id=file_id, matter_id=scene.matter.id)
    if file is None or not file.owner or not _may_know(relations, file):
        raise NotFound("没有找到这个附件")
    return scene, relations, file


async def original_looked_at(actor: Actor, number: str, file_id: UUID, reason: str) -> None:
    """Record the look at an original, which is for intake only; raises NotFound, NotAllowed or NotReady."""
    async with in_transaction():
        scene, relations, file = await _known(actor, number, file_id)
        if Relation.INTAKE not in relations:
            raise NotAllowed("只有受理中心可以查看原件，请看处理后的副本")
        if not _may_open_original(relations, file):
            raise NotReady
        await recorded_look(scene, "look_file", reason, file=str(file_id))


async def covered(actor: Actor, number: str, file_id: UUID, rectangles: Sequence[Rectangle]) -> None:
    """遮挡: have the copies of a photo or a video made anew with these parts covered; none: as it came.

    An entry tells who did so. Until the new copies are there none is shown; the original stays as it is. For intake:
    raises NotFound, NotAllowed, NoPicture or NotReady.
    """
    async with in_transaction():
        scene, relations, file = await _known(actor, number, file_id)
        if Relation.INTAKE not in relations:
            raise NotAllowed("只有受理中心可以遮挡附件")
        if scene.matter.archived_at:
            raise Archived
        if kind_of(await FilePurpose.get(code=file.purpose)) not in _PICTURES:
            raise NoPicture
        if not file.stored or not await processing.covered(file_id, rectangles):
            raise NotReady
        said = {"inputs": {"file": str(file_id), "rectangles": len(rectangles)}}
        entry, body = appended(scene.matter, actor, "blur_file", OFFICE, said, at=scene.now)
        await insert([entry, body])
        await scene.matter.save(update_fields=["entries_made", "head"])
    await wake()


async def repeated(actor: Actor, number: str, file_id: UUID) -> None:
    """Have a file processed again whose tries were used up; for the office. Raises NotFound, NotAllowed, NotFailed."""
    async with in_transaction():
        _, relations, _ = await _known(actor, number, file_id)
        if not relations & OFFICE:
            raise NotAllowed
        if not await processing.repeated(file_id):
            raise NotFailed
    await wake()


async def held(actor: Actor, file_id: UUID, kind: str, place: int) -> Held:
    """Where a copy (or the original, whose look is recorded) lies, if this actor may read it now; raises NotFound."""
    file = await File.get_or_none(id=file_id).select_related("matter")
    if file is None or file.matter is None:
        raise NotFound("没有找到这个附件")
    scene: Scene = await met(actor, file.matter.number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    if kind == ORIGINAL and _may_open_original(relations, file):
        return Held(file.stored, "application/octet-stream", file.name or str(file.id))
    copy = await FileCopy.get_or_none(file_id=file.id, kind=kind, place=place)
    if copy is None or file.state is not FileState.READY or not _may_know(relations, file):
        raise NotFound("没有找到这个附件")
    names = {purpose.code: purpose.name for purpose in await FilePurpose.all()}
    return Held(copy.stored, copy.media_type, _name_for(relations, file, names))


_TO_DEPOSIT = """
SELECT f.id, f.matter_id FROM file f
WHERE f.sha256 IS NOT NULL AND f.matter_id IS NOT NULL AND NOT f.deposited AND f.owner <> '' ORDER BY f.id LIMIT $1
"""


async def deposited(limit: int = 500) -> int:
    """Write the hash of each stored original on its matter's timeline, once; returns how many."""
    rows = await connection().execute_query_dict(_TO_DEPOSIT, [limit])
    return sum([await _deposited(row["matter_id"], row["id"]) for row in rows])


async def _deposited(matter_id: UUID, file_id: UUID) -> bool:
    async with in_transaction():
        matter = await Matter.filter(id=matter_id).select_for_update().get()
        file = await File.get(id=file_id)
        if file.deposited or file.sha256 is None:
            return False
        told = {"file": str(file.id), "purpose": file.purpose, "bytes": file.bytes, "sha256": file.sha256.hex()}
        theirs = _brought_by_complainant(file)
        readers = OFFICE | UNIT | ({Relation.COMPLAINANT} if theirs else set())
        # Coarse as the filing itself: when bytes arrived would tell when the anonymous was there.
        at = clock.start_of(clock.today()) if matter.coarse and theirs else clock.now()
        said = {"inputs": told, "public": told} if theirs else {"inputs": told}
        entry, body = appended(matter, SYSTEM, "deposit", readers if file.released else readers - UNIT, said, at=at)
        await insert([entry, body])
        await matter.save(update_fields=["entries_made", "head"])
        await File.filter(id=file.id).update(deposited=True)
    return True
