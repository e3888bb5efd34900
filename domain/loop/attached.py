"""附件: what is attached to a matter, who may have which copy of it, and its hash on the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.files import limits
from domain.loop import sight
from domain.loop.engine import met
from domain.loop.kinds import ASSIST, OFFICE, UNIT, Move, Scene
from domain.loop.reading import recorded_look
from domain.loop.timeline import appended
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.errors import Conflict, Invalid, NotAllowed, NotFound
from models import File, FileCopy, FilePurpose, FileState, Matter, Relation
from models.database import connection, insert

ORIGINAL = "original"
_ENDS = {FileState.REFUSED, FileState.FAILED, FileState.ABANDONED}


class NotReady(Conflict):
    """The file is still being received or processed, or can't be shown at all."""

    code, message = "file_not_ready", "附件还在接收或处理，或者不能展示"


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody may read: where it lies, and what to call it."""

    stored: str
    media_type: str
    name: str


_ATTACHED = """
UPDATE file SET matter_id = $1, released = $4 WHERE id = ANY($2::uuid[]) AND owner = $3 AND matter_id IS NULL
    AND state <> ALL($5::text[]) RETURNING id
"""


async def attach(owner: str, matter_id: UUID, files: Sequence[UUID], *, released: bool, path: str = "files") -> None:
    """Give a matter, which is locked or new, files that this owner brought, whether or not all their bytes are here.

    `released`: the unit that handles may have the cleaned copies at once. All or none: raises Invalid, QuotaReached.
    """
    if not files:
        return
    ended = [str(state) for state in _ENDS]
    rows = await connection().execute_query_dict(_ATTACHED, [matter_id, list(files), owner, released, ended])
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
    if relations & (UNIT | ASSIST):
        return file.released
    return Relation.COMPLAINANT in relations and _brought_by_complainant(file)


async def files_of(actor: Actor, number: str) -> list[dict[str, Any]]:
    """The files of a matter that this actor may know of; raises NotFound if for them there is no such matter."""
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    names = {purpose.code: purpose.name for purpose in await FilePurpose.all()}
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
            "facts": file.facts,
            "created_on": file.created_on,
            "original": _may_open_original(relations, file),
            "copies": [
                {"kind": copy.kind, "place": copy.place, "media_type": copy.media_type, "bytes": copy.bytes}
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


def _may_open_original(relations: frozenset[Relation], file: File) -> bool:
    return Relation.INTAKE in relations and file.state in {FileState.READY, FileState.FAILED} and bool(file.stored)


async def original_looked_at(actor: Actor, number: str, file_id: UUID, reason: str) -> None:
    """Record the look at an original, which is for intake only; raises NotFound, NotAllowed or NotReady."""
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        file = await File.get_or_none(id=file_id, matter_id=scene.matter.id)
        if file is None or not _may_know(relations, file):
            raise NotFound("没有找到这个附件")
        if Relation.INTAKE not in relations:
            raise NotAllowed("只有受理中心可以查看原件，请看处理后的副本")
        if not _may_open_original(relations, file):
            raise NotReady
        await recorded_look(scene, "look_file", reason, file=str(file_id))


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
        said = {"inputs": {}, "public": told} if theirs else {"inputs": told}
        entry, body = appended(matter, SYSTEM, "deposit", readers if file.released else readers - UNIT, said, at=at)
        await insert([entry, body])
        await matter.save(update_fields=["entries_made", "head"])
        await File.filter(id=file.id).update(deposited=True)
    return True
