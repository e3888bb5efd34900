"""A new kind of matter is a table and nothing else: the engine, the queue and the reading need no change for it."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from domain.loop import duties, engine, packs, reading
from domain.loop.duties import Tab
from domain.loop.engine import moving, settled
from domain.loop.kinds import By, Kind, Nothing, Owe, Scene, Step, Tell
from domain.loop.timeline import GENESIS
from domain.people.actors import Actor
from kit import clock
from models import Matter, Relation, Role, Tier, Unit
from models.database import insert
from tests.makers import INTAKE, officer

CLERK = By(Role.REGISTRAR, Relation.INTAKE)


async def nothing_beside(matter: Matter) -> Any:
    return SimpleNamespace()


async def nothing_more(matter: Matter, subject: Any, relations: frozenset[Relation]) -> dict[str, Any]:
    return {"errand": "送达"}


@pytest.fixture
def errand() -> Any:
    kind = Kind(
        name="errand",
        label="差事",
        stages={"asked": "已交办", "done": "已办"},
        ends=frozenset({"done"}),
        steps=(
            Step("ask", "交办", frozenset({""}), "asked", (CLERK,), opens=(Owe("do", CLERK, "transfer"),)),
            Step(
                "do", "办", frozenset({"asked"}), "done", (CLERK,), closes=("do",), tells=(Tell(CLERK, "duty_opened"),)
            ),
        ),
        duties={"do": "办理差事"},
        subject=nothing_beside,
        shown=nothing_more,
    )
    yield kind
    del Kind.REGISTRY["errand"]


async def opened(kind: Kind, actor: Actor) -> Matter:
    unit = await Unit.get(code=INTAKE)
    book = await packs.book()
    pack = book.pack_for("B99", unit.code)
    matter = Matter(
        id=uuid4(),
        kind=kind.name,
        number="CS2026-00000001",
        stage="",
        region_id="62",
        receiving_unit_id=unit.id,
        rule_pack_id=pack.code,
        opened_by_id=None,
        tier=Tier.NORMAL,
        filed_on=clock.today(),
        head=GENESIS,
    )
    scene = Scene(
        kind=kind, matter=matter, subject=None, actor=actor, now=clock.now(), pack=pack, involved=[], duties=[]
    )  # fmt: skip
    move = moving(scene, kind.steps[0], Nothing())
    move.involve(Relation.INTAKE, unit.id)
    matter.stage = "asked"
    await insert([matter, *settled(move)])
    return matter


async def test_an_errand_goes_round(province: str, errand: Kind) -> None:
    clerk = await officer(Role.REGISTRAR)
    matter = await opened(errand, clerk)
    queue = await duties.page(clerk, Tab.UNIT)
    assert [(line["label"], line["matter"]["kind_label"]) for line in queue] == [("办理差事", "差事")]
    shown = await reading.shown(clerk, matter.number)
    assert shown["errand"] == {"errand": "送达"}
    assert [step["verb"] for step in shown["next_steps"]] == ["do"]
    await engine.take(clerk, matter.number, "do", {})
    assert (await Matter.get(id=matter.id)).stage == "done"
    assert await duties.page(clerk, Tab.UNIT) == []
    assert [line["verb"] for line in await reading.timeline(clerk, matter.number)] == ["ask", "do"]
