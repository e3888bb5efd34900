"""Each refusal that has to do with people: who may handle, lead, assist, step aside, or be the last."""

from typing import Any
from uuid import uuid4

import pytest

from domain.cases import effects, routing
from domain.loop import recusal
from domain.loop.packs import NoReceiver
from models import Post, Relation, Role
from tests.makers import case_at, officer, unit
from tests.observed import refused, rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def unit_id(code: str) -> str:
    return str((await unit(code)).id)


async def person_id(post_id: Any) -> str:
    return str((await Post.get(id=post_id)).person_id)


@rolled_back
async def test_who_is_no_handler_of_the_unit(shared_province: str) -> None:
    walk = await case_at("signed")
    lead = (await walk.case()).lead_unit_id
    head = await Post.get(role=Role.HEAD, unit_id=lead)
    able = await walk.handler()  # before there are others, whose ids might come first
    elsewhere = await Post.filter(role=Role.HANDLER, unit__code="6205-market").first()
    ended = await Post.create(
        person_id=head.person_id, unit_id=lead, role=Role.HANDLER, since="2024-01-01", until="2025-12-31"
    )
    coming = await Post.create(person_id=head.person_id, unit_id=lead, role=Role.HANDLER, since="2099-01-01")
    assert elsewhere is not None
    for post in (head.id, elsewhere.id, ended.id, coming.id, uuid4()):
        async with refused(effects.NotAHandler):
            await walk.take("assign", post=str(post))
    await walk.take("assign", post=str(able))
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    await walk.take("recuse", by=handler)
    async with refused(effects.NotAHandler):
        await walk.take("assign", post=str(handler.post_id))


@rolled_back
async def test_a_handler_with_another_post_in_the_accuseds_line_is_no_handler(shared_province: str) -> None:
    """Recusal looks at all posts of the person, not at the one they would act through."""
    walk = await case_at("signed")
    accused = await unit("6205-police")
    handler = await walk.handler()
    await Post.create(person_id=await person_id(handler), unit_id=accused.id, role=Role.EVALUATOR, since="2026-01-01")
    await walk.take("exclude", units=[str(accused.id)])
    async with refused(effects.NotAHandler):
        await walk.take("assign", post=str(handler))
    await walk.take("assign", post=str(await walk.handler(1)))


@pytest.mark.parametrize(("given", "missing"), [([0], [2]), ([0, 0], [1, 2]), ([0, 1, 2], []), ([1, 1, 0], [2])])
async def test_every_claim_is_answered_once(shared_province: str, given: list[int], missing: list[int]) -> None:
    walk = await case_at("handling")
    claim = {"opinion": "explained", "facts": "事实", "reply": "答复"}
    async with refused(effects.ClaimsMissing) as caught:
        await walk.take("answer", claims=[{"claim": number, **claim} for number in given])
    assert caught.value.details == {"missing": missing}


async def test_who_holds_the_case_is_excluded_after_a_recall_only(shared_province: str) -> None:
    """The unit, its superior, its officer, the one liaison who could sign, an assisting unit."""
    walk = await case_at("screened")
    await walk.take("transfer", assisting=[await unit_id("62-finance")])
    lead = (await walk.case()).lead_unit_id
    liaison = await walk.who("sign")
    for verb in ("sign", "assign"):
        await walk.take(verb)
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    gov = await unit_id("620102-gov")
    for units, persons in (
        ([str(lead)], []), ([gov], []), ([], [str(handler.person_id)]), ([], [str(liaison.person_id)]),
        ([await unit_id("62-finance")], []),
    ):  # fmt: skip
        async with refused(recusal.RecallFirst):
            await walk.take("exclude", units=units, persons=persons)
    await walk.take("recall")
    await walk.take("exclude", units=[gov])
    await walk.take("transfer")
    assert (await walk.case()).lead_unit_id != lead


async def test_the_last_of_a_role_stays_until_there_is_a_substitute(shared_province: str) -> None:
    walk = await case_at("transferred")
    liaison = await walk.who("sign")
    async with refused(recusal.LastOne):
        await walk.take("recuse", by=liaison)
    others = [await officer(Role.REGISTRAR, number=number) for number in range(4)]
    for registrar in others[:3]:
        await walk.take("recuse", by=registrar)
    async with refused(recusal.LastOne):
        await walk.take("recuse", by=others[3])


async def test_a_unit_that_cannot_lead(shared_province: str) -> None:
    walk = await case_at("screened")
    await walk.take("exclude", units=[await unit_id("620102-market")])
    # unknown; excluded; below an excluded one; without a head
    for lead in (str(uuid4()), *[await unit_id(f"620102-{key}") for key in ("market", "market.inspection", "gov")]):
        async with refused(routing.CannotLead):
            await walk.take("transfer", lead=lead)
    for helper in (str(uuid4()), await unit_id("620102-market.inspection")):
        async with refused(routing.CannotLead):
            await walk.take("transfer", assisting=[helper])
    await walk.take("transfer", lead=await unit_id("620102-finance"))


async def test_against_a_head_nobody_of_the_level_is_chosen_by_hand(shared_province: str) -> None:
    walk = await case_at("accepted")
    head = await officer(Role.HEAD, "620102-market")
    await walk.take("screen", accused_persons=[str(head.person_id)])
    async with refused(routing.CannotLead):
        await walk.take("transfer", lead=await unit_id("620102-finance"))
    await walk.take("transfer", lead=await unit_id("6201-finance"))


@rolled_back
async def test_an_empty_roster_has_no_owner(shared_province: str) -> None:
    walk = await case_at("screened")
    await Post.filter(role=Role.HEAD).update(until="2025-12-31")
    async with refused(routing.NoOwner):
        await walk.take("transfer")


async def test_somebody_is_always_left_to_receive(shared_province: str) -> None:
    """Every unit of the intake chain can't step aside at once."""
    walk = await case_at("filed")
    tops = [await unit_id(code) for code in ("62-gov", "62-party", "SEALED")]
    async with refused(NoReceiver):
        await walk.take("exclude", units=tops)
    await walk.take("exclude", units=tops[:2])
    assert (await walk.matter()).receiving_unit_id == (await unit("SEALED")).id
