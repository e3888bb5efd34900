"""随案移送: what was merged into a case that is handed over leaves with it, and its complainant is told as coarsely."""

from typing import Any

from pydantic import Field

from domain.cases import erasing
from domain.cases.by import INTAKE, TOLD, at
from domain.cases.merging import GONE, merged_into
from domain.cases.stages import Stage
from domain.loop import engine
from domain.loop.kinds import COMPLAINER, MACHINE, Inputs, Move, Step, Tell
from domain.loop.widgets import DayField
from domain.people.actors import SYSTEM
from models import Matter


class Received(Inputs):
    """When the competent body received it."""

    received_on: DayField = Field(title="接收日期")


async def all_take(leading: Matter, verb: str, **inputs: Any) -> None:
    """Every case that was merged into this one takes the same way, by the system."""
    for follower in await merged_into(leading.id):
        await engine.take(SYSTEM, follower.number, verb, inputs)


async def go_along(move: Move) -> None:
    """It is not the office's to separate or to add to any more."""
    move.change(outcome=GONE)


async def come_back(move: Move) -> None:
    """As it was."""
    move.change(outcome="")


STEPS = (
    Step(
        "go_along", "随并案件移送", at(Stage.MERGED), None, (MACHINE,), effect=go_along, readers=INTAKE | TOLD,
        closes=("relay",), tells=(Tell(COMPLAINER, "case_handed_over"),), plain="已移送有权机关处理",
    ),
    Step(
        "come_back", "随并案件退回", at(Stage.MERGED), None, (MACHINE,), effect=come_back, readers=INTAKE,
    ),
    Step(
        "seal_along", "随并案件封存", at(Stage.MERGED), Stage.SEALED, (MACHINE,), Received, effect=erasing.sealed,
        readers=TOLD, shows=("received_on",), tells=(Tell(COMPLAINER, "case_taken_over"),), plain="有权机关已接收",
    ),
)  # fmt: skip
