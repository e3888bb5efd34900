"""述法年度: a region's round of reports, with its dates in their order."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from domain.people.actors import Actor
from kit.errors import Conflict, Invalid, NotAllowed, NotFound
from models import Official, ReportCycle, Role
from models.database import connection

DATES = {
    "begins_on": "开始日期",
    "submit_by": "提交截止",
    "review_by": "预审截止",
    "publish_by": "发布截止",
    "rate_by": "评议截止",
    "results_by": "结果报送截止",
}

_LOCK = 0x6379636C  # two plans at once would each look before the other is there


class CycleThere(Conflict):
    """The region, or one above it, has its cycle of that year."""

    code, message = "cycle_there", "该年度已有述法工作安排"


async def planned(actor: Actor, region: str, dates: Mapping[str, date], told: Mapping[str, Any]) -> ReportCycle:
    """A cycle of the reviewer's own region or one below; raises NotAllowed, Invalid or CycleThere."""
    _refuse_disorder(dates)
    if actor.standing is None or actor.role is not Role.PRE_REVIEWER or not region.startswith(actor.standing.region):
        raise NotAllowed("只能安排本地区的述法工作")
    async with in_transaction():
        await connection().execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
        there = await ReportCycle.filter(year=told["year"]).values_list("region_id", flat=True)
        if any(region.startswith(str(one)) or str(one).startswith(region) for one in there):
            raise CycleThere
        cycle = ReportCycle(id=uuid4(), region_id=region, **dates, **told)
        await cycle.save(force_create=True)
    return cycle


async def moved(actor: Actor, cycle_id: UUID, dates: Mapping[str, date], told: Mapping[str, Any]) -> ReportCycle:
    """Other dates or texts; what was called already keeps the day of its duty. Raises NotFound or Invalid."""
    _refuse_disorder(dates)
    async with in_transaction():
        cycle = await run_by(actor, cycle_id)
        await cycle.update_from_dict({**dates, **told}).save()
    return cycle


def _refuse_disorder(dates: Mapping[str, date]) -> None:
    wrong = [
        {"path": later, "message": f"不能早于{DATES[earlier]}"}
        for earlier, later in pairwise(DATES)
        if dates[later] < dates[earlier]
    ]
    if wrong:
        raise Invalid("日期的先后有误", details={"fields": wrong})


async def listed(actor: Actor) -> list[ReportCycle]:
    """The cycles that concern somebody's region: those of a region above or below it, the newest first."""
    own = actor.standing.region if actor.standing else ""
    found = await ReportCycle.all().order_by("-year", "region_id")
    return [one for one in found if own and (own.startswith(one.region_id) or one.region_id.startswith(own))]


async def known(actor: Actor, cycle_id: UUID) -> ReportCycle:
    """A cycle that concerns the actor's region; raises NotFound."""
    found = next((one for one in await listed(actor) if one.id == cycle_id), None)
    if found is None:
        raise NotFound("没有找到这个述法年度")
    return found


async def run_by(actor: Actor, cycle_id: UUID) -> ReportCycle:
    """A cycle that the actor's region runs, locked; raises NotFound."""
    own = actor.standing.region if actor.standing else "-"
    found = await ReportCycle.filter(id=cycle_id, region_id__startswith=own).select_for_update().first()
    if found is None or actor.role is not Role.PRE_REVIEWER:
        raise NotFound("没有找到这个述法年度")
    return found


async def mine(actor: Actor) -> list[Official]:
    """What this person has to report, in which cycles; exemptions too."""
    if actor.person_id is None:
        return []
    found = Official.filter(person_id=actor.person_id).order_by("-cycle__year")
    return await found.select_related("cycle", "unit", "report__matter")
