"""中止与挂账: nobody can go on for now, until the cause is gone or is looked at again; never without an end.

A suspension stops the clock. Parking does not: a case that can't be solved is late when its time is over, and counted
so.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.cases.by import HANDLER, HEAD, SUPERVISOR, TOLD, at
from domain.cases.stages import Stage
from domain.loop.clocks import Turn
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import COMPLAINER, MACHINE, OFFICE, UNIT, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import DayField, LongText, Reason, choice
from kit import clock
from kit.errors import Conflict, Invalid

DUTIES = ("check_suspension", "decide_parking", "review_parking")


class SuspensionCause(StrEnum):
    """Why nobody can go on for now."""

    PROCEDURE = "procedure"
    APPRAISAL = "appraisal"
    FORCE = "force"
    ASKED = "asked"


CAUSES = {
    SuspensionCause.PROCEDURE: "等待诉讼、仲裁、复议等程序的结果",
    SuspensionCause.APPRAISAL: "等待鉴定、评估或专家意见",
    SuspensionCause.FORCE: "不可抗力",
    SuspensionCause.ASKED: "举报人请求暂缓",
}


class ParkingPending(Conflict):
    """A request is waiting for the head's decision."""

    code, message = "parking_pending", "已有挂账申请待审批"


class Suspend(Inputs):
    """中止: the cause, and what is waited for."""

    cause: Annotated[SuspensionCause, choice(CAUSES)] = Field(title="中止的情形")
    reason: Reason = Field(title="说明", description="举报人会看到；中止最长九十日，期满自动恢复")


class Resume(Inputs):
    """恢复办理."""

    reason: LongText | None = Field(None, title="说明")


class RequestParking(Inputs):
    """挂账申请: why it can't be solved now, and who goes on looking after it."""

    reason: Reason = Field(title="暂不能解决的原因")
    plan: LongText = Field(title="后续措施", description="写明谁负责、做什么")


class Park(Inputs):
    """挂账: until when."""

    reason: Reason = Field(title="审批意见", description="举报人会看到")
    review_on: DayField = Field(title="复查日期", description="最长九十日内")


async def park(move: Move) -> None:
    """The day of the next review is after today and inside the term."""
    day, last = move.inputs.review_on, move.pack.due(move.at, "parking", move.matter.tier)
    if not clock.today() < day <= last.date():
        within = f"应在今天之后、{last:%Y-%m-%d} 之前"
        raise Invalid(details={"fields": [{"path": "inputs.review_on", "message": within}]})
    move.change(parked_until=day)


async def unpark(move: Move) -> None:
    """Nothing is waited for any more."""
    move.change(parked_until=None)


def may_request_parking(scene: Scene) -> None:
    """One request at a time."""
    if scene.has("decide_parking"):
        raise ParkingPending


STEPS = (
    Step(
        "suspend", "中止办理", at(Stage.HANDLING), Stage.SUSPENDED, (HEAD,), Suspend, readers=OFFICE | UNIT | TOLD,
        shows=("cause", "reason"), clock=Turn.PAUSE, closes=("handle", "decide_extension", "decide_parking"),
        opens=(Owe("check_suspension", HANDLER, "suspension", lapses_to="resume"),),
        tells=(Tell(COMPLAINER, "case_suspended"), Tell(HANDLER, "case_suspended")),
        warning="中止期间停止计时，举报人会看到理由", plain="承办单位中止了办理",
    ),
    Step(
        "resume", "恢复办理", at(Stage.SUSPENDED), Stage.HANDLING, (HEAD, HANDLER, SUPERVISOR, MACHINE), Resume,
        readers=OFFICE | UNIT | TOLD, shows=("reason",), clock=Turn.RESUME, closes=("check_suspension",),
        opens=(Owe("handle", HANDLER, ON_CLOCK),),
        tells=(Tell(COMPLAINER, "case_resumed"), Tell(HANDLER, "case_resumed")), plain="继续办理",
    ),
    Step(
        "request_parking", "申请挂账", at(Stage.HANDLING), None, (HANDLER,), RequestParking, may_request_parking,
        opens=(Owe("decide_parking", HEAD, "decide_extension"),), tells=(Tell(HEAD, "duty_opened"),),
    ),
    Step(
        "grant_parking", "批准挂账", at(Stage.HANDLING), Stage.PARKED, (HEAD,), Park, effect=park,
        answers="decide_parking", readers=OFFICE | UNIT | TOLD, shows=("reason", "review_on"),
        closes=("decide_parking", "handle", "decide_extension"),
        opens=(Owe("review_parking", HANDLER, "parking", day="review_on"),),
        tells=(Tell(COMPLAINER, "case_parked"), Tell(HANDLER, "parking_granted")),
        warning="挂账不改变办理期限，仍计入统计，并公布件数", plain="问题暂时不能解决，到期复查",
    ),
    Step(
        "refuse_parking", "不批准挂账", at(Stage.HANDLING, Stage.WAITING), None, (HEAD,), Resume,
        answers="decide_parking", closes=("decide_parking",), tells=(Tell(HANDLER, "parking_refused"),),
    ),
    Step(
        "extend_parking", "继续挂账", at(Stage.PARKED), None, (HEAD,), Park, effect=park,
        readers=OFFICE | UNIT | TOLD, shows=("reason", "review_on"), closes=("review_parking",),
        opens=(Owe("review_parking", HANDLER, "parking", day="review_on"),),
        tells=(Tell(COMPLAINER, "case_parked"),), plain="复查后仍不能解决，到期再次复查",
    ),
    Step(
        "unpark", "销账恢复办理", at(Stage.PARKED), Stage.HANDLING, (HEAD, HANDLER, SUPERVISOR), Resume, effect=unpark,
        readers=OFFICE | UNIT | TOLD, shows=("reason",), closes=("review_parking",),
        opens=(Owe("handle", HANDLER, ON_CLOCK),), tells=(Tell(COMPLAINER, "case_resumed"),), plain="继续办理",
    ),
)  # fmt: skip
