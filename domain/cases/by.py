"""Who takes the steps of a case: each role in its relation, as the rows of the table name them."""

from domain.cases.stages import Stage
from domain.loop.kinds import By
from models import Relation, Role

REGISTRAR = By(Role.REGISTRAR, Relation.INTAKE)
CALLER = By(Role.CALL_BACK_OFFICER, Relation.INTAKE)
HEAD = By(Role.HEAD, Relation.LEAD)
LIAISON = By(Role.LIAISON, Relation.LIAISON, otherwise=HEAD)
ASSIST_LIAISON = By(Role.LIAISON, Relation.ASSIST_LIAISON)
ASSIST_HEAD = By(Role.HEAD, Relation.ASSISTING)
HANDLER = By(Role.HANDLER, Relation.ASSIGNEE)
SUPERVISOR = By(Role.SUPERVISOR, Relation.OVERSIGHT)
LEADER = By(Role.LEADER, Relation.DECIDING)
TAKER = By(Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE)
RECIPIENT = By(Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE, otherwise=REGISTRAR)

TOLD = frozenset({Relation.COMPLAINANT})
INTAKE = frozenset({Relation.INTAKE})
NEW = frozenset({""})  # where a case stands before it is filed


def at(*stages: Stage) -> frozenset[str]:
    """The stages a step may be taken at."""
    return frozenset(stages)
