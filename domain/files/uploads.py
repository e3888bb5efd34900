"""上传: a file begins as an upload of known owner, purpose and length; parts become one file, unfinished ones end."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.files import limits
from kit import clock
from kit.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from kit.media.refusals import FileEmpty
from models import File, FilePurpose, FileState, Upload
from models.database import connection, insert

LONGEST_NAME = 120
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Unicode's kinds of characters that have no place in a name


class Gone(Refusal):
    """The time of an upload is over, or its bytes are lost."""

    status, code, message = 410, "upload_gone", "上传已过期，请重新上传"


class PartUnfinished(Conflict):
    """Parts are put together when each has all its bytes, and once."""

    code, message = "part_unfinished", "有分段尚未传完或已经合并，不能合并"


class AlreadyAttached(Conflict):
    """What belongs to a matter is not taken back."""

    code, message = "already_attached", "附件已随事项提交，不能撤回"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to upload; no length means that it is told later."""

    length: int | None
    name: str = ""
    media_type: str = ""
    purpose: str = ""
    metadata: str = ""


async def begun(owner: str, wish: Wish, *, part: bool = False, largest_of_source: int | None = None) -> Upload:
    """A new upload with nothing in it: of a file, or of a part of one.

    `largest_of_source`: where it comes from nothing is larger, so no more room is set aside.

    Raises FileEmpty, FileType, TooLarge or QuotaReached.
    """
    if wish.length == 0:
        raise FileEmpty
    staff = owner.startswith("person:")
    purpose = None if part else await limits.purpose_for(wish.purpose, wish.media_type, staff=staff)
    most = purpose.most_bytes if purpose else await largest(staff=staff)
    most = min(most, largest_of_source or most)
    if wish.length is not None and wish.length > most:
        raise TooLarge(details={"limit": most})
    async with in_transaction():
        reserved = most if wish.length is None else wish.length
        until = await limits.room(owner, files=not part, parts=part, more=reserved)
        upload = Upload(
            id=uuid4(),
            owner=owner,
            length=wish.length,
            most=most,
            metadata=wish.metadata,
            concat="partial" if part else "",
            final_id=None,
            expires_on=until,
        )
        await insert([upload], [_file(upload, purpose, wish, reserved)] if purpose else [])
    return upload


async def largest(*, staff: bool, purpose: str = "") -> int:
    """The largest length that is taken at all, or for a purpose."""
    sizes = [one.most_bytes for one in await limits.purposes(staff=staff) if purpose in {"", one.code}]
    return max(sizes, default=0)


def _file(upload: Upload, purpose: FilePurpose, wish: Wish, size: int) -> File:
    return File(
        id=upload.id,
        matter_id=None,
        owner=upload.owner,
        purpose=purpose.code,
        name=clean_name(wish.name),
        media_type=wish.media_type,
        bytes=size,
        state=FileState.RECEIVING,
        created_on=clock.today(),
    )


def clean_name(name: str) -> str:
    """A declared name without folders, control characters or what turns the direction of writing; for people only."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    seen = "".join(letter for letter in last if unicodedata.category(letter) not in _UNSEEN).strip(" .")
    if len(seen) <= LONGEST_NAME:
        return seen
    stem, dot, ending = seen.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 10 else seen[:LONGEST_NAME]


async def put_together(owner: str, wish: Wish, parts: Sequence[UUID]) -> Upload:
    """One file of finished parts, in order; raises NotFound, PartUnfinished, TooLarge, FileType or QuotaReached."""
    purpose = await limits.purpose_for(wish.purpose, wish.media_type, staff=owner.startswith("person:"))
    if len(set(parts)) != len(parts) or not parts:
        raise Invalid("请按顺序列出各不相同的分段")
    async with in_transaction():
        locked = await Upload.filter(id__in=parts, owner=owner, concat="partial").order_by("id").select_for_update()
        found = {part.id: part for part in locked}
        if found.keys() != set(parts):
            raise NotFound("没有找到这些分段")
        if any(part.final_id or part.held_until or part.arrived != part.length for part in found.values()):
            raise PartUnfinished
        length = sum(part.arrived for part in found.values())
        if length > purpose.most_bytes:
            raise TooLarge(details={"limit": purpose.most_bytes})
        until = await limits.room(owner, files=1, parts=0, more=0)
        upload = Upload(
            id=uuid4(),
            owner=owner,
            length=length,
            most=purpose.most_bytes,
            arrived=length,
            metadata=wish.metadata,
            concat="final",
            final_id=None,
            expires_on=until,
        )
        file = _file(upload, purpose, wish, length)
        file.state = FileState.QUARANTINED
        await insert([upload], [file])
        for place, part in enumerate(parts):
            await Upload.filter(id=part).update(final_id=upload.id, place=place)
    return upload


async def seen(owner: str, upload_id: UUID) -> Upload:
    """An upload of this owner; raises NotFound, or Gone when its time is over."""
    upload = await Upload.get_or_none(id=upload_id, owner=owner)
    if upload is None:
        raise NotFound("没有找到这个上传")
    if over(upload):
        raise Gone
    return upload


def over(upload: Upload, today: date | None = None) -> bool:
    """Whether the time of an upload that has not all its bytes is over."""
    return upload.expires_on <= (today or clock.today()) and upload.arrived != upload.length


_PARTS = """SELECT id FROM upload WHERE final_id = $1 ORDER BY place"""


async def parts_of(final: UUID) -> list[UUID]:
    """The parts of a file that was put together, in order."""
    rows = await connection().execute_query_dict(_PARTS, [final])
    return [UUID(str(row["id"])) for row in rows]
