"""Supervision through the doors: letters, rungs, listing, interviews, second looks, what follows for the year."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.loop import chores, duties, lettered, listing, opening, reading
from domain.loop.duties import Tab
from domain.loop.kinds import Kind, WrongStage
from domain.loop.overseeing import NotOverThem
from domain.supervision import listing as supervisions
from domain.supervision.effects import AlreadySupervised, NotDisqualified
from domain.supervision.guards import (
    InterviewWaiting,
    LookBackOver,
    LookBackOwed,
    NeedsApproval,
    NeedsNoApproval,
    NotListed,
    OtherLevel,
    StillListed,
)
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotAllowed, NotFound
from models import Duty, Letter, Matter, Relation, Role
from tests.makers import case_at, officer, unit
from tests.observed import chained, refused
from tests.supervised import ABOUT, INSPECTION, later, over_case, over_unit

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


async def due_of(number: str, name: str) -> str:
    duty = await Duty.get(matter__number=number, name=name, closed_at=None)
    return f"{duty.due_at.astimezone(CHINA):%m-%d %H:%M}"


async def test_a_letter_goes_out_is_signed_for_answered_and_accepted(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case()
        head = await made.case.at_place(Relation.LEAD, Role.HEAD)  # type: ignore[union-attr]  # over a case
        assert await made.owed() == ["decide"]
        with pytest.raises(NotFound):  # nothing of it before the letter
            await reading.shown(head, made.number)
        await made.take("issue")
        assert (await due_of(made.number, "sign"), await made.owed()) == ("03-03 23:59", ["sign"])
        shown = await reading.shown(head, made.number)
        assert (shown["supervision"]["rung"], shown["supervision"]["demands"][:2]) == ("dispatch", "一、")
        assert "by_clock" not in shown["supervision"]
        assert [line["verb"] for line in await reading.timeline(head, made.number)] == ["issue"]
        await made.take("sign")
        assert await due_of(made.number, "answer") == "03-05 23:59"  # three working days from the letter
        await made.take("answer")
        letter = await Letter.get(matter__number=made.number)
        entries = await chained((await made.matter()).id)
        assert (entries[-1].verb, entries[-1].seq) == ("answer", letter.answered_by_entry)
        assert letter.signed_by_id
        await made.take("send_back")
        assert await due_of(made.number, "answer") == "03-05 23:59"
        await made.take("answer")
        await made.take("accept")
        assert await made.owed() == []  # this rung asks for no second look
        await made.take("close")
        assert (await made.matter()).ended_at
    assert [line["verb"] for line in await reading.timeline(head, made.number)] == [
        "issue", "sign", "answer", "send_back", "answer", "accept", "close",
    ]  # fmt: skip


async def test_what_must_be_approved_is_listed_by_a_leader_and_costs_the_years_honours(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case(rung="listing")
        async with refused(NeedsApproval):
            await made.take("issue")
        await made.take("submit")
        leader = await made.who("approve")
        assert [line["label"] for line in await duties.page(leader, Tab.UNIT)][:1] == ["审批督办"]
        await made.take("decline")
        assert await made.owed() == ["decide"]
        await made.take("submit")
        await made.take("approve")
        own = await made.own()
        assert (own.listed_on, own.unlisted_on, own.leader_in_charge) == (clock.today(), None, "分管副局长")
        assert await due_of(made.number, "sign") == "03-03 23:59"
        personnel = await officer(Role.PERSONNEL, "62-organization")
        found = await supervisions.disqualified(personnel, 2026)
        assert (own.unit.name, "挂牌督办", None) in [(row["unit"], row["reason"], row["revoked_on"]) for row in found]
        assert [
            row["number"]
            for row in await supervisions.page(leader, supervisions.Filters(shelf=supervisions.Shelf.LISTED))
        ][:1] == [made.number]
        for verb in ("sign", "answer", "accept"):
            await made.take(verb)
        assert await due_of(made.number, "look_back") == "08-31 23:59"  # 180 days, moved on past a weekend
        async with refused(StillListed):
            await made.take("close")
        await made.take("unlist")
        async with refused(NotListed):
            await made.take("unlist")
        async with refused(LookBackOwed):
            await made.take("close")
        await made.take("look_back")
        await made.take("restore")
        async with refused(NotDisqualified):
            await made.take("restore")
        await made.take("close")
    assert [one.form_id for one in await Letter.filter(matter__number=made.number)] == ["listing", "unlisting"]
    row = next(row for row in await supervisions.disqualified(personnel, 2026) if row["unit"] == own.unit.name)
    assert row["revoked_on"] == MONDAY.date()


async def test_only_the_supervising_level_lists_and_unlists(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_unit("620102-market", "listing", by="6201-justice.inspection")
        province = await officer(Role.SUPERVISOR, INSPECTION)
        async with refused(OtherLevel):
            await made.take("submit", by=province)
        for verb in ("submit", "approve", "sign", "answer", "accept"):
            await made.take(verb)
        async with refused(OtherLevel):
            await made.take("unlist", by=province)
        await made.take("unlist")
        other = await over_unit("620102-market", "dispatch", by="6201-justice.inspection")
        async with refused(NeedsNoApproval):
            await other.take("submit")
        await other.take("issue", by=province)  # a superior may do what needs no listing


async def test_who_may_be_supervised_by_whom(shared_province: str) -> None:
    kind = Kind.REGISTRY["supervision"]
    city = await officer(Role.SUPERVISOR, "6201-justice.inspection")
    for code in ("62-market", "6202-market", "6201-justice"):  # above, beside, one's own
        given = {"unit": str((await unit(code)).id), "rung": "dispatch", **ABOUT}
        async with refused(NotOverThem):
            await opening.opened(city, kind, given)
    given = {"unit": str((await unit("6201-market")).id), "rung": "no_such", **ABOUT}
    async with refused(Invalid):
        await opening.opened(city, kind, given)
    async with refused(NotAllowed):
        await opening.opened(await officer(Role.REGISTRAR), kind, given)
    # Supervisors of the province's own justice department are no supervisors of it.
    made = await over_unit("62-justice", by="62-supervision")
    with pytest.raises(NotFound):
        await reading.shown(await officer(Role.SUPERVISOR, INSPECTION), made.number)


async def test_a_unit_is_supervised_once_for_a_matter(shared_province: str) -> None:
    made = await over_case()
    async with refused(AlreadySupervised):
        await over_case(walk=made.case)
    await made.take("dismiss")
    again = await over_case(walk=made.case)
    assert again.number != made.number


async def test_late_answers_are_proposed_for_the_next_rung_once(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case("received")
    with clock.at(MONDAY + timedelta(days=4)):
        await made.take("propose_raise")
        assert await made.owed() == ["answer", "decide_raise"]
        assert not await Duty.filter(matter__number=made.number, lapses_to__not_isnull=True, closed_at=None).exists()
        supervisor = await made.who("raise_rung")
        [line] = [one for one in await reading.timeline(supervisor, made.number) if one["verb"] == "propose_raise"]
        assert line["shown"] == [{"label": "督办层级", "text": "函询提醒"}]
        head = await made.at_place(Relation.LEAD, Role.HEAD)
        assert "propose_raise" not in [line["verb"] for line in await reading.timeline(head, made.number)]
        async with refused(Invalid):
            await made.take("raise_rung", rung="dispatch")
        await made.take("keep_rung")
        await made.take("propose_raise")
        await made.take("raise_rung", rung="inquiry")
        assert ((await made.own()).rung_id, await made.owed()) == ("inquiry", ["decide"])
        await made.take("issue")
        assert [letter.form_id for letter in await Letter.filter(matter__number=made.number).order_by("issued_at")] == [
            "dispatch", "inquiry",
        ]  # fmt: skip


async def test_postponed_comes_back_on_its_day(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case("postponed")
        assert await due_of(made.number, "resume") == "03-07 00:00"
        async with refused(WrongStage):
            await made.take("issue")
    with clock.at(MONDAY + timedelta(days=5)):
        await chores.lapsed()
    assert ((await made.matter()).stage, await made.owed()) == ("proposed", ["decide"])
    with clock.at(MONDAY):
        async with refused(Invalid):
            await made.take("postpone", until="2026-03-02")


async def test_an_interview_is_called_held_and_followed(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case("received", "warning")
        await made.take("call_in", situation="no_reform")
        assert await due_of(made.number, "interview") == "03-05 23:59"
        async with refused(InterviewWaiting):
            await made.take("call_in")
        wrongs: list[dict[str, Any]] = [{"until": "2026-03-02"}, {"on": later(1)}]
        for wrong in wrongs:
            async with refused(Invalid):
                await made.take("interview", **wrong)
        await made.take("interview")
        assert await due_of(made.number, "fulfil") == "03-22 23:59"
        head = await made.at_place(Relation.LEAD, Role.HEAD)
        told = (await reading.shown(head, made.number))["supervision"]
        [interview] = told["interviews"]
        assert (interview["situation_label"], interview["undertakings"]) == (
            "整改措施不力、虚假整改", ["十日内办结", "通报全局"],
        )  # fmt: skip
        assert [one["year"] for one in told["disqualified"]] == [2026]
        await made.take("answer")
        await made.take("accept")
        await made.take("look_back")
        async with refused(InterviewWaiting):  # what was undertaken is still to come
            await made.take("close")
        await made.take("fulfil")
        await made.take("restore")  # there is a leader to do so
        await made.take("close")
    other = await over_case("received")
    async with refused(Invalid):
        await other.take("call_in", situation="no_such")


async def test_a_second_look_may_begin_anew_within_six_months(shared_province: str) -> None:
    with clock.at(MONDAY):
        made, other = await over_case("closed"), await over_case("closed")
    with clock.at(MONDAY + timedelta(days=180)):
        await made.take("relapse")
        assert ((await made.matter()).ended_at, await made.owed()) == (None, ["decide"])
    with clock.at(MONDAY + timedelta(days=190)):
        async with refused(LookBackOver):
            await other.take("relapse")


async def test_letters_are_for_those_they_name(shared_province: str) -> None:
    made = await over_case("issued")
    supervisor = await made.who("issue")
    liaison, head = await made.who("sign"), await made.at_place(Relation.LEAD, Role.HEAD)
    for reader in (supervisor, liaison, head):
        [letter] = await lettered.letters_of(reader, made.number)
        assert (letter["form_label"], letter["read_at"], letter["ready"]) == ("书面调度通知", None, False)
    for stranger in (await officer(Role.REGISTRAR), await officer(Role.HEAD, "6202-market")):
        with pytest.raises(NotFound):
            await lettered.letters_of(stranger, made.number)
    handler = await made.case.at_place(Relation.ASSIGNEE, Role.HANDLER)  # type: ignore[union-attr]  # over a case
    with pytest.raises(NotFound):  # the case is theirs, its supervision is their head's
        await reading.shown(handler, made.number)
    with pytest.raises(lettered.NotRendered):
        await lettered.opened(head, made.number, letter["id"])
    async with refused(NotFound):
        await lettered.opened(head, made.number, (await made.matter()).id)
    await Letter.filter(id=letter["id"]).update(stored="letters/xx/made", sha256=bytes(32))
    await lettered.opened(supervisor, made.number, letter["id"])  # leaves no mark
    await lettered.opened(head, made.number, letter["id"])
    await lettered.opened(liaison, made.number, letter["id"])
    [letter] = await lettered.letters_of(supervisor, made.number)
    assert letter["read_by"].startswith((await made.own()).unit.name)
    entries = await chained((await made.matter()).id)
    assert [entry.verb for entry in entries] == ["propose", "issue", "open_letter"]


async def test_lists_hold_what_a_reader_may_see(shared_province: str) -> None:
    made = await over_case("issued", "warning")
    supervisor, head = await made.who("issue"), await made.at_place(Relation.LEAD, Role.HEAD)
    for reader in (supervisor, head):
        found = await supervisions.page(reader, supervisions.Filters(rung="warning", ended=False))
        assert made.number in [line["number"] for line in found]
        assert made.number not in [
            line["number"] for line in await supervisions.page(reader, supervisions.Filters(rung="listing"))
        ]
        everything = await listing.page(reader, listing.Filters(kind="supervision"))
        assert made.number in [line["number"] for line in everything]
    assert await supervisions.page(await officer(Role.HEAD, "6202-market"), supervisions.Filters()) == []


async def test_a_case_of_the_centre_supervises_the_centre(shared_province: str) -> None:
    """Before any unit has it, whoever received it is late."""
    walk = await case_at("accepted")
    made = await over_case(walk=walk)
    assert (await made.own()).unit.code == "62-intake"
    assert (await Matter.get(number=made.number)).region_id == "62"
