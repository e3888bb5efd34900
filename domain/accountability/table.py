"""问责的流程表: the whole process of holding to account, one row a step. The system records; it never punishes.

Sources: 政府督查工作条例 (2021) art. 21, 23 (a proposal approved by the head and handed to the competent body);
信访工作条例 (2022) art. 40–46; seeds 001, 004 (精准运用“四种形态”, 党纪政纪处分, 立案审查, 移送司法; 惩处问责 11 人).
"""

from collections.abc import Iterable

from domain.accountability import effects, inputs
from domain.accountability.effects import READERS
from domain.accountability.stages import DUTIES, ENDS, LABELS, OPEN, WAY, Stage
from domain.accountability.view import shown, subject
from domain.loop import opening
from domain.loop.kinds import MACHINE, Beginning, By, Kind, Move, Nothing, Owe, Step, Tell
from domain.rectification import arising
from models import RectificationSource, Relation, Role

REGISTRAR = By(Role.REGISTRAR, Relation.INTAKE)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
PROPOSER = By(Role.REGISTRAR, Relation.INTAKE, otherwise=SUPERVISOR)
LEADER = By(Role.LEADER, Relation.DECIDING)
BODY = By(Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE, otherwise=PROPOSER)
RECORDERS = (By(Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE), REGISTRAR, SUPERVISOR)


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


PROPOSE = Step(
    "propose_account", "提出问责建议", frozenset({""}), Stage.PROPOSED, (SUPERVISOR, REGISTRAR), inputs.Propose,
    readers=READERS, opens=(Owe("approve_proposal", LEADER, "approve_proposal"),), tells=(Tell(LEADER, "duty_opened"),),
)  # fmt: skip

STEPS = (
    PROPOSE,
    Step(
        "approve_account", "批准问责建议", at(Stage.PROPOSED), Stage.APPROVED, (LEADER,), guard=effects.another,
        readers=READERS, closes=("approve_proposal",), opens=(Owe("refer", PROPOSER, "refer"),),
        tells=(Tell(PROPOSER, "duty_opened"),),
    ),
    Step(
        "decline_account", "不予问责", at(Stage.PROPOSED), Stage.DECLINED, (LEADER,), inputs.Because, effects.another,
        readers=READERS, closes=("approve_proposal",), tells=(Tell(PROPOSER, "accountability_declined"),),
        warning="不予问责后本件结束",
    ),
    Step(
        "refer", "移送主管机关", at(Stage.APPROVED), Stage.REFERRED, (REGISTRAR, SUPERVISOR), inputs.Refer,
        effect=effects.refer, readers=READERS, closes=("refer",), opens=(Owe("receive", BODY, "receive"),),
        tells=(Tell(BODY, "duty_opened"),), warning="移送函编号发出后不能收回",
    ),
    Step(
        "receive", "确认接收", at(Stage.REFERRED), Stage.RECEIVED, RECORDERS, inputs.Receive, effect=effects.receive,
        readers=READERS, closes=("receive",), opens=(Owe("record_outcome", BODY, "record_outcome"),),
    ),
    Step(
        "record_outcome", "登记处理结果", at(Stage.RECEIVED), None, RECORDERS, inputs.Outcome,
        effect=effects.record_outcome, readers=READERS,
    ),
    Step(
        "conclude", "反馈处理结果", at(Stage.RECEIVED), Stage.CONCLUDED, RECORDERS, inputs.Conclude, effects.decided,
        effects.conclude, readers=READERS, closes=("record_outcome",),
        tells=(Tell(PROPOSER, "accountability_concluded"), Tell(LEADER, "accountability_concluded")),
    ),
    arising.listing(
        at(Stage.REFERRED, Stage.RECEIVED, Stage.CONCLUDED), (REGISTRAR, SUPERVISOR), RectificationSource.ACCOUNTABILITY
    ),
    Step("note", "备注", frozenset(Stage), None, (REGISTRAR, SUPERVISOR), inputs.Note, readers=READERS),
    Step(
        "recuse", "申请回避", OPEN, None, (REGISTRAR, SUPERVISOR, LEADER), inputs.Because, effect=effects.recuse,
        readers=frozenset({Relation.OVERSIGHT, Relation.INTAKE}), warning="回避后您将再也看不到本件",
    ),
)  # fmt: skip

ACCOUNTABILITY = Kind(
    name="accountability",
    label="问责建议",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(PROPOSE, effects.made, "WZ"),
    texts=(*inputs.BODIES.values(), *inputs.FORMS.values(), *inputs.SANCTIONS.values()),
)


def proposal(sources: frozenset[str], by: Iterable[By]) -> Step:
    """The row of another kind by which it opens a proposal: its own entry says the number and nothing else."""

    async def effect(move: Move) -> None:
        given, move.inputs = move.inputs, Nothing()
        await opening.out_of(move, ACCOUNTABILITY.name, given)

    return Step(
        "hold_to_account", "建议问责", sources, None, tuple(by), inputs.Propose, effect=effect,
        readers=frozenset({Relation.INTAKE, Relation.OVERSIGHT}),
    )  # fmt: skip


def hearing(
    sources: frozenset[str], readers: frozenset[Relation], tells: tuple[Tell, ...] = (), plain: str = ""
) -> Step:
    """The row of another kind by which it hears that what it opened has an outcome."""
    return Step(
        effects.REPORTED, "问责结果反馈", sources, None, (MACHINE,), readers=readers, tells=tells, plain=plain
    )  # fmt: skip
