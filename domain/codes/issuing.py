"""签发: codes are issued, revoked and replaced; nothing is deleted, and an ended code still lets people report."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.codes.scenes import VALUE
from kit import clock, crockford
from kit.errors import Conflict, Invalid, NotAllowed, NotFound
from models import Code, CodeKind, Region, Unit
from models.database import insert


class CodeEnded(Conflict):
    """Revoked or replaced already: it can't end twice, and is not printed any more."""

    code, message = "code_ended", "这个二维码已经停用"


@dataclass(frozen=True, slots=True)
class Office:
    """Who issues: a post, and the code of the region that they look after, with everything below it."""

    post: UUID
    region: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new code stands for; `phone` is the number that the sheet prints."""

    kind: CodeKind
    title: str
    region: str
    unit: UUID | None = None
    place: str = ""
    phone: str = ""


async def issued(office: Office, draft: Draft) -> Code:
    """A new code. Raises Invalid for what does not fit its kind or does not exist, NotAllowed for another region."""
    await _check(office, draft)
    code = _made(office, draft)
    await insert([code])
    return code


async def revoked(office: Office, value: str, reason: str) -> None:
    """End a code for good, from this moment; raises NotFound for none of the office's region, CodeEnded."""
    code = await found(office, value)
    ended = {"ended_by_id": office.post, "ended_on": clock.today(), "end_reason": reason}
    if not await Code.filter(id=code.id, ended_on=None).update(**ended):
        raise CodeEnded


async def replaced(office: Office, value: str, reason: str) -> Code:
    """End a code and issue another for the same purpose, both or neither.

    Raises NotFound, CodeEnded, or Invalid where what it stands for exists no more.
    """
    async with in_transaction():
        old = await found(office, value)
        await revoked(office, value, reason)
        draft = Draft(old.kind, old.title, old.region_id, old.unit_id, old.place, old.phone)
        await _check(office, draft)
        new = _made(office, draft, replaces=old.id)
        await insert([new])
    return new


async def found(office: Office, value: str) -> Code:
    """A code of the office's region, ended or not; raises NotFound."""
    code = await Code.get_or_none(value=value, region_id__startswith=office.region)
    if code is None:
        raise NotFound("没有找到这个二维码")
    return code


async def usable(office: Office, value: str) -> Code:
    """A code that may still be printed, with its unit; raises NotFound or CodeEnded."""
    code = await found(office, value)
    if code.ended_on:
        raise CodeEnded
    await code.fetch_related("unit")
    return code


def _made(office: Office, draft: Draft, replaces: UUID | None = None) -> Code:
    return Code(
        id=uuid4(),
        # Two alike among a million codes come once in a million issues, and the unique column refuses the second.
        value=crockford.random_code(VALUE),
        kind=draft.kind,
        title=draft.title,
        place=draft.place,
        phone=draft.phone,
        region_id=draft.region,
        unit_id=draft.unit,
        issued_by_id=office.post,
        issued_on=clock.today(),
        replaces_id=replaces,
    )


async def _check(office: Office, draft: Draft) -> None:
    wrong: dict[str, str] = {}
    region = await Region.get_or_none(code=draft.region)
    if region is None:
        wrong["region"] = "没有这个地区"
    elif not draft.region.startswith(office.region):
        raise NotAllowed("只能签发本地区的二维码")
    elif draft.kind is CodeKind.PROVINCE and region.parent_id:
        wrong["region"] = "全省码的地区应为本省"
    if draft.kind is CodeKind.PROVINCE and draft.unit:
        wrong["unit"] = "全省码不属于某一个单位"
    if draft.kind is CodeKind.UNIT and not draft.unit:
        wrong["unit"] = "单位码必须选择单位"
    if draft.unit and not await _stands(draft.unit, draft.region):
        wrong["unit"] = "该地区没有这个单位，或者单位已经撤销"
    if draft.kind is CodeKind.PLACE and not draft.place:
        wrong["place"] = "场所码必须写明张贴的地点"
    if wrong:
        raise Invalid(details={"fields": [{"path": path, "message": said} for path, said in wrong.items()]})


async def _stands(unit_id: UUID, region: str) -> bool:
    unit = await Unit.get_or_none(id=unit_id, region_id=region)
    return unit is not None and (unit.until is None or unit.until >= clock.today())
