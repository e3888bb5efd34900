"""救济: the legal procedures that a report may have to go to, and how a refusal is contested (信访工作条例 art. 31)."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.cases import effects
from domain.cases.by import LIAISON, REGISTRAR, SUPERVISOR, TOLD, at
from domain.cases.counting import SecondPerson
from domain.cases.inputs import Because
from domain.cases.stages import AFTER_REPLY, Stage
from domain.loop import opening
from domain.loop.clocks import Turn
from domain.loop.kinds import COMPLAINER, MACHINE, OFFICE, UNIT, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import DayField, LongText, MatterNumber, Reason, ShortText, choice
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


class ReviewEnd(StrEnum):
    """How a review came out, as the reviewed case says it."""

    UPHELD = "upheld"
    CHANGED = "changed"
    REVOKED = "revoked"
    DECLINED = "declined"
    DROPPED = "dropped"


REVIEWED = {
    ReviewEnd.UPHELD: "维持原办理意见",
    ReviewEnd.CHANGED: "变更原办理意见",
    ReviewEnd.REVOKED: "撤销原办理意见，责令重新办理",
    ReviewEnd.DECLINED: "不予复查",
    ReviewEnd.DROPPED: "申请人撤回",
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


class ReviewSpent(Conflict):
    """After the second the matter is final (信访工作条例 art. 36)."""

    code, message = "review_spent", "已经复查、复核，本件终结"


class ReviewPending(Conflict):
    """One at a time."""

    code, message = "review_pending", "复查正在进行"


class ReviewLate(Conflict):
    """Thirty days from the answer (信访工作条例 art. 35, 36)."""

    code, message = "review_late", "已超过三十日的申请期限"


class AskReview(Inputs):
    """What the complainant says against the answer."""

    reason: Reason = Field(title="申请理由", description="由上一级单位复查；请不要写姓名、电话等身份信息")


class Reviewed(Inputs):
    """How a review came out."""

    number: MatterNumber = Field(title="复查件编号")
    conclusion: Annotated[ReviewEnd, choice(REVIEWED)] = Field(title="复查结论")


def _case(scene: Scene) -> Case:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a case


def contest_until(scene: Scene) -> datetime | None:
    """When the time to contest is over."""
    ended = scene.matter.ended_at
    return scene.pack.due(ended, "contest", scene.matter.tier) if ended else None


def may_contest(scene: Scene) -> None:
    """Once, and inside the time."""
    if _case(scene).contested:
        raise ContestSpent
    until = contest_until(scene)
    if until and clock.now() > until:
        raise ContestLate


def may_decide(scene: Scene) -> None:
    """Another person than whoever refused."""
    if _case(scene).refused_by == scene.actor.person_id:
        raise SecondPerson


def ask_review_until(scene: Scene) -> datetime | None:
    """Thirty days from the answer, or from the review before."""
    since = _case(scene).reviewed_at or scene.matter.clock_stopped_at
    return scene.pack.due(since, "ask_review", scene.matter.tier) if since else None


def may_ask_review(scene: Scene) -> None:
    """Twice, one at a time, each within thirty days of the answer or of the review before."""
    case = _case(scene)
    if case.review_open:
        raise ReviewPending
    if case.reviews >= 2:
        raise ReviewSpent
    until = ask_review_until(scene)
    if until and clock.now() > until:
        raise ReviewLate


async def ask_review(move: Move) -> None:
    """The level above looks again."""
    level = move.subject.reviews + 1
    await opening.out_of(move, "review", _Asked(level=level, reason=move.inputs.reason))
    move.change(reviews=level, review_open=True)


class _Asked(Inputs):
    """What the review begins with."""

    level: int
    reason: str


async def note_review(move: Move) -> None:
    """The next may be asked for from now on."""
    move.change(review_open=False, reviewed_at=move.at)


async def redo(move: Move) -> None:
    """Another round under the same unit, to be handled by another officer; the rating was of the round before."""
    await note_review(move)
    await effects.reopen(move)


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
        hint="不同意不予受理的，可以提出一次异议，由另一名工作人员重新审查，结果会告诉您。", until=contest_until,
    ),
    Step(
        "uphold_refusal", "维持原决定", ENDED_OTHERWISE, None, (REGISTRAR, SUPERVISOR), Because, may_decide,
        answers="decide_contest", readers=OFFICE | TOLD, shows=("reason",), closes=("decide_contest",),
        tells=(Tell(COMPLAINER, "contest_decided"),), plain="您的异议不成立",
    ),
    Step(
        "ask_review", "申请复查", AFTER_REPLY, None, (COMPLAINER,), AskReview, may_ask_review, ask_review,
        readers=OFFICE | TOLD, shows=("reason",), plain="您申请上一级单位复查",
        hint="对答复不服的，可以请上一级单位复查；对复查意见仍不服的，还可以再申请一次复核，复核后终结。",
        until=ask_review_until,
    ),
    Step(
        "note_review", "复查结束", frozenset(Stage), None, (MACHINE,), Reviewed, effect=note_review,
        readers=OFFICE | UNIT | TOLD, shows=("conclusion",), plain="复查有了结论",
    ),
    Step(
        "redo_after_review", "复查后重新办理", AFTER_REPLY, Stage.SIGNED, (MACHINE,), Reviewed, effect=redo,
        readers=OFFICE | UNIT | TOLD, shows=("conclusion",), clock=Turn.RESTART,
        closes=("call_back", "close", "decide_reopen"), opens=(Owe("assign", LIAISON, "assign", returned=True),),
        tells=(Tell(COMPLAINER, "case_reopened"), Tell(LIAISON, "case_returned")), plain="原答复被撤销，重新办理",
    ),
    OVERTURN,
    replace(OVERTURN, sources=at(Stage.REDIRECTED), clock=Turn.RESTART),
)  # fmt: skip
