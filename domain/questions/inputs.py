"""What each step of a question needs."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import LongText, Reason, choice
from models import RatingChannelCode

ASKERS = {
    RatingChannelCode.PUBLIC: "社会公众",
    RatingChannelCode.COMPLAINANT: "举报人",
    RatingChannelCode.EVALUATOR: "评议代表",
    RatingChannelCode.MEETING: "会议",
}


class Ask(Inputs):
    """质询: what somebody wants to know, out of which report."""

    report: UUID
    asked_by: Annotated[RatingChannelCode, choice(ASKERS)] = Field(title="提出方")
    text: LongText = Field(title="质询内容")


class Answer(Inputs):
    """答复."""

    text: LongText = Field(title="答复内容", description="审核后与质询一起公开")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")
