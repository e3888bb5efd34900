"""Every version that was submitted, with what changed against the one before."""

from typing import Any

from domain.loop import sight
from domain.loop.engine import met
from domain.loop.kinds import OFFICE, UNIT
from domain.people.actors import Actor
from domain.reports import answering
from kit import clock
from kit.errors import NotFound
from models import Relation, ReportVersion

_READERS = OFFICE | UNIT | {Relation.DECIDING}


async def of(actor: Actor, number: str) -> list[dict[str, Any]]:
    """The newest first; raises NotFound for whoever may not see the report's making."""
    scene = await met(actor, number)
    relations = sight.relations_of(actor, scene.matter, scene.involved)
    if scene.matter.kind != "report" or not relations & _READERS:
        raise NotFound("没有找到这篇述法报告")
    hidden = await answering.hidden_from(actor, scene.subject.must)
    found = await ReportVersion.filter(matter_id=scene.matter.id).order_by("version")
    before: dict[str, Any] = {}
    told = []
    for one in found:
        content = answering.without(one.content, hidden)
        changed = sorted(name for name in {*before, *content} if before.get(name) != content.get(name))
        told.append(
            {
                "version": one.version,
                "submitted_at": clock.local(one.submitted_at),
                "content": content,
                "changed": changed if before else [],
            }
        )
        before = content
    return told[::-1]
