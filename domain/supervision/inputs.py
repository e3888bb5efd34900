"""What each step of a supervision needs."""

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import (
    Claims,
    DayField,
    FileIds,
    LongText,
    Reason,
    RungCode,
    ShortText,
    SituationCode,
    UnitId,
)


class Propose(Inputs):
    """立项: whom, on which rung, for what. Out of a matter that is late the unit is the one that has it."""

    unit: UnitId = Field(title="责任单位", description="将收到督办文书的单位")
    rung: RungCode = Field(title="督办层级")
    subject: ShortText = Field(title="督办事项")
    facts: LongText = Field(title="基本情况", description="责任单位会看到；不得出现举报人身份信息")
    basis: ShortText = Field(title="督办依据", description="写明文件名称和条款")


class Issue(Inputs):
    """下发: what the letter demands."""

    demands: LongText = Field(title="整改要求", description="一行一条")
    facts: LongText | None = Field(None, title="基本情况", description="不填则用提出时的内容")


class Submit(Issue):
    """报批: what the record of 挂牌督办 holds besides."""

    leader_in_charge: ShortText = Field(title="责任领导", description="责任单位分管此事的领导职务")
    until: DayField = Field(title="挂牌时限")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Postpone(Inputs):
    """暂缓: until when, and why."""

    until: DayField = Field(title="暂缓至")
    reason: Reason


class Answer(Inputs):
    """书面回复: what was done, with evidence."""

    text: LongText = Field(title="整改情况", description="办理进展、逾期原因、整改措施和完成时限")
    files: FileIds = Field(default_factory=list, title="证明材料")


class Accept(Inputs):
    """验收."""

    conclusion: LongText = Field(title="验收意见")


class Return(Inputs):
    """退回: what is still missing."""

    points: LongText = Field(title="退回意见", description="责任单位会看到")


class Raise(Inputs):
    """升级: to which rung, and why."""

    rung: RungCode = Field(title="升级至")
    reason: Reason


class Call(Inputs):
    """约谈通知."""

    situation: SituationCode = Field(title="约谈情形")
    on: DayField = Field(title="约谈日期")
    place: ShortText = Field(title="约谈地点")
    persons: ShortText = Field(title="约谈对象", description="写职务，如“主要负责人、分管负责人”")
    topics: ShortText = Field(title="约谈内容")


class Hold(Inputs):
    """约谈记录: who came, what was said, what they undertook until when."""

    on: DayField = Field(title="实际约谈日期")
    persons: ShortText = Field(title="到场人员", description="写职务")
    record: LongText = Field(title="约谈纪要")
    undertakings: Claims = Field(title="整改承诺", description="一条一项")
    until: DayField = Field(title="承诺完成时限")
    files: FileIds = Field(default_factory=list, title="签字的约谈记录")


class Fulfil(Inputs):
    """报告承诺落实情况."""

    text: LongText = Field(title="落实情况")
    files: FileIds = Field(default_factory=list, title="证明材料")


class LookBack(Inputs):
    """回头看: what a second look found."""

    found: LongText = Field(title="回头看情况")
    files: FileIds = Field(default_factory=list, title="现场材料")


class Revoke(Inputs):
    """恢复评先资格."""

    reason: Reason


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")
    files: FileIds = Field(default_factory=list, title="附件")


class Facts(Inputs):
    """What a supervision's steps add to what was said."""

    letter: ShortText = Field(title="文书")
    rung: RungCode = Field(title="督办层级")
    disqualified: ShortText = Field(title="取消评先资格")
