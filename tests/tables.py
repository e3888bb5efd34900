"""A kind's table against an expectation written down apart from it, over every stage, verb, role and relation."""

from collections.abc import Collection, Mapping
from itertools import product
from typing import NamedTuple

import pytest

from domain.loop.kinds import SYSTEM_ROLE, Kind, Step, UnknownVerb, WrongStage
from kit.errors import NotAllowed
from models import COMPLAINANT, Relation, Role

WHO = {
    "R": (Role.REGISTRAR, Relation.INTAKE),
    "C": (Role.CALL_BACK_OFFICER, Relation.INTAKE),
    "L": (Role.LIAISON, Relation.LIAISON),
    "H": (Role.HEAD, Relation.LEAD),
    "O": (Role.HANDLER, Relation.ASSIGNEE),
    "S": (Role.SUPERVISOR, Relation.OVERSIGHT),
    "D": (Role.LEADER, Relation.DECIDING),
    "V": (Role.HEAD, Relation.VERIFYING),
    "J": (Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE),
    "F": (Role.OFFICIAL, Relation.ASSIGNEE),
    "K": (Role.REPORT_CLERK, Relation.LEAD),
    "E": (Role.PRE_REVIEWER, Relation.INTAKE),
    "G": (Role.PERSONNEL, Relation.PERSONNEL),
    "B": (Role.EVALUATOR, Relation.OBSERVING),
    "P": (COMPLAINANT, Relation.COMPLAINANT),
    "M": (SYSTEM_ROLE, Relation.SYSTEM),
}
ROLES = [*Role, COMPLAINANT, SYSTEM_ROLE, ""]


class Row(NamedTuple):
    """A line: verb, stages it is taken at, stage it leads to (= the same), who, the duty it answers."""

    verb: str
    sources: frozenset[str]
    target: str | None
    who: frozenset[tuple[str, Relation]]
    answers: str | None


def rows(table: str, stages: Mapping[str, str]) -> list[Row]:
    """The lines of a table whose stages are written as letters."""
    found = []
    for line in table.strip().splitlines():
        verb, sources, target, who, *answers = line.split()
        found.append(
            Row(
                verb,
                frozenset(stages[letter] for letter in sources),
                None if target == "=" else stages[target],
                frozenset(WHO[letter] for letter in who),
                answers[0] if answers else None,
            )
        )
    return found


def checked(kind: Kind, wanted: list[Row]) -> int:
    """Assert that the table allows just what is written, and refuses all else by the right refusal; gives how many."""
    begins = kind.begins.step if kind.begins else None
    verbs = sorted({row.verb for row in wanted})
    assert {step.verb for step in kind.steps if step is not begins} == set(verbs)
    asked = 0
    for owed in (frozenset(), frozenset(kind.duties)):
        for stage, role, relation in product(kind.stages, ROLES, Relation):
            offered = sorted(step.verb for step in kind.rows(stage, role, {relation}, owed))
            assert offered == [verb for verb in verbs if _row(wanted, verb, stage, role, relation, owed)]
            for verb in verbs:
                asked += 1
                want = _row(wanted, verb, stage, role, relation, owed)
                got = answered(kind, verb, stage, role, relation, owed)
                if want:
                    assert isinstance(got, Step), (verb, stage, role, relation)
                    assert (got.verb, got.target) == (verb, want.target), (stage, role, relation)
                    continue
                theirs = any(row.verb == verb and (role, relation) in row.who for row in wanted)
                assert got is (WrongStage if theirs else NotAllowed), (verb, stage, role, relation)
    with pytest.raises(UnknownVerb):
        kind.row("explode", next(iter(kind.stages)), Role.HEAD, {Relation.LEAD}, [])
    return asked


def answered(
    kind: Kind, verb: str, stage: str, role: str, relation: Relation, owed: Collection[str]
) -> Step | type[Exception]:
    """The row that is taken, or the refusal; `pytest.raises` would take most of a walk over a million combinations."""
    try:
        return kind.row(verb, stage, role, {relation}, owed)
    except (NotAllowed, WrongStage) as refusal:
        return type(refusal)


def _row(wanted: list[Row], verb: str, stage: str, role: str, relation: Relation, owed: frozenset[str]) -> Row | None:
    for row in wanted:
        fits = row.verb == verb and (role, relation) in row.who and stage in row.sources
        if fits and (row.answers is None or row.answers in owed):
            return row
    return None
