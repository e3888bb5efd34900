"""Typical cases for tests: made out of closed cases, walked to a stage by whoever takes the step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.loop import engine, opening
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from domain.typical import finding
from domain.typical.inputs import PARTS
from domain.typical.table import TYPICAL
from models import Involvement, Matter, Post, Relation, Role, Typical
from tests.makers import SETTINGS, Walk, officer
from tests.supervised import INSPECTION

TEXTS = {
    "title": "审批超时，一次整改到位",
    "reported": "一家小微企业反映，办理许可时材料齐全，窗口却迟迟没有结果，也没有人说明原因。",
    "handled": "主管部门查明是内部流转环节无人跟进，当即办结，向企业致歉，并把同类事项全部清理一遍。",
    "lesson": "限时办结不能只写在墙上。每个环节都要有人负责，超时的要有人提醒。",
}
DRAFT: dict[str, Any] = {**TEXTS, "category": "B10"}
REASON = {"reason": "情况如此"}


@dataclass
class Tale:
    """A typical case on its way, with whoever acts on it."""

    number: str
    id: UUID
    writer: Actor
    looker: Actor
    leader: Actor

    async def matter(self) -> Matter:
        return await Matter.get(id=self.id)

    async def own(self) -> Typical:
        return await Typical.get(matter_id=self.id)

    async def mark(self, by: Actor | None = None, cleared: Sequence[dict[str, str]] = (), **texts: str) -> Matter:
        """Look the text over and send it on."""
        by, given = by or self.writer, {**await self.texts(), **texts}
        await finding.looked_over(SETTINGS, by, self.number, given)
        return await engine.take(by, self.number, "mark", {**given, "cleared": list(cleared)})

    async def check(self, by: Actor | None = None, cleared: Sequence[dict[str, str]] = ()) -> Matter:
        """Look it over the second time."""
        by = by or self.looker
        await finding.looked_over(SETTINGS, by, self.number, await self.texts())
        return await engine.take(by, self.number, "check_marks", {"cleared": list(cleared)})

    async def texts(self) -> dict[str, str]:
        own = await self.own()
        return {part: getattr(own, part) for part in PARTS}

    async def take(self, verb: str, **given: Any) -> Matter:
        """A step that is the leader's or the system's."""
        by = SYSTEM if verb in ("publish", "stop_publishing", "take_down") else self.leader
        return await engine.take(by, self.number, verb, given)

    async def at(self, stage: str) -> "Tale":
        """Go on from the draft to a stage."""
        for step in PATHS[stage]:
            if step in ("mark", "check"):
                await getattr(self, step)()
            else:
                await self.take(step, **(REASON if step == "withdraw" else {}))
        return self


PATHS = {
    "drafted": (),
    "marked": ("mark",),
    "checked": ("mark", "check"),
    "printed": ("mark", "check", "approve_print"),
    "reviewing": ("mark", "check", "approve_public"),
    "published": ("mark", "check", "approve_public", "publish"),
    "withdrawn": ("mark", "check", "approve_public", "publish", "withdraw"),
}


async def of_cases(first: Walk, *others: Walk, **given: Any) -> Tale:
    """A draft made out of closed cases by the registrar of the first."""
    writer = await first.at_place(Relation.INTAKE, Role.REGISTRAR)
    if others:
        sources = [walk.number for walk in (first, *others)]
        return await met(await opening.opened(writer, TYPICAL, {**DRAFT, "sources": sources, **given}), writer)
    await engine.take(writer, first.number, "compile_typical", {**DRAFT, **given})
    return await met(await Matter.get(opened_by_id=first.holder.matter_id, kind="typical"), writer)


async def met(matter: Matter, writer: Actor) -> Tale:
    """The same with the people it needs."""
    place = await Involvement.get(matter_id=matter.id, relation=Relation.DECIDING, until=None)
    leader = await Post.filter(unit_id=place.unit_id, role=Role.LEADER, until=None).order_by("id").first()
    assert leader is not None
    looker = await officer(Role.SUPERVISOR, INSPECTION)
    return Tale(matter.number, matter.id, writer, looker, await actors.of_post(leader.id))
