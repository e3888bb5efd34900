"""The request's table against an expectation written down apart from it, over every stage, verb, role and relation."""

from itertools import product
from typing import Any

import pytest

from domain.identity.table import ASK, DUTIES, ENDS, IDENTITY_REQUEST, LABELS, Stage
from domain.loop.kinds import SYSTEM_ROLE, Kind, UnknownVerb, WrongStage
from kit.errors import NotAllowed
from models import COMPLAINANT, Relation, Role
from tests.domain.identity.asked import PATHS, asked_at

CUSTODIAN = {(Role.CUSTODIAN, Relation.CUSTODY)}
REQUESTER = {(role, Relation.REQUESTER) for role in (Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR)}
MACHINE = {(SYSTEM_ROLE, Relation.SYSTEM)}
# verb: stages it is taken at, stage it leads to, who, duty it answers
EXPECTED: dict[str, tuple[set[str], str | None, set[Any], str | None]] = {
    "approve_identity": ({"requested"}, "open", CUSTODIAN, None),
    "refuse_identity": ({"requested"}, "denied", CUSTODIAN, None),
    "drop_identity": ({"requested"}, "dropped", REQUESTER, None),
    "lapse_identity": ({"requested"}, "undecided", MACHINE, None),
    "close_identity": ({"open"}, "closed", REQUESTER, None),
    "expire": ({"open"}, "expired", MACHINE, None),
    "tell_look": ({"closed", "expired"}, None, CUSTODIAN | MACHINE, "tell_look"),
    "recuse": ({"requested"}, None, CUSTODIAN, None),
}
ROLES = [*Role, COMPLAINANT, SYSTEM_ROLE, ""]


@pytest.mark.parametrize("verb", EXPECTED)
@pytest.mark.parametrize("owed", [set(), set(DUTIES)], ids=["nothing owed", "everything owed"])
def test_every_combination(verb: str, owed: set[str]) -> None:
    sources, target, who, answers = EXPECTED[verb]
    for stage, role, relation in product(Stage, ROLES, Relation):
        if (role, relation) not in who:
            with pytest.raises(NotAllowed):
                IDENTITY_REQUEST.row(verb, stage, role, [relation], owed)
        elif stage not in sources or (answers and answers not in owed):
            with pytest.raises(WrongStage):
                IDENTITY_REQUEST.row(verb, stage, role, [relation], owed)
        else:
            assert IDENTITY_REQUEST.row(verb, stage, role, [relation], owed).target == target


def test_the_table_has_no_other_row() -> None:
    assert [step.verb for step in IDENTITY_REQUEST.steps if step is not ASK] == list(EXPECTED)
    assert {*PATHS} == {*Stage} == {*LABELS}
    assert {
        stage for stage in Stage if not any(stage in step.sources and step.target for step in IDENTITY_REQUEST.steps)
    } == ENDS
    with pytest.raises(UnknownVerb):
        IDENTITY_REQUEST.row("look_identity", Stage.OPEN, Role.REGISTRAR, [Relation.REQUESTER], set())


def test_nobody_begins_one_but_out_of_a_case() -> None:
    assert ASK.by == ()
    opening = {
        kind.name: [step.verb for step in kind.steps if step.verb == "request_identity"]
        for kind in Kind.REGISTRY.values()
    }
    assert opening == {**{key: [] for key in opening}, "case": ["request_identity"]}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("stage", sorted(PATHS))
async def test_every_stage_can_be_reached(shared_province: str, stage: str) -> None:
    one = await asked_at(stage)
    matter = await one.matter()
    assert matter.stage == stage
    assert (matter.ended_at is not None) == (stage in ENDS)
