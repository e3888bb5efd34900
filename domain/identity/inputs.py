"""What a request for an identity says, what its approver decides, and what is told of a look."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import DayField, Reason, ShortText, choice
from models import IdentityPart, IdentityPurpose


class Ground(StrEnum):
    """Why the complainant may be told later (个人信息保护法 art. 18 ¶1, 35)."""

    SECRECY = "secrecy"
    HINDRANCE = "hindrance"


# The only purposes there are, each with the provision that makes it somebody's task.
PURPOSES = {
    IdentityPurpose.INFORM: "书面告知或送达答复（信访工作条例第二十三条、第三十二条）",
    IdentityPurpose.VERIFY: "联系举报人核实情况（个人信息保护法第三十四条）",
    IdentityPurpose.PROTECT: "保护举报人、防止打击报复（信访工作条例第四十六条）",
    IdentityPurpose.HAND_OVER: "移送纪检监察等有权机关（信访工作条例第三十条）",
    IdentityPurpose.LEAK: "查处泄露举报人信息（信访工作条例第四十六条）",
}
PARTS = {IdentityPart.NAME: "姓名", IdentityPart.CONTACT: "联系方式", IdentityPart.BOTH: "姓名和联系方式"}
GROUNDS = {
    Ground.SECRECY: "法律、行政法规规定应当保密（个人信息保护法第十八条）",
    Ground.HINDRANCE: "告知将妨碍依法履行职责（个人信息保护法第三十五条）",
}
Purpose = Annotated[IdentityPurpose, choice(PURPOSES)]
Part = Annotated[IdentityPart, choice(PARTS)]


class Request(Inputs):
    """申请查阅身份: what for, how much, and why in one's own words."""

    purpose: Purpose = Field(title="用途", description="举报人会看到用途，看不到下面的理由")
    part: Part = Field(title="需要查看", description="只选必需的内容")
    reason: Reason = Field(title="具体理由", description="写明为什么不查看就无法办理；审批人据此决定")


class Approve(Inputs):
    """批准查阅."""

    reason: Reason = Field(title="审批意见")
    defer: Annotated[Ground, choice(GROUNDS)] | None = Field(
        None, title="暂缓告知举报人", description="一般不选：举报人会马上看到。选了也只是推迟，查看结束后到期自动告知"
    )


class Because(Inputs):
    """A decision that needs a reason."""

    reason: Reason


class Seen(Inputs):
    """What is told of a look at an identity."""

    looking_unit: ShortText = Field(title="查看单位")
    looked_for: Purpose = Field(title="用途")
    looked_at: Part = Field(title="查看内容")
    approved_by: ShortText = Field(title="批准单位")
    looked_on: DayField = Field(title="查看日期")
