"""Anybody tries anything, legal or not, for sixty steps: what always holds, looked at after each."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from domain.cases.stages import DUTIES, ENDS, Stage
from domain.cases.table import CASE
from domain.figures import tally, verifying
from domain.loop import duties, engine, packs
from domain.loop.clocks import Effect, derive
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.clock import CHINA
from kit.errors import Refusal
from models import COMPLAINANT, Duty, Entry, Involvement, Matter, Post, Rating, Relation, Role
from tests.makers import Walk, case_at, case_filed, unit
from tests.observed import chained

pytestmark = pytest.mark.asyncio(loop_scope="module")
STEPS = 60
ENDING = {"refuse", "withdraw", "redirect"}
VERBS = sorted({step.verb for step in CASE.steps})
HOLDERS = {
    Relation.INTAKE: (Role.REGISTRAR, Role.CALL_BACK_OFFICER),
    Relation.LIAISON: (Role.LIAISON,),
    Relation.LEAD: (Role.HEAD,),
    Relation.ASSIST_LIAISON: (Role.LIAISON,),
    Relation.ASSISTING: (Role.HEAD,),
    Relation.DECIDING: (Role.LEADER,),
    Relation.DISCIPLINE: (Role.DISCIPLINE_LIAISON,),
}
PAUSED = {Stage.WAITING, Stage.SUSPENDED}
AFTER_THE_END = {"decide_reopen", "decide_contest", "decide_uncounting", "relay"}


async def somebody(walk: Walk, chance: Random) -> Actor:
    """Mostly whoever has to do with the case, now and then a stranger."""
    if chance.random() < 0.1:
        post = await Post.filter(unit__code="6205-market").order_by("person__code").offset(chance.randrange(3)).first()
        assert post is not None
        return await actors.of_post(post.id)
    if chance.random() < 0.25:
        return chance.choice([walk.holder, SYSTEM])
    places = Involvement.filter(matter_id=walk.holder.matter_id, until=None)
    place = chance.choice(await places.order_by("relation", "unit__code"))
    if place.post_id:
        return await actors.of_post(place.post_id)
    role = chance.choice(HOLDERS[place.relation])
    posts = await Post.filter(unit_id=place.unit_id, role=role, until=None).order_by("person__code")
    return await actors.of_post(chance.choice(posts).id)


async def inputs(walk: Walk, verb: str, chance: Random, elsewhere: list[str]) -> dict[str, Any]:
    if verb in ("assign", "reassign") and not await Involvement.exists(
        matter_id=walk.holder.matter_id, relation=Relation.LEAD, until=None
    ):
        return {}
    if verb in ("hand_down", "arbitrate"):
        return {"to_unit": chance.choice(elsewhere), "reason": "试"}
    given = await walk.would_do(verb)
    if verb in ("assign", "reassign"):
        lead = (await walk.case()).lead_unit_id
        posts = await Post.filter(unit_id=lead, role=Role.HANDLER).order_by("person__code")
        given = {"post": str(chance.choice(posts).id)}
    if verb in ("rate", "call_back"):
        given["solved"] = chance.random() < 0.5
    if verb == "transfer" and chance.random() < 0.5:
        given["assisting"] = [chance.choice(elsewhere)]
    if verb == "exclude":
        given["units"] = [chance.choice(elsewhere)]
    if chance.random() < 0.05:
        given["nonsense"] = 1
    return given


async def holds(walk: Walk) -> None:
    """Whatever happened."""
    matter = await Matter.get(id=walk.holder.matter_id)
    entries = await chained(matter.id)
    assert Stage(matter.stage) == entries[-1].stage
    assert (matter.ended_at is not None) == (matter.stage in ENDS)
    steps = [entry for entry in entries if entry.verb not in ("claim", "release")]
    assert matter.version == steps[-1].seq

    owed = await Duty.filter(matter_id=matter.id, closed_at=None).prefetch_related("post")
    if matter.stage in ENDS:
        assert {duty.name for duty in owed} <= AFTER_THE_END
    else:
        assert owed
    for duty in owed:
        assert duty.name in DUTIES
        assert duty.role == COMPLAINANT or duty.unit_id is not None
        assert duty.post is None or duty.post.role == duty.role
        if duty.role != COMPLAINANT:
            assert await _somebody_may(duty, matter), (duty.name, duty.role, matter.stage, [e.verb for e in entries])
        if duty.on_clock:
            assert duty.due_at == matter.internal_due

    pack = (await packs.book()).packs[matter.rule_pack_id]
    effects = [Effect.read(entry.clock) for entry in entries if entry.clock]
    state = derive(effects, pack.terms_of(matter.tier), pack.calendar, roll=pack.roll_holidays)
    assert (matter.internal_due, matter.statutory_due) == (state.internal_due, state.statutory_due)
    if matter.stage != Stage.HANDED_OVER:  # paused there, if it ran
        assert (matter.paused_since is not None) == (matter.stage in PAUSED)
    assert matter.clock_stopped_at == state.stopped_at
    ratings = await Rating.filter(matter_id=matter.id).values_list("round", flat=True)
    assert len(ratings) == len(set(ratings))


async def _somebody_may(duty: Duty, matter: Matter) -> bool:
    """A duty's unit has somebody of its role for whom the matter exists, and who may take a step that closes it."""
    posts = Post.filter(id=duty.post_id) if duty.post_id else Post.filter(unit_id=duty.unit_id, role=duty.role)
    for post in await posts.filter(until=None):
        try:
            scene = await engine.met(await actors.of_post(post.id), matter.number)
        except Refusal:
            continue
        offered = engine.offered(scene)
        if any(duty.name in (*step.closes, *step.closes_own) for step in offered):
            return True
        # A call-back is first tried, and a case with an open request is not closed before that is decided.
        if duty.name in ("close", "call_back", "assist", "finish_parts"):
            return True
        # Whoever asked or refused may have claimed it: a supervisor decides then, or they give it back.
        if duty.name in ("decide_uncounting", "decide_contest") and duty.post_id:
            return True
    return False


@pytest.mark.parametrize("seed", range(4))
async def test_what_always_holds(shared_province: str, seed: int) -> None:
    chance, now = Random(seed), datetime(2026, 1, 12, 9, tzinfo=CHINA)
    elsewhere = [str((await unit(code)).id) for code in ("62-finance", "6201-finance", "62-tax", "6205-police")]
    with clock.at(now):
        walks = [await case_filed(), await case_at("handling"), await case_at("replied")]
    taken = refused = 0
    for _ in range(STEPS):
        walk = chance.choice(walks)
        now += timedelta(hours=chance.choice((0, 1, 5, 30)))
        with clock.at(now):
            actor = await somebody(walk, chance)
            scene_verbs = await likely(actor, walk)
            verb = chance.choice(scene_verbs) if scene_verbs and chance.random() < 0.75 else chance.choice(VERBS)
            given = await inputs(walk, verb, chance, elsewhere)
            before = await walk.matter()
            try:
                if verb == "note" and actor.standing:
                    await claimed(actor, walk)
                    before = await walk.matter()
                await engine.take(actor, walk.number, verb, given)
            except Refusal:
                refused += 1
                after = await walk.matter()
                assert (after.version, after.entries_made, after.stage) == (
                    before.version, before.entries_made, before.stage,
                )  # fmt: skip
            else:
                taken += 1
                after = await walk.matter()
                assert (after.version, after.entries_made) == (before.entries_made + 1, before.entries_made + 1)
                last = await Entry.get(matter_id=after.id, seq=after.version)
                assert (last.verb, last.post_id) == (verb, actor.post_id)
            await holds(walk)
            if chance.random() < 0.1:
                await tally.added(limit=chance.randrange(1, 50))
    assert (await verifying.verified()).faults == []
    assert min(taken, refused) > 5, (taken, refused)


async def likely(actor: Actor, walk: Walk) -> list[str]:
    """What this actor is offered, if they see the case, but for the ends that leave nothing to try."""
    try:
        scene = await engine.met(actor, walk.number)
    except Refusal:
        return []
    return [step.verb for step in engine.offered(scene) if step.verb not in ENDING]


async def claimed(actor: Actor, walk: Walk) -> None:
    """Whoever writes a note takes what lies there, too."""
    for duty in await duties.page(actor, duties.Tab.UNIT, duties.Filters(matter=walk.number)):
        if not duty["claimed"]:
            await duties.claim(actor, duty["id"])
