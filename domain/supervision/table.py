"""督办的流程表: the whole process of a supervision, one row a step. A change of process is a change of a row.

Sources: 信访工作条例 (2022) art. 39–40; 政府督查工作条例 (2021) art. 12, 15–18; seeds 003 (书面调度、函询提醒、
警示督促、挂牌督办; 约谈 in 12 situations, 取消年度评先资格), 001 (回头看).
"""

from domain.accountability import table as accountability
from domain.loop import keeping
from domain.loop.kinds import MACHINE, OFFICE, UNIT, Beginning, By, Kind, Owe, Step, Tell
from domain.rectification import arising
from domain.supervision import effects, guards, inputs
from domain.supervision.effects import HEAD, LIAISON, SUPERVISOR
from domain.supervision.stages import AFTER_ISSUE, DUTIES, ENDS, LABELS, OPEN, WAY, WITH_UNIT, Stage
from domain.supervision.view import shown, subject
from models import RectificationSource, Relation, Role

LEADER = By(Role.LEADER, Relation.DECIDING)

OVER = frozenset({Relation.OVERSIGHT})
DECIDED = OVER | {Relation.DECIDING}
ALL = OFFICE | UNIT | {Relation.DECIDING}


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


SIGN = Owe("sign", LIAISON, "sign", lapses_to="propose_raise")

PROPOSE = Step(
    "propose", "提出督办", frozenset({""}), Stage.PROPOSED, (SUPERVISOR, MACHINE), inputs.Propose, readers=DECIDED,
    opens=(Owe("decide", SUPERVISOR, "decide"),), tells=(Tell(SUPERVISOR, "supervision_proposed"),),
)  # fmt: skip

STEPS = (
    PROPOSE,
    # 决定
    Step(
        "issue", "下发督办文书", at(Stage.PROPOSED), Stage.ISSUED, (SUPERVISOR,), inputs.Issue, guards.may_issue,
        effects.issue, readers=ALL, closes=("decide",), opens=(SIGN,),
        tells=(Tell(LIAISON, "letter_issued"), Tell(HEAD, "letter_issued")), warning="文书下发后编号，不能收回",
    ),
    Step(
        "submit", "报批挂牌督办", at(Stage.PROPOSED), Stage.APPROVING, (SUPERVISOR,), inputs.Submit, guards.may_submit,
        effects.submit, readers=DECIDED, closes=("decide",), opens=(Owe("approve_listing", LEADER, "approve_listing"),),
        tells=(Tell(LEADER, "duty_opened"),),
    ),
    Step(
        "approve", "批准下发", at(Stage.APPROVING), Stage.ISSUED, (LEADER,), effect=effects.approve, readers=ALL,
        closes=("approve_listing",), opens=(SIGN,),
        tells=(Tell(SUPERVISOR, "supervision_approved"), Tell(LIAISON, "letter_issued"), Tell(HEAD, "letter_issued")),
        warning="批准后文书立即下发，责任单位取消本年度评先资格",
    ),
    Step(
        "decline", "不批准", at(Stage.APPROVING), Stage.PROPOSED, (LEADER,), inputs.Because, readers=DECIDED,
        closes=("approve_listing",), opens=(Owe("decide", SUPERVISOR, "decide", returned=True),),
        tells=(Tell(SUPERVISOR, "supervision_declined"),),
    ),
    Step(
        "dismiss", "不予督办", at(Stage.PROPOSED, Stage.POSTPONED), Stage.DISMISSED, (SUPERVISOR,), inputs.Because,
        readers=DECIDED, closes=("decide", "resume"), warning="不予督办后本件结束",
    ),
    Step(
        "postpone", "暂缓", at(Stage.PROPOSED), Stage.POSTPONED, (SUPERVISOR,), inputs.Postpone,
        effect=effects.postpone, readers=DECIDED, closes=("decide",),
    ),
    Step(
        "resume", "恢复", at(Stage.POSTPONED), Stage.PROPOSED, (SUPERVISOR, MACHINE), readers=DECIDED,
        closes=("resume",), opens=(Owe("decide", SUPERVISOR, "decide"),),
        tells=(Tell(SUPERVISOR, "supervision_proposed"),),
    ),
    # 责任单位
    Step(
        "sign", "签收", at(Stage.ISSUED), Stage.RECEIVED, (LIAISON, HEAD), effect=effects.sign, readers=ALL,
        closes=("sign",),
    ),
    Step(
        "answer", "书面回复", at(Stage.RECEIVED), Stage.ANSWERED, (LIAISON, HEAD), inputs.Answer, effect=effects.answer,
        readers=ALL, closes=("answer",), opens=(Owe("review", SUPERVISOR, "review"),),
        tells=(Tell(SUPERVISOR, "supervision_answered"),),
    ),
    # 验收
    Step(
        "accept", "验收合格", at(Stage.ANSWERED), Stage.ACCEPTED, (SUPERVISOR,), inputs.Accept, effect=effects.accept,
        readers=ALL, closes=("review", "decide_raise"),
        tells=(Tell(LIAISON, "supervision_accepted"), Tell(HEAD, "supervision_accepted")),
    ),
    Step(
        "send_back", "退回整改", at(Stage.ANSWERED), Stage.RECEIVED, (SUPERVISOR,), inputs.Return,
        effect=effects.return_, readers=ALL, closes=("review",), tells=(Tell(LIAISON, "supervision_returned"),),
    ),
    Step(
        "unlist", "摘牌", at(Stage.ACCEPTED), None, (SUPERVISOR,), inputs.Accept, guards.may_unlist, effects.unlist,
        readers=ALL, tells=(Tell(LIAISON, "letter_issued"), Tell(HEAD, "letter_issued")),
    ),
    Step(
        "look_back", "回头看：整改巩固", at(Stage.ACCEPTED), None, (SUPERVISOR,), inputs.LookBack,
        effect=effects.look_back, answers="look_back", readers=ALL, closes=("look_back",),
    ),
    Step(
        "relapse", "回头看：问题反弹，重新督办", at(Stage.ACCEPTED, Stage.CLOSED), Stage.PROPOSED, (SUPERVISOR,),
        inputs.LookBack, guards.may_relapse, effects.relapse, readers=DECIDED, closes=("look_back",),
        opens=(Owe("decide", SUPERVISOR, "decide", returned=True),),
    ),
    Step(
        "close", "销号", at(Stage.ACCEPTED), Stage.CLOSED, (SUPERVISOR,), inputs.Accept, guards.may_close, readers=ALL,
        tells=(Tell(LIAISON, "supervision_closed"), Tell(HEAD, "supervision_closed")),
    ),
    Step(
        "lift", "终止督办", WITH_UNIT, Stage.CLOSED, (SUPERVISOR,), inputs.Because, guards.may_close, readers=ALL,
        tells=(Tell(LIAISON, "supervision_closed"), Tell(HEAD, "supervision_closed")), warning="终止后本件结束",
    ),
    # 升级
    Step(
        "propose_raise", "建议升级", WITH_UNIT, None, (MACHINE,), effect=effects.propose_raise, readers=DECIDED,
        tells=(Tell(SUPERVISOR, "supervision_late"),),
    ),
    Step(
        "raise_rung", "升级督办", WITH_UNIT, Stage.PROPOSED, (SUPERVISOR,), inputs.Raise, effect=effects.raise_,
        readers=DECIDED, closes=("sign", "answer", "review", "decide_raise"),
        opens=(Owe("decide", SUPERVISOR, "decide"),),
    ),
    Step(
        "keep_rung", "暂不升级", WITH_UNIT, None, (SUPERVISOR,), inputs.Because, answers="decide_raise",
        readers=DECIDED, closes=("decide_raise",),
    ),
    # 约谈
    Step(
        "call_in", "约谈通知", OPEN - at(Stage.POSTPONED, Stage.APPROVING), None, (SUPERVISOR,), inputs.Call,
        guards.may_call, effects.call, readers=ALL,
        tells=(Tell(LIAISON, "letter_issued"), Tell(HEAD, "letter_issued")), warning="约谈通知发出后编号，不能收回",
    ),
    Step(
        "interview", "约谈记录", OPEN, None, (SUPERVISOR,), inputs.Hold, effect=effects.hold, answers="interview",
        readers=ALL, closes=("interview",), tells=(Tell(LIAISON, "duty_opened"),),
    ),
    Step(
        "fulfil", "报告承诺落实", OPEN, None, (LIAISON, HEAD), inputs.Fulfil, effect=effects.fulfil, answers="fulfil",
        readers=ALL, closes=("fulfil",), tells=(Tell(SUPERVISOR, "supervision_answered"),),
    ),
    Step(
        "restore", "恢复评先资格", AFTER_ISSUE | at(Stage.PROPOSED), None, (LEADER,), inputs.Revoke,
        effect=effects.revoke, readers=ALL, tells=(Tell(SUPERVISOR, "supervision_restored"),),
    ),
    # 追责问责
    accountability.proposal(AFTER_ISSUE, (SUPERVISOR,)),
    accountability.hearing(frozenset(Stage), OVER),
    # 问题清单
    arising.listing(AFTER_ISSUE, (SUPERVISOR,), RectificationSource.SUPERVISION),
    # At any time
    Step("note", "备注", frozenset(Stage), None, (SUPERVISOR,), inputs.Note, effect=effects.note, readers=OVER),
    Step("note", "备注", AFTER_ISSUE, None, (LIAISON, HEAD), inputs.Note, effect=effects.note, readers=UNIT),
    Step(
        "recuse", "申请回避", OPEN, None, (SUPERVISOR, LIAISON, HEAD, LEADER), inputs.Because, effect=effects.recuse,
        readers=OVER, warning="回避后您将再也看不到本件",
    ),
    *keeping.steps(frozenset(Stage), ENDS, (SUPERVISOR,)),
)  # fmt: skip

SUPERVISION = Kind(
    name="supervision",
    label="督办件",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(PROPOSE, effects.made, "DB"),
    remarks="`answer` is opened by `sign` and `send_back`, due on the day that the rung's `answer_days` give;"
    " `decide_raise` by\n`propose_raise`, when what the unit owes is late; `resume` by `postpone`; `interview` by"
    " `call_in` and `fulfil` by\n`interview`, on the day that was set there; `look_back` by `accept`, after the rung's"
    " `look_back_days`. The ladder\nitself is rows: `data/supervision.toml`.",
)
