"""Loading the rules that are rows: duty tags, categories, packs, routing, calendar, privacy notice, templates."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import orjson
from pydantic import ValidationError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from domain.loop import calendar_days, packs, retention
from domain.loop import rule_lines as lines
from domain.loop.rule_lines import Count, RulesInvalid
from kit import clock
from kit.words import speaking
from models import (
    Case,
    Category,
    DutyList,
    DutyTag,
    FilePurpose,
    FileQuota,
    LetterForm,
    Matter,
    NoticeHours,
    NoticeRule,
    PrivacyNotice,
    RatingChannel,
    RatingCriterion,
    Region,
    RetentionRule,
    RoutingRule,
    RuleChoice,
    RulePack,
    RuleTerm,
    Rung,
    Situation,
    TextTemplate,
    Timing,
)
from models.database import insert

BY_CONTENT = 5  # the version of a UUID that uuid5 made
SWITCHES = ("silence_accepts", "roll_holidays", "limits")  # of a pack; its name may be mended any time
PROPOSALS = {"@owners", "@superior"}  # tags of routing that stand for more than one duty tag


FILES = (
    "duty_tags.toml", "categories.toml", "rule_packs.toml", "routing.toml", "privacy.toml", "templates.toml",
    "files.toml", "notices.toml", "letters.toml", "supervision.toml", "retention.toml",
    "duty_lists.toml", "rating.toml",
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
            "duty_lists": await _kept(DutyList, [line.model_dump() for line in books.duty_list]),
            "rating_channels": await _kept(RatingChannel, [line.model_dump() for line in books.rating_channel]),
            "rating_criteria": await _kept(RatingCriterion, [line.model_dump() for line in books.rating_criterion]),
            "retention_rules": await _followed(RetentionRule, books.retention),
            "calendar_days": await calendar_days.loaded(),
            "privacy_notices": await _kept(PrivacyNotice, _notices(books), key="version"),
            "text_templates": await _followed(TextTemplate, books.template),
        }
    packs.forget()
    return counts


def _read(folder: Path) -> lines.Books:
    everything: dict[str, Any] = {}
    for file in FILES:
        try:
            content = tomllib.loads((folder / file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RulesInvalid([f"{file}: {error}"]) from error
        # Single values above the rows hold for each row that has none of its own.
        common = {key: value for key, value in content.items() if not isinstance(value, list)}
        for key in content.keys() - common.keys():
            needed = lines.LINES[key].model_fields if key in lines.LINES else {}
            shared = {name: value for name, value in common.items() if name in needed}
            everything[key] = [shared | row for row in content[key]]
    try:
        return lines.Books.model_validate(everything)
    except ValidationError as error:
        raise RulesInvalid(
            [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        ) from error


def _contradictions(books: lines.Books, regions: set[str]) -> Iterator[str]:
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
        ("责任清单", [one.code for one in books.duty_list]),
        ("清单条目", [(one.code, item.code) for one in books.duty_list for item in one.items]),
        ("评议渠道", [one.code for one in books.rating_channel]),
        ("评议项目", [one.code for one in books.rating_criterion]),
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
    for audience in get_args(lines.Audience):
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


def _wrong_retention(books: lines.Books) -> Iterator[str]:
    """Identity goes first and the record last, and no matter is without a rule."""
    first = min(rule.effective_from for rule in books.retention)
    if not any(rule.everything and rule.effective_from == first for rule in books.retention):
        yield "保存期限: 缺少适用于一切事项的一条"
    for rule in books.retention:
        if not rule.identity_months <= rule.content_months <= rule.record_months:
            yield f"保存期限 {rule.code}: 身份最短，记录最长"


def _references(books: lines.Books) -> Iterator[tuple[str, str, str | None]]:
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


async def _broken_terms(books: lines.Books) -> list[str]:
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


async def _broken_notices(books: lines.Books) -> list[str]:
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


def _notices(books: lines.Books) -> list[dict[str, Any]]:
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


def _rung(line: lines.Rung) -> dict[str, Any]:
    return {"letter_id": line.letter, **line.model_dump(exclude={"letter"})}


def _changed(stored: set[tuple[Any, ...]], given: set[tuple[Any, ...]]) -> bool:
    """Whether a term is another or gone, or a clock that had some has more."""
    return bool(stored - given or {clock for clock, *_ in given - stored} & {clock for clock, *_ in stored})


def _terms_of(pack: lines.Pack) -> set[tuple[Any, ...]]:
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


async def _followed(model: type[Model], given: Sequence[lines.Line]) -> Count:
    """The file's rows and no others: nothing that was done depends on one."""
    key = str(model._meta.pk_attr)  # noqa: SLF001  # Tortoise has no other name for it
    rows = [line.model_dump() for line in given]
    count = await _kept(model, rows, key=key)
    gone = await model.exclude(**{f"{key}__in": [row[key] for row in rows]}).delete()
    return Count(count.total, count.changed + gone)


async def _terms_replaced(given: Sequence[lines.Pack]) -> Count:
    stored = await _stored_terms()
    changed = 0
    for pack in given:
        if stored[pack.code] != _terms_of(pack):
            await RuleTerm.filter(pack_id=pack.code).delete()
            await insert(RuleTerm(id=uuid4(), pack_id=pack.code, **term.model_dump(mode="json")) for term in pack.terms)
            changed += len(pack.terms)
    return Count(sum(len(pack.terms) for pack in given), changed)


async def _choices_replaced(given: Sequence[lines.Choice]) -> Count:
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


async def _rules_followed(given: Sequence[lines.Rule], today: date) -> Count:
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


def _id_of(rule: lines.Rule) -> UUID:
    content = orjson.dumps(rule.model_dump(mode="json", exclude={"effective_to"}), option=orjson.OPT_SORT_KEYS)
    return uuid5(NAMESPACE_URL, f"routing-rule:{content.decode()}")
