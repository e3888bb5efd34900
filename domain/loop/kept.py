"""How a matter is kept, as a reader sees it: archived, on hold, destroyed or to be, when and by what rule."""

from datetime import date
from typing import Any

from domain.loop import retention
from domain.loop.kinds import OFFICE
from domain.loop.retention import LABELS, PARTS, Outlook
from kit import clock
from kit.words import ENGLISH, label, phrase, spoken
from models import Archive, Hold, Matter, Part, Relation, Tombstone

DESTROYED = "{what}已于{on}按规定期限销毁（{basis}），只留下能证明办理过程没有被改动的校验码。"
DUE = "{what}保存到{on}，此后销毁（{basis}）。"
HELD = "依法保全，暂停销毁。"
GOES_ON = "相关程序还没有结束，结束后开始计算保存期限。"
TEXTS = (DESTROYED, DUE, HELD, GOES_ON)


async def shown(matter: Matter, relations: frozenset[Relation]) -> dict[str, Any] | None:
    """Of a matter that has ended or is held; why it is held, the offices alone learn."""
    if matter.ended_at is None and matter.held_by is None:
        return None
    outlook = await retention.outlook(matter.id)
    archive = await Archive.get_or_none(matter_id=matter.id)
    gone = {stone.part: stone for stone in await Tombstone.filter(matter_id=matter.id)}
    hold = await Hold.filter(matter_id=matter.id, lifted_at=None).first() if relations & OFFICE else None
    parts = [_part(outlook, part, gone.get(part)) for part in PARTS if part in gone or part in outlook.parts]
    return {
        "archived_at": matter.archived_at and clock.local(matter.archived_at),
        "archive_number": archive.number if archive else None,
        "held": outlook.held,
        "hold": hold and {"reason": hold.reason, "until": hold.until, "since": clock.local(hold.held_at)},
        "parts": parts,
        "text": "\n".join(_text(outlook, parts)) if matter.ended_at else phrase(HELD) if outlook.held else "",
    }


def _part(outlook: Outlook, part: Part, stone: Tombstone | None) -> dict[str, Any]:
    due = outlook.due(part)
    return {
        "part": part,
        "label": label(part, LABELS[part]),
        "due_on": None if stone or outlook.held else due,
        "destroyed_on": stone.destroyed_on if stone else None,
        "basis": stone.basis if stone else retention.basis(outlook.rule, part),
    }


def _text(outlook: Outlook, parts: list[dict[str, Any]]) -> list[str]:
    said = []
    for one in parts:
        if one["destroyed_on"]:
            said.append(_filled(DESTROYED, one, one["destroyed_on"]))
        elif one["due_on"]:
            said.append(_filled(DUE, one, one["due_on"]))
    if outlook.held:
        said.append(phrase(HELD))
    elif outlook.since is None:
        said.append(phrase(GOES_ON))
    return said


def _filled(text: str, one: dict[str, Any], on: date) -> str:
    day = on.isoformat() if spoken() == ENGLISH else f"{on.year}年{on.month}月{on.day}日"
    return phrase(text).format(what=one["label"], on=day, basis=one["basis"])
