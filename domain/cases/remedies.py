"""救济: the legal procedures that a report may have to go to, and how a refusal is contested (信访工作条例 art. 31)."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.cases.by import REGISTRAR, SUPERVISOR, TOLD, at
from domain.cases.counting import SecondPerson
from domain.cases.inputs import Because
from domain.cases.stages import Stage
from domain.loop.clocks import Turn
from domain.loop.kinds import COMPLAINER, OFFICE, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import DayField, LongText, Reason, ShortText, choice
from kit import clock
from kit.errors import Conflict
from models import Case


class Procedure(StrEnum):
    """The legal procedures that a report may have to go to instead."""

    LAWSUIT = "lawsuit"
    ARBITRATION = "arbitration"
    REVIEW = "administrative_review"
    LABOUR = "labour_inspection"
    PETITION = "petition"
    PROCUREMENT = "procurement"
    OTHER = "other"


PROCEDURES = {
    Procedure.LAWSUIT: "诉讼",
    Procedure.ARBITRATION: "仲裁",
    Procedure.REVIEW: "行政复议",
    Procedure.LABOUR: "劳动监察",
    Procedure.PETITION: "信访",
    Procedure.PROCUREMENT: "招投标异议、投诉或政府采购质疑",
    Procedure.OTHER: "其他法定程序",
}
ENDED_OTHERWISE = at(Stage.REFUSED, Stage.REDIRECTED)


class ContestSpent(Conflict):
    """A refusal is contested once."""

    code, message = "contest_spent", "已经提出过异议，不能再次提出"


class ContestLate(Conflict):
    """The time to contest is over."""

    code, message = "contest_late", "已超过提出异议的期限"


class Redirect(Inputs):
    """导入法定程序: which, before whom, and until when."""

    procedure: Annotated[Procedure, choice(PROCEDURES)] = Field(title="法定程序")
    where: ShortText = Field(title="向哪里提出", description="写明机关名称和办理方式")
    before: DayField | None = Field(None, title="应在何日前提出", description="有法定期限的务必填写")
    explanation: LongText = Field(title="说明", description="举报人会看到这段说明")


class Contest(Inputs):
    """Why the complainant thinks that it should be handled here."""

    reason: Reason = Field(title="理由", description="可以补充新的事实")


def _case(scene: Scene) -> Case:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a case


def may_contest(scene: Scene) -> None:
    """Once, and inside the time."""
    if _case(scene).contested:
        raise ContestSpent
    ended = scene.matter.ended_at
    if ended and clock.now() > scene.pack.due(ended, "contest", scene.matter.tier):
        raise ContestLate


def may_decide(scene: Scene) -> None:
    """Another person than whoever refused."""
    if _case(scene).refused_by == scene.actor.person_id:
        raise SecondPerson


async def redirect(move: Move) -> None:
    """Who decided is remembered, as another decides when it is contested."""
    move.change(outcome="redirected", refused_by=move.actor.person_id)


async def contest(move: Move) -> None:
    """Once."""
    move.change(contested=True)


async def overturn(move: Move) -> None:
    """The case goes on as if it had not been refused."""
    move.change(outcome="", refused_by=None)


OVERTURN = Step(
    "overturn_refusal", "改为受理", at(Stage.REFUSED), Stage.ACCEPTED, (REGISTRAR, SUPERVISOR), Because, may_decide,
    overturn, clock=Turn.START, answers="decide_contest", readers=OFFICE | TOLD, shows=("reason",),
    closes=("decide_contest",), opens=(Owe("screen", REGISTRAR, "screen", returned=True),),
    tells=(Tell(COMPLAINER, "case_accepted"),), plain="您的异议成立，已受理",
)  # fmt: skip

STEPS = (
    Step(
        "redirect", "导入法定程序", at(Stage.ACCEPTED, Stage.SCREENED), Stage.REDIRECTED, (REGISTRAR,), Redirect,
        effect=redirect, readers=OFFICE | TOLD, shows=("procedure", "where", "before", "explanation"), clock=Turn.STOP,
        closes=("screen", "transfer"), tells=(Tell(COMPLAINER, "case_redirected"),),
        warning="本件结束，举报人会看到应当走的程序", plain="应当通过法定程序解决",
    ),
    Step(
        "contest_refusal", "提出异议", ENDED_OTHERWISE, None, (COMPLAINER,), Contest, may_contest, contest,
        readers=OFFICE | TOLD, shows=("reason",), opens=(Owe("decide_contest", REGISTRAR, "decide_contest"),),
        tells=(Tell(REGISTRAR, "refusal_contested"),), plain="您对不予受理提出异议",
    ),
    Step(
        "uphold_refusal", "维持原决定", ENDED_OTHERWISE, None, (REGISTRAR, SUPERVISOR), Because, may_decide,
        answers="decide_contest", readers=OFFICE | TOLD, shows=("reason",), closes=("decide_contest",),
        tells=(Tell(COMPLAINER, "contest_decided"),), plain="您的异议不成立",
    ),
    OVERTURN,
    replace(OVERTURN, sources=at(Stage.REDIRECTED), clock=Turn.RESTART),
)  # fmt: skip
