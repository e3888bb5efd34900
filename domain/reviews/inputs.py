"""What each step of a review needs."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import Count, DayField, LongText, PostId, Reason, ShortText, choice


class Conclusion(StrEnum):
    """What becomes of the answer that was looked at again (信访工作条例 art. 35, 36)."""

    UPHELD = "upheld"
    CHANGED = "changed"
    REVOKED = "revoked"


class Declining(StrEnum):
    """Why there is nothing to look at again."""

    LATE = "late"
    NOTHING_NEW = "nothing_new"
    FINAL = "final"
    PROCEDURE = "procedure"


CONCLUSIONS = {
    Conclusion.UPHELD: "维持原办理意见",
    Conclusion.CHANGED: "变更原办理意见",
    Conclusion.REVOKED: "撤销原办理意见，责令重新办理",
}
DECLININGS = {
    Declining.LATE: "超过申请期限",
    Declining.NOTHING_NEW: "没有新的事实和理由",
    Declining.FINAL: "已经复核终结",
    Declining.PROCEDURE: "应当通过法定程序解决",
}


class Ask(Inputs):
    """What the complainant says against the answer."""

    level: Count = Field(title="第几级", ge=1, le=2)
    reason: Reason = Field(title="申请理由")


class TakeUp(Inputs):
    """Who looks at it again."""

    post: PostId = Field(title="承办人")


class Decline(Inputs):
    """不予复查: the reason, and what may be done instead."""

    reason: Annotated[Declining, choice(DECLININGS)] = Field(title="不予复查的情形")
    explanation: LongText = Field(title="说明", description="举报人会看到这段说明")


class Hearing(Inputs):
    """听证: its time does not count (信访工作条例 art. 36)."""

    held_on: DayField = Field(title="听证日期")
    place: ShortText = Field(title="听证地点")


class Minutes(Inputs):
    """What came out of the hearing."""

    minutes: LongText = Field(title="听证情况")


class Propose(Inputs):
    """复查意见: what becomes of the answer, and why."""

    conclusion: Annotated[Conclusion, choice(CONCLUSIONS)] = Field(title="复查结论")
    facts: LongText = Field(title="查明的事实和理由")
    basis: LongText = Field(title="法律依据")
    opinion: LongText = Field(title="复查意见", description="举报人会看到；变更的写明变更后的办理意见")


class Return(Inputs):
    """Why the opinion goes back to its author."""

    points: LongText = Field(title="退回修改意见")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注", description="举报人看不到")


class Facts(Inputs):
    """What a review's steps add to what was said."""

    opinion: LongText = Field(title="复查意见")
    conclusion: Annotated[Conclusion, choice(CONCLUSIONS)] = Field(title="复查结论")
