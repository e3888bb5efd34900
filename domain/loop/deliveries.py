"""送达: notices go out over WeChat as rows: planned with the inbox, sent under a lease, each with its fate.

A row is claimed in one transaction (its fence grows), sent, and marked under that fence in another. Whoever is killed
in between leaves a lease that runs out: WeChat may have taken the message, so the row is uncertain, is sent again, and
that is counted. Nothing here is ever only in memory.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import orjson
import structlog
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from domain.loop import duties, packs, reach
from domain.loop.delivery_plans import Means, Offer, audience_of, locked, order, rule_of, ways
from domain.loop.duties import Owed
from domain.loop.hours import Hours
from domain.loop.reach import Address
from domain.loop.sight import excluded_among
from domain.people import actors
from domain.people.actors import Actor
from domain.wechat import consents, fans
from kit import clock, crypto
from kit.settings import Settings
from models import (
    Account,
    CheckAnswer,
    Delivery,
    DeliveryState,
    Fan,
    Halt,
    Notice,
    NoticeChannel,
    NoticeRule,
)
from models.database import connection, insert

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
MOST_TRIES = len(PAUSES) + 1
MOST_LOST = 2  # answers of one message that were lost on the way, which each may mean that somebody reads it twice
HELD = timedelta(minutes=2)  # far longer than one message takes
LANES = 4  # messages at a time in one worker; to one person only one
NO_CONSENT, UNFOLLOWED, STRANGER = "43101", "43004", "40003"
NOTHING_OWED = "有{new}条新通知"
_BUSY = timedelta(seconds=1)
_OPEN = (DeliveryState.OWED, DeliveryState.UNCERTAIN)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way: to whom, by what, saying what. `once` is the same however often it is sent."""

    channel: NoticeChannel
    message: str
    offer: Offer
    openid: str = field(repr=False)
    text: str
    owed: Owed
    once: str
    fan_id: UUID | None = None


class Unsent(Exception):
    """Why a message did not go out; `why` is a code of WeChat's, or a word."""

    def __init__(self, why: str, seconds: int | None = None) -> None:
        self.why, self.seconds = why, seconds
        super().__init__(why)


class Gone(Unsent):
    """This channel will never take it for this person."""


class Later(Unsent):
    """Not taken; the same may be tried again."""


class Halted(Unsent):
    """Nobody gets anything through this channel for so many seconds."""


class Barred(Halted):
    """Nobody gets anything through any channel of this account."""


class Misset(Unsent):
    """What is set here or at WeChat is wrong: this channel takes nothing until somebody mends it."""


class _Overtaken(Exception):
    """The lease was over, or the complainant turned it off: the row is no longer ours."""


class Lost(Unsent):
    """The answer was lost. `likely` tells whether WeChat may well have taken it; a server's error means rather not."""

    def __init__(self, why: str, *, likely: bool) -> None:
        super().__init__(why)
        self.likely = likely


class Saying(Protocol):
    """Whoever speaks to WeChat."""

    async def said(self, letter: Letter) -> str:
        """Send it; gives the id under which its fate is told, or nothing. Raises one of the Unsent."""


_CLAIMED = """
UPDATE delivery SET fence = fence + 1, held_until = $2, attempts = attempts + 1,
    lost = lost + (held_until IS NOT NULL)::int,
    state = CASE WHEN held_until IS NULL THEN state ELSE 'uncertain' END
WHERE id = (
    SELECT d.id FROM delivery d
    WHERE d.state IN ('owed', 'uncertain') AND d.with_other_id IS NULL AND d.due_at <= $1
        AND (d.held_until IS NULL OR d.held_until < $1)
        AND NOT EXISTS (SELECT FROM halt h WHERE h.channel = d.channel AND h.until > $1)
    ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


async def sent(settings: Settings, means: Means, saying: Saying, limit: int = 500) -> int:
    """Send what is due; returns how many rows were taken in hand. Any number of workers may do so."""
    if not means:
        return 0
    post = _Post(settings, means, saying, limit)
    await asyncio.gather(*(post.lane() for _ in range(LANES)))
    return post.done


@dataclass
class _Post:
    """One round of sending."""

    settings: Settings
    means: Means
    saying: Saying
    limit: int
    done: int = 0

    async def lane(self) -> None:
        """One after the other, until nothing is due."""
        while self.done < self.limit:
            now = clock.now()
            rows = await connection().execute_query_dict(_CLAIMED, [now, now + HELD])
            if not rows:
                return
            self.done += 1
            delivery = await Delivery.get(id=rows[0]["id"]).select_related("notice__matter")
            try:
                await self._carried(delivery)
            except (BaseORMException, OSError):
                raise
            except _Overtaken:
                continue
            except Exception as error:  # noqa: BLE001  # one that fails must not hold up the others
                _log.exception("delivery_failed", kind=type(error).__name__)
                with suppress(_Overtaken):
                    await self._failed(delivery, Later("bug"))

    async def _carried(self, delivery: Delivery) -> None:
        if delivery.attempts > MOST_TRIES:  # whoever had it in hand was killed each time
            async with in_transaction():
                await self._given_up(delivery, "lost")
            return
        letter = await self._letter(delivery)
        if isinstance(letter, str):
            await self._over(delivery, letter)
            return
        # One message at a time to one person (43108): a lock that ends with whoever holds it.
        whose = fans.hash_of(self.settings, letter.offer.app_id, letter.openid)
        async with in_transaction():
            if not await _alone(whose):
                await _mine(delivery).update(
                    held_until=None, attempts=delivery.attempts - 1, due_at=clock.now() + _BUSY
                )
                return
            try:
                message_id = await self.saying.said(letter)
            except Unsent as unsent:
                await self._failed(delivery, unsent, letter)
            else:
                await self._done(delivery, letter, message_id)

    async def _letter(self, delivery: Delivery) -> Letter | str:
        """What to send to whom, or why nothing is."""
        book = await packs.book()
        rule = rule_of(book, delivery.notice, delivery.notice.matter)
        if delivery.account_id is not None:
            return await self._to_officer(delivery, rule)
        address = await self._address(delivery, rule)
        if address is None:
            return "no_way"
        offer = self.means.get((address.channel, rule.message))
        openid, fan_id = address.openid, None
        if address.fan:
            fan = await Fan.get_or_none(id=address.fan)
            openid, fan_id = (fans.openid_of(self.settings, fan), fan.id) if fan else ("", None)
        if offer is None or offer.app_id != address.app or not openid:
            return "no_way"
        return Letter(
            address.channel, rule.message, offer, openid, delivery.text, Owed(), delivery.id.hex, fan_id
        )  # fmt: skip

    async def _to_officer(self, delivery: Delivery, rule: NoticeRule) -> Letter | str:
        fan = await Fan.get_or_none(id=delivery.fan_id, account_id=delivery.account_id)
        account = await Account.get_or_none(id=delivery.account_id, disabled_at=None)
        offer = self.means.get((delivery.channel, rule.message))
        if fan is None or account is None or offer is None or offer.app_id != fan.app_id:
            return "unbound"
        person = await actors.of_person(account.person_id, account_id=account.id)
        others = await Delivery.filter(with_other_id=delivery.id).select_related("notice")
        unread = [one for one in (delivery.notice, *(other.notice for other in others)) if one.read_at is None]
        if not unread:
            return "read"
        news = [one for one in unread if _is_to(person, one) and not (await excluded_among(one.matter_id, [person]))[0]]
        if not news:
            return "not_theirs"
        owed = Owed()
        for post in person.posts:
            owed += await duties.owed(await actors.of_person(account.person_id, active=post.post_id))
        words = delivery.text if owed.count or "{" not in delivery.text else NOTHING_OWED
        text = words.format(count=owed.count, late=owed.late, new=len(news))
        openid = fans.openid_of(self.settings, fan)
        return Letter(delivery.channel, rule.message, offer, openid, text, owed, delivery.id.hex, fan.id)

    async def _address(self, delivery: Delivery, rule: NoticeRule) -> Address | None:
        """Where a complainant's message goes; taken from the vault once, and kept sealed with the row until its end."""
        if delivery.address is None:
            async with in_transaction():
                set_up = [channel for channel in order(rule) if (channel, rule.message) in self.means]
                found = await reach.taken(self.settings, delivery.notice.matter_id, order(rule), set_up)
                if not found:
                    return None
                delivery.address, delivery.channel = self._sealed(delivery.id, found), found[0].channel
                mine = await _mine(delivery).update(address=delivery.address, channel=delivery.channel)
                if not mine:
                    raise _Overtaken
        return self._opened(delivery)[0]

    def _sealed(self, delivery_id: UUID, addresses: list[Address]) -> bytes:
        raw = orjson.dumps([asdict(address) for address in addresses])
        return crypto.seal(self.settings.master, raw, about=about(delivery_id), cipher=self.settings.cipher)

    def _opened(self, delivery: Delivery) -> list[Address]:
        if delivery.address is None:
            return []
        raw = crypto.open_with(self.settings.masters, delivery.address, about=about(delivery.id))
        return [Address(**{**one, "channel": NoticeChannel(one["channel"])}) for one in orjson.loads(raw)]

    async def _done(self, delivery: Delivery, letter: Letter, message_id: str) -> None:
        """WeChat took it."""
        if message_id:
            await locked(_trace(message_id))
        early = await CheckAnswer.get_or_none(trace_id=_trace(message_id)) if message_id else None
        state = DeliveryState.SENT
        if early is not None:
            state = DeliveryState.ARRIVED if early.passed else DeliveryState.ENDED
            await early.delete()
        await _mine(delivery).update(
            state=state, message_id=message_id[:64], sent_at=clock.now(), held_until=None, address=None,
            problem=early.label if early and not early.passed else "",
        )  # fmt: skip
        if delivery.account_id and letter.fan_id and letter.channel is NoticeChannel.SUBSCRIBE:
            await consents.used(letter.fan_id, letter.offer.template_id)
        await Halt.filter(channel__in=_kin(letter.channel)).delete()

    async def _failed(self, delivery: Delivery, unsent: Unsent, letter: Letter | None = None) -> None:
        """What follows from how it failed."""
        match unsent:
            case Gone():
                await self._refused(delivery, unsent.why, letter)
                return
            case Halted():
                await self._halted(delivery, unsent)
                return
            case Misset():
                await self._given_up(delivery, unsent.why)
                return
            case Lost():
                lost = delivery.lost + 1
                if (unsent.likely and lost >= MOST_LOST) or delivery.attempts >= MOST_TRIES:
                    delivery.lost = lost
                    await self._given_up(delivery, "lost")
                    return
                state, changed = DeliveryState.UNCERTAIN, {"lost": lost}
            case _:
                if delivery.attempts >= MOST_TRIES:
                    await self._given_up(delivery, unsent.why)
                    return
                state, changed = delivery.state, {}
        pause = PAUSES[min(delivery.attempts, len(PAUSES)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
        pause = max(pause, timedelta(seconds=unsent.seconds or 0))
        due_at = (await self._hours(delivery)).again(clock.now() + pause, delivery.timing)
        await _mine(delivery).update(state=state, due_at=due_at, held_until=None, problem=unsent.why[:40], **changed)

    async def _hours(self, delivery: Delivery) -> Hours:
        return Hours.of((await packs.book()).notice_hours[audience_of(delivery.notice)])

    async def _halted(self, delivery: Delivery, halted: Halted) -> None:
        """The channel rests, for everybody; the row waits, and that is no try of its own."""
        now = clock.now()
        until = now + timedelta(seconds=halted.seconds or 3600)
        app_id = next((offer.app_id for (channel, _), offer in self.means.items() if channel is delivery.channel), "")
        channels = set(_kin(delivery.channel))
        if isinstance(halted, Barred):
            channels |= {channel for (channel, _), offer in self.means.items() if offer.app_id == app_id}
        for channel in sorted(channels):
            await connection().execute_query(_HALT, [channel.value, halted.why[:40], now, until])
        due_at = (await self._hours(delivery)).again(until, delivery.timing)
        await _mine(delivery).update(
            due_at=due_at, held_until=None, problem=halted.why[:40], attempts=delivery.attempts - 1
        )

    async def _refused(self, delivery: Delivery, why: str, letter: Letter | None) -> None:
        """This channel ends for this person; what we believed of them is corrected, and the next one tried."""
        if letter is not None and why == NO_CONSENT:
            if letter.fan_id:
                await consents.refused(letter.fan_id, letter.offer.template_id)
            elif not delivery.notice.matter.coarse:  # before the row: whoever turns it off locks in this order
                await reach.refused(self.settings, delivery.notice.matter_id)
        await self._end(delivery, DeliveryState.ENDED, why)
        if letter is not None and letter.fan_id and why in {UNFOLLOWED, STRANGER}:
            await fans.unfollowed(letter.fan_id)
        await self._next(delivery)

    async def _given_up(self, delivery: Delivery, why: str) -> None:
        """It could not be sent; that is seen, and the next channel tried."""
        _log.warning("notice_not_sent", channel=delivery.channel, why=why)
        await self._end(delivery, DeliveryState.FAILED, why)
        await self._next(delivery)

    async def _over(self, delivery: Delivery, why: str) -> None:
        """Nothing need be sent."""
        await self._end(delivery, DeliveryState.ENDED, why)

    async def _end(self, delivery: Delivery, state: DeliveryState, why: str) -> None:
        ended = await _mine(delivery).update(
            state=state, problem=why[:40], held_until=None, address=None, lost=delivery.lost
        )
        if not ended:
            raise _Overtaken

    async def _next(self, delivery: Delivery) -> None:
        """The next channel's row, and what goes along with it; the caller is in a transaction."""
        if delivery.account_id is None:
            rest = self._opened(delivery)[1:]
            if not rest:
                return
            following = _following(delivery, rest[0].channel, None)
            following.address = self._sealed(following.id, rest)
        else:
            rule = rule_of(await packs.book(), delivery.notice, delivery.notice.matter)
            tried = Delivery.filter(notice_id=delivery.notice_id, account_id=delivery.account_id)
            before: set[Any] = set(await tried.values_list("channel", "fan_id"))
            way = next(
                (one for one in await ways(self.means, rule, delivery.account_id) if (one[0], one[1].id) not in before),
                None,
            )
            if way is None:
                return
            following = _following(delivery, way[0], way[1].id)
        await insert([following])
        await Delivery.filter(with_other_id=delivery.id).update(with_other_id=following.id)


_SAME_CALL = (NoticeChannel.LASTING, NoticeChannel.SUBSCRIBE)


def _kin(channel: NoticeChannel) -> tuple[NoticeChannel, ...]:
    """The channels that share a quota with this one."""
    return _SAME_CALL if channel in _SAME_CALL else (channel,)


_HALT = """
INSERT INTO halt (channel, problem, since, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (channel) DO UPDATE SET problem = $2, until = $4
"""


def _following(delivery: Delivery, channel: NoticeChannel, fan_id: UUID | None) -> Delivery:
    return Delivery(
        id=uuid4(), notice_id=delivery.notice_id, fan_id=fan_id, account_id=delivery.account_id, with_other_id=None,
        channel=channel, state=DeliveryState.OWED, timing=delivery.timing, text=delivery.text, due_at=clock.now(),
    )  # fmt: skip


def _is_to(person: Actor, notice: Notice) -> bool:
    """Whether one of the person's posts is still whom the notice is to."""
    return any(
        notice.post_id in {post.post_id, post.stands_in_for}
        if notice.post_id
        else (notice.unit_id, notice.role) == (post.unit_id, post.role)
        for post in person.posts
    )


async def _alone(whose: str) -> bool:
    _, rows = await connection().execute_query(
        "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS alone", [f"openid {whose}"]
    )
    return bool(rows[0]["alone"])


def _mine(delivery: Delivery) -> Any:  # a query of Tortoise's
    return Delivery.filter(id=delivery.id, fence=delivery.fence, state__in=_OPEN)


def about(delivery_id: UUID) -> bytes:
    """What a sealed address says that it is."""
    return b"address\0" + UUID(str(delivery_id)).bytes


def _trace(message_id: str) -> str:
    return f"message:{message_id}"[:100]


async def fate(message_id: str, *, arrived: bool, problem: str = "") -> None:
    """WeChat tells what became of a message; what comes before we know its id waits for that.

    The caller is in a transaction.
    """
    if not message_id:
        return
    await locked(_trace(message_id))
    state = DeliveryState.ARRIVED if arrived else DeliveryState.ENDED
    known = await Delivery.filter(message_id=message_id, state=DeliveryState.SENT).update(
        state=state, problem="" if arrived else problem[:40]
    )
    if known or await Delivery.exists(message_id=message_id):
        return
    values = {"passed": arrived, "label": problem[:40], "received_on": clock.today()}
    await CheckAnswer.get_or_create(trace_id=_trace(message_id), defaults=values)
