"""What stands in the rule files, line by line, before any line is compared with another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.loop.clocks import Per
from kit.errors import Refusal
from kit.words import CHINESE, ENGLISH
from models import Level, NoticeChannel, RatingChannelCode, Tier, Timing


class RulesInvalid(Refusal):
    """The rule files contradict themselves or each other; `details.problems` lists everything that is wrong."""

    status, code, message = 422, "rules_invalid", "规则文件有误"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("规则文件有误：\n" + "\n".join(problems), details={"problems": list(problems)})


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a file has, and how many of them were new or changed what was stored."""

    total: int
    changed: int


Code8 = Annotated[str, Field(min_length=1, max_length=8)]
Code40 = Annotated[str, Field(min_length=1, max_length=40)]
Text60 = Annotated[str, Field(min_length=1, max_length=60)]
Text120 = Annotated[str, Field(min_length=1, max_length=120)]
Text200 = Annotated[str, Field(min_length=1, max_length=200)]


class Line(BaseModel):
    """A row of a rule file; nothing that it does not know, and what was read stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class InBothLanguages(Line):
    """A text as people read it, in Chinese and in English."""

    zh_hans: Annotated[str, Field(alias=CHINESE, min_length=1)]
    en: Annotated[str, Field(alias=ENGLISH, min_length=1)]


class Tag(Line):
    """事权标签: what a unit is responsible for."""

    code: Code40
    name: Text60


class Category(Line):
    """类别: what a case is about, and whose duty that is."""

    code: Code8
    name: Text60
    plain: Text120
    owners: list[Code40] = Field(min_length=1)
    assisting: list[Code40] = []
    tier: Tier
    discipline: bool = False
    enforcement: bool = False
    legal_route: bool = False
    basis: Annotated[str, Field(max_length=200)] = ""
    effective_from: date
    source: Text200


class Term(Line):
    """A clock of a pack: so much, for every tier or for one."""

    clock: Code40
    tier: Tier | None = None
    amount: int = Field(ge=0)
    per: Per
    source: Text200


class Pack(Line):
    """规则包: what holds for a case from filing to end."""

    code: Code40
    name: Annotated[str, Field(min_length=1, max_length=80)]
    silence_accepts: bool
    roll_holidays: bool
    limits: dict[str, int]
    effective_from: date
    source: Text200
    terms: list[Term] = Field(min_length=1)


class Choice(Line):
    """Which pack a matter gets."""

    order: int
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")] = "case"
    category: Code8 | None = None
    receiving_unit_code: Code40 | None = None
    pack: Code40


class Rule(Line):
    """派单规则: who handles what, from when until when."""

    order: int
    category: Code8 | None = None
    region: Annotated[str, Field(pattern=r"^\d{2,12}$")] | None = None
    level: Level | None = None
    tag: Code40
    reason: Text200
    effective_from: date
    effective_to: date | None = None
    source: Text200


class Notice(Line):
    """A version of the privacy notice."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
    effective_from: date
    text: InBothLanguages
    source: Text200


class Template(Line):
    """A text that an officer may begin with."""

    code: Code40
    verb: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    field: Code40
    order: int
    title: Text60
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    effective_from: date
    source: Text200


class Purpose(Line):
    """附件用途: what may be brought, and how large."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    media_types: list[Annotated[str, Field(pattern=r"^[a-z0-9.+/-]{3,100}$")]] = Field(min_length=1)
    most_bytes: int = Field(gt=0)
    most_seconds: int | None = Field(None, gt=0)
    staff_only: bool = False
    effective_from: date
    source: Text200


class Quota(Line):
    """How many files and bytes one may hold."""

    code: Literal["ticket", "receipt", "person", "matter"]
    most_files: int = Field(gt=0)
    most_bytes: int = Field(gt=0)
    days: int = Field(gt=0, le=365)
    effective_from: date
    source: Text200


Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Audience = Literal["complainant", "officer"]


class NoticeRule(Line):
    """Which way a notice goes, and when."""

    code: Code40
    order: int
    audience: Audience
    templates: list[Code40] = []
    tiers: list[Tier] = []
    channels: list[NoticeChannel]
    message: Literal["progress", "duty"]
    timing: Timing
    text: Annotated[str, Field(min_length=1, max_length=20)]
    effective_from: date
    source: Text200


class Letter(Line):
    """文书: a form of a letter."""

    code: Code40
    name: Text60
    series: Annotated[str, Field(min_length=1, max_length=20)]
    template: Annotated[str, Field(pattern=r"^[a-z_]{1,30}\.html$")]
    effective_from: date
    source: Text200


class NoticeHours(Line):
    """When nobody is disturbed."""

    audience: Audience
    quiet_from: Hour
    quiet_until: Hour
    digests: list[Hour] = []
    working_days: bool = True
    effective_from: date
    source: Text200


class Rung(Line):
    """督办层级: a step of the ladder of supervision."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    order: int = Field(gt=0)
    name: Annotated[str, Field(min_length=1, max_length=40)]
    clock: Literal["", "internal", "statutory"] = ""
    days_late: int = Field(0, ge=0)
    letter: Code40
    answer_days: int = Field(gt=0)
    look_back_days: int = Field(0, ge=0, le=366)
    approved: bool = False
    listed: bool = False
    disqualifies: bool = False
    effective_from: date
    source: Text200


class Situation(Line):
    """约谈情形: when somebody is called in."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    order: int = Field(gt=0)
    name: Text120
    disqualifies: bool = False
    effective_from: date
    source: Text200


Months = Annotated[int, Field(ge=0, le=1200)]


class Retention(Line):
    """保存期限: how long what is kept of which matters."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    order: int
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")] | None = None
    category: Code8 | None = None
    outcome: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")] | None = None
    anonymous: bool | None = None
    archive_days: int = Field(ge=0, le=366)
    identity_months: Months
    content_months: Months
    record_months: Months
    effective_from: date
    source: Text200

    @property
    def everything(self) -> bool:
        """Whether it fits every matter."""
        return (self.kind, self.category, self.outcome, self.anonymous) == (None, None, None, None)


class Item(Line):
    """清单条目: what one part of a report is about."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    name: Text60
    hint: Text120
    must: bool


class DutyList(Line):
    """责任清单: what one sort of official accounts for."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    official: Literal["party_head", "government_head", "party_department", "government_department"]
    name: Text60
    effective_from: date
    items: list[Item] = Field(min_length=1, max_length=20)
    source: Text200


class RatingChannel(Line):
    """评议渠道: who rates, and from how many on anything shows."""

    code: RatingChannelCode
    order: int
    name: Text60
    fewest: int = Field(ge=2, le=1000)
    public: bool
    source: Text200


class RatingCriterion(Line):
    """评议项目: what is rated, in which channels."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    order: int
    name: Text60
    says: Text120
    channels: list[RatingChannelCode] = Field(min_length=1)
    source: Text200


class Books(Line):
    """All files together, each list under the name it has in its file."""

    duty_tag: list[Tag]
    category: list[Category]
    pack: list[Pack]
    choice: list[Choice]
    rule: list[Rule]
    notice: list[Notice] = Field(min_length=1)
    template: list[Template]
    purpose: list[Purpose]
    quota: list[Quota] = Field(min_length=4)
    notice_rule: list[NoticeRule]
    notice_hours: list[NoticeHours]
    letter: list[Letter]
    rung: list[Rung] = Field(min_length=1)
    situation: list[Situation] = Field(min_length=1)
    retention: list[Retention] = Field(min_length=1)
    duty_list: list[DutyList] = Field(min_length=1)
    rating_channel: list[RatingChannel] = Field(min_length=1)
    rating_criterion: list[RatingCriterion] = Field(min_length=1)


LINES: dict[str, type[Line]] = {
    "duty_tag": Tag, "category": Category, "pack": Pack, "choice": Choice, "rule": Rule,
    "notice": Notice, "template": Template, "purpose": Purpose, "quota": Quota,
    "notice_rule": NoticeRule, "notice_hours": NoticeHours,
    "letter": Letter, "rung": Rung, "situation": Situation,
    "retention": Retention, "duty_list": DutyList,
    "rating_channel": RatingChannel, "rating_criterion": RatingCriterion,
}  # fmt: skip
