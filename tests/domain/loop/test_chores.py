"""What time brings about: each lapse, reminder and notice once, however often and by however many workers at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.loop import chores, notices, once, packs
from domain.people import actors
from kit import clock
from kit.clock import CHINA
from models import COMPLAINANT, Duty, Entry, KeptAnswer, Mode, Notice, Relation, Role, RuleChoice
from models.database import insert
from tests.makers import SETTINGS, Walk, case_at, case_filed, officer, unit

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
WORKERS = 4


async def by_all(chore: Callable[[], Awaitable[int]]) -> int:
    """Several workers at once, then once more: how many they did in all, and nothing in the end."""
    done = sum(await asyncio.gather(*(chore() for _ in range(WORKERS))))
    assert await chore() == 0
    return done


async def verbs(walk: Walk) -> list[str]:
    found = await Entry.filter(matter_id=walk.holder.matter_id).order_by("seq").values_list("verb", flat=True)
    return [str(verb) for verb in found]


async def told(walk: Walk, template: str) -> list[Notice]:
    return await Notice.filter(matter_id=walk.holder.matter_id, template=template).order_by("owed_at")


@pytest.mark.parametrize(
    ("moment", "stage"),
    [
        (datetime(2026, 3, 5, 23, 59, 58, tzinfo=CHINA), "filed"),
        (datetime(2026, 3, 6, 0, 0, 1, tzinfo=CHINA), "accepted"),
    ],
)
async def test_silence_accepts_after_three_working_days(province: str, moment: datetime, stage: str) -> None:
    with clock.at(MONDAY):
        walk = await case_filed()
    with clock.at(moment):
        assert await by_all(chores.lapsed) == int(stage == "accepted")
    assert (await walk.matter()).stage == stage
    assert await verbs(walk) == ["file", *(["accept"] if stage == "accepted" else [])]


async def test_silence_accepts_only_after_the_spring_festival(province: str) -> None:
    with clock.at(datetime(2026, 2, 13, 17, 0, tzinfo=CHINA)):  # Friday; the 14th is worked, then nine days off
        walk = await case_filed()
    with clock.at(datetime(2026, 2, 24, 12, 0, tzinfo=CHINA)):
        await chores.lapsed()
        assert (await walk.matter()).stage == "filed"
    with clock.at(datetime(2026, 2, 26, 12, 0, tzinfo=CHINA)):
        await chores.lapsed()
    assert (await walk.matter()).stage == "accepted"


async def test_silence_accepts_nothing_where_the_pack_does_not_say_so(province: str) -> None:
    # An office of letters and calls gets its cases under 信访工作条例 by a choice of its own.
    await RuleChoice.create(order=1, category=None, receiving_unit_code="62-intake", pack_id="xinfang")
    packs.forget()
    with clock.at(MONDAY):
        walk = await case_filed()
    assert (await walk.matter()).rule_pack_id == "xinfang"
    with clock.at(MONDAY + timedelta(days=30)):
        assert await by_all(chores.lapsed) == 0
    assert (await walk.matter()).stage == "filed"


async def test_a_question_nobody_answers_lapses_and_the_clock_goes_on(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("waiting")
        assert (await walk.matter()).paused_since is not None
    with clock.at(MONDAY + timedelta(days=20)):
        assert await by_all(chores.lapsed) == 1
    matter = await walk.matter()
    assert (matter.stage, matter.paused_since) == ("handling", None)
    assert await walk.duties() == ["handle"]
    assert (await verbs(walk)).count("lapse") == 1


async def test_a_question_asked_anew_is_not_lapsed_by_a_worker_with_an_old_list(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("waiting")
    with clock.at(MONDAY + timedelta(days=20)):
        old = await Duty.get(matter_id=walk.holder.matter_id, closed_at=None).select_related("matter")
        assert await chores.lapsed() == 1
        await walk.take("ask")
        assert not await chores._lapsed(old)
    assert (await walk.matter()).stage == "waiting"


async def test_whoever_is_late_is_told_once_for_each_due_date(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
        await walk.take("request_extension")
    with clock.at(MONDAY + timedelta(days=3)):  # the head's decision is late
        assert await by_all(chores.overdue_told) == 1
        assert [notice.role for notice in await told(walk, "duty_overdue")] == [Role.HEAD]
    with clock.at(MONDAY + timedelta(days=16)):  # the handling too
        assert await by_all(chores.overdue_told) == 1
        await walk.take("grant_extension", await walk.who("grant_extension"))
        assert await by_all(chores.overdue_told) == 0, "the extended handling isn't late"
    with clock.at(MONDAY + timedelta(days=90)):
        assert await by_all(chores.overdue_told) == 1, "late again, by its new date"
    assert [notice.role for notice in await told(walk, "duty_overdue")] == [Role.HEAD, Role.HANDLER, Role.HANDLER]


async def test_whoever_will_be_late_is_told_once_a_day_before(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_filed()
        assert await by_all(chores.due_soon_told) == 0, "three days are left"
    with clock.at(MONDAY + timedelta(days=2, hours=14)):
        assert await by_all(chores.due_soon_told) == 1
    [notice] = await told(walk, "duty_due_soon")
    assert (notice.role, notice.post_id) == (Role.REGISTRAR, None)


async def test_those_told_already_do_not_keep_the_next_from_being_told(province: str) -> None:
    with clock.at(MONDAY):
        walks = [await case_filed() for _ in range(3)]
    with clock.at(MONDAY + timedelta(days=2, hours=14)):
        assert [await chores.due_soon_told(limit=2) for _ in range(3)] == [2, 1, 0]
    with clock.at(MONDAY + timedelta(days=5)):
        assert [await chores.overdue_told(limit=2) for _ in range(3)] == [2, 1, 0]
    for walk in walks:
        assert len(await told(walk, "duty_due_soon")) == len(await told(walk, "duty_overdue")) == 1


async def test_a_complainant_is_not_reminded_in_officers_words(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("waiting")
        due = (await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)).due_at
    with clock.at(due - timedelta(hours=2)):
        assert await by_all(chores.due_soon_told) == 0
    with clock.at(due + timedelta(hours=2)):
        await by_all(chores.overdue_told)
    assert not await Notice.exists(role=COMPLAINANT, template__startswith="duty_")


async def test_notices_are_delivered_once(province: str) -> None:
    walks = [await case_at("accepted") for _ in range(3)]
    owed = await Notice.filter(delivered_on=None).count()
    assert owed == 6, "one to the registrars and one to the complainant, each"
    assert await by_all(lambda: notices.delivered(limit=2)) + await delivered_after(2) == owed
    assert not await Notice.exists(delivered_on=None)
    for walk in walks:
        assert [notice["template"] for notice in await notices.inbox(walk.holder)] == ["case_accepted"]
    inbox = await notices.inbox(await officer(Role.REGISTRAR))
    assert sorted(notice["matter"]["number"] for notice in inbox) == sorted(walk.number for walk in walks)


async def delivered_after(limit: int) -> int:
    """What is left is delivered batch by batch."""
    done, batch = 0, 1
    while batch:
        batch = await notices.delivered(limit=limit)
        done += batch
    return done


async def test_answers_are_kept_for_thirty_days(province: str) -> None:
    today = date(2026, 3, 31)
    kept = [
        KeptAnswer(
            key_hash=f"{days:064}", request_hash=b"x", status=200, body=b"x", kept_on=today - timedelta(days=days)
        )
        for days in (0, 29, 30, 31, 400)
    ]
    await insert(kept)
    with clock.at(datetime(2026, 3, 31, 12, 0, tzinfo=CHINA)):
        assert await by_all(once.swept) == 2
    left = await KeptAnswer.all().order_by("key_hash").values_list("key_hash", flat=True)
    assert [int(str(key)) for key in left] == [0, 29, 30]


async def test_a_kept_key_serves_again_until_it_is_swept(province: str) -> None:
    kept = once.keyed(SETTINGS, "test", "key", {"a": 1})

    async def act() -> Any:
        return {"done": 1}

    with clock.at(MONDAY):
        assert not (await once.answered(kept, 200, act)).replayed
    with clock.at(MONDAY + timedelta(days=30)):
        await once.swept()
        assert (await once.answered(kept, 200, act)).replayed
    with clock.at(MONDAY + timedelta(days=31)):
        await once.swept()
        assert not (await once.answered(kept, 200, act)).replayed


async def test_reminders_never_reach_whoever_must_step_aside(province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling", mode=Mode.NAMED)
        handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
        head = await walk.at_place(Relation.LEAD, Role.HEAD)
        registrar = await officer(Role.REGISTRAR)
        await walk.take("note", registrar)
    with clock.at(MONDAY + timedelta(days=15)):
        await by_all(chores.due_soon_told)
    with clock.at(MONDAY + timedelta(days=40)):
        await by_all(chores.overdue_told)
        await notices.delivered()
        assert {notice["template"] for notice in await notices.inbox(handler)} >= {"duty_opened", "duty_overdue"}
        owed = await Notice.filter(post_id=handler.post_id).first()
        assert owed is not None
        lead = next(post.unit_id for post in handler.posts)
        await walk.take("recall", registrar)
        await walk.take("exclude", registrar, units=[str(lead)])
        await by_all(chores.overdue_told)
        await notices.delivered()
        for shut in (handler, head):
            assert await notices.inbox(shut) == []
        with pytest.raises(Exception, match="没有这条通知"):
            await notices.read(handler, owed.id)


async def test_the_accused_unit_hears_nothing_from_filing_to_lapse(province: str) -> None:
    accused = await unit("62-intake")
    with clock.at(MONDAY):
        walk = await case_filed(accused_unit=accused.id)
    with clock.at(MONDAY + timedelta(days=2, hours=14)):
        await by_all(chores.due_soon_told)
    with clock.at(MONDAY + timedelta(days=9)):
        await by_all(chores.lapsed)
        await by_all(chores.overdue_told)
        await delivered_after(500)
        for role in (Role.REGISTRAR, Role.CALL_BACK_OFFICER):
            assert await notices.inbox(await officer(role)) == []
        place = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
        other = await actors.of_post(place.post_id) if place.post_id else place
        assert len(await notices.inbox(other)) >= 2
