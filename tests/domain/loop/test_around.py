"""Who and what is around a matter, for each relation: no unit learns other units' people, the complainant nobody's."""

from typing import Any

import pytest

from domain.loop import duties, reading
from domain.people.actors import Actor
from models import Matter, Mode, Post, Relation, Role
from tests.makers import Walk, case_at, case_filed, officer, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def assisted() -> Walk:
    walk = await case_at("screened", mode=Mode.NAMED)
    await walk.take("transfer", assisting=[str((await unit("62-finance")).id)])
    for verb in ("sign", "assign"):
        await walk.take(verb)
    return walk


async def seen(actor: Actor, walk: Walk) -> dict[str, Any]:
    return await reading.shown(actor, walk.number)


def owed(view: dict[str, Any]) -> set[str]:
    return {duty["name"] for duty in view["duties"]}


async def shows(walk: Walk, verb: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Of a step that is offered: the fields that the complainant will read, and what beside them."""
    step = next(one for one in (await seen(await walk.who(verb), walk))["next_steps"] if one["verb"] == verb)
    return step["shows"], [(line["label"], line["text"]) for line in step["shown_besides"]]


async def test_a_step_says_what_of_it_the_complainant_will_read(shared_province: str) -> None:
    """As it turns out: what was announced is what their timeline shows then, no more and no less."""
    walk = await case_at("screened")
    assert await shows(walk, "transfer") == ([], [("承办单位", "")])  # which one is known when it is done
    for verb in ("transfer", "sign", "assign"):
        await walk.take(verb)
    assert await shows(walk, "ask") == (["question"], [])
    assert await shows(walk, "answer") == await shows(walk, "request_extension") == ([], [])
    for verb in ("answer", "approve_answer"):
        await walk.take(verb)
    fields, besides = await shows(walk, "reply")
    await walk.take("reply")
    replied = (await reading.timeline(walk.holder, walk.number))[-1]
    assert (fields, besides) == ([], [(line["label"], line["text"]) for line in replied["shown"]])
    assert ("结论", "已办理") in besides
    assert await shows(walk, "call_back") == (["solved", "speed", "attitude", "result"], [])  # not the words, the way
    await walk.take("call_back", words="内部记录的原话")
    assert "内部记录的原话" not in str(await reading.timeline(walk.holder, walk.number))


async def test_the_offices_know_who_handles(shared_province: str) -> None:
    walk = await assisted()
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    for actor in (await officer(Role.REGISTRAR), await officer(Role.SUPERVISOR, "62-justice.inspection")):
        view = await seen(actor, walk)
        places = {(place["relation"], place["unit"]["name"], place["person"]) for place in view["involved"]}
        assert {relation for relation, _, _ in places} == {
            "intake", "lead", "liaison", "assignee", "assisting", "assist_liaison"
        }  # fmt: skip
        assert ("assignee", handler.standing.unit_name if handler.standing else "", handler.name) in places
        assert ("assisting", "甘肃省财政厅", None) in places
        assert all(place["label"] for place in view["involved"])


@pytest.mark.parametrize("relation", [Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE])
async def test_the_handling_side_knows_its_own_people_only(shared_province: str, relation: Relation) -> None:
    walk = await assisted()
    contributor = await walk.at_place(Relation.ASSIST_LIAISON, Role.LIAISON)
    await walk.take("contribute", by=contributor)
    registrar = await walk.at_place(Relation.INTAKE, Role.REGISTRAR)
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    role = {Relation.LIAISON: Role.LIAISON, Relation.LEAD: Role.HEAD, Relation.ASSIGNEE: Role.HANDLER}[relation]
    reader = await walk.at_place(relation, role)
    told = str(await seen(reader, walk)) + str(await reading.timeline(reader, walk.number))
    assert handler.name in told
    by = {entry["verb"]: entry["by"] for entry in await reading.timeline(reader, walk.number)}
    assert registrar.standing is not None
    assert by["accept"] == registrar.standing.unit_name
    assert contributor.standing is not None
    assert by["contribute"] == contributor.standing.unit_name


async def test_the_assisting_side_does_not_learn_who_handles(shared_province: str) -> None:
    walk = await assisted()
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    for relation, role in ((Relation.ASSIST_LIAISON, Role.LIAISON), (Relation.ASSISTING, Role.HEAD)):
        reader = await walk.at_place(relation, role)
        view = await seen(reader, walk)
        assert [place["person"] for place in view["involved"]] == [None] * 6
        assert handler.name not in str(await reading.timeline(reader, walk.number))
        assert owed(view) <= {"assist"}


async def test_the_complainant_sees_units_and_no_person(shared_province: str) -> None:
    walk = await assisted()
    await walk.take("ask")
    view, timeline = await seen(walk.holder, walk), await reading.timeline(walk.holder, walk.number)
    assert {place["relation"] for place in view["involved"]} == {"intake", "lead", "assisting"}
    assert [place["person"] for place in view["involved"]] == [None, None, None]
    assert [(duty["name"], duty["mine"], duty["id"]) for duty in view["duties"]] == [("supply", True, None)]
    staff = {post.person.name for post in await Post.filter(unit__code="62-intake").select_related("person")}
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    for name in {*staff, handler.name}:
        assert name not in str(view) + str(timeline)


async def test_a_unit_does_not_learn_what_the_complainant_does_apart_from_it(shared_province: str) -> None:
    walk = await assisted()
    await walk.take("add")
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    head = await walk.at_place(Relation.LEAD, Role.HEAD)
    assert owed(await seen(await officer(Role.REGISTRAR), walk)) == {"handle", "assist", "relay"}
    assert owed(await seen(handler, walk)) == owed(await seen(head, walk)) == {"handle", "assist"}
    for verb in ("answer", "approve_answer", "reply", "ask_reopen"):
        await walk.take(verb)
    assert "decide_reopen" in owed(await seen(await officer(Role.CALL_BACK_OFFICER), walk))
    assert owed(await seen(handler, walk)) == set()


async def test_a_duty_is_claimed_and_given_back_from_the_case(shared_province: str) -> None:
    walk = await case_filed()
    first, second = [await officer(Role.REGISTRAR, number=number) for number in range(2)]
    (duty,) = (await seen(first, walk))["duties"]
    assert (duty["claimable"], duty["releasable"], duty["mine"], duty["person"]) == (True, False, False, None)
    assert duty["unit"] == "甘肃省“一键举报”受理中心"
    await duties.claim(first, duty["id"])
    (mine,) = (await seen(first, walk))["duties"]
    assert (mine["claimable"], mine["releasable"], mine["mine"], mine["person"]) == (False, True, True, first.name)
    (theirs,) = (await seen(second, walk))["duties"]
    assert (theirs["id"], theirs["claimable"], theirs["claimed"], theirs["person"]) == (None, False, True, first.name)
    await duties.release(first, mine["id"])
    assert (await seen(second, walk))["duties"][0]["claimable"]


async def test_what_was_assigned_can_not_be_given_back(shared_province: str) -> None:
    walk = await assisted()
    handler = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    duty = next(duty for duty in (await seen(handler, walk))["duties"] if duty["name"] == "handle")
    assert (duty["mine"], duty["id"], duty["releasable"]) == (True, None, False)


async def test_related_matters_are_those_that_one_may_see(shared_province: str) -> None:
    walk, other = await assisted(), await case_filed()
    await Matter.filter(number=other.number).update(opened_by_id=walk.holder.matter_id)
    registrar = await officer(Role.REGISTRAR)
    assert [(one["how"], one["number"]) for one in (await seen(registrar, walk))["related"]] == [
        ("opened", other.number)
    ]
    (back,) = (await seen(registrar, other))["related"]
    assert (back["how"], back["number"], back["stage_label"]) == ("opened_by", walk.number, "办理中")
    assert (await seen(await walk.at_place(Relation.ASSIGNEE, Role.HANDLER), walk))["related"] == []
    (part,) = (await seen(walk.holder, walk))["related"]  # whose complainant they are too
    assert (part["how"], part["number"]) == ("opened", other.number)
    assert (await seen(other.holder, other))["related"] == []


async def test_what_the_complainant_was_promised(shared_province: str) -> None:
    walk = await case_filed()
    before = (await seen(walk.holder, walk))["case"]["promises"]
    assert before == walk.filed.promises
    await walk.take("accept")
    view = await seen(walk.holder, walk)
    assert view["case"]["promises"] == {"accept_by": before["accept_by"], "finish_by": view["statutory_due"]}
    gone = await case_at("refused")
    assert (await seen(gone.holder, gone))["case"]["promises"]["finish_by"] is None


async def test_the_answer_is_shown_in_words(shared_province: str) -> None:
    walk = await case_at("approved")
    assert (await seen(walk.holder, walk))["case"]["answer_shown"] == []
    await walk.take("reply")
    shown = (await seen(walk.holder, walk))["case"]["answer_shown"]
    assert [line["label"] for line in shown] == ["结论", "逐项答复 1", "逐项答复 2", "法律依据"]
    assert shown == (await seen(await officer(Role.REGISTRAR), walk))["case"]["answer_shown"]
