"""环节: where a supervision stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From a proposal, made by the clock or by a supervisor, to a written end."""

    PROPOSED = "proposed"
    POSTPONED = "postponed"
    APPROVING = "approving"
    ISSUED = "issued"
    RECEIVED = "received"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    DISMISSED = "dismissed"


LABELS = {
    Stage.PROPOSED: "待决定",
    Stage.POSTPONED: "暂缓督办",
    Stage.APPROVING: "待批准",
    Stage.ISSUED: "已下发",
    Stage.RECEIVED: "整改中",
    Stage.ANSWERED: "待验收",
    Stage.ACCEPTED: "已验收",
    Stage.CLOSED: "已销号",
    Stage.DISMISSED: "不予督办",
}

WAY = (
    Milestone("proposed", "提出", frozenset({Stage.PROPOSED, Stage.POSTPONED, Stage.APPROVING})),
    Milestone("issued", "下发", frozenset({Stage.ISSUED})),
    Milestone("received", "整改", frozenset({Stage.RECEIVED})),
    Milestone("answered", "回复", frozenset({Stage.ANSWERED})),
    Milestone("accepted", "验收", frozenset({Stage.ACCEPTED})),
    Milestone("closed", "销号", frozenset({Stage.CLOSED})),
)

ENDS = frozenset({Stage.CLOSED, Stage.DISMISSED})
OPEN = frozenset(Stage) - ENDS
WITH_UNIT = frozenset({Stage.ISSUED, Stage.RECEIVED, Stage.ANSWERED})
AFTER_ISSUE = WITH_UNIT | {Stage.ACCEPTED, Stage.CLOSED}

DUTIES = {
    "decide": "决定督办",
    "resume": "恢复研究",
    "approve_listing": "审批督办",
    "sign": "签收督办文书",
    "answer": "书面回复整改",
    "review": "验收整改",
    "decide_raise": "研究升级督办",
    "interview": "实施约谈",
    "fulfil": "落实约谈承诺",
    "look_back": "开展回头看",
}
