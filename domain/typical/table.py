"""典型案例的流程表: written, looked over by two, released by a third; printed or published, and taken back.

Sources: seeds 004 (编印典型案例 44 个、发布 8 个); 信访工作条例 (2022) art. 30, 46 (nothing that identifies whoever
reported leaves the file); 个人信息保护法 art. 4, 73 (de-identified, anonymised). The two looks are this product's own.
"""

from collections.abc import Iterable

from domain.loop import opening
from domain.loop.kinds import MACHINE, Beginning, By, Kind, Move, Nothing, Owe, Step, Tell
from domain.typical import effects, inputs
from domain.typical.finding import WHYS
from domain.typical.stages import DUTIES, ENDS, LABELS, OPEN, WAY, Stage
from domain.typical.view import AUDIENCES, WORKING, shown, subject
from models import Relation, Role

REGISTRAR = By(Role.REGISTRAR, Relation.INTAKE)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
SECOND = By(Role.SUPERVISOR, Relation.OVERSIGHT, otherwise=REGISTRAR)
LEADER = By(Role.LEADER, Relation.DECIDING)

TO_MARK = Owe("mark", REGISTRAR, "mark")
AGAIN = Owe("mark", REGISTRAR, "mark", returned=True)
TO_APPROVE = Owe("approve_typical", LEADER, "approve_typical")


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


COMPILE = Step(
    "compile", "编写典型案例", frozenset({""}), Stage.DRAFTED, (REGISTRAR,), inputs.Compile, readers=WORKING,
    opens=(TO_MARK,),
)  # fmt: skip

STEPS = (
    COMPILE,
    Step(
        "revise", "修改", at(Stage.DRAFTED, Stage.PRINTED, Stage.WITHDRAWN), Stage.DRAFTED, (REGISTRAR,),
        inputs.Revise, effect=effects.revise, readers=WORKING, closes=("mark",), opens=(TO_MARK,),
    ),
    # 去标识，两人两次
    Step(
        "mark", "去标识", at(Stage.DRAFTED), Stage.MARKED, (REGISTRAR,), inputs.Mark, effect=effects.mark,
        readers=WORKING, closes=("mark",), opens=(Owe("check_marks", SECOND, "check_marks"),),
        tells=(Tell(SECOND, "duty_opened"),),
    ),
    Step(
        "check_marks", "二次去标识，同意", at(Stage.MARKED), Stage.CHECKED, (SUPERVISOR, REGISTRAR), inputs.Check,
        effects.another, effects.check, readers=WORKING, closes=("check_marks",), opens=(TO_APPROVE,),
        tells=(Tell(LEADER, "duty_opened"),),
    ),
    Step(
        "return_draft", "退回修改", at(Stage.MARKED), Stage.DRAFTED, (SUPERVISOR, REGISTRAR), inputs.Return,
        effects.another, readers=WORKING, closes=("check_marks",), opens=(AGAIN,),
        tells=(Tell(REGISTRAR, "typical_returned"),),
    ),
    # 审批
    Step(
        "return_draft", "退回修改", at(Stage.CHECKED), Stage.DRAFTED, (LEADER,), inputs.Return,
        effects.released_by_another, readers=WORKING, closes=("approve_typical",), opens=(AGAIN,),
        tells=(Tell(REGISTRAR, "typical_returned"),),
    ),
    Step(
        "approve_print", "批准内部编印", at(Stage.CHECKED), Stage.PRINTED, (LEADER,),
        guard=effects.released_by_another, effect=effects.approve_print, readers=WORKING,
        closes=("approve_typical",), tells=(Tell(REGISTRAR, "typical_printed"),),
        warning="批准后各单位工作人员可以看到",
    ),
    Step(
        "approve_public", "批准公开发布", at(Stage.CHECKED, Stage.PRINTED), Stage.REVIEWING, (LEADER,),
        guard=effects.released_by_another, effect=effects.approve_public, readers=WORKING,
        closes=("approve_typical",), warning="内容审核通过后立即公开，任何人都可以看到",
    ),
    Step(
        "recall_approval", "收回发布", at(Stage.REVIEWING), Stage.CHECKED, (LEADER,), inputs.Because, readers=WORKING,
        opens=(TO_APPROVE,),
    ),
    Step(
        "publish", "公开发布", at(Stage.REVIEWING), Stage.PUBLISHED, (MACHINE,), effect=effects.publish,
        readers=WORKING, tells=(Tell(REGISTRAR, "typical_published"), Tell(LEADER, "typical_published")),
    ),
    Step(
        "stop_publishing", "未能发布", at(Stage.REVIEWING), Stage.DRAFTED, (MACHINE,), inputs.Stopped, readers=WORKING,
        opens=(AGAIN,), tells=(Tell(REGISTRAR, "typical_returned"), Tell(LEADER, "typical_withdrawn")),
    ),
    # 撤下
    Step(
        "withdraw", "撤下", at(Stage.PRINTED, Stage.PUBLISHED), Stage.WITHDRAWN, (LEADER, SUPERVISOR, REGISTRAR),
        inputs.Because, effect=effects.withdraw, readers=WORKING,
        tells=(Tell(REGISTRAR, "typical_withdrawn"), Tell(LEADER, "typical_withdrawn")),
        warning="撤下后立即不再公开",
    ),
    Step(
        "take_down", "系统撤下", at(Stage.PRINTED, Stage.PUBLISHED), Stage.WITHDRAWN, (MACHINE,), inputs.Stopped,
        effect=effects.withdraw, readers=WORKING,
        tells=(Tell(REGISTRAR, "typical_withdrawn"), Tell(LEADER, "typical_withdrawn")),
    ),
    Step(
        "restore", "恢复", at(Stage.WITHDRAWN), Stage.CHECKED, (LEADER,), inputs.Because, effects.released_by_another,
        effects.restore, readers=WORKING, opens=(TO_APPROVE,),
    ),
    Step(
        "abandon", "不再编写", at(Stage.DRAFTED, Stage.MARKED), Stage.ABANDONED, (REGISTRAR,), inputs.Because,
        readers=WORKING, closes=("mark", "check_marks"), warning="不再编写后本件结束",
    ),
    Step("note", "备注", frozenset(Stage), None, (REGISTRAR, SUPERVISOR), inputs.Note, readers=WORKING),
    Step(
        "recuse", "申请回避", OPEN, None, (REGISTRAR, SUPERVISOR, LEADER), inputs.Because, effect=effects.recuse,
        readers=WORKING, warning="回避后您将再也看不到本件",
    ),
)  # fmt: skip

TYPICAL = Kind(
    name=effects.KIND,
    label="典型案例",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(COMPILE, effects.made, "AL"),
    texts=(
        *inputs.STOPPINGS.values(),
        *AUDIENCES.values(),
        *WHYS.values(),
        "不写明地区",
        "无需隐去",
        "编印和发布",
        "已有新版",
    ),
    remarks="It is opened by itself or by `compile_typical` on a closed case. `publish`, `stop_publishing` and"
    "\n`take_down` are the worker's: once the content check has passed or refused it, or a source is open again.",
)


def compiling(sources: frozenset[str], by: Iterable[By]) -> Step:
    """The row of another kind by which a typical case is made out of it, and others like it."""

    async def effect(move: Move) -> None:
        given, move.inputs = move.inputs, Nothing()
        await opening.out_of(move, TYPICAL.name, given)

    return Step(
        effects.COMPILING, "编写典型案例", sources, None, tuple(by), inputs.Compile, effect=effect,
        readers=frozenset({Relation.INTAKE, Relation.OVERSIGHT}), meets="sources",
    )  # fmt: skip
