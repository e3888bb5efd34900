"""Reading the raw text: for intake only, and each look is an entry of the timeline."""

from typing import Any

from tortoise.transactions import in_transaction

from domain.cases.splitting import identity_of
from domain.loop import sight
from domain.loop.engine import met
from domain.loop.reading import recorded_look
from domain.people.actors import Actor
from kit.errors import NotAllowed, NotFound
from models import CaseText, Relation


async def text_looked_at(actor: Actor, number: str, reason: str) -> list[dict[str, Any]]:
    """What the complainant wrote, word for word, with the entry each part came with.

    Raises NotFound, or NotAllowed for a reader who gets the summary instead.
    """
    async with in_transaction():
        scene = await met(actor, number, lock=True)
        if Relation.INTAKE not in sight.relations_of(actor, scene.matter, scene.involved):
            raise NotAllowed("只有受理中心可以查看原文，承办单位请看转办摘要")
        texts = await CaseText.filter(matter_id=identity_of(scene.matter)).order_by("seq")
        if not any(text.text for text in texts):
            raise NotFound("原文已按保存期限销毁")
        await recorded_look(scene, "look_text", reason)
    return [{"seq": text.seq, "text": text.text} for text in texts]
