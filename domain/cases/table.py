"""举报件的流程表: the whole process of a case, one row a step. A change of process is a change of a row.

Sources: 信访工作条例 (2022) art. 22–23, 32, 34; 优化营商环境条例 art. 49; 河南省 豫政办〔2024〕67号 (silence accepts);
seeds 004 (受理登记、甄别研判、移交转办、督察督办、跟踪回访、追责问责).
"""

from domain.accountability import table as accountability
from domain.cases import (
    counting,
    effects,
    facts,
    going_along,
    guards,
    handing_over,
    inputs,
    levels,
    merging,
    pausing,
    remedies,
    splitting,
)
from domain.cases.by import (
    ASSIST_HEAD,
    ASSIST_LIAISON,
    CALLER,
    HANDLER,
    HEAD,
    INTAKE,
    LIAISON,
    NEW,
    RECIPIENT,
    REGISTRAR,
    SUPERVISOR,
    TAKER,
    TOLD,
    at,
)
from domain.cases.stages import (
    AFTER_REPLY,
    ASSIGNED,
    BEFORE_UNIT,
    DUTIES,
    ENDS,
    LABELS,
    OPEN,
    PLAIN,
    WAY,
    WITH_UNIT,
    Stage,
)
from domain.cases.view import OUTCOMES, shown, subject
from domain.identity import table as identity
from domain.loop import keeping, overseeing
from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import ASSIST, COMPLAINER, MACHINE, OFFICE, UNIT, Beginning, Kind, Owe, Step, Tell
from domain.rectification import arising
from domain.typical import table as typical
from models import RectificationSource, Relation

HANDED_FROM = OPEN - AFTER_REPLY - {Stage.SPLIT}
EVERYTHING = tuple(duty for duty in DUTIES if duty != "take_over")  # of the case as it was worked here

FILE = Step(
    "file", "提交举报", NEW, Stage.FILED, (COMPLAINER, REGISTRAR), readers=INTAKE | TOLD, plain="您提交了举报",
    shows=("mode", "region", "category", "channel", "text_sha256", "files"),
    opens=(Owe("accept", REGISTRAR, "accept", lapses_to="accept", if_pack="silence_accepts"),),
    tells=(Tell(REGISTRAR, "case_filed"),),
)  # fmt: skip

STEPS = (
    FILE,
    # 受理登记
    Step(
        "accept", "受理", at(Stage.FILED), Stage.ACCEPTED, (REGISTRAR, MACHINE), readers=OFFICE | UNIT | TOLD,
        clock=Turn.START, closes=("accept",), opens=(Owe("screen", REGISTRAR, "screen"),),
        tells=(Tell(COMPLAINER, "case_accepted"),),
        plain="受理中心已受理",
    ),
    Step(
        "refuse", "不予受理", at(Stage.FILED), Stage.REFUSED, (REGISTRAR,), inputs.Refuse, effect=effects.refuse,
        readers=OFFICE | TOLD, shows=("reason", "explanation", "other_way"), closes=("accept",),
        tells=(Tell(COMPLAINER, "case_refused"),), warning="不予受理后本件结束，举报人会收到理由和其他途径",
    ),
    # 甄别研判
    Step(
        "screen", "甄别研判", at(Stage.ACCEPTED), Stage.SCREENED, (REGISTRAR,), inputs.Screen, effect=effects.screen,
        readers=INTAKE, closes=("screen",), opens=(Owe("transfer", REGISTRAR, "transfer"),),
    ),
    # 移交转办
    Step(
        "transfer", "移交转办", at(Stage.SCREENED), Stage.TRANSFERRED, (REGISTRAR,), inputs.Transfer,
        effect=effects.transfer, readers=OFFICE | UNIT | ASSIST | TOLD, shows=("unit",), closes=("transfer",),
        opens=(Owe("sign", LIAISON, "sign"), Owe("assist", ASSIST_LIAISON, ON_CLOCK)),
        tells=(Tell(LIAISON, "duty_opened"), Tell(ASSIST_LIAISON, "duty_opened"), Tell(COMPLAINER, "case_transferred")),
        warning="转办后承办单位将看到摘要，请确认摘要中没有举报人身份信息",
        plain="已转交承办单位办理",
    ),
    Step(
        "recall", "收回重转", WITH_UNIT | at(Stage.DISPUTED), Stage.SCREENED, (REGISTRAR, SUPERVISOR), inputs.Because,
        effect=effects.recall, readers=OFFICE | UNIT,
        closes=("sign", "assign", "handle", "assist", "decide_extension", "approve", "reply", "supply", "relay",
                "arbitrate", *pausing.DUTIES),
        clock=Turn.RESUME, opens=(Owe("transfer", REGISTRAR, "transfer", returned=True),),
        tells=(Tell(LIAISON, "case_recalled"),), warning="收回后承办单位的办理将中止",
    ),
    Step(
        "sign", "签收", at(Stage.TRANSFERRED), Stage.SIGNED, (LIAISON, HEAD), readers=OFFICE | UNIT | TOLD,
        closes=("sign",), opens=(Owe("assign", LIAISON, "assign"),),
        plain="承办单位已签收",
    ),
    Step(
        "object", "退回异议", at(Stage.TRANSFERRED), Stage.OBJECTED, (LIAISON, HEAD), inputs.Objection,
        guards.may_object, effects.object_, closes=("sign",),
        opens=(Owe("rule_objection", REGISTRAR, "rule_objection"),),
        tells=(Tell(REGISTRAR, "objection_raised"),), warning="每件只能提出一次异议，须有法律依据",
    ),
    Step(
        "uphold_objection", "异议成立", at(Stage.OBJECTED), Stage.SCREENED, (REGISTRAR, SUPERVISOR), inputs.Because,
        effect=effects.recall, closes=("rule_objection", "assist", "relay"),
        opens=(Owe("transfer", REGISTRAR, "transfer", returned=True),), tells=(Tell(LIAISON, "objection_upheld"),),
    ),
    Step(
        "reject_objection", "异议不成立", at(Stage.OBJECTED), Stage.TRANSFERRED, (REGISTRAR, SUPERVISOR),
        inputs.Because, closes=("rule_objection",), opens=(Owe("sign", LIAISON, "sign", returned=True),),
        tells=(Tell(LIAISON, "objection_rejected"),),
    ),
    # 承办
    Step(
        "assign", "指派", at(Stage.SIGNED), Stage.HANDLING, (LIAISON, HEAD), inputs.Assign, effect=effects.assign,
        closes=("assign",), opens=(Owe("handle", HANDLER, ON_CLOCK),), tells=(Tell(HANDLER, "duty_opened"),),
    ),
    Step(
        "reassign", "改派", at(Stage.HANDLING), Stage.HANDLING, (LIAISON, HEAD), inputs.Assign, effect=effects.assign,
        closes=("handle",), opens=(Owe("handle", HANDLER, ON_CLOCK),), tells=(Tell(HANDLER, "duty_opened"),),
    ),
    Step(
        "contribute", "提交协办意见", WITH_UNIT, None, (ASSIST_LIAISON, ASSIST_HEAD), inputs.Contribute,
        answers="assist", readers=OFFICE | UNIT | ASSIST, closes_own=("assist",),
        tells=(Tell(HANDLER, "assistance_given"),),
    ),
    Step(
        "ask", "请举报人补充", at(Stage.HANDLING), Stage.WAITING, (HANDLER,), inputs.Ask,
        effect=effects.ask, readers=OFFICE | UNIT | TOLD, shows=("question",), clock=Turn.PAUSE, closes=("handle",),
        opens=(Owe("supply", COMPLAINER, "supply", lapses_to="lapse"),), tells=(Tell(COMPLAINER, "question_asked"),),
        warning="提问后办理时限中止，举报人答复后继续计算",
        plain="请您补充说明",
    ),
    Step(
        "supply", "补充说明", at(Stage.WAITING), Stage.HANDLING, (COMPLAINER,), inputs.Supply,
        effect=effects.supply, readers=OFFICE | UNIT | TOLD, shows=("text", "files"), clock=Turn.RESUME,
        closes=("supply",), opens=(Owe("handle", HANDLER, ON_CLOCK),), tells=(Tell(HANDLER, "question_answered"),),
        plain="您补充了说明",
    ),
    Step(
        "lapse", "逾期未补充，继续办理", at(Stage.WAITING), Stage.HANDLING, (MACHINE,), readers=OFFICE | UNIT | TOLD,
        clock=Turn.RESUME, closes=("supply",), opens=(Owe("handle", HANDLER, ON_CLOCK),),
        tells=(Tell(HANDLER, "question_lapsed"),),
        plain="没有等到您的补充，继续办理",
    ),
    Step(
        "request_extension", "申请延期", at(Stage.HANDLING), None, (HANDLER,), inputs.Extend, guards.may_extend,
        opens=(Owe("decide_extension", HEAD, "decide_extension"),), tells=(Tell(HEAD, "duty_opened"),),
    ),
    Step(
        "grant_extension", "批准延期", at(Stage.HANDLING, Stage.WAITING), None, (HEAD,), inputs.Extend,
        effect=effects.extend, answers="decide_extension", readers=OFFICE | UNIT | TOLD, shows=("reason",),
        clock=Turn.EXTEND, closes=("decide_extension",),
        tells=(Tell(COMPLAINER, "case_extended"), Tell(HANDLER, "extension_granted")),
        plain="办理期限已延长",
    ),
    Step(
        "refuse_extension", "不批准延期", at(Stage.HANDLING, Stage.WAITING), None, (HEAD,), inputs.Because,
        answers="decide_extension", closes=("decide_extension",), tells=(Tell(HANDLER, "extension_refused"),),
    ),
    Step(
        "answer", "提交办理意见", at(Stage.HANDLING), Stage.ANSWERED, (HANDLER,), inputs.Answer, effect=effects.answer,
        closes=("handle", "decide_extension", "decide_parking"), opens=(Owe("approve", HEAD, "approve"),),
        tells=(Tell(HEAD, "duty_opened"),),
    ),
    Step(
        "return_answer", "退回修改", at(Stage.ANSWERED), Stage.HANDLING, (HEAD,), inputs.Return, closes=("approve",),
        opens=(Owe("handle", HANDLER, ON_CLOCK, returned=True),), tells=(Tell(HANDLER, "answer_returned"),),
    ),
    Step(
        "approve_answer", "审核通过", at(Stage.ANSWERED), Stage.APPROVED, (HEAD,), closes=("approve",),
        opens=(Owe("reply", HANDLER, "reply"),), tells=(Tell(HANDLER, "answer_approved"),),
    ),
    Step(
        "reply", "答复举报人", at(Stage.APPROVED), Stage.REPLIED, (HANDLER, LIAISON), effect=effects.reply,
        readers=OFFICE | UNIT | TOLD, shows=("answer",), clock=Turn.STOP, closes=("reply", "assist"),
        opens=(Owe("call_back", CALLER, "call_back"),),
        tells=(Tell(COMPLAINER, "case_replied"), Tell(CALLER, "duty_opened")), warning="答复发出后不能收回",
        plain="承办单位答复了您",
    ),
    # 跟踪回访
    Step(
        "log_attempt", "记录未接通", at(Stage.REPLIED), None, (CALLER,), inputs.LogAttempt,
        effect=effects.log_attempt, readers=OFFICE,
    ),
    Step(
        "call_back", "回访", at(Stage.REPLIED), Stage.CALLED_BACK, (CALLER,), inputs.CallBack,
        effect=effects.call_back, readers=OFFICE | TOLD, shows=("solved", "speed", "attitude", "result"),
        closes=("call_back",), opens=(Owe("close", CALLER, "close"),),
        plain="回访员已回访",
    ),
    Step(
        "give_up_call", "未联系上", at(Stage.REPLIED), Stage.CALLED_BACK, (CALLER,), guard=guards.may_give_up,
        effect=effects.give_up, readers=OFFICE, closes=("call_back",), opens=(Owe("close", CALLER, "close"),),
    ),
    Step(
        "rate", "评价", at(Stage.REPLIED), Stage.CALLED_BACK, (COMPLAINER,), inputs.Rate, effect=effects.rate,
        readers=OFFICE | TOLD, shows=("solved", "speed", "attitude", "result", "words"), closes=("call_back",),
        opens=(Owe("close", CALLER, "close"),),
        plain="您评价了办理结果",
    ),
    Step(
        "rate", "评价", at(Stage.CALLED_BACK, Stage.CLOSED), None, (COMPLAINER,), inputs.Rate, guards.not_yet_rated,
        effects.rate, readers=OFFICE | TOLD, shows=("solved", "speed", "attitude", "result", "words"),
        plain="您评价了办理结果",
    ),
    Step(
        "ask_reopen", "申请重新办理", AFTER_REPLY, None, (COMPLAINER,), inputs.Because, guards.may_ask_reopen,
        readers=OFFICE | TOLD, shows=("reason",), opens=(Owe("decide_reopen", CALLER, "decide_reopen"),),
        tells=(Tell(CALLER, "reopening_asked"),),
        plain="您申请重新办理",
    ),
    Step(
        "reopen", "重新办理", AFTER_REPLY, Stage.SIGNED, (CALLER, SUPERVISOR), inputs.Because, guards.may_reopen,
        effects.reopen, readers=OFFICE | UNIT | TOLD, shows=("reason",), clock=Turn.RESTART,
        closes=("call_back", "close", "decide_reopen"), opens=(Owe("assign", LIAISON, "assign", returned=True),),
        tells=(Tell(COMPLAINER, "case_reopened"), Tell(LIAISON, "case_returned")),
        warning="重新办理须由另一名承办人承办",
        plain="将重新办理",
    ),
    Step(
        "decline_reopen", "不予重新办理", AFTER_REPLY, None, (CALLER, SUPERVISOR), inputs.Because,
        answers="decide_reopen", readers=OFFICE | TOLD, shows=("reason",), closes=("decide_reopen",),
        tells=(Tell(COMPLAINER, "reopening_declined"),),
        plain="您的重办申请未获同意",
    ),
    Step(
        "close", "办结", at(Stage.CALLED_BACK), Stage.CLOSED, (CALLER,), inputs.Close, guards.may_close,
        readers=OFFICE | UNIT | TOLD, shows=("conclusion",), closes=("close",),
        tells=(Tell(COMPLAINER, "case_closed"),),
        plain="本件已办结",
    ),
    # At any time
    Step(
        "add", "补充内容", BEFORE_UNIT, None, (COMPLAINER,), inputs.Add, effect=effects.add, readers=INTAKE | TOLD,
        shows=("text", "files"), tells=(Tell(REGISTRAR, "case_added_to"),),
        plain="您补充了内容",
    ),
    Step(
        "add", "补充内容", OPEN - BEFORE_UNIT, None, (COMPLAINER,), inputs.Add, effect=effects.add,
        readers=INTAKE | TOLD, shows=("text", "files"), opens=(Owe("relay", REGISTRAR, "relay"),),
        tells=(Tell(REGISTRAR, "case_added_to"),),
        plain="您补充了内容",
    ),
    Step(
        "relay", "转告补充内容", OPEN - BEFORE_UNIT, None, (REGISTRAR,), inputs.Relay, answers="relay",
        effect=effects.relay, readers=OFFICE | UNIT, closes=("relay",), tells=(Tell(HANDLER, "case_added_to"),),
    ),
    Step(
        "withdraw", "撤回举报", OPEN - AFTER_REPLY, Stage.WITHDRAWN, (COMPLAINER,), effect=effects.withdraw,
        readers=OFFICE | UNIT | TOLD, clock=Turn.STOP, tells=(Tell(REGISTRAR, "case_withdrawn"),),
        warning="撤回后本件结束，不再办理",
        plain="您撤回了举报",
    ),
    Step(
        "note", "备注", frozenset(Stage), None, (REGISTRAR, CALLER, SUPERVISOR), inputs.Note,
        effect=effects.note, readers=OFFICE,
    ),
    Step(
        "note", "备注", frozenset(Stage), None, (LIAISON, HEAD, HANDLER), inputs.Note,
        effect=effects.note, readers=UNIT,
    ),
    identity.request(frozenset(Stage), (REGISTRAR, CALLER, SUPERVISOR), guards.may_request_identity),
    Step(
        "exclude", "登记回避", OPEN, None, (REGISTRAR, SUPERVISOR), inputs.Exclude, effect=effects.exclude,
        readers=INTAKE, warning="回避的单位和人员将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", ASSIGNED, Stage.SIGNED, (HANDLER,), inputs.Because, effect=effects.recuse_assignee,
        readers=OFFICE | UNIT, clock=Turn.RESUME,
        closes=("handle", "supply", "decide_extension", "approve", "reply", *pausing.DUTIES),
        opens=(Owe("assign", LIAISON, "assign", returned=True),), tells=(Tell(LIAISON, "case_returned"),),
        warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", OPEN, None, (REGISTRAR, CALLER, LIAISON, HEAD, SUPERVISOR, ASSIST_LIAISON, ASSIST_HEAD),
        inputs.Because, effect=effects.recuse, readers=OFFICE, warning="回避后您将再也看不到本件",
    ),
    # 移送纪检监察
    Step(
        "hand_over", "提出移送纪检监察", HANDED_FROM, None, (REGISTRAR,), inputs.HandOver,
        handing_over.may_propose, handing_over.propose, readers=INTAKE,
        opens=(Owe("countersign", REGISTRAR, "countersign"),), tells=(Tell(REGISTRAR, "hand_over_proposed"),),
    ),
    Step(
        "countersign", "复核同意移送", HANDED_FROM, Stage.HANDED_OVER, (REGISTRAR, SUPERVISOR),
        guard=handing_over.another, effect=handing_over.countersign, answers="countersign",
        readers=INTAKE | TOLD | {Relation.DISCIPLINE}, clock=Turn.PAUSE, closes=EVERYTHING,
        opens=(Owe("take_over", RECIPIENT, "jj_notify"),),
        tells=(Tell(RECIPIENT, "duty_opened"), Tell(COMPLAINER, "case_handed_over")),
        warning="移送后本件退出办理，承办单位不再看到；接收确认后本处不再留存内容",
        plain="已移送有权机关处理",
    ),
    Step(
        "decline_hand_over", "复核不同意移送", OPEN, None, (REGISTRAR, SUPERVISOR), inputs.Because,
        handing_over.another, handing_over.decline, answers="countersign", readers=INTAKE, closes=("countersign",),
    ),
    Step(
        "take_over", "确认接收卷宗", at(Stage.HANDED_OVER), Stage.SEALED, (TAKER, REGISTRAR), inputs.TakeOver,
        handing_over.may_take_over, handing_over.take_over, readers=TOLD | {Relation.DISCIPLINE}, clock=Turn.STOP,
        shows=("received_on",), closes=("take_over",), tells=(Tell(COMPLAINER, "case_taken_over"),),
        warning="确认后卷宗不能再次下载，移送单位的内容将被销毁",
        plain="有权机关已接收",
    ),
    Step(
        "send_back", "退回移送", at(Stage.HANDED_OVER), Stage.SCREENED, (TAKER,), inputs.Because,
        effect=handing_over.send_back, readers=INTAKE | {Relation.DISCIPLINE}, clock=Turn.RESUME,
        closes=("take_over",), opens=(Owe("transfer", REGISTRAR, "transfer", returned=True),),
        tells=(Tell(REGISTRAR, "case_returned"),),
    ),
    Step(
        "report_status", "反馈办理状态", at(Stage.SEALED), None, (TAKER, MACHINE), inputs.ReportStatus,
        effect=handing_over.report_status, readers=TOLD | {Relation.DISCIPLINE}, shows=("status",),
        tells=(Tell(COMPLAINER, "case_handed_over"),),
        plain="有权机关反馈了办理状态",
    ),
    # 追责问责
    accountability.proposal(OPEN - BEFORE_UNIT | AFTER_REPLY, (REGISTRAR, SUPERVISOR)),
    accountability.hearing(
        frozenset(Stage), OFFICE | TOLD, tells=(Tell(COMPLAINER, "case_accounted"),),
        plain="有关机关已对相关责任人员作出处理",
    ),
    # 问题清单
    arising.listing(OPEN - BEFORE_UNIT | AFTER_REPLY, (REGISTRAR, SUPERVISOR), RectificationSource.CASE),
    # 典型案例
    typical.compiling(at(Stage.CLOSED), (REGISTRAR,)),
    # 督察督办
    overseeing.supervised(OPEN, (SUPERVISOR, MACHINE), effects.supervised),
    Step(
        "retier", "调整紧急程度", OPEN, None, (REGISTRAR, SUPERVISOR), inputs.Retier, effect=effects.retier,
        readers=OFFICE | UNIT,
    ),
    *remedies.STEPS,
    *levels.STEPS,
    *pausing.STEPS,
    *counting.STEPS,
    *merging.STEPS,
    *going_along.STEPS,
    *splitting.STEPS,
    # 归档与保全
    *keeping.steps(frozenset(Stage), ENDS, (REGISTRAR, SUPERVISOR)),
    keeping.deletion(ENDS),
)  # fmt: skip

CASE = Kind(
    name="case",
    label="举报件",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(splitting.PART, splitting.made, "JB", followed=True),
    ended=splitting.ended,
    texts=(*PLAIN.values(), *OUTCOMES.values(), *inputs.MODES.values(), *inputs.CHANNELS.values()),
    remarks="`decide_reopen` is also opened by `call_back` and `rate` when the complainant is dissatisfied and the rule"
    " pack\nallows another round.",
    counted=facts.kept,
)
