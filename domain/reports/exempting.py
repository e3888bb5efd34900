"""免述 and its end: one rule for the roster's door and for an import.

Whoever has submitted reports: their word is in the process, and so are those who review it. Before that an exemption
ends their report, if they were called, with all that is owed on it; whoever must report after all is called anew.
"""

from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop import engine, sight
from domain.loop.kinds import Move, Owe, Scene
from domain.people.actors import SYSTEM, Actor
from domain.reports import posts
from domain.reports.effects import OFFICIAL, end_of
from kit import clock
from kit.errors import Conflict, NotFound
from models import Official, Report, ReportCycle

NOT_THERE = "没有找到这位述法人"


class ReportSubmitted(Conflict):
    """Whoever has submitted is not exempted: what they said is in the process, even where it was returned."""

    code, message = "report_submitted", "该述法人已经提交述法报告，不能免述"


class AlreadyExempt(Conflict):
    """They are exempt; the reason that was given stands."""

    code, message = "already_exempt", "该述法人已经免述"


class NotExempt(Conflict):
    """There is no exemption to lift."""

    code, message = "not_exempt", "该述法人没有免述"


async def exempted(actor: Actor, official_id: UUID, reason: str) -> None:
    """Exempt an official of the actor's region; raises NotFound, AlreadyExempt or ReportSubmitted."""
    async with in_transaction():
        await _of(actor, official_id)
        await ended(actor, official_id, reason)


async def ended(actor: Actor, official_id: UUID, reason: str) -> None:
    """The same within the caller's transaction, of an official of the caller's region.

    Nobody decides so on a report that is kept from them.
    """
    # Locked here only while nobody has called them; afterwards it is their report that is locked, and first.
    fresh = await Official.filter(id=official_id, begun_on=None).select_for_update().first()
    if fresh is None:
        await _stepped(official_id, "exempt", reason, actor, AlreadyExempt)
    elif fresh.exempted_on:
        raise AlreadyExempt
    else:
        await _exempted(official_id, reason, actor.post_id)


async def lifted(actor: Actor, official_id: UUID, reason: str) -> None:
    """They must report after all: called by the next round, or their report goes on. Raises NotFound or NotExempt."""
    async with in_transaction():
        await _of(actor, official_id)
        fresh = await Official.filter(id=official_id, begun_on=None).select_for_update().first()
        if fresh is None:
            await _stepped(official_id, "lift_exemption", reason, actor, NotExempt)
        elif not fresh.exempted_on:
            raise NotExempt
        else:
            await _lifted(official_id, reason, actor.post_id)
            row = {"person_id": fresh.person_id, "unit_id": fresh.unit_id, "title": fresh.title, "exempt_reason": ""}
            await posts.given(await ReportCycle.get(id=fresh.cycle_id), [row] if fresh.person_id else [])


async def _of(actor: Actor, official_id: UUID) -> None:
    region = actor.standing.region if actor.standing else "-"
    if not await Official.exists(id=official_id, region_id__startswith=region):
        raise NotFound(NOT_THERE)


async def _stepped(official_id: UUID, verb: str, reason: str, by: Actor, wrong: type[Conflict]) -> None:
    report = await Report.get(official_id=official_id).select_related("matter", "official")
    if any(await sight.excluded_among(report.matter_id, [by])):
        raise NotFound(NOT_THERE)
    if bool(report.official.exempted_on) == (verb == "exempt"):
        raise wrong
    await engine.take(
        SYSTEM, report.matter.number, verb, {"reason": reason, "decided_by": by.post_id and str(by.post_id)}
    )


def unsubmitted(scene: Scene) -> None:
    """Nothing was submitted yet."""
    if scene.subject.version:
        raise ReportSubmitted


async def exempt(move: Move) -> None:
    """The report is over; its draft stays, in case they must report after all."""
    await _exempted(move.subject.official_id, move.inputs.reason, move.inputs.decided_by)


async def lift(move: Move) -> None:
    """They have until the cycle's day, or where that is near or over, as long as for mending."""
    official = await Official.get(id=move.subject.official_id).select_related("cycle")
    await _lifted(official.id, move.inputs.reason, move.inputs.decided_by)
    until = max(end_of(official.cycle), move.pack.due(move.at, "mend_report", move.matter.tier))
    move.owes.append(Owe("record_report", OFFICIAL, "record_report", until=until))


async def _exempted(official_id: UUID, reason: str, by: UUID | None) -> None:
    told = {"exempt_reason": reason, "exempted_on": clock.today(), "lift_reason": "", "decided_by_id": by}
    await Official.filter(id=official_id).update(**told)


async def _lifted(official_id: UUID, reason: str, by: UUID | None) -> None:
    told = {"exempt_reason": "", "exempted_on": None, "lift_reason": reason, "decided_by_id": by}
    await Official.filter(id=official_id).update(**told)
