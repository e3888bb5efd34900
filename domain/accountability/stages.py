"""环节: where a proposal to hold somebody to account stands."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From a proposal to what the competent body decided."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFERRED = "referred"
    RECEIVED = "received"
    CONCLUDED = "concluded"
    DECLINED = "declined"


LABELS = {
    Stage.PROPOSED: "待批准",
    Stage.APPROVED: "待移送",
    Stage.REFERRED: "已移送",
    Stage.RECEIVED: "处理中",
    Stage.CONCLUDED: "已处理",
    Stage.DECLINED: "不予问责",
}

WAY = (
    Milestone("proposed", "提出", frozenset({Stage.PROPOSED})),
    Milestone("approved", "批准", frozenset({Stage.APPROVED})),
    Milestone("referred", "移送", frozenset({Stage.REFERRED})),
    Milestone("received", "处理", frozenset({Stage.RECEIVED})),
    Milestone("concluded", "反馈", frozenset({Stage.CONCLUDED})),
)

ENDS = frozenset({Stage.CONCLUDED, Stage.DECLINED})
OPEN = frozenset(Stage) - ENDS

DUTIES = {
    "approve_proposal": "审批问责建议",
    "refer": "移送主管机关",
    "receive": "确认接收",
    "record_outcome": "反馈处理结果",
}
