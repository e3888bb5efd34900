"""What each step of a case needs: the forms that officers and complainants fill in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.identity.inputs import Seen
from domain.loop.kinds import TIERS, Inputs
from domain.loop.widgets import (
    CategoryCode,
    Claims,
    Count,
    DayField,
    FileIds,
    Flag,
    LongText,
    MatterFileIds,
    Numbers,
    PersonIds,
    PostId,
    Reason,
    RegionCode,
    Score,
    ShortText,
    UnitId,
    UnitIds,
    choice,
)
from kit.shapes import Whole
from models import Channel, Mode, Tier


class RefusalReason(StrEnum):
    """不予受理 reasons, as the cities' rules list them."""

    CIVIL_DISPUTE = "civil_dispute"
    OTHER_PROCEDURE = "other_procedure"
    REPEATED = "repeated"
    NO_FACTS = "no_facts"
    OUTSIDE_REGION = "outside_region"
    STATE_SECRET = "state_secret"  # noqa: S105  # a reason, not a password
    NOT_OURS = "not_ours"


class Opinion(StrEnum):
    """What the answer says to one claim (信访工作条例 art. 32)."""

    SUPPORTED = "supported"
    EXPLAINED = "explained"
    NOT_SUPPORTED = "not_supported"


class HandedStatus(StrEnum):
    """How far the competent body is, as coarsely as the complainant is told."""

    UNDER_WAY = "under_way"
    DONE = "done"


class CallChannel(StrEnum):
    """How a complainant was called back."""

    PHONE = "phone"
    MESSAGE = "message"
    VISIT = "visit"


REFUSAL_REASONS = {
    RefusalReason.CIVIL_DISPUTE: "属于民事经济纠纷",
    RefusalReason.OTHER_PROCEDURE: "已进入或应当通过诉讼、仲裁、复议、信访、纪检等程序",
    RefusalReason.REPEATED: "已办结且没有新的事实和理由",
    RefusalReason.NO_FACTS: "没有明确的对象或具体事实",
    RefusalReason.OUTSIDE_REGION: "不属于本地区管辖",
    RefusalReason.STATE_SECRET: "涉及国家秘密",
    RefusalReason.NOT_OURS: "不属于营商环境问题",
}
OPINIONS = {Opinion.SUPPORTED: "支持", Opinion.EXPLAINED: "解释说明", Opinion.NOT_SUPPORTED: "不予支持"}
CALL_CHANNELS = {CallChannel.PHONE: "电话", CallChannel.MESSAGE: "信息", CallChannel.VISIT: "上门"}
HANDED_STATUSES = {HandedStatus.UNDER_WAY: "有权机关正在办理", HandedStatus.DONE: "有权机关已办结"}
MODES = {Mode.ANONYMOUS: "匿名", Mode.CONFIDENTIAL: "保密", Mode.NAMED: "实名"}
CHANNELS = {Channel.ONLINE: "网络", Channel.PHONE: "电话", Channel.WINDOW: "窗口", Channel.LETTER: "来信"}


class Refuse(Inputs):
    """不予受理: the reason, and the other way to go."""

    reason: Annotated[RefusalReason, choice(REFUSAL_REASONS)] = Field(title="不予受理的情形")
    explanation: LongText = Field(title="说明", description="举报人会看到这段说明")
    other_way: LongText = Field(title="可以走的其他途径", description="告诉举报人去哪里、怎么办")


class Screen(Inputs):
    """甄别研判: what it is about, how urgent, against whom, and the claims one by one."""

    category: CategoryCode = Field(title="类别")
    tier: Annotated[Tier, choice(TIERS)] = Field(title="紧急程度")
    claims: Claims = Field(title="诉求清单", description="逐项列出，答复时逐项回应")
    accused_units: UnitIds = Field(default_factory=list, title="被举报单位", description="将连同下属单位自动回避")
    accused_persons: PersonIds = Field(
        default_factory=list, title="被举报人员", description="本人回避；负责人被举报的由上一级办理"
    )
    note: LongText | None = Field(None, title="研判意见")


HitsConfirmed = Annotated[
    Flag,
    Field(
        title="已逐项核对",
        description="其中没有能认出举报人的内容；系统提示的地方确需保留",
    ),
]


class Transfer(Inputs):
    """移交转办: the summary that the handling unit reads instead of the raw text."""

    summary: LongText = Field(title="转办摘要", description="不得出现举报人身份信息；承办单位只看到摘要，看不到原文")
    lead: UnitId | None = Field(None, title="主办单位", description="不选则按派单规则")
    assisting: UnitIds = Field(default_factory=list, title="协办单位")
    withheld: MatterFileIds = Field(
        default_factory=list,
        title="不移交的附件",
        description="会暴露举报人身份的附件；其余附件处理后的副本承办单位可以查看",
    )
    hits_confirmed: HitsConfirmed = False


class Objection(Inputs):
    """退回异议: with reasons and legal basis, inside five working days (信访工作条例 art. 23 ¶3)."""

    reason: Reason = Field(title="异议理由")
    legal_basis: ShortText = Field(title="法律依据", description="写明文件名称和条款")
    better_unit: UnitId | None = Field(None, title="建议承办单位")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Assign(Inputs):
    """Who handles it."""

    post: PostId = Field(title="承办人")
    note: LongText | None = Field(None, title="交办意见")


class Contribute(Inputs):
    """The assisting unit's opinion."""

    opinion: LongText = Field(title="协办意见")


class Ask(Inputs):
    """A question to the complainant; the clock stands still until the answer."""

    question: LongText = Field(title="需要补充的内容", description="举报人会看到；不要索要身份信息")
    hits_confirmed: HitsConfirmed = False


class Supply(Inputs):
    """The complainant's answer."""

    text: LongText = Field(title="补充说明", description="承办单位会看到；请不要写姓名、电话等身份信息")
    files: FileIds = Field(default_factory=list, title="附件", description="承办单位会看到去除拍摄信息后的副本")


class Add(Inputs):
    """Something the complainant adds; read by the centre, not by the unit."""

    text: LongText = Field(title="补充内容", description="只有受理中心能看到原文")
    files: FileIds = Field(default_factory=list, title="附件", description="由受理中心决定是否转给承办单位")


class Relay(Inputs):
    """What of an addition the unit needs to know."""

    summary: LongText | None = Field(None, title="转告承办单位的内容", description="不填表示无需转告")
    withheld: MatterFileIds = Field(default_factory=list, title="不转给承办单位的附件")
    hits_confirmed: HitsConfirmed = False


class Extend(Inputs):
    """A request for more time."""

    reason: Reason = Field(title="延期理由", description="批准后会告知举报人")


class ClaimAnswer(Inputs):
    """The answer to one claim."""

    claim: Whole = Field(
        ge=0, le=19, title="诉求序号", json_schema_extra={"minimum": 0, "maximum": 19, "x-counted-from": 0}
    )
    opinion: Annotated[Opinion, choice(OPINIONS)] = Field(title="意见")
    facts: LongText = Field(title="事实和理由")
    reply: LongText = Field(title="处理意见")


class Answer(Inputs):
    """办理意见: claims one by one, facts, opinion, legal basis (信访工作条例 art. 32)."""

    summary: LongText = Field(title="结论", description="举报人首先看到的一段话")
    claims: list[ClaimAnswer] = Field(
        min_length=1, max_length=20, title="逐项答复", json_schema_extra={"x-widget": "claims"}
    )
    legal_basis: LongText = Field(title="法律依据")
    files: FileIds = Field(default_factory=list, title="办理依据", description="供审核，举报人看不到")


class Return(Inputs):
    """Why the answer goes back to its author."""

    points: LongText = Field(title="退回修改意见")


class Aspects(Inputs):
    """满意度 by aspect, 1 非常不满意 to 5 非常满意."""

    solved: Flag = Field(title="问题是否解决")
    speed: Score = Field(title="办理速度")
    attitude: Score = Field(title="服务态度")
    result: Score = Field(title="办理结果")


class CallBack(Aspects):
    """What the complainant said when reached."""

    channel: Annotated[CallChannel, choice(CALL_CHANNELS)] = Field(title="回访方式")
    words: LongText | None = Field(None, title="举报人的话")


class LogAttempt(Inputs):
    """A try that reached nobody."""

    channel: Annotated[CallChannel, choice(CALL_CHANNELS)] = Field(title="回访方式")
    note: ShortText | None = Field(None, title="情况")


class Rate(Aspects):
    """The complainant's own rating."""

    words: LongText | None = Field(None, title="想说的话")


class Close(Inputs):
    """办结."""

    conclusion: LongText = Field(title="办结意见")


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注", description="举报人看不到")
    files: FileIds = Field(default_factory=list, title="附件")


class Exclude(Inputs):
    """回避: a unit or a person found to be concerned."""

    units: UnitIds = Field(default_factory=list, title="回避单位")
    persons: PersonIds = Field(default_factory=list, title="回避人员")
    reason: Reason


class Retier(Inputs):
    """Another urgency, and why."""

    tier: Annotated[Tier, choice(TIERS)] = Field(title="紧急程度")
    reason: Reason


class HandOver(Inputs):
    """移送纪检监察: why it is not to be worked here, and on what basis."""

    reason: LongText = Field(title="移送理由", description="只有复核人和接收机关能看到")
    basis: ShortText = Field(title="移送依据", description="写明文件名称和条款")
    outside: ShortText | None = Field(
        None,
        title="名册以外的接收机关",
        description="名册中没有可接收的机关时填写",
    )


class TakeOver(Inputs):
    """确认接收: the recipient's own number."""

    receipt_number: ShortText = Field(title="接收编号")
    received_on: DayField = Field(title="接收日期")


class ReportStatus(Inputs):
    """反馈: as much as the complainant may know."""

    status: Annotated[HandedStatus, choice(HANDED_STATUSES)] = Field(title="办理状态", description="举报人会看到")


class Decision(Inputs):
    """Why a case went to its lead unit, as far as it is read."""

    reason: ShortText = Field(title="派单依据")


class Checked(Inputs):
    """How the summary was checked before it left."""

    hits: Count = Field(title="系统提示处数")
    confirmed: Flag = Field(title="已逐项核对")


class Suggested(Inputs):
    """What was suggested at the screening, and whether it was taken over."""

    category: CategoryCode = Field(title="建议类别")
    category_followed: Flag = Field(title="采用类别建议")
    tier: Annotated[Tier, choice(TIERS)] = Field(title="建议紧急程度")
    tier_followed: Flag = Field(title="采用紧急程度建议")
    claims_followed: Count = Field(title="采用诉求建议条数")


class Facts(Seen):
    """What a case's steps add to what was said, described like a form so that it is shown like one."""

    mode: Annotated[Mode, choice(MODES)] = Field(title="举报方式")
    region: RegionCode = Field(title="所在地区")
    category: CategoryCode = Field(title="类别")
    channel: Annotated[Channel, choice(CHANNELS)] = Field(title="来源")
    text_sha256: ShortText = Field(title="原文校验码（SHA-256）")
    unit: ShortText = Field(title="承办单位")
    routing: Decision = Field(title="派单依据")
    checked: Checked = Field(title="摘要核对")
    suggested: Suggested = Field(title="系统建议")
    answer: Answer = Field(title="答复内容")
    opened: Numbers = Field(title="产生的事项")
    letter: ShortText = Field(title="文书")
