"""Every verb once, by whoever takes it: stage, duties with holder and due day, notices, clock, and one chained entry."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.cases.table import CASE
from domain.people import actors
from domain.people.actors import Actor
from kit import clock
from kit.clock import CHINA
from models import COMPLAINANT, Duty, Involvement, Notice, Post, Relation, Role
from tests.makers import Walk, case_at, officer, unit
from tests.observed import chained, rolled_back

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)
WHO = {
    "R": (Role.REGISTRAR, Relation.INTAKE),
    "C": (Role.CALL_BACK_OFFICER, Relation.INTAKE),
    "L": (Role.LIAISON, Relation.LIAISON),
    "H": (Role.HEAD, Relation.LEAD),
    "O": (Role.HANDLER, Relation.ASSIGNEE),
    "A": (Role.LIAISON, Relation.ASSIST_LIAISON),
    "D": (Role.LEADER, Relation.DECIDING),
    "P": (COMPLAINANT, None),
}
# verb | the way there ("+" is a day later) | stage after | what is owed then, by whom, until | who is told what
# Everything happens on Monday 2 March 2026: 15 days end on the 17th, 30 on 1 April, 30 more inside 劳动节.
STEPS = """
accept            | filed                       | accepted    | screen R 03-03                     | case_accepted P
refuse            | filed                       | refused     |                                    | case_refused P
screen            | accepted                    | screened    | transfer R 03-03                   |
transfer          | screened                    | transferred | sign L 03-03                       | duty_opened L, case_transferred P
recall            | handling                    | screened    | transfer R 03-03                   | case_recalled L
sign              | transferred                 | signed      | assign L 03-03                     |
object            | transferred                 | objected    | rule_objection R 03-04             | objection_raised R
uphold_objection  | objected                    | screened    | transfer R 03-03                   | objection_upheld L
reject_objection  | objected                    | transferred | sign L 03-03                       | objection_rejected L
assign            | signed                      | handling    | handle O 03-17                     | duty_opened O
reassign          | handling                    | handling    | handle O 03-17                     | duty_opened O
ask               | handling                    | waiting     | supply P 03-17                     | question_asked P
supply            | waiting                     | handling    | handle O 03-17                     | question_answered O
lapse             | waiting                     | handling    | handle O 03-17                     | question_lapsed O
request_extension | handling                    | handling    | decide_extension H 03-04, handle O 03-17 | duty_opened H
grant_extension   | handling request_extension  | handling    | handle O 04-16                     | case_extended P, extension_granted O
refuse_extension  | handling request_extension  | handling    | handle O 03-17                     | extension_refused O
answer            | handling request_extension  | answered    | approve H 03-04                    | duty_opened H
return_answer     | answered                    | handling    | handle O 03-17                     | answer_returned O
approve_answer    | answered                    | approved    | reply O 03-03                      | answer_approved O
reply             | approved                    | replied     | call_back C 03-09                  | case_replied P, duty_opened C
log_attempt       | replied                     | replied     | call_back C 03-09                  |
call_back         | replied                     | called_back | close C 03-05                      |
give_up_call      | replied log_attempt + log_attempt + log_attempt | called_back | close C 03-09  |
rate              | replied                     | called_back | close C 03-05                      |
ask_reopen        | replied                     | replied     | call_back C 03-09, decide_reopen C 03-05 | reopening_asked C
reopen            | closed ask_reopen           | signed      | assign L 03-03                     | case_reopened P, case_returned L
decline_reopen    | closed ask_reopen           | closed      |                                    | reopening_declined P
close             | called_back                 | closed      |                                    | case_closed P
add               | filed                       | filed       | accept R 03-05                     | case_added_to R
add               | handling                    | handling    | handle O 03-17, relay R 03-03      | case_added_to R
relay             | handling add                | handling    | handle O 03-17                     | case_added_to O
withdraw          | handling add                | withdrawn   |                                    | case_withdrawn R
note              | handling                    | handling    | handle O 03-17                     |
exclude           | filed                       | filed       | accept R 03-05                     |
recuse            | handling                    | signed      | assign L 03-03                     | case_returned L
redirect          | accepted                    | redirected  |                                    | case_redirected P
contest_refusal   | refused                     | refused     | decide_contest R 03-09             | refusal_contested R
uphold_refusal    | refused contest_refusal     | refused     |                                    | contest_decided P
overturn_refusal  | refused contest_refusal     | accepted    | screen R 03-03                     | case_accepted P
overturn_refusal  | redirected contest_refusal  | accepted    | screen R 03-03                     | case_accepted P
suspend           | handling                    | suspended   | check_suspension O 06-01           | case_suspended P, case_suspended O
resume            | suspended                   | handling    | handle O 03-17                     | case_resumed P, case_resumed O
request_parking   | handling                    | handling    | handle O 03-17, decide_parking H 03-04 | duty_opened H
grant_parking     | handling request_parking    | parked      | review_parking O 05-01             | case_parked P, parking_granted O
refuse_parking    | handling request_parking    | handling    | handle O 03-17                     | parking_refused O
extend_parking    | parked                      | parked      | review_parking O 05-01             | case_parked P
unpark            | parked                      | handling    | handle O 03-17                     | case_resumed P
request_uncounting | handling                   | handling    | handle O 03-17, decide_uncounting R 03-05 | duty_opened R
grant_uncounting  | handling request_uncounting | handling    | handle O 03-17                     | uncounting_decided H
refuse_uncounting | handling request_uncounting | handling    | handle O 03-17                     | uncounting_decided H
count_again       | handling request_uncounting grant_uncounting | handling | handle O 03-17       | uncounting_decided H
dispute           | objected reject_objection   | disputed    | arbitrate D 03-09                  | dispute_raised D, dispute_raised R
arbitrate         | disputed                    | transferred | sign L 03-03                       | duty_opened L
retier            | handling                    | handling    | handle O 03-05                     |
note_review       | closed                      | closed      |                                    |
split             | screened                    | split       | finish_parts C 03-17               | case_split P
take_in           | handling                    | handling    | handle O 03-17                     |
let_go            | handling                    | handling    | handle O 03-17                     |
pass_on           | handling                    | handling    | handle O 03-17                     | case_added_to O
""".strip().splitlines()
CLOCKED = {
    "accept": "start", "recall": "resume", "ask": "pause", "supply": "resume", "lapse": "resume",
    "grant_extension": "extend", "reply": "stop", "reopen": "restart", "withdraw": "stop", "recuse": "resume",
    "redirect": "stop", "suspend": "pause", "resume": "resume",
}  # fmt: skip


# Tried where two cases meet, and at the levels of a case.
ELSEWHERE = {
    "go_along", "come_back", "seal_along", "list_problem", "compile_typical",
    "archive", "hold", "lift_hold", "ask_deletion",  # tests/domain/records
    "file", "contribute", "request_identity", "supervise", "hold_to_account", "hear_outcome", "hand_over", "countersign",
    "decline_hand_over", "take_over", "send_back", "report_status", "part", "ask_review", "redo_after_review", "parts_ended", "merge", "unmerge", "follow", "link", "unlink", "hand_down", "hand_up",
}  # fmt: skip


async def whoever(walk: Walk, verb: str) -> Actor:
    match verb:
        case "note":
            return await officer(Role.SUPERVISOR, "62-justice.inspection")
        case "recuse":
            return await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
    return await walk.who(verb)


async def inputs(walk: Walk, verb: str) -> dict[str, Any]:
    match verb:
        case "exclude":
            return {"units": [str((await unit("620102-market")).id)]}
        case "reassign":
            return {"post": str(await walk.handler(1))}
    return {}


async def holder(walk: Walk, letter: str) -> tuple[str, Any, Any]:
    role, relation = WHO[letter]
    if relation is None:
        return role, None, None
    places = Involvement.filter(matter_id=walk.holder.matter_id, relation=relation)
    place = await places.order_by("-since", "-until").first()  # whoever stands so, or stood so last
    assert place is not None
    return role, place.unit_id, place.post_id


@pytest.mark.parametrize("row", STEPS, ids=lambda row: "-".join(row.replace("|", " ").split()[:2]))
async def test_what_a_step_brings_about(shared_province: str, row: str) -> None:
    verb, way, stage, owed, told = (part.strip() for part in row.split("|"))
    start, *more = way.split()
    now = MONDAY
    with clock.at(now):
        walk = await case_at(start)
    for token in more:
        now += timedelta(days=token == "+")
        if token != "+":
            with clock.at(now):
                await walk.take(token)
    notices = {notice.id for notice in await Notice.filter(matter_id=walk.holder.matter_id)}
    before = await walk.matter()
    known = await chained(before.id)
    with clock.at(now):
        actor = await whoever(walk, verb)
        after = await walk.take(verb, by=actor, **await inputs(walk, verb))

    assert (after.stage, after.stage == (await walk.matter()).stage) == (stage, True)
    assert (after.ended_at is not None) == (stage in CASE.ends)
    entries = await chained(after.id)
    entry = entries[-1]
    step = next(s for s in CASE.steps if s.verb == verb and before.stage in s.sources and _is_of(s.by, actor))
    assert len(entries) == len(known) + 1 == after.version == entry.seq
    assert (entry.verb, entry.stage, entry.actor_kind, entry.post_id) == (verb, stage, actor.kind, actor.post_id)
    assert entry.readers == sorted(step.readers)
    assert (entry.clock or {}).get("clock") == (step.clock if verb == "overturn_refusal" else CLOCKED.get(verb))

    duties = await Duty.filter(matter_id=after.id, closed_at=None)
    found = {(d.name, d.role, d.unit_id, d.post_id, f"{d.due_at.astimezone(CHINA):%m-%d %H:%M:%S}") for d in duties}
    wanted = [part.split() for part in owed.split(",") if part]
    assert found == {(name, *await holder(walk, who), f"{due} 23:59:59") for name, who, due in wanted}

    new = [notice for notice in await Notice.filter(matter_id=after.id) if notice.id not in notices]
    wanted = [part.split() for part in told.split(",") if part]
    assert {(n.template, n.role, n.unit_id, n.post_id) for n in new} == {
        (template, *await holder(walk, who)) for template, who in wanted
    }
    assert len(new) == len(wanted)


def _is_of(by: tuple[Any, ...], actor: Actor) -> bool:
    return any(one.role == (actor.role or {"receipt": COMPLAINANT}.get(actor.kind, "system")) for one in by)


async def test_every_verb_is_tried() -> None:
    assert {row.split()[0] for row in STEPS} == {step.verb for step in CASE.steps} - ELSEWHERE


async def test_two_units_assist_and_contribute_each_for_itself(shared_province: str) -> None:
    """Each liaison closes their own unit's duty; what is left closes with the reply."""
    with clock.at(MONDAY):
        walk = await case_at("screened")
        helpers = [str((await unit(code)).id) for code in ("6201-market", "62-market", "62-finance")]
        await walk.take("transfer", assisting=helpers)
        duties = await Duty.filter(matter_id=walk.holder.matter_id, name="assist").select_related("unit")
        assert {duty.unit.code for duty in duties if duty.unit} == {"6201-justice", "62-market", "62-finance"}
        assert {f"{duty.due_at.astimezone(CHINA):%m-%d}" for duty in duties} == {"03-17"}
        assert all(duty.on_clock for duty in duties)
        told = await Notice.filter(matter_id=walk.holder.matter_id, template="duty_opened")
        assert len(told) == 4

        liaison = await officer(Role.LIAISON, "62-market")
        await walk.take("contribute", by=liaison)
        left = await Duty.filter(matter_id=walk.holder.matter_id, name="assist", closed_at=None).select_related("unit")
        assert {duty.unit.code for duty in left if duty.unit} == {"6201-justice", "62-finance"}

        for verb in ("sign", "assign", "answer", "approve_answer", "reply"):
            await walk.take(verb)
        assert await walk.duties() == ["call_back"]


@rolled_back
async def test_where_no_liaison_is_left_the_head_is_owed_and_signs(shared_province: str) -> None:
    """兜底: the unit that takes a case in and has no liaison of its own, when no other's may know."""
    with clock.at(MONDAY):
        await Post.filter(role=Role.LIAISON).update(until="2026-03-01")
        walk = await case_at("screened")
        await walk.take("transfer")
        sign = await Duty.get(matter_id=walk.holder.matter_id, name="sign", closed_at=None).select_related("unit")
        assert sign.unit is not None
        assert (sign.role, sign.unit.code) == (Role.HEAD, "62-intake")
        assert await Notice.filter(matter_id=walk.holder.matter_id, role=Role.HEAD, template="duty_opened").exists()
        head = await walk.at_place(Relation.LEAD, Role.HEAD)
        await walk.take("sign", by=head)
        await walk.take("assign", by=head)
        assert await walk.duties() == ["handle"]


async def test_dissatisfied_means_that_reopening_is_decided_before_the_end(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("replied")
        await walk.take("call_back", solved=False)
        assert await walk.duties() == ["close", "decide_reopen"]
        await walk.take("reopen")
        place = await Involvement.filter(matter_id=walk.holder.matter_id, relation=Relation.ASSIGNEE).first()
        assert place is not None
        assert place.until is not None
        await walk.take("assign", post=str(await walk.handler(1)))
        assert (await walk.case()).reopenings == 1
        assert (await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)).post_id == await walk.handler(1)


async def test_an_urgent_case_is_owed_in_hours(shared_province: str) -> None:
    """特急: a quarter of an hour to transfer, an hour to sign, a day to the result."""
    with clock.at(MONDAY):
        walk = await case_at("accepted")
        await walk.take("screen", tier="critical")
        assert (await walk.matter()).internal_due == MONDAY + timedelta(hours=24)
        transfer = await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)
        assert transfer.due_at == MONDAY + timedelta(minutes=15)
        await walk.take("transfer")
        sign = await Duty.get(matter_id=walk.holder.matter_id, closed_at=None)
        assert sign.due_at == MONDAY + timedelta(hours=1)


@rolled_back
async def test_a_step_by_a_substitute_is_dated_with_their_own_post(shared_province: str) -> None:
    """The stood-in handler's case is theirs to answer; the entry says who really did."""
    with clock.at(MONDAY):
        walk = await case_at("handling")
        absent = await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)
        assert absent.post_id is not None
        assert absent.standing is not None
        other = await Post.filter(role=Role.HANDLER, unit__code="6201-finance").first()
        assert other is not None
        stands_in = await Post.create(
            person_id=other.person_id,
            unit_id=absent.standing.unit_id,
            role=Role.HANDLER,
            since="2026-01-01",
            stands_in_for_id=absent.post_id,
        )
        actor = await actors.of_post(stands_in.id)
        await walk.take("answer", by=actor)
        entries = await chained(walk.holder.matter_id)
        assert entries[-1].post_id == stands_in.id
