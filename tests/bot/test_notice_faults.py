"""Hundreds of notices while WeChat fails in each of its ways: none is lost, and what may be double is counted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from demo.wechat.faults import Fault
from demo.wechat.world import Person
from kit import clock
from kit.settings import Settings
from models import COMPLAINANT, Delivery, DeliveryState, Mode, Notice
from models.database import insert
from tests.bot.told import Told, matter, told_at
from tests.makers import case_filed
from tests.servers import Servers

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=clock.CHINA)
CASES, EACH = 10, 12
SUBSCRIBE, TEMPLATE = "/cgi-bin/message/subscribe/send", "/cgi-bin/message/template/send"


@pytest.fixture
async def told(
    province: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Told]:
    async with told_at(settings, province, valkey, servers.valkey.url(), tmp_path, stalled=0.1) as made:
        made.mini.callback = made.official.callback = ""
        yield made


@dataclass(frozen=True)
class Count:
    """What our rows say, and what WeChat's phones show."""

    owed: int
    out: int
    ended: int
    uncertain: int
    on_phones: int


def wrong(count: Count, lost_replies: int) -> list[str]:
    """What contradicts the promise; nothing if it is kept."""
    doubled = count.on_phones - count.out
    return [
        *(["a notice has no end"] if count.out + count.ended != count.owed else []),
        *(["a notice was lost"] if doubled < 0 else []),
        *(["more doubles than lost replies"] if doubled > lost_replies else []),
        *(["a double that nobody counted"] if doubled > count.uncertain else []),
    ]


def test_the_checker_finds_what_is_wrong() -> None:
    good = Count(owed=100, out=98, ended=2, uncertain=3, on_phones=100)
    assert wrong(good, 2) == []
    assert wrong(Count(100, 97, 2, 3, 100), 3) == ["a notice has no end"]
    assert wrong(Count(100, 98, 2, 3, 97), 2) == ["a notice was lost"]
    assert wrong(Count(100, 98, 2, 3, 101), 2) == ["more doubles than lost replies"]
    assert wrong(Count(100, 98, 2, 1, 100), 2) == ["a double that nobody counted"]


async def owed(told: Told, *, official: bool) -> list[Person]:
    """Cases whose complainants wait on their phones, and many notices to each."""
    people = []
    for number in range(CASES):
        walk = await case_filed(mode=Mode.NAMED)
        if official:
            person = told.world.add_person(f"甲{number}")
            person.follows.add(told.official.app_id)
            await told.joined(walk, person)
        else:
            person = await told.chosen(walk, f"甲{number}", lasting=True)
        people.append(person)
        await insert(
            Notice(
                id=uuid4(), matter_id=matter(walk), template="case_accepted", role=COMPLAINANT,
                unit_id=None, post_id=None, once=f"{number}/{one}", owed_at=clock.now(),
            )
            for one in range(EACH)
        )  # fmt: skip
    return people


async def counted(told: Told, people: list[Person]) -> Count:
    rows = await Delivery.filter(notice__role=COMPLAINANT)
    of = [row.state for row in rows]
    return Count(
        owed=await Notice.filter(role=COMPLAINANT).count(),
        out=of.count(DeliveryState.SENT) + of.count(DeliveryState.ARRIVED),
        ended=of.count(DeliveryState.ENDED),
        uncertain=sum(row.lost for row in rows),
        on_phones=sum(len(told.messages(person)) for person in people),
    )


async def days_later(told: Told) -> None:
    """Some rounds of a worker, far enough apart for every pause."""
    for hours in (0, 0.2, 1, 2, 5, 9, 22, 26, 30):
        with clock.at(NOON + timedelta(hours=hours)):
            await told.work()
    assert not await Delivery.filter(state__in=[DeliveryState.OWED, DeliveryState.UNCERTAIN]).exists()


@pytest.mark.parametrize(
    ("fault", "lost_replies"),
    [
        (Fault(SUBSCRIBE, status=500, times=60), 0),
        (Fault(SUBSCRIBE, stall=0.3, times=12), 12),
        (Fault(SUBSCRIBE, reset=True, done=True, times=40), 40),
        (Fault(SUBSCRIBE, reset=True, times=40), 0),
        (Fault(SUBSCRIBE, code=45009, times=3), 0),
        (Fault(SUBSCRIBE, code=-1, times=90), 0),
        (Fault(SUBSCRIBE, code=42001, times=60), 0),
        (Fault(SUBSCRIBE, code=43101, times=4), 0),
        (Fault(TEMPLATE, code=43004, times=4), 0),
        (Fault(TEMPLATE, reset=True, done=True, times=40), 0),
    ],
    ids=["500", "timeout", "lost", "cut", "quota", "busy", "token", "no consent", "unfollowed", "lost template"],
)
async def test_nothing_is_lost_and_what_may_be_double_is_counted(told: Told, fault: Fault, lost_replies: int) -> None:
    with clock.at(NOON):
        people = await owed(told, official=fault.path == TEMPLATE)
    told.world.faults.append(fault)
    if fault.code == 42001:
        told.world.kill_tokens()
    await days_later(told)
    count = await counted(told, people)
    assert fault.times == 0
    assert wrong(count, lost_replies) == []
    assert count.owed == CASES * EACH
    if fault.done and fault.path == SUBSCRIBE:
        assert count.on_phones - count.out == lost_replies == count.uncertain
    if fault.code in {43101, 43004}:
        assert 0 < count.ended < count.owed
        assert count.on_phones == count.out
    else:
        assert count.ended == 0
