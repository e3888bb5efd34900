"""A new kind of matter is a table and nothing else: the engine, the queue and the reading need no change for it."""

import dataclasses
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from tortoise.transactions import in_transaction

from domain.cases.table import CASE
from domain.loop import duties, engine, listing, notices, opening, packs, reading
from domain.loop.duties import Tab
from domain.loop.kinds import COMPLAINER, Beginning, By, Inputs, Kind, Move, Owe, Scene, Step, Tell
from domain.loop.widgets import ShortText
from kit import clock
from kit.errors import Invalid, NotAllowed, NotFound
from models import AnchoredHead, Involvement, Matter, Recusal, Relation, Role, RuleChoice, Unit
from tests.makers import case_at, officer, unit

CLERK = By(Role.REGISTRAR, Relation.INTAKE)


class Errand(Inputs):
    """What is to be done."""

    what: ShortText


async def nothing_beside(matter: Matter) -> Any:
    return SimpleNamespace()


async def nothing_more(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    return {"errand": "送达"}


async def made(move: Move, opener: Move | None) -> AnchoredHead:
    """Any table 1:1 beside the matter will do."""
    if move.inputs.what == "不办":
        raise Invalid("不办的差事")
    move.involve(Relation.INTAKE, move.matter.receiving_unit_id)
    return AnchoredHead(matter_id=move.matter.id, entries=0)


BEGINS = Step(
    "ask", "交办", frozenset({""}), "asked", (CLERK, COMPLAINER), Errand, opens=(Owe("do", CLERK, "transfer"),),
    tells=(Tell(COMPLAINER, "case_accepted"),), readers=frozenset({Relation.INTAKE, Relation.COMPLAINANT}),
)  # fmt: skip


@pytest.fixture
async def errand(province: str) -> Any:
    await RuleChoice.create(order=500, kind="errand", pack_id="biz-default")
    packs.forget()
    kind = Kind(
        name="errand",
        label="差事",
        stages={"asked": "已交办", "done": "已办"},
        ends=frozenset({"done"}),
        steps=(
            BEGINS,
            Step(
                "do", "办", frozenset({"asked"}), "done", (CLERK,), closes=("do",), tells=(Tell(CLERK, "duty_opened"),)
            ),
        ),
        duties={"do": "办理差事"},
        subject=nothing_beside,
        shown=nothing_more,
        begins=Beginning(BEGINS, made, "CS", followed=True),
    )
    yield kind
    del Kind.REGISTRY["errand"]


@pytest.fixture
def sends(errand: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case whose note opens an errand."""
    monkeypatch.setitem(Kind.REGISTRY, "case", CASE)  # what it is again afterwards

    async def send(move: Move) -> None:
        await opening.out_of(move, "errand", Errand(what=move.inputs.text))

    steps = tuple(dataclasses.replace(step, effect=send) if step.verb == "note" else step for step in CASE.steps)
    dataclasses.replace(CASE, steps=steps)  # registers itself


async def errands() -> list[Matter]:
    return await Matter.filter(kind="errand")


async def test_an_errand_goes_round(errand: Kind) -> None:
    clerk = await officer(Role.REGISTRAR)
    assert errand in opening.openable(clerk)
    async with in_transaction():
        matter = await opening.opened(clerk, errand, {"what": "送达"})
    assert matter.number.startswith("CS20")
    queue = await duties.page(clerk, Tab.UNIT)
    assert [(line["label"], line["matter"]["kind_label"]) for line in queue] == [("办理差事", "差事")]
    shown = await reading.shown(clerk, matter.number)
    assert shown["errand"] == {"errand": "送达"}
    assert [step["verb"] for step in shown["next_steps"]] == ["do"]
    await engine.take(clerk, matter.number, "do", {})
    assert (await Matter.get(id=matter.id)).stage == "done"
    assert await duties.page(clerk, Tab.UNIT) == []
    assert [line["verb"] for line in await reading.timeline(clerk, matter.number)] == ["ask", "do"]


async def test_only_whom_its_first_row_names_may_open_one_and_what_is_wrong_opens_none(errand: Kind) -> None:
    handler = await officer(Role.HANDLER)
    assert opening.openable(handler) == []
    with pytest.raises(NotAllowed):
        await opening.opened(handler, errand, {"what": "送达"})
    clerk = await officer(Role.REGISTRAR)
    for wrong in ({}, {"what": "不办"}, {"what": "送达", "more": 1}):
        with pytest.raises(Invalid):
            await opening.opened(clerk, errand, wrong)
    assert await errands() == []


async def test_what_opens_a_matter_hands_its_recusals_down_and_is_named(sends: None) -> None:
    walk = await case_at("screened")
    housing = await unit("620102-housing")
    clerk = await walk.who("transfer")
    await engine.take(clerk, walk.number, "exclude", {"units": [str(housing.id)], "reason": "有利害关系"})
    await engine.take(clerk, walk.number, "note", {"text": "请送达"})
    [matter] = await errands()
    assert [row.unit_id for row in await Recusal.filter(matter_id=matter.id)] == [housing.id]
    [line] = [line for line in await reading.timeline(clerk, walk.number) if line["verb"] == "note"]
    assert line["said"]["opened"] == [matter.number]
    related = (await reading.shown(clerk, matter.number))["related"]
    assert [(one["how"], one["number"]) for one in related] == [("opened_by", walk.number)]
    # Whoever is excluded afterwards is so from both.
    other = await unit("620102-land")
    await engine.take(clerk, walk.number, "exclude", {"units": [str(other.id)], "reason": "有利害关系"})
    assert {row.unit_id for row in await Recusal.filter(matter_id=matter.id)} == {housing.id, other.id}


async def test_the_holder_of_the_receipt_follows_what_their_case_opened(sends: None) -> None:
    walk, another = await case_at("accepted"), await case_at("accepted")
    await engine.take(await walk.who("screen"), walk.number, "note", {"text": "请送达"})
    [matter] = await errands()
    shown = await reading.shown(walk.holder, matter.number)
    assert shown["relations"] == ["complainant"]
    assert [one["number"] for one in (await reading.shown(walk.holder, walk.number))["related"]] == [matter.number]
    with pytest.raises(NotFound):
        await reading.shown(another.holder, matter.number)
    await notices.delivered()
    told = [line["matter"]["number"] for line in await notices.inbox(walk.holder)]
    assert told.count(matter.number) == 1
    assert matter.number not in [line["matter"]["number"] for line in await notices.inbox(another.holder)]
    [notice] = [line for line in await notices.inbox(walk.holder) if line["matter"]["number"] == matter.number]
    with pytest.raises(NotFound):
        await notices.read(another.holder, notice["id"])
    await notices.read(walk.holder, notice["id"])


async def test_what_is_sealed_is_there_for_its_complainant_and_those_who_took_it_over_alone(province: str) -> None:
    walk = await case_at("handling")
    present = [
        await walk.who("accept"), await walk.who("call_back"), await walk.who("assign"), await walk.who("answer"),
        await walk.who("approve_answer"), await officer(Role.SUPERVISOR, "62-justice.inspection"),
    ]  # fmt: skip
    discipline = await officer(Role.DISCIPLINE_LIAISON, "62-discipline")
    for actor in present:
        assert (await reading.shown(actor, walk.number))["number"] == walk.number
    matter = await walk.matter()
    place = await Unit.get(id=discipline.standing.unit_id)  # type: ignore[union-attr]
    await Matter.filter(id=matter.id).update(sealed_at=clock.now())
    await Involvement.create(
        id=uuid4(), matter_id=matter.id, relation=Relation.DISCIPLINE, unit_id=place.id, since=clock.now()
    )
    for actor in present:
        with pytest.raises(NotFound):
            await reading.shown(actor, walk.number)
        assert await listing.page(actor, listing.Filters()) == []
        assert await duties.page(actor, Tab.UNIT) == []
        assert await notices.inbox(actor) == []
    assert (await reading.shown(discipline, walk.number))["relations"] == ["discipline"]
    assert (await reading.shown(walk.holder, walk.number))["relations"] == ["complainant"]
