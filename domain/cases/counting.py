"""剔除: taking a case out of the count, asked by one and decided by another; how many there are is published."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.cases.by import HEAD, REGISTRAR, SUPERVISOR
from domain.cases.inputs import Because
from domain.cases.stages import Stage
from domain.loop import attached
from domain.loop.kinds import OFFICE, UNIT, Inputs, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import FileIds, Reason, choice
from kit.errors import Conflict
from models import Case


class UncountingKind(StrEnum):
    """What local rules let out of the denominators."""

    UNREASONABLE = "unreasonable"
    DUPLICATE = "duplicate"
    MALICIOUS = "malicious"
    PROCEDURE = "procedure"
    BEYOND = "beyond"


KINDS = {
    UncountingKind.UNREASONABLE: "诉求不合理",
    UncountingKind.DUPLICATE: "重复反映",
    UncountingKind.MALICIOUS: "恶意举报",
    UncountingKind.PROCEDURE: "已进入法定程序",
    UncountingKind.BEYOND: "超出职权范围",
}
NOT_NEW = frozenset(Stage) - {Stage.FILED}


class UncountingPending(Conflict):
    """A request is waiting for the decision."""

    code, message = "uncounting_pending", "已有剔除申请待审批"


class Uncounted(Conflict):
    """The case is out of the count already."""

    code, message = "uncounted", "本件已经剔除"


class Counted(Conflict):
    """The case is in the count."""

    code, message = "counted", "本件没有被剔除"


class SecondPerson(Conflict):
    """Whoever asked does not decide."""

    code, message = "second_person", "应由申请人以外的另一人审批"


class RequestUncounting(Inputs):
    """剔除申请: of which kind, why, with what evidence."""

    kind: Annotated[UncountingKind, choice(KINDS)] = Field(title="剔除类型")
    reason: Reason
    files: FileIds = Field(default_factory=list, title="佐证")


def _case(scene: Scene) -> Case:
    return scene.subject  # type: ignore[no-any-return]  # the scene of a case


def may_request(scene: Scene) -> None:
    """One request at a time, for a case that is in the count."""
    if scene.has("decide_uncounting"):
        raise UncountingPending
    if _case(scene).uncounted:
        raise Uncounted


def may_decide(scene: Scene) -> None:
    """Somebody else than whoever asked."""
    if _case(scene).uncounting_by == scene.actor.person_id:
        raise SecondPerson


def may_count_again(scene: Scene) -> None:
    """Only what was taken out."""
    if not _case(scene).uncounted:
        raise Counted


async def request(move: Move) -> None:
    """Who asked is remembered, as another decides."""
    move.change(uncounting=move.inputs.kind, uncounting_by=move.actor.person_id)
    await attached.attach_given(move, released=True)


async def grant(move: Move) -> None:
    """Out of the count, of the kind that was asked for."""
    move.change(uncounted=move.subject.uncounting, uncounting="")


async def refuse(move: Move) -> None:
    """The request is answered."""
    move.change(uncounting="")


async def count_again(move: Move) -> None:
    """Back in the count."""
    move.change(uncounted="")


STEPS = (
    Step(
        "request_uncounting", "申请剔除", NOT_NEW, None, (REGISTRAR, HEAD), RequestUncounting, may_request, request,
        opens=(Owe("decide_uncounting", REGISTRAR, "decide_uncounting"),), tells=(Tell(REGISTRAR, "duty_opened"),),
    ),
    Step(
        "grant_uncounting", "批准剔除", NOT_NEW, None, (REGISTRAR, SUPERVISOR), Because, may_decide, grant,
        answers="decide_uncounting", closes=("decide_uncounting",), tells=(Tell(HEAD, "uncounting_decided"),),
        warning="剔除后本件不计入办理指标，剔除件数会公布", readers=OFFICE | UNIT,
    ),
    Step(
        "refuse_uncounting", "不批准剔除", NOT_NEW, None, (REGISTRAR, SUPERVISOR), Because, may_decide, refuse,
        answers="decide_uncounting", closes=("decide_uncounting",), tells=(Tell(HEAD, "uncounting_decided"),),
        readers=OFFICE | UNIT,
    ),
    Step(
        "count_again", "恢复计入", NOT_NEW, None, (SUPERVISOR,), Because, may_count_again, count_again,
        tells=(Tell(HEAD, "uncounting_decided"),), readers=OFFICE | UNIT,
    ),
)  # fmt: skip
