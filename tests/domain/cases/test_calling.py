"""回访电话: for whoever owes the call now and nobody else; each look is the complainant's to read."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from domain.cases.calling import NoCallDue, NoPhone, phone_looked_at
from domain.loop import duties, reading
from domain.loop.engine import NotYours
from domain.people.actors import Actor
from kit import crypto
from kit.errors import NotAllowed, NotFound
from kit.words import speaking
from models import Entry, Involvement, Mode, Relation, Role
from tests.makers import PATHS, SETTINGS, Walk, case_at, case_filed, officer
from tests.observed import chained, contents, refused
from tests.servers import Servers

pytestmark = pytest.mark.asyncio(loop_scope="module")
PHONE = "13900009999"
PLACES = (
    (Relation.INTAKE, Role.REGISTRAR),
    (Relation.LIAISON, Role.LIAISON),
    (Relation.LEAD, Role.HEAD),
    (Relation.ASSIGNEE, Role.HANDLER),
)


async def looked_at(actor: Actor, walk: Walk) -> str:
    return await phone_looked_at(SETTINGS, actor, walk.number)


@pytest.mark.parametrize("stage", sorted(PATHS))
async def test_who_gets_the_number_when(shared_province: str, stage: str) -> None:
    walk = await case_at(stage, mode=Mode.NAMED)
    strangers = [await officer(Role.LIAISON, "6205-justice"), await officer(Role.SYSTEM_ADMIN, "62-justice.systems")]
    for actor in strangers:
        async with refused(NotFound):
            await looked_at(actor, walk)
    present = [walk.holder, await officer(Role.SUPERVISOR, "62-justice.inspection")]
    for relation, role in PLACES:
        if await Involvement.filter(matter_id=walk.holder.matter_id, relation=relation, until=None).exists():
            present.append(await walk.at_place(relation, role))
    for actor in present:
        async with refused(NotAllowed):
            await looked_at(actor, walk)
    caller = await officer(Role.CALL_BACK_OFFICER)
    if stage == "replied":
        assert await looked_at(caller, walk) == PHONE
    else:
        async with refused(NoCallDue):
            await looked_at(caller, walk)


@pytest.mark.parametrize("mode", [Mode.CONFIDENTIAL, Mode.NAMED])
async def test_each_look_is_an_entry_that_the_complainant_reads(shared_province: str, mode: Mode) -> None:
    walk = await case_at("replied", mode=mode)
    caller = await officer(Role.CALL_BACK_OFFICER)
    for _ in range(2):
        await looked_at(caller, walk)
    looks = [entry for entry in await reading.timeline(walk.holder, walk.number) if entry["verb"] == "look_phone"]
    assert [(look["label"], look["by"]) for look in looks] == [("回访员查看了您的联系电话", "工作人员")] * 2
    assert looks[0]["shown"] == [{"label": "理由", "text": "用于回访办理结果，只显示号码，不显示姓名"}]
    with speaking("en"):
        english = (await reading.timeline(walk.holder, walk.number))[-1]
    assert english["label"] == "A call-back officer looked at your phone number"
    for reader in (await officer(Role.REGISTRAR), await officer(Role.SUPERVISOR, "62-justice.inspection")):
        seen = (await reading.timeline(reader, walk.number))[-1]
        assert (seen["verb"], seen["label"]) == ("look_phone", "查看回访电话")
        assert caller.name in seen["by"]
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    assert "look_phone" not in [entry["verb"] for entry in await reading.timeline(handler, walk.number)]
    entries = await chained(walk.holder.matter_id)
    assert [entry.verb for entry in entries][-2:] == ["look_phone"] * 2
    assert PHONE not in str(await reading.timeline(await officer(Role.REGISTRAR), walk.number))


async def test_the_look_has_committed_before_the_number_is_given(shared_province: str) -> None:
    walk = await case_at("replied", mode=Mode.NAMED)
    caller = await officer(Role.CALL_BACK_OFFICER)
    numbers = await asyncio.gather(*(looked_at(caller, walk) for _ in range(4)))
    assert numbers == [PHONE] * 4
    assert await Entry.filter(matter_id=walk.holder.matter_id, verb="look_phone").count() == 4
    await chained(walk.holder.matter_id)


async def test_who_has_claimed_the_call_makes_it(shared_province: str) -> None:
    walk = await case_at("replied", mode=Mode.NAMED)
    first, second = [await officer(Role.CALL_BACK_OFFICER, number=number) for number in range(2)]
    queue = await duties.page(first, duties.Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(first, queue[0]["id"])
    async with refused(NotYours):
        await looked_at(second, walk)
    assert await looked_at(first, walk) == PHONE


async def test_the_anonymous_left_none(shared_province: str) -> None:
    walk = await case_at("replied")
    async with refused(NoPhone):
        await looked_at(await officer(Role.CALL_BACK_OFFICER), walk)


async def test_a_call_back_officer_who_must_step_aside_finds_nothing(shared_province: str) -> None:
    walk = await case_at("replied", mode=Mode.NAMED)
    caller = await officer(Role.CALL_BACK_OFFICER)
    await walk.take("exclude", persons=[str(caller.person_id)])
    before = await contents()
    with pytest.raises(NotFound):
        await looked_at(caller, walk)
    assert await contents() == before


async def test_nothing_else_comes_out_of_the_vault(servers: Servers, shared_province: str) -> None:
    """The function gives the number's box, which the case's key opens for this purpose alone; no column can be read."""
    walk = await case_filed(mode=Mode.NAMED, contact={"name": "金丝雀", "phone": PHONE, "other": "canary@example.org"})
    login = await asyncpg.connect(shared_province)
    try:
        row = await login.fetchrow("SELECT * FROM vault.phone_of($1)", walk.holder.matter_id)
        assert row is not None
        assert set(row.keys()) == {"wrapped_key", "phone"}
        for column in ("identity", "phone", "filed_at", "handle"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await login.fetch(f"SELECT {column} FROM vault.sealed")
    finally:
        await login.close()
    matter = walk.holder.matter_id
    assert isinstance(matter, UUID)
    key = crypto.unwrap(SETTINGS.masters, row["wrapped_key"], about=matter.bytes)
    assert crypto.open_(key, row["phone"], about=b"phone\0" + matter.bytes) == PHONE.encode()
    assert PHONE.encode() not in row["phone"]
    for purpose in (b"identity", b"handle", b"filed_at"):
        with pytest.raises(crypto.Unreadable):
            crypto.open_(key, row["phone"], about=purpose + b"\0" + matter.bytes)
