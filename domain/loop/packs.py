"""Rule packs and the working calendar as values, kept in memory and read anew when a command changes them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from uuid import UUID

from domain.loop.calendar import Calendar
from domain.loop.clocks import Per, Term, due
from kit.errors import Conflict
from models import (
    CalendarDay,
    Category,
    NoticeHours,
    NoticeRule,
    PrivacyNotice,
    RatingChannelCode,
    RatingCriterion,
    Region,
    RetentionRule,
    RuleChoice,
    RulePack,
    RuleTerm,
    Rung,
    Situation,
    TextTemplate,
    Tier,
    Unit,
)

FRESH_SECONDS = 5.0  # another process's correction is seen after this long at the latest


@dataclass(frozen=True)
class Pack:
    """The terms of one rule pack with the calendar they are counted on."""

    code: str
    silence_accepts: bool
    roll_holidays: bool
    limits: Mapping[str, int]
    terms: Mapping[tuple[str, Tier | None], Term]
    sources: Mapping[tuple[str, Tier | None], str]
    calendar: Calendar = field(repr=False)

    def term(self, clock: str, tier: Tier) -> Term:
        """The tier's own term for a clock, else the general one; raises KeyError for an unknown clock."""
        return self.terms.get((clock, tier)) or self.terms[clock, None]

    def terms_of(self, tier: Tier) -> dict[str, Term]:
        """All clocks' terms for one tier."""
        return {clock: self.term(clock, tier) for clock, own in self.terms if own in (None, tier)}

    def due(self, start: datetime, clock: str, tier: Tier) -> datetime:
        """When something that starts now is due."""
        return due(start, self.term(clock, tier), self.calendar, roll=self.roll_holidays)


APPROVED = "须报领导批准后下发"
APPROVED_AND_COSTS = "须报领导批准后下发，责任单位取消本年度评先资格"
COSTS = "约谈后责任单位取消本年度评先资格"


class NoReceiver(Conflict):
    """The whole intake chain must step aside: the roster needs a receiving unit outside the accused's line."""

    code, message = "no_receiver", "没有可以受理的单位，请联系系统管理员补充名册"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A unit that takes matters in; `line` tells whose being accused keeps it out."""

    unit_id: UUID
    code: str
    line: frozenset[UUID]


@dataclass(frozen=True)
class Book:
    """Everything that changes by a row and is asked at every step."""

    packs: Mapping[str, Pack]
    choices: tuple[RuleChoice, ...]
    categories: Mapping[str, Category]
    regions: Mapping[str, str]  # names by code
    receivers: tuple[Receiver, ...]
    calendar: Calendar
    templates: Mapping[tuple[str, str], tuple[TextTemplate, ...]]  # by verb and field
    notices: tuple[PrivacyNotice, ...]  # the newest first
    notice_rules: tuple[NoticeRule, ...]  # in order
    notice_hours: Mapping[str, NoticeHours]  # by audience
    retention: tuple[RetentionRule, ...]  # in order, of one order the newest first
    choices_of: Mapping[str, Mapping[str, str]]  # what a form offers that is rows: names by code
    notes_of: Mapping[str, Mapping[str, str]]  # what a choice of such a row brings, where that is to be known before
    read_at: float

    def pack_for(self, category: str | None, receiving_unit_code: str, kind: str = "case") -> Pack:
        """The pack of the first choice that fits; raises LookupError when the rules name none."""
        for choice in self.choices:
            if (
                choice.kind == kind
                and choice.category in (None, category)
                and choice.receiving_unit_code in (None, receiving_unit_code)
            ):
                return self.packs[choice.pack_id]
        raise LookupError("no rule pack fits; the choices need a last row that fits everything")

    def notice(self, on: date) -> PrivacyNotice:
        """The privacy notice that holds on a day: the newest whose day has come, else the first there is."""
        return next((notice for notice in self.notices if notice.effective_from <= on), self.notices[-1])

    def outside(self, accused: AbstractSet[UUID]) -> list[Receiver]:
        """The units of the intake chain, in order, that no accused unit stands above; raises NoReceiver for none."""
        able = [receiver for receiver in self.receivers if not receiver.line & accused]
        if not able:
            raise NoReceiver
        return able


RECEIVES = "intake"  # duty tags of the intake chain begin so; their order is the chain's

_book: Book | None = None


async def book() -> Book:
    """The rules as they stand, at most `FRESH_SECONDS` old."""
    global _book  # noqa: PLW0603  # a cache of rows; `forget` empties it
    if _book is None or monotonic() - _book.read_at > FRESH_SECONDS:
        _book = await _read()
    return _book


def as_read() -> Book:
    """The rules as they were last read: for a guard, which stands after whoever has read them."""
    if _book is None:
        raise LookupError("nobody has read the rules")
    return _book


def forget() -> None:
    """Read the rules anew at the next question: they were changed, or the database is another."""
    global _book  # noqa: PLW0603  # see above
    _book = None


async def _read() -> Book:
    days = await CalendarDay.all().values("day", "working", "name", "source")
    calendar = Calendar.of(days)  # type: ignore[arg-type]  # values() is typed as plain dicts
    terms: dict[str, dict[tuple[str, Tier | None], Term]] = {}
    sources: dict[str, dict[tuple[str, Tier | None], str]] = {}
    for term in await RuleTerm.all():
        terms.setdefault(term.pack_id, {})[term.clock, term.tier] = Term(term.amount, Per(term.per))
        sources.setdefault(term.pack_id, {})[term.clock, term.tier] = term.source
    packs = {
        pack.code: Pack(
            code=pack.code,
            silence_accepts=pack.silence_accepts,
            roll_holidays=pack.roll_holidays,
            limits=pack.limits,
            terms=terms.get(pack.code, {}),
            sources=sources.get(pack.code, {}),
            calendar=calendar,
        )
        for pack in await RulePack.all()
    }
    rated = await RatingCriterion.all().order_by("order")
    criteria = [one for one in rated if RatingChannelCode.MEETING in one.channels]
    return Book(
        packs=packs,
        choices=tuple(await RuleChoice.all().order_by("order")),
        categories={category.code: category for category in await Category.all()},
        regions=dict(await Region.all().values_list("code", "name")),
        receivers=await _receivers(),
        calendar=calendar,
        templates=await _templates(),
        choices_of={
            "rungs": dict(await Rung.all().order_by("order").values_list("code", "name")),
            "situations": dict(await Situation.all().order_by("order").values_list("code", "name")),
            "meeting_criteria": {one.code: one.name for one in criteria},
        },
        notes_of={
            "rungs": {
                rung.code: APPROVED_AND_COSTS if rung.disqualifies else APPROVED
                for rung in await Rung.filter(approved=True)
            },
            "situations": {situation.code: COSTS for situation in await Situation.filter(disqualifies=True)},
            "meeting_criteria": {one.code: one.says for one in criteria},
        },
        notices=tuple(await PrivacyNotice.all().order_by("-effective_from", "-version")),
        notice_rules=tuple(await NoticeRule.all().order_by("order")),
        retention=tuple(await RetentionRule.all().order_by("order", "-effective_from", "code")),
        notice_hours={hours.audience: hours for hours in await NoticeHours.all()},
        read_at=monotonic(),
    )


async def _templates() -> dict[tuple[str, str], tuple[TextTemplate, ...]]:
    found: dict[tuple[str, str], tuple[TextTemplate, ...]] = {}
    for one in await TextTemplate.all().order_by("order", "code"):
        found[one.verb, one.field] = (*found.get((one.verb, one.field), ()), one)
    return found


async def _receivers() -> tuple[Receiver, ...]:
    units = await Unit.filter(
        until=None, duty_tags__overlap=[RECEIVES, f"{RECEIVES}-2", f"{RECEIVES}-3", f"{RECEIVES}-last"]
    )
    ranked = sorted((min(tag for tag in unit.duty_tags if tag.startswith(RECEIVES)), unit.code, unit) for unit in units)
    return tuple(Receiver(unit.id, code, frozenset(unit.line)) for _, code, unit in ranked)
