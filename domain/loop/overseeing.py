"""督察: who oversees a unit, always from outside its line; and the row that puts a late matter under supervision."""

from collections.abc import Callable, Iterable
from uuid import UUID

from pydantic import Field

from domain.loop import manning, opening, recusal
from domain.loop.kinds import OFFICE, By, Inputs, Kind, Move, Step
from domain.loop.manning import Accused, chain_of
from domain.loop.widgets import LongText, RungCode, ShortText
from domain.people.actors import Actor
from kit.errors import Conflict, Invalid
from models import Post, Recusal, Role, Unit

SUPERVISION = "supervision"  # the kind's name


class NotOverThem(Conflict):
    """A unit is supervised from its own level or above, and never by its own people."""

    code, message = "not_over_them", "只能督办本级和下级的单位，且不能督办自己任职的单位和上级"


class NobodyToSupervise(Conflict):
    """Everybody who could must step aside, or the unit has nobody to answer: the roster must be mended."""

    code, message = "nobody_to_supervise", "没有可以督办的单位，或者责任单位没有负责人，请联系系统管理员补充名册"


async def unit_of(unit_id: UUID, field: str, accused: Accused) -> Unit:
    """A unit that exists and need not step aside; raises Invalid or NotOverThem."""
    unit = await Unit.get_or_none(id=unit_id, until=None)
    if unit is None:
        raise Invalid(details={"fields": [{"path": f"inputs.{field}", "message": "没有这个单位"}]})
    if accused.units & set(unit.line):
        raise NotOverThem
    return unit


async def accused_with(opener: Move | None) -> Accused:
    """Everybody whom what opens a matter excludes, this very step included."""
    if opener is None:
        return Accused(frozenset(), frozenset())
    accused = await recusal.accused_of(opener.matter.id)
    fresh = [row for row in opener.fresh if isinstance(row, Recusal)]
    return Accused(
        accused.units | {row.unit_id for row in fresh if row.unit_id},
        accused.persons | {row.person_id for row in fresh if row.person_id},
    )


def is_over(actor: Actor, unit: Unit) -> bool:
    """Whether a supervisor may oversee a unit: at or below their level, and not one of their own or above it."""
    standing = actor.standing
    return standing is not None and unit.id not in actor.shut and unit.region_id.startswith(standing.region)


async def overseer_of(move: Move, unit: Unit, accused: Accused) -> UUID:
    """The office that oversees: the supervisor's own, else the nearest one outside the unit's line, not below it."""
    standing = move.actor.standing
    if standing and standing.role is Role.SUPERVISOR:
        if not is_over(move.actor, unit):
            raise NotOverThem
        return standing.unit_id
    beside = Accused(accused.units | {unit.id}, accused.persons)
    found = await manning.nearest(Role.SUPERVISOR, chain_of(unit.region_id, None), beside)
    if found is None:
        raise NobodyToSupervise
    return found


async def insiders(move: Move, unit: Unit, reason: str) -> list[Recusal]:
    """Whoever supervises from inside the unit itself is no supervisor of it."""
    below = await Post.filter(role=Role.SUPERVISOR, until=None, unit__line__contains=[unit.id]).distinct()
    return recusal.rows(move.matter.id, [], {post.person_id for post in below}, reason, move, accused=False)


async def answering(unit_id: UUID, accused: Accused) -> UUID | None:
    """Whose liaison signs for the unit, None if its own head does; raises NobodyToSupervise if nobody is left."""
    liaison = await manning.liaison_of(unit_id, accused)
    if liaison is None and (unit_id, Role.HEAD) not in await manning.left([unit_id], accused):
        raise NobodyToSupervise
    return liaison


class Supervise(Inputs):
    """督办: what a supervision of the unit that has the matter begins with."""

    rung: RungCode = Field(title="督办层级")
    subject: ShortText = Field(title="督办事项")
    facts: LongText = Field(title="基本情况", description="责任单位会看到；不得出现举报人身份信息")
    basis: ShortText = Field(title="督办依据", description="写明文件名称和条款")


def supervised(sources: frozenset[str], by: Iterable[By], whose: Callable[[Move], UUID]) -> Step:
    """The row of a kind by which its matter is put under supervision, by a supervisor or the clock (as the system)."""

    async def effect(move: Move) -> None:
        begins = Kind.REGISTRY[SUPERVISION].begins
        if begins:
            given = begins.step.inputs.model_validate({"unit": whose(move), **move.inputs.model_dump()})
            await opening.out_of(move, SUPERVISION, given)

    return Step("supervise", "督办", sources, None, tuple(by), Supervise, effect=effect, readers=OFFICE)
