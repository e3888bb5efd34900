"""Holding to account: approved by another, referred, decided; names only for those who decide, numbers for figures."""

from datetime import datetime
from typing import Any

import pytest

from domain.accountability.counting import counted
from domain.accountability.effects import NobodyNamed, NobodyToApprove, NoOutcome, NotTheirs
from domain.loop import engine, lettered, notices, reading
from domain.people import actors
from domain.people.actors import Actor
from kit import clock
from kit.clock import CHINA
from kit.errors import Invalid, NotFound
from models import AccountabilityPerson, EntryBody, Involvement, Matter, Post, Relation, Role
from tests.makers import Walk, case_at, officer, unit
from tests.observed import chained, refused, rolled_back
from tests.supervised import INSPECTION, over_case

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
FACTS = {"facts": "未在法定期限内办理，也未说明理由。", "basis": "《信访工作条例》第四十五条"}
OUTCOME = {
    "form": "1", "sanction": "admonition", "persons": 2, "case_filed": False, "to_judiciary": False,
    "decided_on": "2026-03-02", "document": "兰纪字〔2026〕3号",
}  # fmt: skip


async def proposed(walk: Walk, by: Actor, **given: Any) -> Matter:
    head = await walk.at_place(Relation.LEAD, Role.HEAD)
    values = {**FACTS, "persons": [str(head.person_id)], **given}
    await engine.take(by, walk.number, "hold_to_account", values)
    return await Matter.get(opened_by_id=walk.holder.matter_id, kind="accountability")


async def leader_of(matter: Matter) -> Actor:
    place = await Involvement.get(matter_id=matter.id, relation=Relation.DECIDING, until=None)
    post = await Post.filter(unit_id=place.unit_id, role=Role.LEADER, until=None).first()
    assert post is not None
    return await actors.of_post(post.id)


async def test_from_the_case_to_the_outcome_and_back(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("handling")
        registrar = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
        head = await walk.at_place(Relation.LEAD, Role.HEAD)
        matter = await proposed(walk, registrar, others="名册外单位 科长 赵某")
        leader, liaison = await leader_of(matter), await officer(Role.DISCIPLINE_LIAISON, "62-discipline")
        with pytest.raises(NotFound):  # whom it is about
            await reading.shown(head, matter.number)
        told = (await reading.shown(leader, matter.number))["accountability"]["persons"]
        assert set(told) == {head.name, "名册外单位 科长 赵某"}
        shown = (await reading.shown(registrar, matter.number))["accountability"]
        assert (shown["persons_named"], "persons" in shown) == (2, False)
        await engine.take(leader, matter.number, "approve_account", {})
        there = {"body": "discipline", "unit": str((await unit("62-discipline")).id), "suggestion": "依规处理"}
        async with refused(NotTheirs):
            await engine.take(registrar, matter.number, "refer", {**there, "unit": str((await unit("62-market")).id)})
        await engine.take(registrar, matter.number, "refer", there)
        [letter] = await lettered.letters_of(liaison, matter.number)
        assert letter["form_label"] == "问责建议移送函"
        assert await lettered.letters_of(registrar, matter.number) == []  # it names them
        await engine.take(liaison, matter.number, "receive", {"receipt_number": "2026-17"})
        async with refused(NoOutcome):
            await engine.take(liaison, matter.number, "conclude", {"result": "已处理"})
        async with refused(Invalid):
            await engine.take(liaison, matter.number, "record_outcome", {**OUTCOME, "decided_on": "2026-03-03"})
        await engine.take(liaison, matter.number, "record_outcome", OUTCOME)
        more = {**OUTCOME, "form": "3", "sanction": "removal", "persons": 1, "case_filed": True, "to_judiciary": True}
        await engine.take(liaison, matter.number, "record_outcome", more)
        await engine.take(liaison, matter.number, "conclude", {"result": "均已作出处理"})
        found = await counted(registrar, 2026)
    assert (found["persons"], found["case_filed"], found["to_judiciary"]) == (3, 1, 1)
    assert {one["code"]: one["persons"] for one in found["by_form"]} == {"1": 2, "2": 0, "3": 1, "4": 0}
    # Whoever is shut out counts nothing of it.
    assert (await counted(head, 2026))["persons"] == 0
    # The complainant reads a sentence and no more.
    line = (await reading.timeline(walk.holder, walk.number))[-1]
    assert (line["label"], line["said"]) == ("有关机关已对相关责任人员作出处理", {})
    await notices.delivered()
    assert "case_accounted" in [one["template"] for one in await notices.inbox(walk.holder)]
    # No entry names anybody.
    for one in (matter.id, walk.holder.matter_id):
        assert await chained(one)
        for body in await EntryBody.filter(
            entry__matter_id=one, entry__verb__in=("propose_account", "hold_to_account")
        ):
            assert str(head.person_id) not in str(body.body)
            assert head.name not in str(body.body)
    assert await AccountabilityPerson.filter(matter_id=matter.id).count() == 2


async def test_somebody_must_be_named_and_another_must_approve(shared_province: str) -> None:
    walk = await case_at("handling")
    registrar = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
    async with refused(NobodyNamed):
        await engine.take(registrar, walk.number, "hold_to_account", FACTS)
    async with refused(NobodyToApprove):
        await engine.take(registrar, walk.number, "hold_to_account", {**FACTS, "persons": [str(registrar.person_id)]})
    matter = await proposed(walk, registrar)
    assert (await leader_of(matter)).person_id != registrar.person_id


@rolled_back
async def test_where_no_leader_is_left_nobody_approves(shared_province: str) -> None:
    await Post.filter(role=Role.LEADER).update(until="2026-01-01")
    walk = await case_at("handling")
    with pytest.raises(NobodyToApprove):
        await proposed(walk, await walk.at_place(Relation.INTAKE, Role.REGISTRAR))


async def test_out_of_a_supervision_it_comes_back_there(shared_province: str) -> None:
    with clock.at(MONDAY):
        made = await over_case("received")
        supervisor = await officer(Role.SUPERVISOR, INSPECTION)
        await engine.take(supervisor, made.number, "hold_to_account", {**FACTS, "others": "某单位 某职务"})
        matter = await Matter.get(opened_by__number=made.number)
        await engine.take(await leader_of(matter), matter.number, "approve_account", {})
        there = {"body": "personnel", "unit": str((await unit("62-organization")).id), "suggestion": "组织处理"}
        await engine.take(supervisor, matter.number, "refer", there)
        await engine.take(supervisor, matter.number, "receive", {"receipt_number": "8"})
        await engine.take(supervisor, matter.number, "record_outcome", OUTCOME)
        await engine.take(supervisor, matter.number, "conclude", {"result": "已处理"})
    assert (await reading.timeline(supervisor, made.number))[-1]["verb"] == "hear_outcome"
    head = await made.at_place(Relation.LEAD, Role.HEAD)
    with pytest.raises(NotFound):
        await reading.shown(head, matter.number)
    assert "hear_outcome" not in [line["verb"] for line in await reading.timeline(head, made.number)]


async def test_a_leader_may_decline(shared_province: str) -> None:
    walk = await case_at("handling")
    matter = await proposed(walk, await walk.at_place(Relation.INTAKE, Role.REGISTRAR))
    await engine.take(await leader_of(matter), matter.number, "decline_account", {"reason": "事实不清"})
    assert (await Matter.get(id=matter.id)).ended_at
