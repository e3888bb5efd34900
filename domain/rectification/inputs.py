"""What each step of a rectification needs; `Listing` is the one shape in which any kind of matter opens a line."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import Claims, DayField, FileIds, Flag, LongText, PostId, Reason, UnitId, choice
from kit.shapes import Text
from models import RectificationSource as Source

SOURCES = {
    Source.REPORT: "述法",
    Source.COMMENT: "点评",
    Source.QUESTION: "质询",
    Source.CASE: "举报办理",
    Source.SUPERVISION: "督办",
    Source.ACCOUNTABILITY: "追责问责",
    Source.INSPECTION: "法治督察",
    Source.LAWSUIT: "行政诉讼败诉",
    Source.OWN: "日常发现",
}

OfficialId = Annotated[UUID, Field(json_schema_extra={"x-widget": "person"})]
Evidence = Annotated[
    list[UUID], Field(min_length=1, max_length=20, json_schema_extra={"x-widget": "file", "many": True})
]
PublicText = Annotated[str, Text(1000), Field(json_schema_extra={"x-widget": "text", "multiline": True})]


class Arising(Inputs):
    """列入问题清单: a problem, and who puts it right until when."""

    problem: LongText = Field(title="问题", description="责任单位会看到；不得出现举报人身份信息")
    owner_unit: UnitId = Field(title="责任单位")
    demands: LongText | None = Field(None, title="整改要求")
    until: DayField | None = Field(None, title="整改期限", description="不填则为三个月")
    official: OfficialId | None = Field(None, title="述法人", description="述法中查摆的问题，选择述法的负责同志")
    verifier: UnitId | None = Field(None, title="复核单位", description="不填则由督察机构复核；不能是责任单位及其下属")


class Listing(Arising):
    """The same, with what it came out of."""

    source: Annotated[Source, choice(SOURCES)] = Field(
        title="问题来源", description="败诉的，在“问题”中写明审理法院和案号；败诉单位的负责人述法时必须说明"
    )


class TakeOn(Inputs):
    """认领: what will be done, and by whom."""

    measures: Claims = Field(title="整改措施", description="一条一项")
    post: PostId | None = Field(None, title="责任人", description="本单位的承办人；不填则由单位负责人负责")


class Assign(Inputs):
    """Whoever puts it right from now on."""

    post: PostId = Field(title="责任人")


class Progress(Inputs):
    """进展: how far it is."""

    text: LongText = Field(title="整改进展")
    files: FileIds = Field(default_factory=list, title="佐证材料")


class ReportDone(Inputs):
    """自查: what was done about each measure, with evidence."""

    text: LongText = Field(title="自查报告", description="逐条写明措施落实情况和成效")
    files: Evidence = Field(title="佐证材料", description="至少一份")


class Entrust(Inputs):
    """Which other unit checks."""

    unit: UnitId = Field(title="复核单位", description="不能是责任单位及其下属")


class Finding(Inputs):
    """复核意见."""

    opinion: LongText = Field(title="复核意见")
    files: FileIds = Field(default_factory=list, title="复核材料")


class Return(Inputs):
    """退回: what is still missing."""

    points: LongText = Field(title="退回理由", description="责任单位会看到")


class StrikeOff(Inputs):
    """销号."""

    conclusion: LongText = Field(title="销号意见")


class LookBack(Inputs):
    """回头看: what a second look found."""

    found: LongText = Field(title="回头看情况")
    files: FileIds = Field(default_factory=list, title="现场材料")


HitsConfirmed = Annotated[
    Flag, Field(title="已逐项核对", description="系统提示的地方确需公开，不会认出个人、泄露未公开的信息")
]


class WritePublic(Inputs):
    """拟写公示: what everybody may read, written for it."""

    public_problem: PublicText = Field(title="公示的问题", description="任何人都能看到；不写个人信息和未公开的案情")
    public_result: PublicText = Field(title="公示的整改结果", description="任何人都能看到")
    hits_confirmed: HitsConfirmed = False


class Publish(Inputs):
    """公示: as it was written by somebody else."""

    hits_confirmed: HitsConfirmed = False


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")
    files: FileIds = Field(default_factory=list, title="附件")


class Facts(Inputs):
    """What its steps add to what was said."""

    look_back_until: DayField = Field(title="回头看期限")
