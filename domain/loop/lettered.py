"""文书 on a matter: who may read which letter, the addressee's read mark, and whom a copy names."""

from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop import sight, wording
from domain.loop.engine import met
from domain.loop.kinds import UNIT, Scene
from domain.loop.timeline import appended
from domain.people.actors import Actor
from kit import clock
from kit.errors import Conflict, NotFound
from kit.words import phrase
from models import Letter, Relation
from models.database import insert

OPENED = "open_letter"


class NotRendered(Conflict):
    """The page is still being made; it takes seconds."""

    code, message = "letter_not_ready", "文书正在生成，请稍后再打开"


async def letters_of(actor: Actor, number: str) -> list[dict[str, Any]]:
    """The letters of a matter that this actor may read, the oldest first; raises NotFound as the matter does."""
    scene = await met(actor, number)
    found = await _readable(scene)
    ids = [one for letter in found for one in (letter.from_unit_id, letter.to_unit_id, letter.read_by_id,
                                               letter.signed_by_id)]  # fmt: skip
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    words = await wording.words((), ids, knows=sight.persons_known(actor, relations, scene.involved))
    return [
        {
            "id": letter.id,
            "form": letter.form_id,
            "form_label": phrase(letter.form.name),
            "number": letter.number,
            "title": letter.title,
            "from_unit": words.unit(letter.from_unit_id),
            "to_unit": words.unit(letter.to_unit_id) or None,
            "issued_at": clock.local(letter.issued_at),
            "answer_due": letter.answer_due,
            "read_at": letter.read_at,
            "read_by": words.who(letter.read_by_id) if letter.read_by_id else None,
            "signed_at": letter.signed_at,
            "signed_by": words.who(letter.signed_by_id) if letter.signed_by_id else None,
            "answered_by_entry": letter.answered_by_entry,
            "ready": bool(letter.stored),
            "pages": letter.pages,
            "bytes": letter.bytes,
            "sha256": letter.sha256.hex() if letter.sha256 else None,
        }
        for letter in found
    ]


async def _readable(scene: Scene) -> list[Letter]:
    relations = sorted(map(str, sight.relations_of(scene.actor, scene.matter, scene.involved)))
    found = Letter.filter(matter_id=scene.matter.id, readers__overlap=relations, shredded_on=None)
    return await found.order_by("issued_at", "number").select_related("form")


async def opened(actor: Actor, number: str, letter_id: UUID) -> None:
    """Before somebody gets a link: whoever it is addressed to leaves a read mark, the first time.

    Raises NotFound, or NotRendered while there is no page yet.
    """
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        letter = next((one for one in await _readable(scene) if one.id == letter_id), None)
        if letter is None:
            raise NotFound("没有找到这份文书")
        if not letter.stored:
            raise NotRendered
        relations = sight.relations_of(actor, scene.matter, scene.involved)
        if letter.read_at is not None or letter.to_unit_id is None or not relations & UNIT:
            return
        await Letter.filter(id=letter.id).update(read_at=scene.now, read_by_id=actor.post_id)
        said = {"inputs": {"letter": letter.number}}
        entry, body = appended(scene.matter, actor, OPENED, map(Relation, letter.readers), said, at=scene.now)
        await insert([entry, body])
        await scene.matter.save(update_fields=["entries_made", "head"])


async def held(actor: Actor, letter_id: UUID) -> tuple[str, str, str]:
    """Where a letter's page lies, its name, and who its copy names; raises NotFound for whoever may not read it now."""
    letter = await Letter.get_or_none(id=letter_id).select_related("matter")
    if letter is None or not letter.stored:
        raise NotFound("没有找到这份文书")
    scene = await met(actor, letter.matter.number)
    if letter_id not in {one.id for one in await _readable(scene)}:
        raise NotFound("没有找到这份文书")
    standing = actor.standing
    reader = f"{standing.unit_name if standing else ''} {actor.name}".strip()
    return letter.stored, f"{letter.number}.pdf", reader
