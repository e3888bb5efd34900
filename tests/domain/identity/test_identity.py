"""身份查阅: two persons, half an hour, the requester alone, and the complainant reads of each look."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.cases.calling import NoCallDue
from domain.cases.guards import NoIdentity
from domain.identity.deciding import NotTheRequester
from domain.identity.looking import IdentityShut
from domain.identity.requesting import IdentityPending, NoCustodian
from domain.loop import chores, duties, engine, notices, reading
from domain.loop.engine import SamePerson
from domain.loop.kinds import WrongStage
from domain.people import actors
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotAllowed, NotFound, Refusal
from models import Matter, Mode, Notice, Post, Relation, Role, Unit
from tests.domain.identity.asked import CONTACT, CUSTODY, FORM, asked, asked_at, requested
from tests.makers import case_at, officer, unit
from tests.observed import chained, refused, rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


async def test_asked_approved_looked_at_and_told(shared_province: str) -> None:
    one = await asked()
    [line] = await duties.page(one.custodian, duties.Tab.UNIT, duties.Filters(matter=one.number))
    assert (line["label"], line["matter"]["kind_label"]) == ("审批身份查阅", "身份查阅")
    seen = await reading.shown(one.custodian, one.number)
    assert seen["identity_request"]["asked_by"]["person"] == one.requester.name
    assert seen["identity_request"]["case"] == one.walk.number
    assert [step["verb"] for step in seen["next_steps"]] == ["approve_identity", "refuse_identity", "recuse"]
    with pytest.raises(NotFound):
        await reading.shown(one.custodian, one.walk.number)  # who decides on a person need not know the case
    async with refused(IdentityShut):
        await one.look()
    await one.take("approve_identity")
    for _ in range(2):
        identity = await one.look()
        assert {name: identity[name] for name in CONTACT} == CONTACT
    assert (await one.row()).looks == 2
    looks = [
        line for line in await reading.timeline(one.walk.holder, one.walk.number) if line["verb"] == "look_identity"
    ]
    assert [(line["label"], line["by"]) for line in looks] == [("您的身份信息被查看", "工作人员")] * 2
    [intake, custody] = [await unit("62-intake"), await unit(CUSTODY)]
    assert {part["label"]: part["text"] for part in looks[0]["shown"]} == {
        "查看单位": intake.name,
        "用途": "书面告知或送达答复（信访工作条例第二十三条、第三十二条）",
        "查看内容": "姓名和联系方式",
        "批准单位": custody.name,
        "查看日期": clock.today().isoformat(),
    }
    assert FORM["reason"] not in str(looks)
    for person in (one.requester, one.custodian):
        assert person.name not in str(await reading.timeline(one.walk.holder, one.walk.number))
    own = [line["verb"] for line in await reading.timeline(one.custodian, one.number)]
    assert own == ["ask_identity", "approve_identity", "look_identity", "look_identity"]
    await notices.delivered()
    assert await Notice.filter(matter_id=one.walk.holder.matter_id, template="identity_seen").count() == 2
    assert {line["text"] for line in await notices.inbox(one.walk.holder)} <= {
        "您提交的事项有新进展，请凭回执查询", "您提交的事项已受理，请凭回执查询",
    }  # fmt: skip
    await chained(one.walk.holder.matter_id)
    await chained((await one.matter()).id)


@pytest.mark.parametrize(
    ("part", "given"), [("name", {"name"}), ("contact", {"phone", "other"}), ("both", set(CONTACT))]
)
async def test_no_more_than_was_asked_for(shared_province: str, part: str, given: set[str]) -> None:
    one = await asked(part=part)
    await one.take("approve_identity")
    assert (await one.look()).keys() == given | {"open_until"}


async def test_the_identity_is_in_no_view_and_no_entry(shared_province: str) -> None:
    one = await asked()
    await one.take("approve_identity")
    await one.look()
    for reader, number in (
        (one.requester, one.number), (one.custodian, one.number), (one.requester, one.walk.number),
        (await officer(Role.SUPERVISOR, "62-justice.inspection"), one.number),
    ):  # fmt: skip
        said = str(await reading.shown(reader, number)) + str(await reading.timeline(reader, number))
        assert [value for value in CONTACT.values() if value in said] == []


async def test_half_an_hour_to_the_second(shared_province: str) -> None:
    with clock.at(MONDAY):
        one = await asked()
        await one.take("approve_identity")
        assert (await one.row()).open_until == MONDAY + timedelta(minutes=30)
    with clock.at(MONDAY + timedelta(minutes=29, seconds=59)):
        await one.look()
        await chores.lapsed()
        assert (await one.matter()).stage == "open"
    with clock.at(MONDAY + timedelta(minutes=30)):  # the worker hasn't come yet
        async with refused(IdentityShut):
            await one.look()
    with clock.at(MONDAY + timedelta(minutes=30, seconds=1)):
        await chores.lapsed()
        assert (await one.matter()).stage == "expired"
        async with refused(IdentityShut):
            await one.look()


async def test_what_nobody_decides_lapses(shared_province: str) -> None:
    with clock.at(MONDAY):
        one = await asked()
    with clock.at(MONDAY + timedelta(days=1, hours=12)):
        await chores.lapsed()
        assert (await one.matter()).stage == "requested"
    with clock.at(MONDAY + timedelta(days=2)):
        await chores.lapsed()
        assert (await one.matter()).stage == "undecided"
        again = await requested(one.walk, one.requester)
        assert again.number != one.number
        async with refused(WrongStage):
            await one.take("approve_identity")


async def test_the_requester_alone_and_in_person(shared_province: str) -> None:
    one = await asked()
    await one.take("approve_identity")
    present = [await officer(Role.REGISTRAR, number=1), one.custodian, await officer(Role.CALL_BACK_OFFICER),
               await officer(Role.SUPERVISOR, "62-justice.inspection")]  # fmt: skip
    for actor in present:
        async with refused(NotTheRequester):
            await one.look(actor)
    for actor in (
        one.walk.holder,
        await officer(Role.HANDLER, "620102-market"),
        await officer(Role.AUDIT_ADMIN, "62-audit"),
    ):
        async with refused(NotFound):
            await one.look(actor)
    one.number = one.walk.number
    async with refused(NotAllowed):
        await one.look()


@rolled_back
async def test_a_substitute_of_the_requester_is_another_person(shared_province: str) -> None:
    one = await asked()
    await one.take("approve_identity")
    other = await officer(Role.HANDLER, "62-market")
    assert one.requester.standing is not None
    post = await Post.create(
        person_id=other.person_id, unit_id=one.requester.standing.unit_id, role=Role.REGISTRAR, since="2026-01-01",
        stands_in_for_id=one.requester.post_id,
    )  # fmt: skip
    substitute = await actors.of_post(post.id)
    assert "requester" in (await reading.shown(substitute, one.number))["relations"]
    with pytest.raises(NotTheRequester):
        await one.look(substitute)


@rolled_back
async def test_nobody_approves_their_own_whichever_post_they_act_through(shared_province: str) -> None:
    clerk = await officer(Role.REGISTRAR)
    keepers = await unit(CUSTODY)
    second = await Post.create(person_id=clerk.person_id, unit_id=keepers.id, role=Role.CUSTODIAN, since="2026-01-01")
    one = await asked()
    assert one.requester.person_id == clerk.person_id
    through_the_other = await actors.of_post(second.id)
    shown = await reading.shown(through_the_other, one.number)
    assert [step["verb"] for step in shown["next_steps"]] == ["recuse"]
    for verb in ("approve_identity", "refuse_identity"):
        with pytest.raises(SamePerson):
            await one.take(verb, by=through_the_other)
    await Post.filter(role=Role.CUSTODIAN).exclude(id=second.id).update(until="2026-01-01")
    walk = await case_at("accepted", mode=Mode.NAMED)
    with pytest.raises(NoCustodian):
        await requested(walk, clerk)


async def test_the_anonymous_have_no_identity(shared_province: str) -> None:
    walk = await case_at("accepted")
    clerk = await officer(Role.REGISTRAR)
    assert "request_identity" not in [step["verb"] for step in (await reading.shown(clerk, walk.number))["next_steps"]]
    async with refused(NoIdentity):
        await engine.take(clerk, walk.number, "request_identity", FORM)


async def test_who_may_ask(shared_province: str) -> None:
    walk = await case_at("replied", mode=Mode.CONFIDENTIAL)
    for role, code in (
        (Role.REGISTRAR, "62-intake"),
        (Role.CALL_BACK_OFFICER, "62-intake"),
        (Role.SUPERVISOR, "62-justice.inspection"),
    ):
        one = await requested(walk, await officer(role, code))
        async with refused(IdentityPending):
            await requested(walk, one.requester)
        await one.take("approve_identity")
        mine = await duties.page(one.requester, duties.Tab.MINE, duties.Filters(matter=one.number))
        assert [line["name"] for line in mine] == ["look_identity"]
        assert (await one.look())["name"] == "金丝雀"
        await one.take("close_identity")
        async with refused(IdentityShut):
            await one.look()
    for relation, role in (
        (Relation.LIAISON, Role.LIAISON),
        (Relation.LEAD, Role.HEAD),
        (Relation.ASSIGNEE, Role.HANDLER),
    ):
        async with refused(NotAllowed):
            await requested(walk, await walk.at_place(relation, role))
    early = await case_at("accepted", mode=Mode.NAMED)
    async with refused(NoCallDue):
        await requested(early, await officer(Role.CALL_BACK_OFFICER))
    async with refused(Invalid):
        await requested(early, await officer(Role.REGISTRAR), purpose="curiosity")


async def test_nobody_in_the_accuseds_line_decides_or_learns_of_it(shared_province: str) -> None:
    """The custodians stand below the office of secrecy: accused, they are passed over, and there is nobody else."""
    secrecy = await unit("62-secrecy")
    walk = await case_at("accepted", mode=Mode.NAMED, accused_unit=secrecy.id)
    async with refused(NoCustodian):
        await requested(
            walk, await officer(Role.REGISTRAR, (await Unit.get(id=(await walk.matter()).receiving_unit_id)).code)
        )
    one = await asked()
    first, second = [await officer(Role.CUSTODIAN, CUSTODY, number) for number in range(2)]
    await one.walk.take("exclude", by=one.requester, persons=[str(first.person_id)])
    for verb in ("approve_identity", "refuse_identity", "recuse"):
        async with refused(NotFound):
            await one.take(verb, by=first)
    assert await duties.page(first, duties.Tab.UNIT, duties.Filters(matter=one.number)) == []
    await one.take("approve_identity", by=second)
    # Who must step aside after the approval sees nothing any more.
    await one.walk.take("exclude", by=await officer(Role.REGISTRAR, number=1), persons=[str(one.requester.person_id)])
    async with refused(NotFound):
        await one.look()


async def test_a_custodian_steps_aside_but_not_the_last(shared_province: str) -> None:
    one = await asked()
    first, second = [await officer(Role.CUSTODIAN, CUSTODY, number) for number in range(2)]
    await one.take("recuse", by=first)
    with pytest.raises(NotFound):
        await reading.shown(first, one.number)
    with pytest.raises(Refusal) as caught:
        await one.take("recuse", by=second)
    assert caught.value.code == "last_one"
    await one.take("refuse_identity", by=second)
    async with refused(IdentityShut):
        await one.look()


async def test_two_approvals_at_once_are_one(shared_province: str) -> None:
    one = await asked()
    both = [await officer(Role.CUSTODIAN, CUSTODY, number) for number in range(2)]
    answers = await asyncio.gather(*(one.take("approve_identity", by=who) for who in both), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Matter", "WrongStage"]
    verbs = [entry.verb for entry in await chained((await one.matter()).id)]
    assert verbs.count("approve_identity") == 1


async def test_looks_and_steps_at_once_wait_for_each_other(shared_province: str) -> None:
    one = await asked()
    await one.take("approve_identity")
    other = await officer(Role.REGISTRAR, number=1)
    tasks = [one.look() for _ in range(4)] + [one.walk.take("note", by=other) for _ in range(4)]
    assert [
        answer for answer in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(answer, Exception)
    ] == []
    assert (await one.row()).looks == 4
    await chained(one.walk.holder.matter_id)


async def test_what_is_put_off_is_told_at_last(shared_province: str) -> None:
    with clock.at(MONDAY):
        one = await asked_at("open", defer="hindrance")
        await one.look()
        await one.take("close_identity")
        assert "look_identity" not in str(await reading.timeline(one.walk.holder, one.walk.number))
        assert "look_identity" in str(await reading.timeline(one.requester, one.walk.number))
    for days, told in ((30, 0), (31, 1), (32, 1)):
        with clock.at(MONDAY + timedelta(days=days)):
            await chores.lapsed()
            lines = [
                line for line in await reading.timeline(one.walk.holder, one.walk.number) if line["verb"] == "tell_look"
            ]
            assert len(lines) == told
    assert lines[0]["label"] == "您的身份信息曾被查看"
    assert {"label": "查看日期", "text": "2026-03-02"} in lines[0]["shown"]


async def test_nothing_is_put_off_when_nobody_looked(shared_province: str) -> None:
    one = await asked_at("closed", defer="secrecy")
    assert await duties.page(one.custodian, duties.Tab.UNIT, duties.Filters(matter=one.number)) == []


async def test_a_stranger_can_open_none_by_itself(shared_province: str) -> None:
    for role, code in ((Role.REGISTRAR, "62-intake"), (Role.CUSTODIAN, CUSTODY)):
        assert "identity_request" not in [one["kind"] for one in await reading.openings(await officer(role, code))]


async def test_the_look_is_nobody_elses_duty(shared_province: str) -> None:
    one = await asked_at("open")
    [mine] = await duties.page(one.requester, duties.Tab.MINE, duties.Filters(matter=one.number))
    assert not mine["releasable"]
    async with refused(duties.NotClaimed):
        await duties.release(one.requester, mine["id"])
    colleague = await officer(Role.REGISTRAR, number=1)
    async with refused(duties.Claimed):
        await duties.claim(colleague, mine["id"])
    assert [owed["releasable"] for owed in (await reading.shown(one.requester, one.number))["duties"]] == [False]


async def test_what_was_handed_over_under_seal_is_looked_at_no_more(shared_province: str) -> None:
    one = await asked_at("open")
    await Matter.filter(number=one.walk.number).update(sealed_at=clock.now())
    async with refused(IdentityShut):
        await one.look()
