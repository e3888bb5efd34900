"""Loading the rules that are rows: duty tags, categories, packs, routing, calendar, privacy notice, templates."""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop import calendar, packs, retention
from domain.loop.clocks import Per
from kit import clock
from kit.errors import Refusal
from kit.words import CHINESE, ENGLISH, speaking
from models import (
    CalendarDay,
    Case,
    Category,
    DutyTag,
    FilePurpose,
    FileQuota,
    LetterForm,
    Level,
    Matter,
    NoticeChannel,
    NoticeHours,
    NoticeRule,
    PrivacyNotice,
    Region,
    RetentionRule,
    RoutingRule,
    RuleChoice,
    RulePack,
    RuleTerm,
    Rung,
    Situation,
    TextTemplate,
    Tier,
    Timing,
)
from models.database import connection, insert

FROM_PACKAGE = "chinesecalendar"  # in a day's source: nobody corrected it by hand
YEARS_BACK, YEARS_AHEAD = 3, 2
BY_CONTENT = 5  # the version of a UUID that uuid5 made
SWITCHES = ("silence_accepts", "roll_holidays", "limits")  # of a pack; its name may be mended any time
PROPOSALS = {"@owners", "@superior"}  # tags of routing that stand for more than one duty tag


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


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _InBothLanguages(_Line):
    zh_hans: Annotated[str, Field(alias=CHINESE, min_length=1)]
    en: Annotated[str, Field(alias=ENGLISH, min_length=1)]


class _Tag(_Line):
    code: Code40
    name: Text60


class _Category(_Line):
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


class _Term(_Line):
    clock: Code40
    tier: Tier | None = None
    amount: int = Field(ge=0)
    per: Per
    source: Text200


class _Pack(_Line):
    code: Code40
    name: Annotated[str, Field(min_length=1, max_length=80)]
    silence_accepts: bool
    roll_holidays: bool
    limits: dict[str, int]
    effective_from: date
    source: Text200
    terms: list[_Term] = Field(min_length=1)


class _Choice(_Line):
    order: int
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")] = "case"
    category: Code8 | None = None
    receiving_unit_code: Code40 | None = None
    pack: Code40


class _Rule(_Line):
    order: int
    category: Code8 | None = None
    region: Annotated[str, Field(pattern=r"^\d{2,12}$")] | None = None
    level: Level | None = None
    tag: Code40
    reason: Text200
    effective_from: date
    effective_to: date | None = None
    source: Text200


class _Notice(_Line):
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
    effective_from: date
    text: _InBothLanguages
    source: Text200


class _Template(_Line):
    code: Code40
    verb: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    field: Code40
    order: int
    title: Text60
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    effective_from: date
    source: Text200


class _Purpose(_Line):
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    media_types: list[Annotated[str, Field(pattern=r"^[a-z0-9.+/-]{3,100}$")]] = Field(min_length=1)
    most_bytes: int = Field(gt=0)
    most_seconds: int | None = Field(None, gt=0)
    staff_only: bool = False
    effective_from: date
    source: Text200


class _Quota(_Line):
    code: Literal["ticket", "receipt", "person", "matter"]
    most_files: int = Field(gt=0)
    most_bytes: int = Field(gt=0)
    days: int = Field(gt=0, le=365)
    effective_from: date
    source: Text200


Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Audience = Literal["complainant", "officer"]


class _NoticeRule(_Line):
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


class _Letter(_Line):
    code: Code40
    name: Text60
    series: Annotated[str, Field(min_length=1, max_length=20)]
    template: Annotated[str, Field(pattern=r"^[a-z_]{1,30}\.html$")]
    effective_from: date
    source: Text200


class _NoticeHours(_Line):
    audience: Audience
    quiet_from: Hour
    quiet_until: Hour
    digests: list[Hour] = []
    working_days: bool = True
    effective_from: date
    source: Text200


class _Rung(_Line):
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


class _Situation(_Line):
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    order: int = Field(gt=0)
    name: Text120
    disqualifies: bool = False
    effective_from: date
    source: Text200


Months = Annotated[int, Field(ge=0, le=1200)]


class _Retention(_Line):
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


class _Books(_Line):
    """All files together, each list under the name it has in its file."""

    duty_tag: list[_Tag]
    category: list[_Category]
    pack: list[_Pack]
    choice: list[_Choice]
    rule: list[_Rule]
    notice: list[_Notice] = Field(min_length=1)
    template: list[_Template]
    purpose: list[_Purpose]
    quota: list[_Quota] = Field(min_length=4)
    notice_rule: list[_NoticeRule]
    notice_hours: list[_NoticeHours]
    letter: list[_Letter]
    rung: list[_Rung] = Field(min_length=1)
    situation: list[_Situation] = Field(min_length=1)
    retention: list[_Retention] = Field(min_length=1)


_LINES: dict[str, type[_Line]] = {
    "duty_tag": _Tag, "category": _Category, "pack": _Pack, "choice": _Choice, "rule": _Rule,
    "notice": _Notice, "template": _Template, "purpose": _Purpose, "quota": _Quota,
    "notice_rule": _NoticeRule, "notice_hours": _NoticeHours,
    "letter": _Letter, "rung": _Rung, "situation": _Situation,
    "retention": _Retention,
}  # fmt: skip


FILES = (
    "duty_tags.toml", "categories.toml", "rule_packs.toml", "routing.toml", "privacy.toml", "templates.toml",
    "files.toml", "notices.toml", "letters.toml", "supervision.toml", "retention.toml",
)  # fmt: skip


async def loaded(folder: Path) -> dict[str, Count]:
    """Load the folder's rule files and the calendar, in one transaction; a second time changes nothing.

    What is no longer in a file stays for the decisions it was used in: a routing rule is ended, tags, categories
    and packs remain, a template or a notice's rule goes. Rules and days that were entered by hand are left alone. A
    pack that a matter was filed under can't change, as its due dates would: a changed pack is a new code; nor a privacy
    notice that somebody was shown: a changed text is a new version. Raises RulesInvalid with all faults.
    """
    books = _read(folder)
    today = clock.today()
    async with in_transaction():
        regions = {region.code for region in await Region.all()}
        problems = [*_contradictions(books, regions), *await _broken_terms(books), *await _broken_notices(books)]
        if problems:
            raise RulesInvalid(problems)
        counts = {
            "duty_tags": await _kept(DutyTag, [line.model_dump() for line in books.duty_tag]),
            "categories": await _kept(Category, [line.model_dump() for line in books.category]),
            "rule_packs": await _kept(RulePack, [line.model_dump(exclude={"terms"}) for line in books.pack]),
            "rule_terms": await _terms_replaced(books.pack),
            "rule_choices": await _choices_replaced(books.choice),
            "routing_rules": await _rules_followed(books.rule, today),
            "file_purposes": await _kept(FilePurpose, [line.model_dump() for line in books.purpose]),
            "file_quotas": await _kept(FileQuota, [line.model_dump() for line in books.quota]),
            "notice_rules": await _followed(NoticeRule, books.notice_rule),
            "notice_hours": await _followed(NoticeHours, books.notice_hours),
            "letter_forms": await _kept(LetterForm, [line.model_dump() for line in books.letter]),
            "rungs": await _kept(Rung, [_rung(line) for line in books.rung]),
            "situations": await _kept(Situation, [line.model_dump() for line in books.situation]),
            "retention_rules": await _followed(RetentionRule, books.retention),
            "calendar_days": await calendar_loaded(),
            "privacy_notices": await _kept(PrivacyNotice, _notices(books), key="version"),
            "text_templates": await _followed(TextTemplate, books.template),
        }
    packs.forget()
    return counts


def _read(folder: Path) -> _Books:
    everything: dict[str, Any] = {}
    for file in FILES:
        try:
            content = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RulesInvalid([f"{file}: {error}"]) from error
        # Single values above the rows hold for each row that has none of its own.
        common = {key: value for key, value in content.items() if not isinstance(value, list)}
        for key in content.keys() - common.keys():
            needed = _LINES[key].model_fields if key in _LINES else {}
            shared = {name: value for name, value in common.items() if name in needed}
            everything[key] = [shared | row for row in content[key]]
    try:
        return _Books.model_validate(everything)
    except ValidationError as error:
        raise RulesInvalid(
            [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        ) from error


def _contradictions(books: _Books, regions: set[str]) -> Iterator[str]:
    """References that lead nowhere and keys that are there twice."""
    for what, keys in (
        ("职责标签", [tag.code for tag in books.duty_tag]),
        ("类别", [category.code for category in books.category]),
        ("规则包", [pack.code for pack in books.pack]),
        ("规则选择", [choice.order for choice in books.choice]),
        ("隐私告知", [notice.version for notice in books.notice]),
        ("常用语", [template.code for template in books.template]),
        ("附件用途", [purpose.code for purpose in books.purpose]),
        ("附件配额", [quota.code for quota in books.quota]),
        ("通知规则", [rule.code for rule in books.notice_rule]),
        ("通知规则次序", [rule.order for rule in books.notice_rule]),
        ("通知时段", [hours.audience for hours in books.notice_hours]),
        ("文种", [letter.code for letter in books.letter]),
        ("督办层级", [rung.code for rung in books.rung]),
        ("督办层级顺序", [rung.order for rung in books.rung]),
        ("约谈情形", [situation.code for situation in books.situation]),
        ("约谈情形顺序", [situation.order for situation in books.situation]),
        ("保存期限", [rule.code for rule in books.retention]),
        ("时限", [(pack.code, term.clock, term.tier) for pack in books.pack for term in pack.terms]),
    ):
        yield from (f"{what} {key}: 重复" for key, times in Counter(keys).items() if times > 1)
    if not any(
        choice.kind == "case" and choice.category is None and choice.receiving_unit_code is None
        for choice in books.choice
    ):
        yield "规则选择: 缺少适用于一切事项的最后一条"
    for audience in get_args(Audience):
        mine = [rule for rule in books.notice_rule if rule.audience == audience]
        if not any(not rule.templates and not rule.tiers for rule in mine):
            yield f"通知规则: 缺少适用于 {audience} 一切通知的一条"
        hours = next((hours for hours in books.notice_hours if hours.audience == audience), None)
        if hours is None or (not hours.digests and any(rule.timing is Timing.DIGEST for rule in mine)):
            yield f"通知时段: 缺少 {audience} 的时段或汇总时间"
    yield from _wrong_retention(books)
    tags = {tag.code for tag in books.duty_tag}
    known = {
        "职责标签": tags,
        "派单标签": tags | PROPOSALS,
        "类别": {category.code for category in books.category},
        "规则包": {pack.code for pack in books.pack},
        "地区": regions,
        "文种": {letter.code for letter in books.letter},
    }
    for place, what, key in _references(books):
        if key is not None and key not in known[what]:
            yield f"{place}: 没有{what} {key}"


def _wrong_retention(books: _Books) -> Iterator[str]:
    """Identity goes first and the record last, and no matter is without a rule."""
    first = min(rule.effective_from for rule in books.retention)
    if not any(rule.everything and rule.effective_from == first for rule in books.retention):
        yield "保存期限: 缺少适用于一切事项的一条"
    for rule in books.retention:
        if not rule.identity_months <= rule.content_months <= rule.record_months:
            yield f"保存期限 {rule.code}: 身份最短，记录最长"


def _references(books: _Books) -> Iterator[tuple[str, str, str | None]]:
    """Where something is named, what kind of thing it is, and its key."""
    for category in books.category:
        yield from ((f"类别 {category.code}", "职责标签", tag) for tag in (*category.owners, *category.assisting))
    for choice in books.choice:
        yield f"规则选择 {choice.order}", "规则包", choice.pack
        yield f"规则选择 {choice.order}", "类别", choice.category
    yield from ((f"督办层级 {rung.code}", "文种", rung.letter) for rung in books.rung)
    yield from ((f"保存期限 {rule.code}", "类别", rule.category) for rule in books.retention)
    for rule in books.rule:
        yield f"派单规则 {rule.order}", "派单标签", rule.tag
        yield f"派单规则 {rule.order}", "类别", rule.category
        yield f"派单规则 {rule.order}", "地区", rule.region


async def _broken_terms(books: _Books) -> list[str]:
    """Packs in use whose terms the files would change; a clock that they didn't have yet changes no due date."""
    used = set(await Matter.all().distinct().values_list("rule_pack_id", flat=True))
    stored = await _stored_terms()
    kept = {pack.code: pack for pack in await RulePack.filter(code__in=used)}
    return [
        f"规则包 {pack.code}: 已有事项适用，内容不得改动，请另立新编码"
        for pack in books.pack
        if pack.code in kept
        and (
            _changed(stored[pack.code], _terms_of(pack))
            or any(getattr(kept[pack.code], switch) != getattr(pack, switch) for switch in SWITCHES)
        )
    ]


async def _broken_notices(books: _Books) -> list[str]:
    """Versions of the privacy notice that somebody was shown and whose text or day the file would change."""
    stored = {notice.version: notice for notice in await PrivacyNotice.all()}
    changed = [
        given["version"]
        for given in _notices(books)
        if (kept := stored.get(given["version"]))
        and (kept.text, kept.effective_from) != (given["text"], given["effective_from"])
    ]
    found = Case.filter(privacy_version__in=changed).distinct()
    shown: set[Any] = set(await found.values_list("privacy_version", flat=True))
    return [
        f"隐私告知 {version}: 已有举报人看过，内容不得改动，请另立新版本" for version in changed if version in shown
    ]


def _notices(books: _Books) -> list[dict[str, Any]]:
    """The notices with the terms of retention of their day: what people are told is what the rows say."""
    given = [line.model_dump(by_alias=True) for line in books.notice]
    for notice in given:
        rules = [
            RetentionRule(**rule.model_dump())
            for rule in sorted(books.retention, key=lambda rule: (rule.order, rule.code))
            if rule.kind == "case" and rule.effective_from <= notice["effective_from"]
        ]
        for language, text in notice["text"].items():
            with speaking(language):
                notice["text"][language] = text.replace("{retention}", retention.table(rules))
    return given


def _rung(line: _Rung) -> dict[str, Any]:
    return {"letter_id": line.letter, **line.model_dump(exclude={"letter"})}


def _changed(stored: set[tuple[Any, ...]], given: set[tuple[Any, ...]]) -> bool:
    """Whether a term is another or gone, or a clock that had some has more."""
    return bool(stored - given or {clock for clock, *_ in given - stored} & {clock for clock, *_ in stored})


def _terms_of(pack: _Pack) -> set[tuple[Any, ...]]:
    return {(term.clock, term.tier, term.amount, term.per.value, term.source) for term in pack.terms}


async def _stored_terms() -> dict[str, set[tuple[Any, ...]]]:
    stored: dict[str, set[tuple[Any, ...]]] = {pack.code: set() for pack in await RulePack.all()}
    for term in await RuleTerm.all():
        stored[term.pack_id].add((term.clock, term.tier, term.amount, term.per, term.source))
    return stored


async def _kept(model: type[Model], rows: Sequence[Mapping[str, Any]], *, key: str = "code") -> Count:
    """Insert rows with a new code and update those that differ; others stay."""
    stored: dict[str, Any] = {row.pk: row for row in await model.all()}
    await insert(model(**row) for row in rows if row[key] not in stored)
    changed = sum(row[key] not in stored for row in rows)
    for row in rows:
        old = stored.get(row[key])
        if old and any(getattr(old, name) != value for name, value in row.items()):
            await old.update_from_dict(dict(row)).save()
            changed += 1
    return Count(len(rows), changed)


async def _followed(model: type[Model], given: Sequence[_Line]) -> Count:
    """The file's rows and no others: nothing that was done depends on one."""
    key = str(model._meta.pk_attr)  # noqa: SLF001  # Tortoise has no other name for it
    rows = [line.model_dump() for line in given]
    count = await _kept(model, rows, key=key)
    gone = await model.exclude(**{f"{key}__in": [row[key] for row in rows]}).delete()
    return Count(count.total, count.changed + gone)


async def _terms_replaced(given: Sequence[_Pack]) -> Count:
    stored = await _stored_terms()
    changed = 0
    for pack in given:
        if stored[pack.code] != _terms_of(pack):
            await RuleTerm.filter(pack_id=pack.code).delete()
            await insert(RuleTerm(id=uuid4(), pack_id=pack.code, **term.model_dump(mode="json")) for term in pack.terms)
            changed += len(pack.terms)
    return Count(sum(len(pack.terms) for pack in given), changed)


async def _choices_replaced(given: Sequence[_Choice]) -> Count:
    stored = {
        (row.order, row.kind, row.category, row.receiving_unit_code, row.pack_id) for row in await RuleChoice.all()
    }
    wanted = {(row.order, row.kind, row.category, row.receiving_unit_code, row.pack) for row in given}
    if wanted != stored:
        await RuleChoice.all().delete()
        await insert(
            RuleChoice(id=uuid4(), order=order, kind=kind, category=category, receiving_unit_code=unit, pack_id=pack)
            for order, kind, category, unit, pack in wanted
        )
    return Count(len(given), len(wanted - stored))


async def _rules_followed(given: Sequence[_Rule], today: date) -> Count:
    """Insert the file's new rules and end those it has no more.

    A rule of the file has an id made from its content; one that was entered by hand has a random id.
    """
    wanted = {_id_of(rule): rule for rule in given}
    stored = {rule.id: rule for rule in await RoutingRule.all()}
    await insert(RoutingRule(id=id_, **rule.model_dump()) for id_, rule in wanted.items() if id_ not in stored)
    changed = len(wanted.keys() - stored.keys())
    for id_, rule in stored.items():
        gone = id_.version == BY_CONTENT and id_ not in wanted and rule.effective_to is None
        ends = today - timedelta(days=1) if gone else wanted[id_].effective_to if id_ in wanted else rule.effective_to
        if ends != rule.effective_to:
            await RoutingRule.filter(id=id_).update(effective_to=ends)
            changed += 1
    return Count(len(given), changed)


def _id_of(rule: _Rule) -> UUID:
    content = orjson.dumps(rule.model_dump(mode="json", exclude={"effective_to"}), option=orjson.OPT_SORT_KEYS)
    return uuid5(NAMESPACE_URL, f"routing-rule:{content.decode()}")


_DAYS = """
INSERT INTO calendar_day (day, working, name, source)
SELECT day, working, name, source FROM jsonb_populate_recordset(NULL::calendar_day, $1::jsonb)
ON CONFLICT (day) DO UPDATE SET working = EXCLUDED.working, name = EXCLUDED.name, source = EXCLUDED.source
WHERE (calendar_day.working, calendar_day.name, calendar_day.source)
      IS DISTINCT FROM (EXCLUDED.working, EXCLUDED.name, EXCLUDED.source)
RETURNING day
"""


async def calendar_loaded() -> Count:
    """Load the days of the package `chinesecalendar` for some years around today, unless somebody corrected them."""
    year = clock.today().year
    days = calendar.from_package(year - YEARS_BACK, year + YEARS_AHEAD)
    corrected = {
        day.day for day in await CalendarDay.all() if FROM_PACKAGE not in day.source and day.source != calendar.GUESSED
    }
    return Count(len(days), await _days_written([day for day in days if day["day"] not in corrected]))


async def _days_written(days: Sequence[calendar.Row]) -> int:
    return len(await connection().execute_query_dict(_DAYS, [orjson.dumps(days).decode()]))


class _Day(_Line):
    day: date
    working: bool
    name: Annotated[str, Field(max_length=40)] = ""
    source: Text120


def calendar_rows(content: bytes) -> list[calendar.Row]:
    """The days of a CSV (day, working, name, source) in UTF-8; raises RulesInvalid with every line that is wrong."""
    rows: list[calendar.Row] = []
    problems: list[str] = []
    try:
        lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RulesInvalid([f"日历文件无法读取: {error}"]) from error
    for number, line in enumerate(lines, start=2):
        try:
            day = _Day.model_validate({key or "多余的单元格": value for key, value in line.items()})
        except ValidationError as error:
            problems += [f"第 {number} 行 {fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
            continue
        rows.append({"day": day.day, "working": day.working, "name": day.name, "source": day.source})
        if FROM_PACKAGE in day.source or day.source == calendar.GUESSED:
            problems.append(f"第 {number} 行 source: 请写明更正的依据")
    problems += [f"{day} 重复" for day, times in Counter(row["day"] for row in rows).items() if times > 1]
    if problems:
        raise RulesInvalid(problems)
    return rows


async def calendar_corrected(rows: Sequence[calendar.Row]) -> int:
    """Set days by hand, which later loads leave alone; returns how many changed.

    Due dates are derived anew at each step; those that stand already are not moved by a correction.
    """
    changed = await _days_written(rows)
    packs.forget()
    return changed
