"""Where a review stands, and what is owed on it, in the words people read."""

from enum import StrEnum

from domain.loop.kinds import Milestone


class Stage(StrEnum):
    """From the complainant's request to the opinion of the level above."""

    ASKED = "asked"
    EXAMINING = "examining"
    HEARING = "hearing"
    PROPOSED = "proposed"
    DECIDED = "decided"
    DECLINED = "declined"
    DROPPED = "dropped"


LABELS = {
    Stage.ASKED: "已申请",
    Stage.EXAMINING: "复查中",
    Stage.HEARING: "听证中",
    Stage.PROPOSED: "复查意见待审",
    Stage.DECIDED: "已出具复查意见",
    Stage.DECLINED: "不予复查",
    Stage.DROPPED: "申请人撤回",
}
ENDS = frozenset({Stage.DECIDED, Stage.DECLINED, Stage.DROPPED})
OPEN = frozenset(Stage) - ENDS
WAY = (
    Milestone("asked", "申请", frozenset({Stage.ASKED})),
    Milestone("examining", "复查", frozenset({Stage.EXAMINING, Stage.HEARING, Stage.PROPOSED})),
    Milestone("decided", "结论", frozenset({Stage.DECIDED})),
)
DUTIES = {
    "take_up": "受理复查申请",
    "examine": "复查",
    "hear": "举行听证",
    "decide_review": "审定复查意见",
}
