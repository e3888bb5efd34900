"""提级、下交与管辖争议: down a level or back up; whose a case is, the common superior rules (信访工作条例 art. 24)."""

from uuid import UUID

from pydantic import Field

from domain.cases import routing
from domain.cases.by import HEAD, LEADER, LIAISON, REGISTRAR, TOLD, at
from domain.cases.guards import ObjectionLate, ObjectionSpent
from domain.cases.inputs import Objection
from domain.cases.stages import Stage
from domain.loop import manning, recusal
from domain.loop.kinds import COMPLAINER, OFFICE, UNIT, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import Reason, UnitId
from kit import clock
from kit.errors import Conflict, Invalid
from models import Case, Relation, Role, Unit
from models.database import connection

HANDLING = (Relation.LEAD, Relation.LIAISON, Relation.ASSIGNEE)


class NotBelow(Invalid):
    """A case is handed down to a unit of a region below, of the same operator."""

    code, message = "not_below", "只能下交给下一级地区的单位"


class NotHandedDown(Conflict):
    """Only what came from above goes back there."""

    code, message = "not_handed_down", "本件不是上级下交的"


class NoSuperior(Conflict):
    """Nobody above both units could rule."""

    code, message = "no_superior", "没有可以裁定的共同上级，请由受理中心收回重转"


class HandDown(Inputs):
    """下交: to which unit of the level below, and why."""

    to_unit: UnitId = Field(title="下交单位", description="本级以下地区的单位，不得是应当回避的单位")
    reason: Reason


class HandUp(Inputs):
    """提级: why it can't be handled at this level."""

    reason: Reason


class Ruling(Inputs):
    """裁定: whose the case is; nobody objects any more."""

    to_unit: UnitId = Field(title="承办单位")
    reason: Reason


def _case(scene: Scene) -> Case:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a case


def may_hand_up(scene: Scene) -> None:
    """A case that was handed down."""
    if not _case(scene).handed_from:
        raise NotHandedDown


def may_dispute(scene: Scene) -> None:
    """A second objection, after the first was rejected, inside the same time."""
    if _case(scene).objections != 1:
        raise ObjectionSpent
    signing = next(duty for duty in scene.duties if duty.name == "sign")
    if clock.now() > scene.pack.due(signing.opened_at, "object", scene.matter.tier):
        raise ObjectionLate


async def hand_down(move: Move) -> None:
    """A unit of a region below leads from now on; the reporter's clock goes on."""
    here, there = move.standing(Relation.LEAD), await Unit.get_or_none(id=move.inputs.to_unit, until=None)
    lead = await Unit.get(id=here.unit_id) if here else None
    if lead is None or there is None or not _below(there.region_id, lead.region_id):
        raise NotBelow
    await _lead(move, there.id)
    move.change(handed_from=[*move.subject.handed_from, str(lead.id)])


def _below(region: str, other: str) -> bool:
    return region.startswith(other) and region != other


async def hand_up(move: Move) -> None:
    """Back to the unit that handed it down."""
    *earlier, last = move.subject.handed_from
    await _lead(move, UUID(last))
    move.change(handed_from=earlier)


async def _lead(move: Move, unit_id: UUID) -> None:
    accused = await recusal.accused_of(move.matter.id)
    decision = await routing.chosen(unit_id, move.matter.region_id, accused)
    await move.release(*HANDLING)
    move.involve(Relation.LEAD, decision.unit_id)
    if decision.liaison_unit_id:
        move.involve(Relation.LIAISON, decision.liaison_unit_id)
    move.change(lead_unit_id=decision.unit_id)
    move.said["unit"] = decision.unit_name


_SUPERIORS = f"""
SELECT u.id FROM post p JOIN unit u ON u.id = p.unit_id
WHERE p.role = $1 AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2) AND $5 LIKE u.region_id || '%'
  AND NOT {manning.out("$2", "$3", "$4")} AND NOT u.line && $3::uuid[]
ORDER BY u.id = ANY($6::uuid[]) DESC, length(u.region_id) DESC, u.code LIMIT 1
"""


async def dispute(move: Move) -> None:
    """Whoever leads above both units rules: a superior of theirs first, else of the smallest region that holds both."""
    lead = move.standing(Relation.LEAD)
    units = [unit for unit in (lead.unit_id if lead else None, move.inputs.better_unit) if unit]
    rows = await Unit.filter(id__in=units)
    regions, lines = [row.region_id for row in rows], [set(row.line) for row in rows]
    common = set.intersection(*lines) if lines else set()
    accused = await recusal.accused_of(move.matter.id)
    found = await connection().execute_query_dict(
        _SUPERIORS,
        [Role.LEADER, clock.today(), list(accused.units), list(accused.persons), _shared(regions), list(common)],
    )
    if not found:
        raise NoSuperior
    move.involve(Relation.DECIDING, found[0]["id"])
    move.change(objections=move.subject.objections + 1)


def _shared(regions: list[str]) -> str:
    first, last = min(regions), max(regions)
    alike = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:alike]


async def arbitrate(move: Move) -> None:
    """The case is this unit's, whatever it thinks of it."""
    await _lead(move, move.inputs.to_unit)
    await move.release(Relation.DECIDING)


STEPS = (
    Step(
        "hand_down", "下交办理", at(Stage.SIGNED), Stage.TRANSFERRED, (LIAISON, HEAD), HandDown, effect=hand_down,
        readers=OFFICE | UNIT | TOLD, shows=("unit",), closes=("assign",), opens=(Owe("sign", LIAISON, "sign"),),
        tells=(Tell(LIAISON, "duty_opened"), Tell(COMPLAINER, "case_transferred")),
        warning="下交不重新计算办理期限", plain="已转交下一级单位办理",
    ),
    Step(
        "hand_up", "提请上级办理", at(Stage.TRANSFERRED, Stage.SIGNED), Stage.TRANSFERRED, (LIAISON, HEAD), HandUp,
        may_hand_up, hand_up, readers=OFFICE | UNIT | TOLD, shows=("unit",), closes=("sign", "assign"),
        opens=(Owe("sign", LIAISON, "sign", returned=True),), tells=(Tell(LIAISON, "case_returned"),),
        plain="已转回上一级单位办理",
    ),
    Step(
        "dispute", "提请裁定管辖", at(Stage.TRANSFERRED), Stage.DISPUTED, (LIAISON, HEAD), Objection, may_dispute,
        dispute, closes=("sign",), opens=(Owe("arbitrate", LEADER, "arbitrate"),),
        tells=(Tell(LEADER, "dispute_raised"), Tell(REGISTRAR, "dispute_raised")),
        warning="由共同的上级裁定，裁定后不能再提异议",
        readers=OFFICE | UNIT | {Relation.DECIDING},
    ),
    Step(
        "arbitrate", "裁定管辖", at(Stage.DISPUTED), Stage.TRANSFERRED, (LEADER,), Ruling, effect=arbitrate,
        readers=OFFICE | UNIT | {Relation.DECIDING}, closes=("arbitrate", "assist"),
        opens=(Owe("sign", LIAISON, "sign", returned=True),), tells=(Tell(LIAISON, "duty_opened"),),
        warning="裁定后各单位不能再提异议",
    ),
)  # fmt: skip
