"""What each step of a proposal to hold somebody to account needs."""

from typing import Annotated

from pydantic import Field

from domain.loop.kinds import Inputs
from domain.loop.widgets import DayField, Flag, LongText, Number, PersonIds, Reason, ShortText, UnitId, choice
from models import CompetentBody, Sanction

BODIES = {
    CompetentBody.DISCIPLINE: "纪检监察机关",
    CompetentBody.PERSONNEL: "组织人事部门",
    CompetentBody.JUDICIAL: "公安司法机关",
    CompetentBody.AUTHORITY: "主管机关",
}
FORMS = {
    "1": "第一种形态：红红脸、出出汗",
    "2": "第二种形态：党纪轻处分、组织调整",
    "3": "第三种形态：党纪重处分、重大职务调整",
    "4": "第四种形态：严重违纪涉嫌违法立案审查",
}
SANCTIONS = {
    Sanction.TALK: "谈话提醒、批评教育",
    Sanction.ADMONITION: "诫勉",
    Sanction.REASSIGNMENT: "组织调整",
    Sanction.PARTY_WARNING: "党内警告",
    Sanction.PARTY_SERIOUS_WARNING: "党内严重警告",
    Sanction.PARTY_REMOVAL: "撤销党内职务",
    Sanction.PARTY_PROBATION: "留党察看",
    Sanction.PARTY_EXPULSION: "开除党籍",
    Sanction.WARNING: "政务警告",
    Sanction.DEMERIT: "政务记过",
    Sanction.SERIOUS_DEMERIT: "政务记大过",
    Sanction.DEMOTION: "政务降级",
    Sanction.REMOVAL: "政务撤职",
    Sanction.DISMISSAL: "政务开除",
}


class Propose(Inputs):
    """问责建议: for what, and whom; names are read only by those who decide."""

    facts: LongText = Field(title="失职失责事实", description="不写姓名；责任人员在下面另填，只有审批和处理的人能看到")
    basis: ShortText = Field(title="问责依据", description="写明文件名称和条款")
    persons: PersonIds = Field(default_factory=list, title="责任人员", description="从名册选择，本人将自动回避")
    others: ShortText | None = Field(None, title="名册以外的责任人员", description="写单位、职务和姓名")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Refer(Inputs):
    """移送: to which body."""

    body: Annotated[CompetentBody, choice(BODIES)] = Field(title="移送至")
    unit: UnitId = Field(title="接收单位")
    suggestion: LongText = Field(title="处理建议")


class Receive(Inputs):
    """确认接收."""

    receipt_number: ShortText = Field(title="接收编号", description="接收单位登记的编号")


class Outcome(Inputs):
    """处理结果: by form, sanction and number of persons; no names."""

    form: Annotated[str, Field(pattern=r"^[1-4]$"), choice(FORMS)] = Field(
        title="四种形态", json_schema_extra={"enum": list(FORMS)}
    )
    sanction: Annotated[Sanction, choice(SANCTIONS)] = Field(title="处理方式")
    persons: Number = Field(title="人数")
    case_filed: Flag = Field(title="是否立案")
    to_judiciary: Flag = Field(title="是否移送司法")
    decided_on: DayField = Field(title="决定日期")
    document: ShortText = Field(title="决定文号")


class Conclude(Inputs):
    """反馈: what came of it, in one text."""

    result: LongText = Field(title="反馈意见", description="不写姓名")


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")


class Facts(Inputs):
    """What its steps add to what was said."""

    letter: ShortText = Field(title="文书")
    persons_named: ShortText = Field(title="责任人员人数")
