"""What each step of a typical case needs."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import (
    CategoryCode,
    LongText,
    Numbers,
    Reason,
    RegionCode,
    ShortText,
    Title,
    choice,
)

PARTS = ("title", "reported", "handled", "lesson")
NO_NAMES = "不写人名、企业、电话、地址、编号，不照抄举报原文"


class Stopping(StrEnum):
    """Why the system does not publish."""

    CONTENT = "content"
    MARKS = "marks"
    SOURCE = "source"


STOPPINGS = {
    Stopping.CONTENT: "内容审核未通过",
    Stopping.MARKS: "又发现能认出人的内容",
    Stopping.SOURCE: "来源举报件已重新办理",
}


class Clearing(Inputs):
    """A place that was found in the text and is harmless."""

    text: ShortText = Field(title="内容")
    reason: ShortText = Field(title="无需隐去的理由")


Clearings = Annotated[list[Clearing], Field(max_length=100, json_schema_extra={"x-widget": "marks"})]


class Words(Inputs):
    """What is told: a title and three parts."""

    title: Title = Field(title="标题")
    reported: LongText = Field(title="反映的问题", description=NO_NAMES)
    handled: LongText = Field(title="办理情况", description=NO_NAMES)
    lesson: LongText = Field(title="经验启示")

    AS_IT_IS = frozenset(PARTS)

    @property
    def texts(self) -> dict[str, str]:
        """The parts by their names."""
        return {part: getattr(self, part) for part in PARTS}


class Revise(Words):
    """编写: the text, and how closely it is told where and about what."""

    AS_IT_IS = frozenset({*PARTS, "category", "told_region"})

    category: CategoryCode = Field(title="类别")
    told_region: RegionCode | None = Field(
        None, title="公开的地区", description="可以不填；最细到县（区），须包含全部来源件"
    )


class Compile(Revise):
    """编写: out of which closed cases."""

    sources: Numbers = Field(
        default_factory=list,
        max_length=10,
        title="来源举报件",
        description="已办结的举报件编号；从举报件编写的，这里填其他来源",
    )


class Mark(Words):
    """去标识: the text as it is now, and what was found in it that is harmless."""

    cleared: Clearings = Field(default_factory=list, title="标识核对")


class Check(Inputs):
    """二次去标识: the same text, looked over by somebody else."""

    cleared: Clearings = Field(default_factory=list, title="标识核对")


class Return(Inputs):
    """Why it goes back to its author."""

    points: LongText = Field(title="退回修改意见")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Stopped(Inputs):
    """Why it was not published, or was taken back, by the system."""

    cause: Annotated[Stopping, choice(STOPPINGS)] = Field(title="原因")


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")


class Facts(Inputs):
    """What its steps add to what was said."""

    issue: ShortText = Field(title="版次")
