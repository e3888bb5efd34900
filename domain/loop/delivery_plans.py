"""送达的计划: which messages a notice owes, to whom, by which way and when; `deliveries` sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise.models import Model

from domain.loop import packs
from domain.loop.hours import Hours
from domain.loop.packs import Book
from domain.wechat import consents, fans
from kit import clock
from models import (
    COMPLAINANT,
    Delivery,
    DeliveryState,
    Fan,
    Matter,
    Notice,
    NoticeChannel,
    NoticeRule,
    Reach,
)
from models.database import connection


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel that this installation has for one kind of message: account, and template where it takes one."""

    app_id: str
    template_id: str = ""


Means = Mapping[tuple[NoticeChannel, str], Offer]  # by channel and message: progress, duty


def rule_of(book: Book, notice: Notice, matter: Matter) -> NoticeRule:
    """The first rule that fits a notice."""
    audience, today = audience_of(notice), clock.today()
    return next(
        rule
        for rule in book.notice_rules
        if rule.audience == audience
        and rule.effective_from <= today
        and (not rule.templates or notice.template in rule.templates)
        and (not rule.tiers or str(matter.tier) in rule.tiers)
    )


def audience_of(notice: Notice) -> str:
    """Whose rules hold for a notice."""
    return COMPLAINANT if notice.role == COMPLAINANT else "officer"


async def planned(means: Means, notices: list[Notice]) -> Sequence[Model]:
    """The messages that these notices owe, as new rows; the caller is in a transaction and writes them.

    What goes out at the same moment to the same person is one message: the first row's, which the others name.
    """
    if not means:
        return []
    await locked("notices planned")
    book = await packs.book()
    plan = _Plan(means, book, clock.now())
    reached = await Reach.filter(
        matter_id__in=[one.matter_id for one in notices if one.role == COMPLAINANT], way__isnull=False
    )
    told = {row.matter_id for row in reached}
    officers = [one for one in notices if one.role != COMPLAINANT]
    people = await _people([one.id for one in officers]) if officers else {}
    for notice in notices:
        if notice.matter_id in told and notice.role == COMPLAINANT:
            await plan.add(notice, None)
        for account_id in people.get(notice.id, ()):
            await plan.add(notice, account_id)
    return plan.rows


_PEOPLE = """
SELECT DISTINCT w.id, a.id AS account_id FROM (
    SELECT n.id, p.person_id FROM notice n JOIN post p ON p.id = n.post_id OR p.stands_in_for_id = n.post_id
    WHERE n.id = ANY($1::uuid[]) AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2)
    UNION ALL
    SELECT n.id, p.person_id FROM notice n JOIN post p ON p.unit_id = n.unit_id AND p.role = n.role
    WHERE n.id = ANY($1::uuid[]) AND n.post_id IS NULL AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2)
) w JOIN account a ON a.person_id = w.person_id AND a.disabled_at IS NULL
WHERE EXISTS (SELECT FROM fan f WHERE f.account_id = a.id)
"""


async def _people(notices: list[UUID]) -> dict[UUID, list[UUID]]:
    """The accounts with a phone of those whom each notice is to."""
    found: dict[UUID, list[UUID]] = {}
    for row in await connection().execute_query_dict(_PEOPLE, [notices, clock.today()]):
        found.setdefault(row["id"], []).append(row["account_id"])
    return found


class _Plan:
    """Rows in the making."""

    def __init__(self, means: Means, book: Book, now: datetime) -> None:
        self.means, self.book, self.now = means, book, now
        self.rows: list[Delivery] = []
        self._first: dict[tuple[Any, ...], UUID | None] = {}
        self._ways: dict[tuple[str, UUID], list[tuple[NoticeChannel, Fan]]] = {}

    async def add(self, notice: Notice, account_id: UUID | None) -> None:
        """Owe this notice to a member of staff, or to the complainant; to nobody who can't be reached."""
        rule = rule_of(self.book, notice, notice.matter)
        hours = Hours.of(self.book.notice_hours[audience_of(notice)])
        if account_id is None:
            # Which it is to be is known when the vault is opened, and that is done when it is sent.
            channel = next((one for one in order(rule) if (one, rule.message) in self.means), None)
            fan_id = None
        else:
            if (rule.code, account_id) not in self._ways:
                self._ways[rule.code, account_id] = await ways(self.means, rule, account_id)
            way = next(iter(self._ways[rule.code, account_id]), None)
            channel, fan_id = (way[0], way[1].id) if way else (None, None)
        if channel is None:
            return
        due_at = hours.due(self.now, rule.timing, self.book.calendar.is_working)
        delivery = Delivery(
            id=uuid4(), notice_id=notice.id, fan_id=fan_id, account_id=account_id, with_other_id=None, channel=channel,
            state=DeliveryState.OWED, timing=rule.timing, text=rule.text, due_at=due_at,
        )  # fmt: skip
        if due_at > self.now:
            delivery.with_other_id = await self._other(notice, delivery)
        self.rows.append(delivery)

    async def _other(self, notice: Notice, delivery: Delivery) -> UUID | None:
        """The row that goes out to the same person at that moment, if there is one; from now on there is."""
        key = (account := delivery.account_id, None if account else notice.matter_id, delivery.due_at)
        if key not in self._first:
            rows = await connection().execute_query_dict(_WAITING, [account, notice.matter_id, delivery.due_at])
            self._first[key] = rows[0]["id"] if rows else None
        if self._first[key] is None:
            self._first[key] = delivery.id
            return None
        return self._first[key]


_WAITING = f"""
SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id
WHERE d.due_at = $3 AND d.state = 'owed' AND d.attempts = 0 AND d.with_other_id IS NULL
    AND CASE WHEN $1::uuid IS NULL THEN d.account_id IS NULL AND n.matter_id = $2 AND n.role = '{COMPLAINANT}'
        ELSE d.account_id = $1 END
LIMIT 1 FOR UPDATE OF d
"""


def order(rule: NoticeRule) -> list[NoticeChannel]:
    """The channels of a rule, the first that can be used first."""
    return [NoticeChannel(channel) for channel in rule.channels]


async def ways(means: Means, rule: NoticeRule, account_id: UUID) -> list[tuple[NoticeChannel, Fan]]:
    """How a member of staff can be reached now, in the rule's order."""
    bound = await Fan.filter(account_id=account_id).order_by("met_on", "id")
    found = []
    for channel in order(rule):
        offer = means.get((channel, rule.message))
        if offer:
            theirs = [fan for fan in bound if fan.app_id == offer.app_id]
            found += [(channel, fan) for fan in theirs if await _open_to(channel, fan, offer)]
    return found


async def _open_to(channel: NoticeChannel, fan: Fan, offer: Offer) -> bool:
    match channel:
        case NoticeChannel.LASTING | NoticeChannel.SUBSCRIBE:
            return await consents.left(fan.id, offer.template_id) > 0
        case NoticeChannel.SERVICE:
            return fans.may_hear(fan) and not await consents.silent(fan.id)
    return fan.follows and not await consents.silent(fan.id)


async def locked(name: str) -> None:
    """One at a time for this name, until the transaction ends."""
    await connection().execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name])
