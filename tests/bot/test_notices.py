"""Notices over WeChat's real protocol: who is told by what, in which order, and what each refusal brings about."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from demo.persons import LISTED
from demo.wechat import phone
from demo.wechat.faults import Fault
from domain.loop import engine, fates, packs, reach
from domain.vault.sealing import handle_seen
from domain.wechat import consents, fans
from kit import clock
from kit.settings import Settings
from models import (
    Consent,
    Delivery,
    DeliveryState,
    Entry,
    Fan,
    Halt,
    Mode,
    Notice,
    NoticeChannel,
    NoticeHours,
    Reach,
    Role,
)
from models.database import connection
from tests.bot.told import Told, matter, really, told_at
from tests.demo.wechat import worlds
from tests.makers import Walk, case_at, case_filed, officer
from tests.observed import chained
from tests.servers import Servers

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=clock.CHINA)  # a working day
REGISTRAR = next(person.username for person in LISTED if person.role is Role.REGISTRAR)
TEXT = "您提交的事项有新进展，请凭回执查询"


@pytest.fixture
async def told(
    province: str, servers: Servers, valkey: Redis, settings: Settings, tmp_path: Path
) -> AsyncIterator[Told]:
    async with told_at(settings, province, valkey, servers.valkey.url(), tmp_path) as made:
        yield made


async def awake() -> None:
    """Nobody sleeps, so that a test may use the hour that it is."""
    await NoticeHours.all().update(quiet_from="00:00", quiet_until="00:00")
    packs.forget()


async def named(stage: str = "filed") -> Walk:
    return await case_at(stage, mode=Mode.NAMED)


async def states() -> list[tuple[str, str, str]]:
    rows = await Delivery.filter(notice__role="complainant").order_by("due_at", "id")
    return [(row.channel.value, row.state.value, row.problem) for row in rows]


async def test_a_named_complainant_is_told_by_the_phone_they_chose(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四", times=2)
        await walk.take("accept")
        await told.work()
        sent = told.messages(person)
        assert [entry.content["data"]["thing1"]["value"] for entry in sent] == [TEXT]
        assert sent[0].content["page"] == "pages/progress/index"
        assert await states() == [("subscribe", "arrived", "")]
        row = await Delivery.get()
        assert row.fan_id is None
        assert row.address is None
        assert await Fan.all().count() == 0  # nothing but the sealed handle tells who it is
        assert (await Reach.get()).left == 1
        entries = await chained(matter(walk))
        assert [entry.verb for entry in entries] == ["file", "accept", "take_handle"]
        assert walk.number not in str(sent[0].content)


async def test_an_anonymous_handle_serves_once_and_is_gone(told: Told) -> None:
    with clock.at(NOON):
        walk = await case_filed()
        person = await told.chosen(walk, "李四")
        await told.chosen(walk, "李四")  # twice is once
        assert (await Reach.get()).way == "once"
        await walk.take("accept")
        await told.work()
        assert len(told.messages(person)) == 1
        assert not await Reach.exists()
        assert await Fan.all().count() == 0
        assert await handle_seen(told.settings, matter(walk)) is None
        await walk.take("screen")
        await walk.take("transfer")
        await told.work()
        assert len(told.messages(person)) == 1
        assert await Notice.filter(role="complainant", delivered_on=None).count() == 0


async def test_nobody_is_told_who_did_not_choose(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        await walk.take("accept")
        await told.work()
    assert not await Delivery.filter(notice__role="complainant").exists()
    assert told.world.calls_of("/cgi-bin/message/subscribe/send") == 0


async def test_long_term_comes_first_and_lasts(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四", lasting=True)
        for verb in ("accept", "screen", "transfer"):
            await walk.take(verb)
            await told.work()
        assert [entry.content["template_id"] for entry in told.messages(person)] == [worlds.LASTING] * 2
        assert (await Reach.get()).left == -1


async def test_a_scanned_code_joins_a_follower_and_the_account_tells(told: Told) -> None:
    await awake()
    walk = await named()
    scene = await reach.code_asked(told.settings, matter(walk))
    person = worlds.zhang(told.world)
    answer = await told.sender.happens(told.official, person, "SCAN", EventKey=scene, Ticket="t")
    assert "已开启提醒" in str(answer.reply)
    told.world.pass_time(seconds=2)  # two scans of one second would be one
    again = await told.sender.happens(told.official, person, "SCAN", EventKey=scene, Ticket="u")
    assert "已失效" in str(again.reply)
    await walk.take("accept")
    await told.work()
    sent = told.messages(person, "template")
    assert [entry.content["data"]["thing1"]["value"] for entry in sent] == [TEXT]
    assert (await Delivery.get()).state is DeliveryState.ARRIVED
    await told.sender.message(told.official, person, "text", Content="不再提醒")
    await walk.take("screen")
    await walk.take("transfer")
    await told.work()
    assert len(told.messages(person)) == 1
    assert (await states())[-1] == ("lasting", "ended", "no_way")


async def test_a_code_is_over_after_ten_minutes_and_no_way_for_the_anonymous(told: Told) -> None:
    walk = await case_filed()
    with pytest.raises(reach.Nameless):
        await reach.code_asked(told.settings, matter(walk))
    walk = await named()
    scene = await reach.code_asked(told.settings, matter(walk))
    fan = await fans.met(told.settings, told.official.app_id, "o1", follows=True)
    with clock.at(clock.now() + reach.CODE_LASTS + timedelta(seconds=1)):
        assert not await reach.scanned(told.settings, scene, fan.id)
    assert not await reach.scanned(told.settings, "tell.nothing", fan.id)
    assert await reach.scanned(told.settings, scene, fan.id)


async def test_refused_by_the_phone_the_account_is_tried(told: Told) -> None:
    """43101: the count is nothing, and the next channel takes it in the same round."""
    with clock.at(NOON):
        walk = await named()
        await told.chosen(walk, "李四", times=2)
        await told.joined(walk, worlds.zhang(told.world))
        told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", code=43101))
        await walk.take("accept")
        await told.work()
        assert sorted(await states()) == [("subscribe", "ended", "43101"), ("template", "arrived", "")]
        assert (await Reach.get()).left == 0
        assert len(told.messages(worlds.zhang(told.world), "template")) == 1


@pytest.mark.parametrize("code", [43004, 40003])
async def test_whoever_unfollowed_is_noted_and_heard_in_the_chat_no_more(told: Told, code: int) -> None:
    with clock.at(NOON):
        walk, person = await named(), worlds.zhang(told.world)
        await told.joined(walk, person)
        told.world.faults.append(Fault("/cgi-bin/message/template/send", code=code))
        await walk.take("accept")
        await told.work()
        assert await states() == [("template", "ended", str(code))]
        assert not (await Fan.get()).follows


async def test_service_messages_within_two_days_of_a_word(told: Told) -> None:
    with clock.at(NOON):
        walk, person = await named(), worlds.zhang(told.world)
        with really():
            await told.sender.message(told.official, person, "text", Content="你好")
        await told.joined(walk, person)
        await Fan.all().update(spoke_at=NOON)
        told.world.faults.append(Fault("/cgi-bin/message/template/send", code=43019))
        await walk.take("accept")
        await told.work()
        assert sorted(await states()) == [("service", "sent", ""), ("template", "ended", "43019")]
        assert TEXT in told.messages(person, "service")[0].content["text"]["content"]


async def test_officers_urgent_at_once_others_in_a_digest(told: Told) -> None:
    with clock.at(NOON):
        person = await told.bound(REGISTRAR, "王受理")
        for _ in range(3):
            await case_filed()
        await told.work()
        assert told.messages(person) == []
        rows = await Delivery.all().order_by("due_at")
        assert [row.due_at for row in rows] == [NOON.replace(hour=14)] * 3
        assert sum(row.with_other_id is None for row in rows) == 1
    with clock.at(NOON.replace(hour=14, minute=1)):
        await told.work()
        sent = told.messages(person, "template")
        assert [entry.content["data"]["thing1"]["value"] for entry in sent] == ["待办3项，超期0项"]
        inbox = await fates.tries([notice.id for notice in await Notice.all()])
        assert {fates.fate(rows) for rows in inbox.values()} == {"arrived"}


async def test_what_was_read_is_not_sent(told: Told) -> None:
    with clock.at(NOON):
        person = await told.bound(REGISTRAR, "王受理")
        await case_filed()
        await told.plan()
        await Notice.all().update(read_at=NOON)
    with clock.at(NOON.replace(hour=14, minute=1)):
        await told.work()
    assert told.messages(person) == []
    assert (await Delivery.get()).problem == "read"


async def test_an_officer_who_stepped_aside_is_told_nothing(told: Told) -> None:
    with clock.at(NOON):
        person = await told.bound(REGISTRAR, "王受理")
        walk = await case_filed()
        await told.plan()
        account = (await Delivery.get().select_related("account")).account
        assert account is not None
        await connection().execute_query(
            "INSERT INTO recusal (id, matter_id, person_id, reason, accused, since)"
            " VALUES (gen_random_uuid(), $1, $2, '亲属', false, now())",
            [matter(walk), account.person_id],
        )
    with clock.at(NOON.replace(hour=14, minute=1)):
        await told.work()
    assert told.messages(person) == []
    assert (await Delivery.get()).problem == "not_theirs"


async def test_the_day_s_quota_rests_the_channel_until_tomorrow(told: Told) -> None:
    with clock.at(NOON):
        first, second = await named(), await named()
        people = [await told.chosen(walk, name) for walk, name in ((first, "李四"), (second, "赵五"))]
        told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", code=45009))
        await first.take("accept")
        await told.work()
        await second.take("accept")
        await told.work()
        assert told.world.calls_of("/cgi-bin/message/subscribe/send") == 1
        assert {halt.until for halt in await Halt.all()} == {
            clock.start_of(clock.today()) + timedelta(days=1, seconds=1)
        }
        assert list(await fates.warnings()) == ["notices_halted"]
        assert (await Delivery.get(problem="45009")).attempts == 0
    with clock.at(clock.start_of(NOON.date()) + timedelta(days=1, hours=8)):
        await told.work()
    assert [len(told.messages(person)) for person in people] == [1, 1]
    assert not await Halt.exists()


async def test_an_account_that_is_barred_sends_nothing_by_any_channel(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四")
        told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", code=48004))
        await walk.take("accept")
        await told.work()
        assert {halt.channel for halt in await Halt.all()} == {NoticeChannel.LASTING, NoticeChannel.SUBSCRIBE}
        assert "notices_halted" in await fates.warnings()
    with clock.at(NOON + timedelta(hours=1, minutes=1)):
        await told.work()
    assert len(told.messages(person)) == 1
    assert not await Halt.exists()


async def test_busy_is_tried_again_later_and_given_up_at_last(told: Told) -> None:
    walk = await named()
    person = await told.chosen(walk, "李四")
    told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", code=-1, times=1000))
    with clock.at(NOON):
        await walk.take("accept")
        await told.work()
        row = await Delivery.get()
        assert (row.state, row.attempts) == (DeliveryState.OWED, 1)
        assert timedelta(seconds=48) <= row.due_at - NOON <= timedelta(seconds=72)
    for hour in (13, 14, 16, 19, 21):
        with clock.at(NOON.replace(hour=hour)):
            await told.work()
    with clock.at(NOON + timedelta(days=1)):
        await told.work()
        row = await Delivery.get()
        assert (row.state, row.attempts, row.problem, row.lost) == (DeliveryState.FAILED, 6, "-1", 0)
        assert row.address is None
    assert told.messages(person) == []


async def test_a_lost_answer_is_uncertain_and_sent_once_more(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四", times=2)
        told.mini.callback = ""  # what WeChat would report of it
        told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", reset=True, done=True))
        await walk.take("accept")
        await told.work()
        assert await states() == [("subscribe", "uncertain", "away")]
    with clock.at(NOON + timedelta(minutes=2)):
        await told.work()
    row = await Delivery.get()
    assert (row.state, row.lost) == (DeliveryState.SENT, 1)
    assert len(told.messages(person)) == 2


async def test_a_template_message_whose_answer_was_lost_is_not_doubled(told: Told) -> None:
    with clock.at(NOON):
        walk, person = await named(), worlds.zhang(told.world)
        await told.joined(walk, person)
        told.world.faults.append(Fault("/cgi-bin/message/template/send", reset=True, done=True))
        await walk.take("accept")
        await told.work()
    assert len(told.messages(person, "template")) == 1
    assert (await Delivery.get()).state is DeliveryState.SENT


async def test_turning_it_off_forgets_and_sends_nothing(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四")
        await walk.take("accept")
        await told.plan()
        await reach.turned_off(told.settings, matter(walk))
        await told.work()
    assert told.messages(person) == []
    assert await states() == [("lasting", "ended", "turned_off")]
    assert not await Reach.exists()


async def test_the_handle_dies_with_the_case_after_its_last_notice(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四", lasting=True)
        await walk.take("refuse")
        assert await reach.ended(told.settings) == 0  # it is still owed
        await told.work()
        assert await reach.ended(told.settings) == 1
        assert len(told.messages(person)) == 1
        assert await handle_seen(told.settings, matter(walk)) is None
        with pytest.raises(reach.Ended):
            await told.chosen(walk, "李四")


async def test_events_prove_taps_in_any_order(told: Told) -> None:
    person = await told.bound(REGISTRAR, "王受理")
    fan = await fans.known(told.settings, told.mini.app_id, person.openid(told.mini))
    assert fan is not None

    async def event() -> None:
        told.world.pass_time(seconds=2)  # two prompts of one second would be one
        await phone.answered_prompt(told.sender, told.mini, person, {worlds.OWED: True})

    for told_first in (True, False):
        await (consents.told(fan.id, worlds.OWED) if told_first else event())
        await (event() if told_first else consents.told(fan.id, worlds.OWED))
    assert await consents.left(fan.id, worlds.OWED) == 2
    await event()  # the phone's word was lost
    assert await consents.left(fan.id, worlds.OWED) == 3
    await phone.refused_later(told.sender, told.mini, person, worlds.OWED)
    assert await consents.left(fan.id, worlds.OWED) == 0
    assert (await Consent.get()).refused_at is not None


async def test_events_of_strangers_leave_nothing(told: Told) -> None:
    person = told.world.add_person("路人")
    for as_json in (False, True):
        told.mini.as_json = as_json
        await phone.answered_prompt(told.sender, told.mini, person, {worlds.PROGRESS: True})
        await phone.answered_prompt(told.sender, told.mini, person, {worlds.PROGRESS: True, worlds.LASTING: False})
    assert told.world.complaints == []
    assert await Fan.all().count() == 0
    assert await Consent.all().count() == 0


async def test_an_early_report_of_a_message_waits_for_its_row(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        await told.chosen(walk, "李四")
        number = str(24_000_000_000_000_000 + told.world._last + 1)
        report = {"TemplateId": worlds.PROGRESS, "MsgID": number, "ErrorCode": "0", "ErrorStatus": "success"}
        before = told.sender.event
        with really():
            await before(told.mini, told.world.people["李四"], "subscribe_msg_sent_event", List=[report])
        told.mini.callback = ""
        await walk.take("accept")
        await told.work()
    assert (await Delivery.get()).state is DeliveryState.ARRIVED


async def test_an_officer_s_consent_is_spent_and_the_account_comes_first(told: Told) -> None:
    person = await told.bound(REGISTRAR, "王受理", owed=1)
    person.follows.clear()
    await Fan.all().update(follows=False)
    with clock.at(NOON):
        await case_filed()
        await told.plan()
    with clock.at(NOON.replace(hour=14, minute=1)):
        await told.work()
        assert [entry.kind for entry in told.messages(person)] == ["subscription"]
        assert (await Consent.get()).left == 0
        await case_filed()
        await told.work()
    assert await Delivery.all().count() == 1  # nothing in stock: the inbox alone


async def test_no_openid_lies_in_plain_text(told: Told) -> None:
    with clock.at(NOON):
        walk = await named()
        person = await told.chosen(walk, "李四", times=3)
        told.world.faults.append(Fault("/cgi-bin/message/subscribe/send", code=-1, times=2))
        await walk.take("accept")
        await told.work()
    row = await Delivery.get()
    openid = person.openid(told.mini)
    assert row.address
    assert openid.encode() not in row.address
    rows = await connection().execute_query_dict(
        "SELECT (SELECT string_agg(e::text, '') FROM entry e) || (SELECT string_agg(b::text, '') FROM entry_body b)"
        " || (SELECT string_agg(p::text, '') FROM push p) AS said"
    )
    assert openid not in rows[0]["said"]
    assert await Entry.filter(verb="take_handle").count() == 1


async def test_whoever_reports_in_the_chat_is_told_there_if_they_say_so(told: Told) -> None:
    await awake()
    person = worlds.zhang(told.world)
    words = ("我要举报", "1", "139 0000 0000", "跳过", "兰州市城关区", "许可申请三个月没有结果。", "完成")
    for word in words:
        reply = (await told.sender.message(told.official, person, "text", Content=word)).reply
    assert "确认并提醒" in str(reply)
    filed = await told.sender.message(told.official, person, "text", Content="确认并提醒")
    assert "有进展时会在微信提醒您" in str(filed.reply)
    reach_row = await Reach.get().select_related("matter")
    assert reach_row.way == "account"
    number = reach_row.matter.number
    await engine.take(await officer(Role.REGISTRAR), number, "accept", {})
    await told.work()
    sent = told.messages(person, "template")
    assert [entry.content["data"]["thing1"]["value"] for entry in sent] == [TEXT]
    assert not await connection().execute_query_dict(
        "SELECT 1 FROM delivery WHERE fan_id IS NOT NULL OR address IS NOT NULL"
    )
    assert number not in str(person.chat)
