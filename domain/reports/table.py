"""述法报告的流程表: prepared by the official's side, reviewed twice, published, commented on.

Sources: 党政主要负责人履行推进法治建设第一责任人职责规定 (2016); pre-review and return as徐州、扬州 do it (seeds 003).
"""

from domain.loop.kinds import MACHINE, OFFICE, UNIT, Beginning, By, Kind, Owe, Step, Tell
from domain.reports import articles, balloting, checking, commenting, effects, exempting, inputs, observing, recusing
from domain.reports.effects import LEADER, OFFICIAL
from domain.reports.recusing import COMMENT, DESIGNATE, PERSONNEL, REVIEWER
from domain.reports.stages import DUTIES, ENDS, LABELS, OPEN, REVIEWS, WAY, Stage
from domain.reports.view import shown, subject
from models import Relation, Role

CLERK = By(Role.REPORT_CLERK, Relation.LEAD)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
OBSERVER = By(Role.EVALUATOR, Relation.OBSERVING)
ALL = OFFICE | UNIT | {Relation.DECIDING}
# Until the result is formed: a meeting may be held, and be watched, whatever becomes of the report beside it.
OBSERVED = frozenset(Stage) - {Stage.DELIVERED, Stage.CONCLUDED, Stage.EXEMPT}
TAKEN_IN = OFFICE | {Relation.PERSONNEL}


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


CALL = Step(
    "call", "通知述法", frozenset({""}), Stage.DRAFT, (MACHINE,), inputs.Called, readers=ALL,
    tells=(Tell(OFFICIAL, "duty_opened"), Tell(CLERK, "report_called")),
)  # fmt: skip

STEPS = (
    CALL,
    Step(
        "save", "保存草稿", at(Stage.DRAFT), None, (OFFICIAL, CLERK), inputs.Content, effect=effects.save, readers=UNIT,
    ),
    Step(
        "submit", "提交预审", at(Stage.DRAFT), Stage.CONTENT_REVIEW, (OFFICIAL,), effect=effects.submit, readers=ALL,
        closes=("record_report",), opens=(Owe("review_content", REVIEWER, "review_content"),),
        tells=(Tell(REVIEWER, "duty_opened"),), warning="提交后预审期间不能修改",
    ),
    Step(
        "take_back", "撤回修改", at(Stage.CONTENT_REVIEW), Stage.DRAFT, (OFFICIAL,), readers=ALL,
        closes=("review_content",), opens=(Owe("record_report", OFFICIAL, "mend_report"),),
        tells=(Tell(REVIEWER, "report_taken_back"),),
    ),
    Step(
        "exempt", "免述", at(Stage.DRAFT), Stage.EXEMPT, (MACHINE,), inputs.Exempted, exempting.unsubmitted,
        exempting.exempt, readers=ALL, closes=("record_report",),
        tells=(Tell(OFFICIAL, "report_exempted"), Tell(CLERK, "report_exempted")),
    ),
    Step(
        "lift_exemption", "恢复述法", at(Stage.EXEMPT), Stage.DRAFT, (MACHINE,), inputs.Exempted,
        effect=exempting.lift, readers=ALL, tells=(Tell(OFFICIAL, "duty_opened"), Tell(CLERK, "report_called")),
    ),
    Step(
        "pass_content", "内容预审通过", at(Stage.CONTENT_REVIEW), Stage.TECHNICAL_REVIEW, (REVIEWER,),
        inputs.ContentChecked, effect=effects.pass_content, readers=ALL, closes=("review_content",),
        opens=(Owe("review_technical", REVIEWER, "review_technical"),),
    ),
    Step(
        "pass_technical", "技术预审通过", at(Stage.TECHNICAL_REVIEW), Stage.APPROVED, (REVIEWER,),
        inputs.TechnicalChecked, effect=effects.pass_technical, readers=ALL, closes=("review_technical",),
        opens=(Owe("publish_report", REVIEWER, "publish_report"),), tells=(Tell(OFFICIAL, "report_passed"),),
    ),
    Step(
        "send_back", "退回整改", frozenset(REVIEWS) | at(Stage.APPROVED), Stage.DRAFT, (REVIEWER,), inputs.SendBack,
        effect=effects.send_back, readers=ALL, closes=("review_content", "review_technical", "publish_report"),
        opens=(Owe("record_report", OFFICIAL, "mend_report", returned=True),),
        tells=(Tell(OFFICIAL, "report_sent_back"), Tell(CLERK, "report_sent_back")),
    ),
    Step(
        "publish", "发布", at(Stage.APPROVED, Stage.WITHDRAWN), Stage.PUBLISHED, (REVIEWER,), inputs.Publish,
        effect=effects.publish, readers=ALL, closes=("publish_report",), tells=(Tell(OFFICIAL, "report_published"),),
        warning="发布后相应范围的人可以看到；可以说明理由撤下",
    ),
    Step(
        "withdraw", "撤下", at(Stage.PUBLISHED), Stage.WITHDRAWN, (REVIEWER,), inputs.Because, effect=effects.withdraw,
        readers=ALL, tells=(Tell(OFFICIAL, "report_withdrawn"),), warning="撤下后所有人立即看不到，可以重新发布",
    ),
    Step(
        "withdraw", "撤下", at(Stage.DELIVERED, Stage.CONCLUDED), None, (REVIEWER,), inputs.Because,
        effect=effects.withdraw, readers=ALL, tells=(Tell(OFFICIAL, "report_withdrawn"),),
        warning="撤下后所有人立即看不到，不能再发布",
    ),
    Step(
        "replace", "更换内容", at(Stage.PUBLISHED, Stage.WITHDRAWN, Stage.APPROVED), Stage.DRAFT, (OFFICIAL,),
        inputs.Because, effect=effects.withdraw, readers=ALL, closes=("publish_report",),
        opens=(Owe("record_report", OFFICIAL, "mend_report"),), tells=(Tell(REVIEWER, "report_taken_back"),),
        warning="已发布的内容会先撤下，更换后重新预审",
    ),
    Step(
        "send_article", "送公众号草稿", at(Stage.PUBLISHED, Stage.DELIVERED), None, (REVIEWER,), effect=articles.ask,
        readers=OFFICE, hint="送到公众号的草稿箱，由人在公众平台查看、发布；撤下时从草稿箱删除",
    ),
    Step(
        "designate_leader", "指定点评领导", at(Stage.APPROVED, Stage.PUBLISHED), None, (REVIEWER,), inputs.Designate,
        effect=effects.designate, readers=ALL, closes=(COMMENT, DESIGNATE.duty),
        opens=(Owe(COMMENT, LEADER, "comment_report"),), tells=(Tell(LEADER, "duty_opened"),),
    ),
    Step(
        "comment", "点评", at(Stage.APPROVED, Stage.PUBLISHED), None, (LEADER,), inputs.Comment,
        effect=commenting.comment, readers=ALL, closes=(COMMENT,), tells=(Tell(OFFICIAL, "report_commented"),),
    ),
    Step(
        "count_ballots", "录入会议测评票", OBSERVED, None, (REVIEWER,), inputs.Ballots, balloting.uncounted,
        balloting.count, readers=TAKEN_IN, closes=("count_ballots",),
        opens=(Owe(balloting.CONFIRM, REVIEWER, "confirm_ballots"),), tells=(Tell(REVIEWER, "duty_opened"),),
        hint="从述法评议会的纸质票计数录入；由另一人照票再录一遍，一致后计入结果",
    ),
    Step(
        "confirm_ballots", "复核会议测评票", OBSERVED, None, (REVIEWER,), inputs.Ballots, balloting.by_another,
        balloting.confirm, answers=balloting.CONFIRM, readers=TAKEN_IN, closes=(balloting.CONFIRM,),
        hint="照纸质票再录一遍，看不到第一次录入的数", warning="一致后计入会议评议结果，不能再改",
    ),
    Step(
        "return_ballots", "退回重新计票", OBSERVED, None, (REVIEWER,), inputs.Because, balloting.by_another,
        balloting.throw_away, answers=balloting.CONFIRM, readers=TAKEN_IN, closes=(balloting.CONFIRM,),
        opens=(Owe("count_ballots", REVIEWER, "count_ballots", returned=True),),
        tells=(Tell(REVIEWER, "ballots_returned"),), warning="已录入的票数作废；理由中不要写票数",
    ),
    Step(
        "conclude", "办结并报送组织人事", at(Stage.PUBLISHED), Stage.DELIVERED, (REVIEWER,), guard=balloting.settled,
        effect=effects.conclude, readers=ALL | {Relation.PERSONNEL}, closes=(COMMENT, DESIGNATE.duty, "count_ballots"),
        opens=(Owe("receive_result", PERSONNEL, "receive_result"),),
        tells=(Tell(OFFICIAL, "report_concluded"), Tell(PERSONNEL, "duty_opened")), warning="办结后不再修改",
    ),
    Step(
        "receive_result", "签收结果", at(Stage.DELIVERED), Stage.CONCLUDED, (PERSONNEL,),
        readers=ALL | {Relation.PERSONNEL}, closes=("receive_result",),
    ),
    Step(
        "observe", "写观察记录", OBSERVED, None, (OBSERVER,), inputs.Observe, effect=observing.noted,
        readers=TAKEN_IN | {Relation.OBSERVING},
    ),
    # Whoever has an interest in it
    Step(
        "recuse", "申请回避", OPEN, None, (REVIEWER, LEADER), inputs.Because, effect=recusing.recuse, readers=OFFICE,
        tells=(Tell(REVIEWER, "report_recused"),), warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", at(Stage.DELIVERED), None, (PERSONNEL,), inputs.Because, effect=recusing.recuse,
        readers=TAKEN_IN, tells=(Tell(PERSONNEL, "report_recused"),), warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", OPEN, None, (SUPERVISOR,), inputs.Because, effect=recusing.recuse, readers=OFFICE,
        warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", OPEN, None, (OBSERVER,), inputs.Because, effect=recusing.recuse, readers=OFFICE,
        warning="回避后您将再也看不到本件，也不能评议",
    ),
    Step("note", "备注", frozenset(Stage), None, (OFFICIAL, CLERK), inputs.Note, readers=UNIT),
    Step("note", "备注", frozenset(Stage), None, (REVIEWER, SUPERVISOR), inputs.Note, readers=OFFICE),
)  # fmt: skip

REPORT = Kind(
    name="report",
    label="述法报告",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(CALL, effects.made, "SF"),
    texts=(
        *inputs.FORMS.values(),
        *inputs.SCOPES.values(),
        *inputs.OCCASIONS.values(),
        *checking.STATES.values(),
        *checking.PARTS.values(),
        *articles.STATES.values(),
        *articles.WHYS.values(),
        articles.CODE,
        *balloting.TEXTS,
    ),
    remarks="Text alone is an equal choice; a reviewer is never a subordinate of the official. `exempt` and"
    "\n`lift_exemption` are the roster's: by its door or an import, until the report is submitted first;"
    " `lift_exemption`\nopens `record_report` anew. `recuse` hands what was owed to the"
    " nearest office upwards where nobody of the role is left,\nand by the leader who owes a comment closes"
    " `comment_report` and opens `designate_leader` → pre_reviewer.",
)
