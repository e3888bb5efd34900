"""身份查阅的流程表: asked by one person, decided by another, open for minutes, over by itself.

Sources: 纪检监察机关处理检举控告工作规则 art. 47, 信访工作条例 art. 46, 个人信息保护法 art. 18, 34, 35; two persons and
half an hour are this product's own.
"""

from collections.abc import Callable
from enum import StrEnum

from domain.identity import deciding, requesting
from domain.identity.inputs import GROUNDS, PARTS, PURPOSES, Approve, Because, Request, Seen
from domain.identity.view import shown, subject
from domain.loop.kinds import MACHINE, Beginning, By, Kind, Milestone, Owe, Scene, Step, Tell
from models import Relation, Role


class Stage(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    OPEN = "open"
    CLOSED = "closed"
    EXPIRED = "expired"
    DENIED = "denied"
    DROPPED = "dropped"
    UNDECIDED = "undecided"


LABELS = {
    Stage.REQUESTED: "待审批",
    Stage.OPEN: "可以查看",
    Stage.CLOSED: "已结束",
    Stage.EXPIRED: "已到期",
    Stage.DENIED: "未批准",
    Stage.DROPPED: "已撤回申请",
    Stage.UNDECIDED: "逾期未审批",
}
ENDS = frozenset(Stage) - {Stage.REQUESTED, Stage.OPEN}
WAY = (
    Milestone("requested", "申请", frozenset({Stage.REQUESTED})),
    Milestone("open", "查看", frozenset({Stage.OPEN})),
    Milestone("closed", "结束", frozenset({Stage.CLOSED, Stage.EXPIRED})),
)
DUTIES = {"decide_identity": "审批身份查阅", "look_identity": "查看身份", "tell_look": "告知举报人"}

CUSTODIAN = By(Role.CUSTODIAN, Relation.CUSTODY)
REQUESTERS = tuple(By(role, Relation.REQUESTER) for role in (Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR))
READERS = frozenset({Relation.INTAKE, Relation.OVERSIGHT, Relation.CUSTODY})
TOLD = (Tell(REQUESTERS[0], "identity_decided"),)  # to the requester's post, whatever its role


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)


def request(stages: frozenset[str], by: tuple[By, ...], guard: Callable[[Scene], None]) -> Step:
    """The row of another kind's table by which the identity of its complainant is asked for."""
    return Step(
        "request_identity", "申请查阅身份", stages, None, by, Request, guard, requesting.requested,
        readers=frozenset({Relation.INTAKE, Relation.OVERSIGHT}),
        warning="须由身份保管员批准；每次查看都会记入办理记录，并告知举报人",
    )  # fmt: skip


ASK = Step(
    "ask_identity", "申请查阅身份", frozenset({""}), Stage.REQUESTED, (), Request, readers=READERS,
    opens=(Owe("decide_identity", CUSTODIAN, "decide_identity", lapses_to="lapse_identity"),),
    tells=(Tell(CUSTODIAN, "duty_opened"),),
)  # fmt: skip

STEPS = (
    ASK,
    Step(
        "approve_identity", "批准查阅", at(Stage.REQUESTED), Stage.OPEN, (CUSTODIAN,), Approve,
        deciding.not_the_requester, deciding.approve, readers=READERS, closes=("decide_identity",), tells=TOLD,
        warning="批准后申请人可以看到举报人的身份，时间从现在算起",
    ),
    Step(
        "refuse_identity", "不予批准", at(Stage.REQUESTED), Stage.DENIED, (CUSTODIAN,), Because,
        deciding.not_the_requester, deciding.refuse, readers=READERS, closes=("decide_identity",), tells=TOLD,
    ),
    Step(
        "drop_identity", "撤回申请", at(Stage.REQUESTED), Stage.DROPPED, REQUESTERS, guard=deciding.the_requester,
        effect=deciding.end, readers=READERS, closes=("decide_identity",),
    ),
    Step(
        "lapse_identity", "逾期未审批，申请失效", at(Stage.REQUESTED), Stage.UNDECIDED, (MACHINE,),
        effect=deciding.end, readers=READERS, closes=("decide_identity",), tells=TOLD,
    ),
    Step(
        "close_identity", "看完了，结束查阅", at(Stage.OPEN), Stage.CLOSED, REQUESTERS, guard=deciding.the_requester,
        effect=deciding.end, readers=READERS, closes=("look_identity",), warning="结束后不能再查看，需要时重新申请",
    ),
    Step(
        "expire", "到期，查阅结束", at(Stage.OPEN), Stage.EXPIRED, (MACHINE,), effect=deciding.end, readers=READERS,
        closes=("look_identity",),
    ),
    Step(
        "tell_look", "告知举报人", at(Stage.CLOSED, Stage.EXPIRED), None, (CUSTODIAN, MACHINE),
        effect=deciding.tell, answers="tell_look", readers=READERS, closes=("tell_look",),
    ),
    Step(
        "recuse", "申请回避", at(Stage.REQUESTED), None, (CUSTODIAN,), Because, effect=deciding.recuse, readers=READERS,
        warning="回避后您将再也看不到本件",
    ),
)  # fmt: skip

IDENTITY_REQUEST = Kind(
    name=requesting.KIND,
    label="身份查阅",
    stages=LABELS,
    ends=ENDS,
    steps=STEPS,
    duties=DUTIES,
    subject=subject,
    shown=shown,
    facts=Seen,
    way=WAY,
    begins=Beginning(ASK, requesting.made, "SF"),
    texts=(*PURPOSES.values(), *PARTS.values(), *GROUNDS.values(), "查看次数"),
    remarks="It is opened by `request_identity` on a case, and by nothing else. `look_identity` is owed from the"
    "\napproval on, for the pack's term; `tell_look` only where the approver put off telling and somebody looked.",
)
