"""下一步: what a person is offered is exactly what would be accepted from them, tried verb by verb and undone."""

from uuid import uuid4

import pytest

from domain.cases.levels import NotBelow
from domain.cases.table import CASE
from domain.loop import duties, engine, recusal
from domain.loop.kinds import role_of
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit.errors import NotFound, Refusal
from models import Involvement, Post, Relation, Role
from tests.makers import Walk, case_at, officer, unit
from tests.observed import undone

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLACES = (
    (Relation.INTAKE, Role.REGISTRAR),
    (Relation.INTAKE, Role.CALL_BACK_OFFICER),
    (Relation.LIAISON, Role.LIAISON),
    (Relation.LEAD, Role.HEAD),
    (Relation.ASSIGNEE, Role.HANDLER),
    (Relation.ASSIST_LIAISON, Role.LIAISON),
    (Relation.ASSISTING, Role.HEAD),
    (Relation.DECIDING, Role.LEADER),
)
STATES = (
    "filed", "accepted add", "screened", "transferred assisted", "objected", "transferred object reject_objection",
    "signed", "handling request_extension add", "handling request_extension grant_extension", "waiting", "answered",
    "approved", "replied ask_reopen", "called_back", "closed", "refused", "refused contest_refusal", "disputed",
    "parked", "suspended", "split", "closed request_uncounting", "closed request_uncounting grant_uncounting",
)  # fmt: skip


async def reached(state: str) -> Walk:
    start, *more = state.split()
    assisted = "assisted" in more
    walk = await case_at("screened" if assisted else start)
    if assisted:
        await walk.take("transfer", assisting=[str((await unit("62-finance")).id)])
    for verb in more:
        if verb != "assisted":
            await walk.take(verb)
    return walk


async def everybody(walk: Walk) -> dict[str, Actor]:
    present = {"complainant": walk.holder, "system": SYSTEM}
    present["supervisor"] = await officer(Role.SUPERVISOR, "62-justice.inspection")
    for relation, role in PLACES:
        if await Involvement.filter(matter_id=walk.holder.matter_id, relation=relation, until=None).exists():
            present[f"{role} {relation}"] = await walk.at_place(relation, role)
    return present


async def accepted(walk: Walk, actor: Actor, verb: str) -> bool:
    """Whether the step is taken, or refused only because the roster has no substitute, or nobody below."""
    async with undone():
        try:
            if verb in ("assign", "reassign"):
                lead = await Involvement.exists(matter_id=walk.holder.matter_id, relation=Relation.LEAD, until=None)
                given = {"post": str(await walk.handler(1) if lead else uuid4())}
                await engine.take(actor, walk.number, verb, given)
            elif verb == "unlink":
                other = (await case_at("filed")).number
                await engine.take(actor, walk.number, "link", {"to": other, "reason": "同一企业"})
                await engine.take(actor, walk.number, verb, {"to": other})
            elif verb == "exclude":
                await walk.take(verb, by=actor, units=[str((await unit("6205-police")).id)])
            elif verb == "file":
                await engine.take(actor, walk.number, verb, {})
            else:
                await walk.take(verb, by=actor)
        except (recusal.LastOne, NotBelow):
            return True
        except Refusal as refusal:
            assert refusal.code != "invalid", (verb, refusal.details)
            return False
        return True
    raise AssertionError


@pytest.mark.parametrize("state", STATES)
async def test_offered_is_what_would_be_accepted(shared_province: str, state: str) -> None:
    walk = await reached(state)
    for name, actor in (await everybody(walk)).items():
        offered = [step.verb for step in engine.offered(await engine.met(actor, walk.number))]
        assert len(offered) == len(set(offered))
        taken = [verb for verb in _theirs(actor) if await accepted(walk, actor, verb)]
        assert sorted(offered) == taken, (name, state)


def _theirs(actor: Actor) -> list[str]:
    """The verbs of this role in whatever relation; that the table allows it no other, its own test tries."""
    return sorted({step.verb for step in CASE.steps if any(by.role == role_of(actor) for by in step.by)})


async def test_of_a_claimed_duty_nothing_is_offered_to_others(shared_province: str) -> None:
    walk = await case_at("replied")
    first, second = [await officer(Role.CALL_BACK_OFFICER, number=number) for number in range(2)]
    queue = await duties.page(first, duties.Tab.UNIT, duties.Filters(matter=walk.number))
    await duties.claim(first, queue[0]["id"])
    offered = {step.verb for step in engine.offered(await engine.met(second, walk.number))}
    assert offered == {verb for verb in _theirs(second) if await accepted(walk, second, verb)}
    assert "call_back" not in offered
    offered = {step.verb for step in engine.offered(await engine.met(first, walk.number))}
    assert "call_back" in offered


async def test_whoever_is_nobody_here_is_offered_nothing(shared_province: str) -> None:
    walk = await case_at("handling")
    for role in Role:
        if role not in {Role.REGISTRAR, Role.CALL_BACK_OFFICER, Role.SUPERVISOR}:
            stranger = await _anybody(role)
            with pytest.raises(NotFound):
                await engine.met(stranger, walk.number)


async def _anybody(role: Role) -> Actor:
    post = await Post.filter(role=role, unit__region_id__in=["62", "6205"]).order_by("-id").first()
    assert post is not None
    return await actors.of_post(post.id)
