"""整改的流程表: the whole process of a line of the ledger, one row a step. A change of process is a change of a row.

Sources: seeds 000 (“问题清单+整改销号”, “清仓见底”), 003 (整改清单, 3个月内完成整改, 检查评估); 政府督查工作条例 (2021)
art. 18 (整改核查). 整改 → 自查 → 复核（另一单位）→ 销号 → 回头看.
"""

from domain.loop import keeping, overseeing
from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import MACHINE, OFFICE, UNIT, Beginning, By, Kind, Owe, Step, Tell
from domain.rectification import effects, guards, inputs, publishing
from domain.rectification.effects import HEAD, LIAISON, SUPERVISOR
from domain.rectification.inputs import SOURCES
from domain.rectification.published import OUTCOMES
from domain.rectification.stages import DUTIES, ENDS, LABELS, OPEN, WAY, WITH_OWNER, Stage
from domain.rectification.view import shown, subject
from models import Relation, Role

HANDLER = By(Role.HANDLER, Relation.ASSIGNEE)
OWNER = By(Role.HANDLER, Relation.ASSIGNEE, otherwise=HEAD)
VERIFIER = By(Role.HEAD, Relation.VERIFYING, otherwise=SUPERVISOR)
CHECKERS = (By(Role.HEAD, Relation.VERIFYING), SUPERVISOR)

CHECKING = OFFICE | {Relation.VERIFYING}
ALL = OFFICE | UNIT | {Relation.VERIFYING}
RECTIFY = Owe("rectify", OWNER, ON_CLOCK)
AGAIN = Owe("rectify", OWNER, ON_CLOCK, returned=True)
PUBLISH = publishing.OWED
STRUCK = frozenset({Stage.STRUCK_OFF})
PUBLIC = frozenset({Stage.VERIFIED, Stage.STRUCK_OFF})


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


LIST = Step(
    "list_problem", "列入问题清单", frozenset({""}), Stage.LISTED, (SUPERVISOR,), inputs.Listing, readers=ALL,
    clock=Turn.START, opens=(Owe("take_on", LIAISON, "take_on"),),
    tells=(Tell(LIAISON, "rectification_listed"), Tell(HEAD, "rectification_listed")),
)  # fmt: skip

STEPS = (
    LIST,
    # 责任单位
    Step(
        "take_on", "认领问题", at(Stage.LISTED), Stage.RECTIFYING, (LIAISON, HEAD), inputs.TakeOn,
        effect=effects.take_on, readers=ALL, closes=("take_on",), opens=(RECTIFY,), tells=(Tell(OWNER, "duty_opened"),),
    ),
    Step(
        "assign", "调整责任人", at(Stage.RECTIFYING), None, (LIAISON, HEAD), inputs.Assign, effect=effects.assign,
        readers=ALL, closes=("rectify",), opens=(RECTIFY,), tells=(Tell(HANDLER, "duty_opened"),),
    ),
    Step(
        "progress", "报送进展", at(Stage.RECTIFYING), None, (HANDLER, HEAD, LIAISON), inputs.Progress,
        effect=effects.progress, readers=ALL,
    ),
    Step(
        "request_extension", "申请延期", at(Stage.RECTIFYING), None, (HANDLER, HEAD), inputs.Because,
        guards.may_extend, readers=ALL, opens=(Owe("decide_extension", SUPERVISOR, "decide_extension"),),
        tells=(Tell(SUPERVISOR, "duty_opened"),),
    ),
    Step(
        "report_done", "自查完成，报请复核", at(Stage.RECTIFYING), Stage.CHECKED, (HANDLER, HEAD), inputs.ReportDone,
        effect=effects.report_done, readers=ALL, clock=Turn.PAUSE, closes=("rectify", "decide_extension"),
        opens=(Owe("verify", VERIFIER, "verify"),), tells=(Tell(VERIFIER, "rectification_reported"),),
        warning="报请复核后，复核期间不计入整改期限",
    ),
    # 延期
    Step(
        "grant_extension", "批准延期", at(Stage.RECTIFYING), None, (SUPERVISOR,), inputs.Because, guards.outside,
        effects.extend, answers="decide_extension", readers=ALL, clock=Turn.EXTEND, closes=("decide_extension",),
        tells=(Tell(OWNER, "extension_granted"),),
    ),
    Step(
        "refuse_extension", "不批准延期", at(Stage.RECTIFYING), None, (SUPERVISOR,), inputs.Because, guards.outside,
        answers="decide_extension", readers=ALL, closes=("decide_extension",),
        tells=(Tell(OWNER, "extension_refused"),),
    ),
    # 复核
    Step(
        "entrust", "指定复核单位", WITH_OWNER, None, (SUPERVISOR,), inputs.Entrust, effect=effects.entrust, readers=ALL,
    ),
    Step(
        "entrust", "指定复核单位", at(Stage.CHECKED), None, (SUPERVISOR,), inputs.Entrust, effect=effects.entrust,
        readers=ALL, closes=("verify",), opens=(Owe("verify", VERIFIER, "verify"),),
        tells=(Tell(VERIFIER, "rectification_reported"),),
    ),
    Step(
        "verify_pass", "复核通过", at(Stage.CHECKED), Stage.VERIFIED, CHECKERS, inputs.Finding, guards.may_verify,
        effects.find, readers=ALL, closes=("verify",), opens=(Owe("strike_off", SUPERVISOR, "strike_off"),),
        tells=(Tell(SUPERVISOR, "rectification_verified"),),
    ),
    Step(
        "verify_fail", "复核退回", at(Stage.CHECKED), Stage.RECTIFYING, CHECKERS, inputs.Return, guards.may_verify,
        effects.return_, readers=ALL, clock=Turn.RESUME, closes=("verify",), opens=(AGAIN,),
        tells=(Tell(OWNER, "rectification_returned"),),
    ),
    # 销号
    Step(
        "strike_off", "销号", at(Stage.VERIFIED), Stage.STRUCK_OFF, (SUPERVISOR,), inputs.StrikeOff, guards.outside,
        effects.strike_off, readers=ALL, clock=Turn.STOP, closes=("strike_off", "publish_line"),
        tells=(Tell(LIAISON, "rectification_struck_off"), Tell(HEAD, "rectification_struck_off")),
    ),
    Step(
        "send_back", "退回整改", at(Stage.VERIFIED), Stage.RECTIFYING, (SUPERVISOR,), inputs.Return, guards.outside,
        effects.send_back, readers=ALL, clock=Turn.RESUME, closes=("strike_off", "publish_line"), opens=(AGAIN,),
        tells=(Tell(OWNER, "rectification_returned"),),
    ),
    Step(
        "drop", "撤销", at(Stage.LISTED, Stage.RECTIFYING, Stage.CHECKED), Stage.DROPPED, (SUPERVISOR,), inputs.Because,
        guards.outside, effects.drop, readers=ALL, clock=Turn.STOP,
        tells=(Tell(LIAISON, "rectification_dropped"), Tell(HEAD, "rectification_dropped")),
        warning="撤销后本件结束，不计入整改统计",
    ),
    # 回头看
    Step(
        "look_back", "回头看：整改巩固", STRUCK, None, (SUPERVISOR,), inputs.LookBack, guards.outside,
        effects.look_back, answers="look_back", readers=ALL, closes=("look_back",),
    ),
    Step(
        "relapse", "回头看：问题反弹，重新整改", STRUCK, Stage.RECTIFYING, (SUPERVISOR,), inputs.LookBack,
        guards.may_relapse, effects.relapse, readers=ALL, clock=Turn.RESTART, closes=("look_back", "publish_line"),
        opens=(AGAIN,),
        tells=(Tell(OWNER, "rectification_relapsed"), Tell(LIAISON, "rectification_relapsed")),
    ),
    # 公示
    Step(
        "write_publication", "拟写公示", PUBLIC, None, (SUPERVISOR,), inputs.WritePublic, publishing.not_there,
        publishing.write, readers=OFFICE, closes=("publish_line",), opens=(PUBLISH,),
        tells=(Tell(SUPERVISOR, "duty_opened"),),
    ),
    Step(
        "publish", "公示", PUBLIC, None, (SUPERVISOR,), inputs.Publish, publishing.by_another, publishing.publish,
        readers=ALL, closes=("publish_line",), warning="公示后任何人都能看到",
    ),
    Step(
        "unpublish", "撤下公示", frozenset(Stage), None, (SUPERVISOR,), inputs.Because, publishing.there,
        publishing.unpublish, readers=ALL, closes=("publish_line",),
    ),
    # 督察督办
    overseeing.supervised(WITH_OWNER, (SUPERVISOR, MACHINE), lambda move: move.subject.unit_id),
    # 归档与保全
    *keeping.steps(frozenset(Stage), ENDS, (SUPERVISOR,)),
    # At any time
    Step("note", "备注", frozenset(Stage), None, CHECKERS, inputs.Note, effect=effects.note, readers=CHECKING),
    Step(
        "note", "备注", frozenset(Stage), None, (LIAISON, HEAD, HANDLER), inputs.Note, effect=effects.note, readers=UNIT
    ),
    Step(
        "recuse", "申请回避", at(Stage.RECTIFYING), None, (HANDLER,), inputs.Because, effect=effects.recuse_assignee,
        readers=ALL, closes=("rectify",), opens=(Owe("rectify", HEAD, ON_CLOCK, returned=True),),
        tells=(Tell(HEAD, "case_returned"),), warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", OPEN, None, (*CHECKERS, LIAISON, HEAD), inputs.Because, effect=effects.recuse,
        readers=CHECKING, warning="回避后您将再也看不到本件",
    ),
)  # fmt: skip

RECTIFICATION = Kind(
    name="rectification",
    label="问题整改件",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(LIST, effects.made, "ZG"),
    texts=(*SOURCES.values(), *OUTCOMES.values()),
    remarks="`look_back` is opened by `strike_off`, due when the rule pack's term for a second look ends; until then"
    " `relapse`\nreopens. The clock stands still while the self-check is being verified. What is to be"
    "\npublished is written by one supervisor and published by another, of the same office or one above.",
)
