"""What each step of a report needs; the content of a report is one of them."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from domain.loop.kinds import Inputs
from domain.loop.widgets import (
    Amount,
    Claims,
    DayField,
    FileId,
    FileIds,
    Flag,
    LeaderPostId,
    LongText,
    MeetingCriterionCode,
    Number,
    OfficialId,
    PostId,
    Reason,
    ShortText,
    UnitId,
    choice,
    each_of,
)
from kit import captions
from kit.captions import CaptionsUnreadable
from kit.shapes import Line, Text, Whole, Wrong
from models import ReportScope


class Form(StrEnum):
    """「1+4+5+N」: the ways in which somebody reports (seeds 001)."""

    WRITTEN = "written"
    SPECIAL = "special"
    MEETING = "meeting"
    MEDIA = "media"


FORMS = {Form.WRITTEN: "书面述法", Form.SPECIAL: "专题述法", Form.MEETING: "会议述法", Form.MEDIA: "新媒体述法"}
SCOPES = {
    ReportScope.INTERNAL: "本地区工作人员",
    ReportScope.EVALUATORS: "评议代表和工作人员",
    ReportScope.PUBLIC: "向社会公开",
}
Seconds = Annotated[Whole, Field(ge=0, le=24 * 3600)]
ItemCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]


class Called(Inputs):
    """Who has to report."""

    official: OfficialId


class Exempted(Inputs):
    """免述, or its end: why, and who decided."""

    reason: Reason
    decided_by: PostId | None = Field(None, title="决定人")


class Section(Inputs):
    """What is told of one item of the duty list."""

    item: ItemCode = Field(title="清单条目")
    text: LongText = Field(title="内容")


class Answered(Inputs):
    """What became of something that must be answered: a problem of last year, an inspector's finding, a lost suit."""

    item: Annotated[str, Line(60)] = Field(title="必述内容")
    text: LongText = Field(title="说明")


class Mark(Inputs):
    """A place in a clip that one may jump to: a chapter, or in an interview a question and its answer."""

    at: Seconds = Field(title="第几秒")
    title: Annotated[str, Line(100)] = Field(title="标题或问题")
    answer: Annotated[str, Text(1000)] | None = Field(None, title="回答要点")


class Clip(Inputs):
    """One recording: a part of the report, or an interview; in the order in which they are to be seen."""

    file: FileId = Field(title="视频")
    title: Annotated[str, Line(60)] = Field(title="标题")
    item: ItemCode | None = Field(None, title="对应的清单条目")
    interview: Flag = Field(False, title="现场访谈")
    captions: Annotated[str, Text(200_000)] | None = Field(None, title="字幕", description="SRT 或 WebVTT，或逐行填写")
    marks: list[Mark] = Field(default_factory=list, max_length=60, title="章节或问答")

    @field_validator("captions")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        try:
            return None if value is None else captions.as_vtt(value)
        except CaptionsUnreadable as error:
            raise Wrong(f"字幕第 {error.line} 行无法识别，请检查时间格式") from error


class Content(Inputs):
    """The report: text, recordings, or both. Text alone is an equal choice (国办函〔2026〕12号)."""

    title: ShortText = Field(title="标题")
    forms: list[Annotated[Form, choice(FORMS)]] = Field(min_length=1, max_length=4, title="述法形式")
    sections: list[Section] = Field(default_factory=list, max_length=20, title="履职情况")
    answers: list[Answered] = Field(default_factory=list, max_length=400, title="必述内容的说明")
    problems: list[Annotated[str, Line(300)]] = Field(default_factory=list, max_length=20, title="存在的问题")
    measures: Annotated[str, Text(4000)] | None = Field(None, title="下一步措施")
    clips: list[Clip] = Field(default_factory=list, max_length=12, title="视频")
    document: FileId | None = Field(None, title="书面报告（PDF）")

    @property
    def files(self) -> list[UUID]:
        """Everything that is attached, in order."""
        return [*(clip.file for clip in self.clips), *([self.document] if self.document else [])]


class Point(Inputs):
    """What is wrong, and where: a clip and second, an item of the outline, or the whole."""

    text: Annotated[str, Text(1000)] = Field(title="问题")
    clip: Annotated[Whole, Field(ge=1, le=12)] | None = Field(None, title="第几段视频")
    at: Seconds | None = Field(None, title="第几秒")
    item: ItemCode | None = Field(None, title="清单条目")


class SendBack(Inputs):
    """退回整改: each point by itself."""

    points: list[Point] = Field(min_length=1, max_length=40, title="需要修改的地方")


class ContentChecked(Inputs):
    """内容预审: the list that徐州、扬州 review by (seeds 003), and what must not be published."""

    own_words: Flag = Field(title="第一人称，讲个人履职", description="不只是单位工作")
    yearly_tasks: Flag = Field(title="结合年度重点任务")
    problems_named: Flag = Field(title="查摆问题具体")
    measures_clear: Flag = Field(title="整改思路清楚")
    must_answered: Flag = Field(title="必述内容逐项说明")
    nothing_secret: Flag = Field(title="不涉及国家秘密、工作秘密、未公开案件和个人信息")
    opinion: LongText | None = Field(None, title="预审意见")


class TechnicalChecked(Inputs):
    """技术预审: what can be seen, heard and read."""

    picture: Flag = Field(title="画面清楚、人像端正", description="没有视频的视为合格")
    sound: Flag = Field(title="声音清楚")
    captions: Flag = Field(title="字幕与讲话一致")
    opinion: LongText | None = Field(None, title="预审意见")


class Publish(Inputs):
    """To whom."""

    scope: Annotated[ReportScope, choice(SCOPES)] = Field(title="公开范围")


class Because(Inputs):
    """A step that needs a reason."""

    reason: Reason


class Designate(Inputs):
    """点评领导: who comments."""

    post: LeaderPostId = Field(title="点评领导")


class Problem(Inputs):
    """A problem that a comment names; each becomes a line of the ledger."""

    problem: LongText = Field(title="问题")
    unit: UnitId | None = Field(None, title="责任单位", description="不填则为述法人所在单位")
    measure: LongText | None = Field(None, title="整改要求")
    due_on: DayField | None = Field(None, title="整改期限", description="不填则为三个月")


class Comment(Inputs):
    """点评: what is good, what is wanting."""

    text: LongText = Field(title="点评意见")
    problems: list[Problem] = Field(default_factory=list, max_length=10, title="指出的问题")


class Occasion(StrEnum):
    """What an observer was present at."""

    REPORT = "report"
    MEETING = "meeting"
    VISIT = "visit"


OCCASIONS = {Occasion.REPORT: "述法报告", Occasion.MEETING: "述法会议", Occasion.VISIT: "走访调研"}


class Observe(Inputs):
    """观察记录: what an observer saw, and when; another note corrects it, nothing else does."""

    on: DayField | None = Field(None, title="观察日期", description="不填则为今天")
    occasion: Annotated[Occasion, choice(OCCASIONS)] = Field(title="观察的事项")
    text: LongText = Field(
        title="观察记录", description="预审机构、督察和组织人事会看到，不向社会公开；提交后不能修改，有误时另写一条更正"
    )
    correction: Flag = Field(False, title="这是对以前一条记录的更正")
    files: FileIds = Field(default_factory=list, title="附件")


SCORES = ("one", "two", "three", "four", "five")  # as a box has them, the lowest first


class Tally(Inputs):
    """Of one criterion, on how many ballots each score stood, and on how many none."""

    criterion: MeetingCriterionCode = Field(title="评议项目")
    five: Amount = Field(0, title="5 分")
    four: Amount = Field(0, title="4 分")
    three: Amount = Field(0, title="3 分")
    two: Amount = Field(0, title="2 分")
    one: Amount = Field(0, title="1 分")
    abstained: Amount = Field(0, title="弃权")


class Ballots(Inputs):
    """会议测评票: what stands on a meeting's paper. Nothing of it is written into the timeline."""

    held_on: DayField = Field(title="会议日期", exclude=True)
    ballots: Amount = Field(title="收回的票", description="张数，含无效票", exclude=True)
    invalid: Amount = Field(0, title="其中无效票", exclude=True)
    tallies: Annotated[list[Tally], each_of("criterion")] = Field(
        min_length=1, max_length=20, title="各项得票", description="每项各档与弃权的合计应当等于有效票；没有的不填",
        exclude=True,
    )  # fmt: skip


class Note(Inputs):
    """An internal note."""

    text: LongText = Field(title="内部备注")


class Facts(Inputs):
    """What a report's steps add to what was said."""

    version: Number = Field(title="第几稿")
    problems: Claims = Field(title="指出的问题")
