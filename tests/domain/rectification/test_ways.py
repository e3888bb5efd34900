"""The ledger through its doors: put right, checked by another unit, struck off, looked at again; its clocks."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.loop import keeping, reading
from domain.loop.engine import SamePerson
from domain.loop.overseeing import NotOverThem
from domain.people import actors
from domain.rectification import carried, ledger, published
from domain.rectification.effects import NoEvidence, NotAnother, NotTheirHandler
from domain.rectification.guards import (
    Entrusted,
    ExtensionLate,
    ExtensionPending,
    ExtensionSpent,
    LookBackOver,
    OwnersLine,
)
from domain.rectification.publishing import AlreadyPublished, NotPublished, NotWritten, PublicUnchecked
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotAllowed, NotFound
from models import FileState, Matter, Post, Recusal, Relation, Role
from tests.makers import case_at, officer, unit
from tests.observed import chained, refused, rolled_back
from tests.rectified import CITY, OWNER, PROBLEM, VERIFIER, Line, evidence, listed

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


def on(year: int, month: int, day: int, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, 0, tzinfo=CHINA)


async def dues(line: Line) -> tuple[str, str]:
    matter = await line.matter()
    return tuple(clock.local(due).date().isoformat() for due in (matter.internal_due, matter.statutory_due))  # type: ignore[return-value,arg-type]


async def test_from_the_list_to_the_second_look(shared_province: str) -> None:
    with clock.at(MONDAY):
        line = await listed()
        assert await dues(line) == ("2026-05-18", "2026-06-02")
        assert await line.owed() == {"take_on": "liaison"}
        handler = await officer(Role.HANDLER, OWNER)
        await line.take("take_on", post=str(handler.post_id))
        assert await line.owed() == {"rectify": "handler"}
        await line.take("progress", by=handler)
        await line.take("request_extension", by=handler)
        async with refused(ExtensionPending):
            await line.take("request_extension", by=handler)
        await line.take("grant_extension")
        assert await dues(line) == ("2026-06-18", "2026-07-02")
        async with refused(ExtensionSpent):
            await line.take("request_extension", by=handler)
    with clock.at(on(2026, 6, 1)):
        await line.take("report_done", by=handler)
        assert (await line.owed(), (await line.matter()).paused_since is None) == ({"verify": "supervisor"}, False)
    with clock.at(on(2026, 6, 10)):
        await line.take("verify_fail")
        assert await dues(line) == ("2026-06-29", "2026-07-13")  # nine days given back, moved past weekends
        await line.take("report_done")  # the head may as well
        await line.take("verify_pass")
        async with refused(NotAllowed):
            await line.take("strike_off", by=handler)
        await line.take("send_back")
        await line.take("report_done")
        await line.take("verify_pass")
        await line.take("strike_off")
        own, matter = await line.own(), await line.matter()
        assert (own.returns, own.struck_off_on, own.look_back_until) == (2, date(2026, 6, 10), date(2026, 12, 10))
        assert matter.ended_at
        assert await line.owed() == {"look_back": "supervisor"}
    with clock.at(on(2026, 9, 1)):
        await line.take("look_back")
        assert await line.owed() == {}
    verbs = [entry.verb for entry in await chained(matter.id)]
    assert verbs[:3] == ["list_problem", "take_on", "progress"]
    head = await line.at_place(Relation.LEAD, Role.HEAD)
    shown = (await reading.shown(head, line.number))["rectification"]
    assert (shown["measures"], shown["source_label"], shown["struck_off_on"]) == (
        ["建立超期预警", "清理积压件"], "法治督察", date(2026, 6, 10),
    )  # fmt: skip


async def test_a_second_look_reopens_within_six_months_and_not_after(shared_province: str) -> None:
    with clock.at(MONDAY):
        line, other = await listed(stage="struck_off"), await listed(stage="struck_off")
        assert (await line.own()).look_back_until == date(2026, 9, 2)
    with clock.at(on(2026, 9, 2, 23)):
        assert await keeping.archived() == 0  # the archive waits for it
        await line.take("look_back")
        await line.take("relapse")  # on the last day, though a look was taken already
        matter, own = await line.matter(), await line.own()
        assert (matter.stage, matter.ended_at, matter.clock_stopped_at) == ("rectifying", None, None)
        assert (own.reopenings, own.reopened_on, own.struck_off_on) == (1, date(2026, 9, 2), date(2026, 3, 2))
        assert await dues(line) == ("2026-11-16", "2026-12-02")
        assert await line.owed() == {"rectify": "head"}
    with clock.at(on(2026, 9, 3, 9)):
        async with refused(LookBackOver):
            await other.take("relapse")
        await other.take("look_back")  # late, and said so by the duty
    with clock.at(on(2026, 10, 1)):
        for verb in ("report_done", "verify_pass", "strike_off"):
            await line.take(verb)
        assert (await line.own()).look_back_until == date(2027, 4, 1)


async def test_a_day_that_was_set_takes_the_place_of_three_months(shared_province: str) -> None:
    with clock.at(MONDAY):
        assert await dues(await listed(until="2026-03-31")) == ("2026-03-31", "2026-03-31")
        assert await dues(await listed(until="2026-12-31")) == ("2026-05-18", "2026-12-31")
        for wrong in ("2026-03-02", "2025-03-02"):
            async with refused(Invalid):
                await listed(until=wrong)
    with clock.at(on(2026, 6, 5)):
        late = await listed(until="2026-06-30", stage="rectifying")
    with clock.at(on(2026, 7, 1)):
        async with refused(ExtensionLate):
            await late.take("request_extension")


async def test_the_check_is_never_the_owners_nor_of_one_below_it(shared_province: str) -> None:
    below = await unit("620102-market.inspection")
    owner, verifier = await unit(OWNER), await unit(VERIFIER)
    for wrong in (owner.id, below.id, uuid4()):
        async with refused(NotAnother):
            await listed(verifier=str(wrong))
    line = await listed(stage="checked")
    for wrong in (owner.id, below.id):
        async with refused(NotAnother):
            await line.take("entrust", unit=str(wrong))
    assert await line.owed() == {"verify": "supervisor"}
    await line.take("entrust", unit=str(verifier.id))
    assert await line.owed() == {"verify": "head"}
    async with refused(Entrusted):
        await line.take("verify_pass", by=await officer(Role.SUPERVISOR, CITY))
    stranger = await officer(Role.HEAD, "620102-housing")
    with pytest.raises(NotFound):
        await reading.shown(stranger, line.number)
    await line.take("entrust", unit=str((await unit("620102-housing")).id))
    with pytest.raises(NotFound):
        await line.take("verify_pass", by=await officer(Role.HEAD, VERIFIER))  # no more
    await line.take("verify_pass", by=stranger)
    assert await line.owed() == {"strike_off": "supervisor"}
    async with refused(NotAllowed):
        await line.take("strike_off", by=stranger)


@rolled_back
async def test_nobody_with_a_post_in_the_owners_line_checks_or_strikes_off(shared_province: str) -> None:
    """Permission comes from the active post, recusal from all of them."""
    inside = await unit("620102-market.inspection")
    line = await listed(stage="checked", verifier=str((await unit(VERIFIER)).id))
    other = await listed(stage="verified")
    for verb, which, role, code in (
        ("verify_pass", line, Role.HEAD, VERIFIER),
        ("strike_off", other, Role.SUPERVISOR, CITY),
    ):
        first = await officer(role, code)
        await Post.create(
            id=uuid4(), person_id=first.person_id, unit_id=inside.id, role=Role.HANDLER, title="兼职",
            since=clock.today() - timedelta(days=1),
        )  # fmt: skip
        both = await actors.of_person(first.person_id, active=first.post_id)  # type: ignore[arg-type]
        async with refused(OwnersLine):
            await which.take(verb, by=both)
        assert verb not in {step["verb"] for step in (await reading.shown(both, which.number))["next_steps"]}
    province = await officer(Role.SUPERVISOR, "62-justice.inspection")
    async with refused(NotAnother):  # their unit has no other head
        await listed(by=province, verifier=str((await unit(VERIFIER)).id))


async def test_who_lists_what_for_whom(shared_province: str) -> None:
    city = await officer(Role.SUPERVISOR, CITY)
    for code in ("62-market", "6202-market", "6201-justice"):  # above, beside, one's own
        async with refused(NotOverThem):
            await listed(code, by=city)
    async with refused(NotAllowed):
        await listed(by=await officer(Role.REGISTRAR))
    async with refused(Invalid):
        await listed(official=str(uuid4()))
    town = await listed("620102001-gov", stage="listed") if await _has("620102001-gov") else None
    assert town is None or await town.owed() == {"take_on": "liaison"}
    made = await listed("62-justice", by=await officer(Role.SUPERVISOR, "62-supervision"))
    with pytest.raises(NotFound):  # its own supervisors are none of it
        await reading.shown(await officer(Role.SUPERVISOR, "62-justice.inspection"), made.number)
    line = await listed(stage="rectifying")
    async with refused(NotTheirHandler):
        await line.take("assign", post=str((await officer(Role.HANDLER, "6201-market")).post_id))
    inside = await officer(Role.HANDLER, "620102-market.inspection")
    await line.take("assign", post=str(inside.post_id))
    assert await line.owed() == {"rectify": "handler"}
    await line.take("recuse", by=inside)
    assert await line.owed() == {"rectify": "head"}
    with pytest.raises(NotFound):
        await reading.shown(inside, line.number)


async def _has(code: str) -> bool:
    return bool(await Post.filter(unit__code=code, role=Role.HEAD, until=None).exists())


async def test_nothing_is_struck_off_without_evidence_that_can_be_read(shared_province: str) -> None:
    line = await listed(stage="rectifying")
    head = await line.who("report_done")
    async with refused(Invalid):
        await line.take("report_done", files=[])
    async with refused(Invalid):  # another's
        await line.take("report_done", files=[await evidence(await officer(Role.HEAD, "6201-market"))])
    await line.take("report_done", files=[await evidence(head, FileState.REFUSED)])
    await line.take("verify_pass")
    async with refused(NoEvidence):
        await line.take("strike_off")
    await line.take("send_back")
    await line.take("report_done", files=[await evidence(head, FileState.REFUSED), await evidence(head)])
    await line.take("verify_pass")
    await line.take("strike_off")


async def test_out_of_a_case_it_inherits_who_is_shut_out_and_never_goes_to_the_accused(shared_province: str) -> None:
    accused = await unit("6201-housing")
    walk = await case_at("closed", accused_unit=accused.id)
    supervisor = await officer(Role.SUPERVISOR, "62-justice.inspection")
    given = {key: value for key, value in PROBLEM.items() if key != "source"}
    async with refused(NotOverThem):  # what it came out of would tell them
        await walk.take("list_problem", by=supervisor, **given, owner_unit=str(accused.id))
    await walk.take("list_problem", by=supervisor, **given, owner_unit=str((await unit("6201-market")).id))
    made = await Matter.get(opened_by_id=walk.holder.matter_id, kind="rectification")
    assert await Recusal.filter(matter_id=made.id, unit_id=accused.id).exists()
    line = Line(made.number)
    assert (await line.own()).source == "case"
    assert (await chained(walk.holder.matter_id))[-1].verb == "list_problem"
    with pytest.raises(NotFound):
        await reading.shown(await officer(Role.HEAD, "6201-housing"), line.number)
    async with refused(NotAnother):
        await line.take("entrust", unit=str(accused.id))
    await line.take("take_on")
    # A registrar may, too: the nearest supervisors keep it.
    await walk.take("list_problem", by=await walk.who("accept"), **given, owner_unit=str((await unit(OWNER)).id))
    other = await Matter.filter(opened_by_id=walk.holder.matter_id, kind="rectification").order_by("-entries_made")
    assert {one.receiving_unit_id for one in other} == {(await unit(CITY)).id, supervisor.standing.unit_id}  # type: ignore[union-attr]


async def test_what_an_earlier_year_left_open_is_carried_into_the_next(shared_province: str) -> None:
    owner, official = "620102-water", await officer(Role.HEAD, "620102-water")
    whose: dict[str, Any] = {"unit": (await unit(owner)).id}
    city = await officer(Role.SUPERVISOR, CITY)
    with clock.at(on(2024, 11, 4)):
        done, again, open_ = [await listed(owner, stage=stage) for stage in ("struck_off", "struck_off", "rectifying")]
        dropped = await listed(owner, stage="dropped")
        his = await listed(official=str(official.person_id), stage="rectifying")
    with clock.at(on(2025, 2, 3)):
        await again.take("relapse")
    with clock.at(on(2025, 3, 3)):
        for verb in ("report_done", "verify_pass", "strike_off"):
            await again.take(verb)
            await open_.take(verb)

    async def into(year: int, **which: UUID) -> dict[str, str]:
        return {line["number"]: line["why"] for line in await carried.into(year, **which, actor=city)}

    with clock.at(on(2026, 1, 5)):
        assert await into(2024, **whose) == {}
        assert await into(2025, **whose) == {again.number: "reopened", open_.number: "unfinished"}
        assert await into(2026, **whose) == {}
        assert dropped.number not in await into(2025, **whose)
        assert done.number not in await into(2025, **whose)
        person = official.person_id
        assert person is not None
        assert await into(2026, official=person) == {his.number: "unfinished"}
        assert await into(2025, **whose, official=person) == {
            again.number: "reopened", open_.number: "unfinished", his.number: "unfinished",
        }  # fmt: skip
        other = await officer(Role.SUPERVISOR, "6202-justice.inspection")
        assert await carried.into(2025, **whose, actor=other) == []


async def test_published_is_what_was_written_for_it(shared_province: str) -> None:
    line = await listed("620102-finance", stage="verified", problem="内部：某科室长期不作为")
    async with refused(NotPublished):
        await line.take("unpublish")
    await line.take("write_publication")
    await line.take("publish")
    [found] = [one for one in await published.page() if one["unit"].endswith("财政局")]
    assert (found["problem"], found["outcome"], found["unit"]) == ("许可超期办理", "verified", "城关区财政局")
    assert "某科室" not in str(found)
    assert line.number not in str(found)
    await line.take("strike_off")
    await line.take("relapse")
    assert [one["outcome"] for one in await published.page("6201") if one["id"] == found["id"]] == ["again"]
    await line.take("unpublish")
    assert found["id"] not in [one["id"] for one in await published.page()]


async def test_two_persons_publish_and_each_place_that_may_tell_of_somebody_is_looked_at(shared_province: str) -> None:
    line = await listed("620102-finance", stage="verified")
    writer, second = await line.who("write_publication"), await line.who("publish")
    async with refused(NotWritten):
        await line.take("publish", by=second)
    told: dict[str, Any] = {"public_problem": "财务科科长王建国压件，电话13912345678", "public_result": "已经整改"}
    with pytest.raises(PublicUnchecked) as unchecked:
        await line.take("write_publication", **told)
    assert {hit["text"] for hit in unchecked.value.details["hits"]} >= {"13912345678"}
    await line.take("write_publication", **told, hits_confirmed=True)
    assert await line.owed() == {"strike_off": "supervisor", "publish_line": "supervisor"}
    with pytest.raises(SamePerson):
        await line.take("publish", by=writer, hits_confirmed=True)
    async with refused(PublicUnchecked):
        await line.take("publish", by=second)
    # Whoever disagrees writes anew, and the first publishes; what waits outlives the striking off.
    await line.take("write_publication", by=second)
    await line.take("strike_off")
    assert await line.owed() == {"look_back": "supervisor", "publish_line": "supervisor"}
    assert line.number not in str(await published.page())
    await line.take("publish", by=writer)
    assert await line.owed() == {"look_back": "supervisor"}
    async with refused(AlreadyPublished):
        await line.take("write_publication")
    await line.take("unpublish")

    await line.take("write_publication")
    head = await line.at_place(Relation.LEAD, Role.HEAD)
    assert "拟公示" not in str((await reading.shown(head, line.number))["rectification"])
    assert "拟公示" in str((await reading.shown(second, line.number))["rectification"])
    await line.take("relapse")
    assert await line.owed() == {"rectify": "head"}
    await line.take("report_done")
    await line.take("verify_pass")
    async with refused(NotWritten):
        await line.take("publish", by=second)


async def test_the_ledger_counts_what_it_lists(shared_province: str) -> None:
    """Each number of a place is the length of the list behind it, to whomever it is shown."""
    owner, state = "620102-labour", ledger.State
    here = ledger.Filters(unit=(await unit(owner)).id)
    with clock.at(on(2026, 1, 5)):
        late = await listed(owner, stage="rectifying")
        await listed(owner, stage="dropped")
        back = await listed(owner, stage="struck_off")
    with clock.at(on(2026, 5, 6)):
        slow = await listed(owner, until="2026-05-08", stage="rectifying")
        await back.take("relapse")
        await listed(owner, stage="struck_off")
        await listed(owner, stage="checked", source="report")
        city = await officer(Role.SUPERVISOR, CITY)
        total, months = await ledger.counted(city, here, ledger.LedgerBy.MONTH)
        assert total == {
            "listed": 5, "working": 3, "verifying": 1, "due_soon": 1, "overdue": 1, "struck_off": 1, "on_time": 1,
            "ever_struck": 2, "reopened": 1,
        }  # fmt: skip
        assert [(key, row["listed"]) for key, row in months] == [("2026-01", 2), ("2026-05", 3)]
        for which, numbers in (
            (state.OVERDUE, [late.number]), (state.DUE_SOON, [slow.number]), (state.REOPENED, [back.number]),
        ):  # fmt: skip
            rows = await ledger.page(city, ledger.Filters(unit=here.unit, state=which))
            assert [row["number"] for row in rows] == numbers, which
        assert len(await ledger.page(city, ledger.Filters(unit=here.unit, state=state.OPEN))) == 4
        head = await officer(Role.HEAD, owner)
        assert (await ledger.counted(head, ledger.Filters()))[0] == total
        _, places = await ledger.counted(city, ledger.Filters(region="6201"), ledger.LedgerBy.REGION)
        assert "620102" in {key for key, _ in places} <= {"6201", "620102"}
        beside = await officer(Role.HEAD, "620102-civil")
        assert (await ledger.counted(beside, ledger.Filters()))[0] == dict(ledger.NONE)
        first = await ledger.page(city, here, limit=2)
        after = ledger.After(first[-1]["filed_on"], first[-1]["id"])
        rest = await ledger.page(city, here, after)
        assert len({row["id"] for row in (*first, *rest)}) == 6
