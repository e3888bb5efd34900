"""复查（复核）的流程表: thirty days at the level above, and thirty more at the level above that.

Sources: 信访工作条例 (2022) art. 35, 36: a complainant asks within thirty days, the level above answers within thirty;
the time of a hearing does not count; after the second the matter is final.
"""

from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import COMPLAINER, OFFICE, UNIT, Beginning, By, Kind, Owe, Step, Tell
from domain.rectification import arising
from domain.reviews import effects, inputs
from domain.reviews.stages import DUTIES, ENDS, LABELS, OPEN, WAY, Stage
from domain.reviews.view import LEVELS, shown, subject
from models import RectificationSource, Relation, Role

HEAD = By(Role.HEAD, Relation.LEAD)
HANDLER = By(Role.HANDLER, Relation.ASSIGNEE)
REGISTRAR = By(Role.REGISTRAR, Relation.INTAKE)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
ALL = OFFICE | UNIT
TOLD = frozenset({Relation.COMPLAINANT})


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


ASK = Step(
    "ask", "申请复查", frozenset({""}), Stage.ASKED, (COMPLAINER,), inputs.Ask, readers=ALL | TOLD, shows=("reason",),
    clock=Turn.START, opens=(Owe("take_up", HEAD, "take_up"),),
    tells=(Tell(HEAD, "duty_opened"), Tell(REGISTRAR, "review_asked")), plain="您申请了复查",
)  # fmt: skip

STEPS = (
    ASK,
    Step(
        "take_up", "受理复查", at(Stage.ASKED), Stage.EXAMINING, (HEAD,), inputs.TakeUp, effect=effects.take_up,
        closes=("take_up",), opens=(Owe("examine", HANDLER, ON_CLOCK),),
        tells=(Tell(HANDLER, "duty_opened"), Tell(COMPLAINER, "review_going_on")), readers=ALL | TOLD,
        shows=(), plain="上一级单位正在复查",
    ),
    Step(
        "decline", "不予复查", at(Stage.ASKED), Stage.DECLINED, (HEAD,), inputs.Decline, readers=ALL | TOLD,
        shows=("reason", "explanation"), clock=Turn.STOP, closes=("take_up",),
        tells=(Tell(COMPLAINER, "review_decided"),), warning="不予复查后本件结束，举报人会收到理由",
        plain="上一级单位不予复查",
    ),
    Step(
        "hold_hearing", "举行听证", at(Stage.EXAMINING), Stage.HEARING, (HANDLER,), inputs.Hearing,
        readers=ALL | TOLD, shows=("held_on", "place"), clock=Turn.PAUSE, closes=("examine",),
        opens=(Owe("hear", HANDLER, "hear"),), tells=(Tell(COMPLAINER, "review_going_on"),),
        warning="听证时间不计入复查期限", plain="将举行听证",
    ),
    Step(
        "end_hearing", "听证结束", at(Stage.HEARING), Stage.EXAMINING, (HANDLER,), inputs.Minutes, readers=ALL,
        clock=Turn.RESUME, closes=("hear",), opens=(Owe("examine", HANDLER, ON_CLOCK),),
    ),
    Step(
        "propose", "提出复查意见", at(Stage.EXAMINING), Stage.PROPOSED, (HANDLER,), inputs.Propose,
        effect=effects.propose, readers=ALL, closes=("examine",), opens=(Owe("decide_review", HEAD, "decide_review"),),
        tells=(Tell(HEAD, "duty_opened"),),
    ),
    Step(
        "return_opinion", "退回修改", at(Stage.PROPOSED), Stage.EXAMINING, (HEAD,), inputs.Return, readers=ALL,
        closes=("decide_review",), opens=(Owe("examine", HANDLER, ON_CLOCK, returned=True),),
        tells=(Tell(HANDLER, "answer_returned"),),
    ),
    Step(
        "decide", "出具复查意见", at(Stage.PROPOSED), Stage.DECIDED, (HEAD,), effect=effects.decide,
        readers=ALL | TOLD, shows=("conclusion", "opinion"), clock=Turn.STOP, closes=("decide_review",),
        tells=(Tell(COMPLAINER, "review_decided"), Tell(REGISTRAR, "review_ended")),
        warning="复查意见发出后不能收回；撤销原意见的，原件重新办理", plain="上一级单位出具了复查意见",
    ),
    Step(
        "drop", "撤回申请", OPEN, Stage.DROPPED, (COMPLAINER,), readers=ALL | TOLD, clock=Turn.STOP,
        tells=(Tell(HEAD, "review_ended"),), warning="撤回后不再复查", plain="您撤回了复查申请",
    ),
    arising.listing(at(Stage.DECIDED), (REGISTRAR, SUPERVISOR), RectificationSource.CASE),
    Step("note", "备注", frozenset(Stage), None, (HEAD, HANDLER), inputs.Note, readers=UNIT),
    Step("note", "备注", frozenset(Stage), None, (REGISTRAR, SUPERVISOR), inputs.Note, readers=OFFICE),
    Step(
        "recuse", "申请回避", at(Stage.EXAMINING, Stage.HEARING, Stage.PROPOSED), Stage.ASKED, (HANDLER,),
        inputs.Because, effect=effects.recuse, readers=ALL, clock=Turn.RESUME,
        closes=("examine", "hear", "decide_review"), opens=(Owe("take_up", HEAD, "take_up", returned=True),),
        tells=(Tell(HEAD, "case_returned"),), warning="回避后您将再也看不到本件",
    ),
    Step(
        "recuse", "申请回避", OPEN, None, (HEAD, REGISTRAR, SUPERVISOR), inputs.Because, effect=effects.step_aside,
        readers=OFFICE, warning="回避后您将再也看不到本件",
    ),
)  # fmt: skip

REVIEW = Kind(
    name="review",
    label="复查复核件",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=inputs.Facts,
    way=WAY,
    begins=Beginning(ASK, effects.made, "FC", followed=True),
    ended=effects.ended,
    texts=(*LEVELS.values(), *inputs.CONCLUSIONS.values()),
    remarks="A revoked answer reopens the case (`redo_after_review`); any other end is noted there (`note_review`).",
)
