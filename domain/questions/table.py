"""质询的流程表: read before it is put to the official, answered on a clock, read again, shown with the report.

Source: seeds 003 (质询); the times are this product's own. A problem that shows becomes a line of the ledger.
"""

from uuid import UUID

from domain.loop import overseeing
from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import MACHINE, OFFICE, UNIT, Beginning, By, Kind, Move, Owe, Step, Tell
from domain.questions import effects, inputs
from domain.questions.effects import OFFICIAL, REVIEWER
from domain.questions.inputs import ASKERS
from domain.questions.stages import DUTIES, ENDS, LABELS, WAY, Stage
from domain.questions.view import shown, subject
from domain.rectification.arising import listing
from models import RectificationSource, Relation, Role

SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
CLERK = By(Role.REPORT_CLERK, Relation.LEAD)
ALL = OFFICE | UNIT


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


def _unit(move: Move) -> UUID:
    """The official's."""
    return next(place.unit_id for place in move.involved if place.relation is Relation.LEAD)


ASK = Step(
    "ask_question", "提出质询", frozenset({""}), Stage.ASKED, (MACHINE,), inputs.Ask, readers=ALL,
    opens=(Owe("read_question", REVIEWER, "read_question"),), tells=(Tell(REVIEWER, "duty_opened"),),
)  # fmt: skip

STEPS = (
    ASK,
    Step(
        "accept_question", "受理，转交述法人", at(Stage.ASKED), Stage.PUT, (REVIEWER,), effect=effects.accept,
        readers=ALL, clock=Turn.START, closes=("read_question",),
        opens=(Owe("answer_question", OFFICIAL, ON_CLOCK),), tells=(Tell(OFFICIAL, "duty_opened"),),
    ),
    Step(
        "refuse_question", "不予受理", at(Stage.ASKED), Stage.REFUSED, (REVIEWER,), inputs.Because, readers=OFFICE,
        closes=("read_question",), warning="不予受理的质询不会转交，也不公开",
    ),
    Step(
        "answer_question", "答复", at(Stage.PUT), Stage.ANSWERED, (OFFICIAL,), inputs.Answer, effect=effects.answer,
        readers=ALL, clock=Turn.PAUSE, closes=("answer_question",),
        opens=(Owe("read_answer", REVIEWER, "read_answer"),),
        tells=(Tell(REVIEWER, "duty_opened"),), warning="审核通过后，质询和答复一起公开",
    ),
    Step(
        "return_answer", "退回重新答复", at(Stage.ANSWERED), Stage.PUT, (REVIEWER,), inputs.Because,
        effect=effects.return_, readers=ALL, clock=Turn.RESUME, closes=("read_answer",),
        opens=(Owe("answer_question", OFFICIAL, ON_CLOCK, returned=True),), tells=(Tell(OFFICIAL, "answer_returned"),),
    ),
    Step(
        "publish_answer", "公开质询和答复", at(Stage.ANSWERED, Stage.WITHDRAWN), Stage.PUBLISHED, (REVIEWER,),
        effect=effects.publish, readers=ALL, clock=Turn.STOP, closes=("read_answer",),
        tells=(Tell(OFFICIAL, "question_published"),), warning="公开后可以看到这篇报告的人都能看到",
    ),
    Step(
        "withdraw_answer", "撤下", at(Stage.PUBLISHED), Stage.WITHDRAWN, (REVIEWER,), inputs.Because,
        effect=effects.withdraw, readers=ALL, when_archived=True, tells=(Tell(OFFICIAL, "question_withdrawn"),),
    ),
    listing(at(Stage.ANSWERED, Stage.PUBLISHED), (REVIEWER, SUPERVISOR), RectificationSource.QUESTION),
    overseeing.supervised(at(Stage.PUT), (SUPERVISOR,), _unit),
    Step("note", "备注", frozenset(Stage), None, (REVIEWER, SUPERVISOR), inputs.Note, readers=OFFICE),
    Step("note", "备注", frozenset(Stage), None, (OFFICIAL, CLERK), inputs.Note, readers=UNIT),
)  # fmt: skip

QUESTION = Kind(
    name="question",
    label="质询",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    way=WAY,
    begins=Beginning(ASK, effects.made, "ZX"),
    texts=tuple(ASKERS.values()),
    remarks="Opened by the doors of a published report; a citizen who asks is nobody that the entry knows. The clock\n"
    "stands still while an answer is being read.",
)
