"""环节: where a line of the ledger stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From a problem that was found to its written end, which a second look may undo."""

    LISTED = "listed"
    RECTIFYING = "rectifying"
    CHECKED = "checked"
    VERIFIED = "verified"
    STRUCK_OFF = "struck_off"
    DROPPED = "dropped"


LABELS = {
    Stage.LISTED: "待认领",
    Stage.RECTIFYING: "整改中",
    Stage.CHECKED: "待复核",
    Stage.VERIFIED: "待销号",
    Stage.STRUCK_OFF: "已销号",
    Stage.DROPPED: "已撤销",
}

WAY = (
    Milestone("listed", "列入", frozenset({Stage.LISTED})),
    Milestone("rectifying", "整改", frozenset({Stage.RECTIFYING})),
    Milestone("checked", "复核", frozenset({Stage.CHECKED, Stage.VERIFIED})),
    Milestone("struck_off", "销号", frozenset({Stage.STRUCK_OFF})),
)

ENDS = frozenset({Stage.STRUCK_OFF, Stage.DROPPED})
OPEN = frozenset(Stage) - ENDS
WITH_OWNER = frozenset({Stage.LISTED, Stage.RECTIFYING})
IN_VERIFICATION = frozenset({Stage.CHECKED, Stage.VERIFIED})

DUTIES = {
    "take_on": "认领问题、制定措施",
    "rectify": "整改并自查",
    "decide_extension": "审批延期",
    "verify": "复核整改",
    "strike_off": "办理销号",
    "look_back": "开展回头看",
    "publish_line": "核对并公示整改结果",
}
