"""申请查阅身份: a step on a case opens the request, to be decided by another person of the custodians' unit."""

from uuid import UUID

from domain.identity.inputs import Request
from domain.loop import manning, opening, recusal
from domain.loop.kinds import Move
from domain.loop.manning import Accused
from domain.vault import approvals
from kit import clock
from kit.errors import Conflict, NotAllowed
from models import IdentityRequest, Relation, Role
from models.database import connection

KIND = "identity_request"
CUSTODY_TAG = "identity-custody"


class IdentityPending(Conflict):
    """One request of a person on a case at a time."""

    code, message = "identity_pending", "您在本件上已有未结束的身份查阅申请"


class NoCustodian(Conflict):
    """No custodian's unit has anybody left who is neither the requester nor in the accused's line."""

    code, message = "no_custodian", "没有可以审批的身份保管员，请联系系统管理员补充名册"


_KEEPERS = f"""
SELECT u.id FROM unit u
WHERE u.until IS NULL AND '{CUSTODY_TAG}' = ANY(u.duty_tags) AND $1::text LIKE u.region_id || '%'
  AND EXISTS (
      SELECT 1 FROM post p WHERE p.unit_id = u.id AND p.role = '{Role.CUSTODIAN.value}'
      AND p.since <= $2 AND (p.until IS NULL OR p.until >= $2) AND p.person_id <> $5::uuid
      AND NOT {manning.out("$2", "$3", "$4")}
  )
ORDER BY length(u.region_id) DESC, u.code LIMIT 1
"""


async def _keepers(region: str, accused: Accused, asking: UUID) -> UUID:
    """The custodians' unit nearest to a region in which somebody else may decide; raises NoCustodian."""
    values = [region, clock.today(), list(accused.units), list(accused.persons), asking]
    _, rows = await connection().execute_query(_KEEPERS, values)
    if not rows:
        raise NoCustodian
    unit_id: UUID = rows[0]["id"]
    return unit_id


async def requested(move: Move) -> None:
    """The effect of the step that asks: open a request out of the matter whose complainant is meant."""
    asking = move.actor.person_id
    if asking is None:
        raise NotAllowed
    pending = IdentityRequest.filter(matter__opened_by_id=move.matter.id, matter__ended_at=None, asked_by_id=asking)
    if await pending.exists():
        raise IdentityPending
    accused = await recusal.accused_of(move.matter.id)
    keepers = await _keepers(move.matter.region_id, accused, asking)
    await opening.out_of(move, KIND, move.inputs, receiving=keepers)


async def made(move: Move, opener: Move | None) -> IdentityRequest:
    """The request's own row, with the vault's; the centre of the case and its supervisors see that it was asked."""
    standing, person_id, told = move.actor.standing, move.actor.person_id, move.inputs
    if opener is None or standing is None or person_id is None or not isinstance(told, Request):
        raise NotAllowed
    move.involve(Relation.CUSTODY, move.matter.receiving_unit_id)
    move.involve(Relation.INTAKE, opener.matter.receiving_unit_id)
    move.involve(Relation.REQUESTER, standing.unit_id, standing.post_id)
    await approvals.asked(move.matter.id, opener.matter.id, person_id)
    return IdentityRequest(
        matter_id=move.matter.id, purpose=told.purpose, part=told.part, reason=told.reason,
        asked_by_post_id=standing.post_id, asked_by_id=person_id,
    )  # fmt: skip
