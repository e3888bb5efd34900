"""环节: where a case stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """受理登记、甄别研判、移交转办 … 跟踪回访, to a written end."""

    FILED = "filed"
    ACCEPTED = "accepted"
    SCREENED = "screened"
    TRANSFERRED = "transferred"
    OBJECTED = "objected"
    SIGNED = "signed"
    HANDLING = "handling"
    WAITING = "waiting"
    ANSWERED = "answered"
    APPROVED = "approved"
    REPLIED = "replied"
    CALLED_BACK = "called_back"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    PARKED = "parked"
    SPLIT = "split"
    REDIRECTED = "redirected"
    MERGED = "merged"
    HANDED_OVER = "handed_over"
    SEALED = "sealed"


LABELS = {
    Stage.FILED: "已提交",
    Stage.ACCEPTED: "已受理",
    Stage.SCREENED: "已甄别",
    Stage.TRANSFERRED: "已转办",
    Stage.OBJECTED: "异议待裁",
    Stage.SIGNED: "已签收",
    Stage.HANDLING: "办理中",
    Stage.WAITING: "待举报人补充",
    Stage.ANSWERED: "待审核",
    Stage.APPROVED: "待答复",
    Stage.REPLIED: "已答复",
    Stage.CALLED_BACK: "已回访",
    Stage.CLOSED: "已办结",
    Stage.REFUSED: "不予受理",
    Stage.WITHDRAWN: "已撤回",
    Stage.DISPUTED: "争议待裁",
    Stage.SUSPENDED: "已中止",
    Stage.PARKED: "已挂账",
    Stage.SPLIT: "已拆分",
    Stage.REDIRECTED: "导入法定程序",
    Stage.MERGED: "已并案",
    Stage.HANDED_OVER: "移送待接收",
    Stage.SEALED: "已移送封存",
}

# What a complainant is told: the inner steps of the offices are one to them.
PLAIN = LABELS | {
    Stage.SCREENED: "正在转交承办单位",
    Stage.TRANSFERRED: "已转交承办单位",
    Stage.OBJECTED: "已转交承办单位",
    Stage.SIGNED: "承办单位已签收",
    Stage.WAITING: "等您补充材料",
    Stage.ANSWERED: "承办单位正在形成答复",
    Stage.APPROVED: "承办单位正在形成答复",
    Stage.DISPUTED: "已转交承办单位",
    Stage.SUSPENDED: "暂时中止办理，原因消除后继续",
    Stage.PARKED: "暂时不能解决，到期复查",
    Stage.SPLIT: "已按诉求分别办理",
    Stage.REDIRECTED: "应当通过法定程序解决",
    Stage.MERGED: "已与同一问题的举报件一并办理",
    Stage.HANDED_OVER: "已移送有权机关",
    Stage.SEALED: "有权机关已接收",
}

# The way of a case as a complainant follows it; refused, withdrawn, redirected and merged leave it.
WAY = (
    Milestone("filed", "提交", frozenset({Stage.FILED})),
    Milestone("accepted", "受理", frozenset({Stage.ACCEPTED, Stage.SCREENED})),
    Milestone("transferred", "转办", frozenset({Stage.TRANSFERRED, Stage.OBJECTED, Stage.DISPUTED})),
    Milestone(
        "handled",
        "办理",
        frozenset(
            {
                Stage.SIGNED,
                Stage.HANDLING,
                Stage.WAITING,
                Stage.SUSPENDED,
                Stage.PARKED,
                Stage.SPLIT,
                Stage.ANSWERED,
                Stage.APPROVED,
            }
        ),
    ),
    Milestone("replied", "答复", frozenset({Stage.REPLIED})),
    Milestone("called_back", "回访", frozenset({Stage.CALLED_BACK})),
    Milestone("closed", "办结", frozenset({Stage.CLOSED})),
)

ENDS = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.WITHDRAWN, Stage.REDIRECTED, Stage.MERGED, Stage.SEALED})
OPEN = frozenset(Stage) - ENDS - {Stage.HANDED_OVER}  # what is handed over waits for its recipient alone
ASSIGNED = frozenset(
    {Stage.HANDLING, Stage.WAITING, Stage.SUSPENDED, Stage.PARKED, Stage.ANSWERED, Stage.APPROVED}
)  # an officer is in charge
WITH_UNIT = ASSIGNED | {Stage.TRANSFERRED, Stage.SIGNED}
BEFORE_UNIT = frozenset({Stage.FILED, Stage.ACCEPTED, Stage.SCREENED})
AFTER_REPLY = frozenset({Stage.REPLIED, Stage.CALLED_BACK, Stage.CLOSED})

DUTIES = {
    "accept": "受理登记",
    "screen": "甄别研判",
    "transfer": "移交转办",
    "sign": "签收",
    "rule_objection": "裁定异议",
    "assign": "指派承办人",
    "handle": "办理",
    "assist": "协办",
    "supply": "补充材料",
    "decide_extension": "审批延期",
    "approve": "审核答复",
    "reply": "答复举报人",
    "relay": "处理补充内容",
    "call_back": "回访",
    "close": "办结",
    "decide_reopen": "审查重办申请",
    "decide_contest": "审查不予受理异议",
    "arbitrate": "裁定管辖争议",
    "check_suspension": "跟进中止原因",
    "decide_parking": "审批挂账",
    "review_parking": "到期复查挂账",
    "decide_uncounting": "审批剔除",
    "finish_parts": "跟进拆分各件",
    "countersign": "复核移送",
    "take_over": "接收移送卷宗",
}
