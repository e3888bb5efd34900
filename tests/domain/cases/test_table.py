"""The case's table against an expectation written down apart from it, over every stage, verb, role and relation."""

import re
import tomllib
from itertools import product
from typing import NamedTuple

import pytest

from domain.cases.splitting import PART
from domain.cases.stages import DUTIES, ENDS, LABELS, PLAIN, Stage
from domain.cases.table import CASE, FILE
from domain.loop.around import progress
from domain.loop.engine import ON_CLOCK
from domain.loop.kinds import SYSTEM_ROLE, Inputs, Nothing, Step, UnknownVerb, WrongStage
from domain.loop.notices import TEXTS
from domain.process import KINDS
from kit.errors import NotAllowed
from kit.settings import ROOT
from kit.words import speaking
from models import COMPLAINANT, Relation, Role, Tier
from tests.tables import answered

WHO = {
    "R": (Role.REGISTRAR, Relation.INTAKE),
    "C": (Role.CALL_BACK_OFFICER, Relation.INTAKE),
    "L": (Role.LIAISON, Relation.LIAISON),
    "H": (Role.HEAD, Relation.LEAD),
    "O": (Role.HANDLER, Relation.ASSIGNEE),
    "A": (Role.LIAISON, Relation.ASSIST_LIAISON),
    "B": (Role.HEAD, Relation.ASSISTING),
    "S": (Role.SUPERVISOR, Relation.OVERSIGHT),
    "J": (Role.DISCIPLINE_LIAISON, Relation.DISCIPLINE),
    "P": (COMPLAINANT, Relation.COMPLAINANT),
    "D": (Role.LEADER, Relation.DECIDING),
    "M": (SYSTEM_ROLE, Relation.SYSTEM),
}
STAGES = {
    "f": "filed", "a": "accepted", "s": "screened", "t": "transferred", "o": "objected", "g": "signed",
    "h": "handling", "w": "waiting", "n": "answered", "p": "approved", "r": "replied", "b": "called_back",
    "c": "closed", "x": "refused", "z": "withdrawn", "d": "disputed", "u": "suspended", "k": "parked",
    "l": "split", "e": "redirected", "m": "merged", "v": "handed_over", "y": "sealed",
}  # fmt: skip
# verb, stages it is taken at, stage it leads to (= the same), who, duty it answers
EXPECTED = """
accept            f             a  RM
refuse            f             x  R
screen            a             s  R
transfer          s             t  R
recall            tghwnpukd     s  RS
sign              t             g  LH
object            t             o  LH
uphold_objection  o             s  RS
reject_objection  o             t  RS
dispute           t             d  LH
arbitrate         d             t  D
hand_down         g             t  LH
hand_up           tg            t  LH
assign            g             h  LH
reassign          h             h  LH
contribute        tghwnpuk      =  AB  assist
ask               h             w  O
supply            w             h  P
lapse             w             h  M
request_extension h             =  O
grant_extension   hw            =  H   decide_extension
refuse_extension  hw            =  H   decide_extension
suspend           h             u  H
resume            u             h  HOSM
request_parking   h             =  O
grant_parking     h             k  H   decide_parking
refuse_parking    hw            =  H   decide_parking
extend_parking    k             =  H
unpark            k             h  HOS
answer            h             n  O
return_answer     n             h  H
approve_answer    n             p  H
reply             p             r  OL
log_attempt       r             =  C
call_back         r             b  C
give_up_call      r             b  C
rate              r             b  P
rate              bc            =  P
ask_reopen        rbc           =  P
reopen            rbc           g  CS
decline_reopen    rbc           =  CS  decide_reopen
close             b             c  C
redirect          as            e  R
contest_refusal   xe            =  P
uphold_refusal    xe            =  RS  decide_contest
overturn_refusal  xe            a  RS  decide_contest
merge             as            m  R
unmerge           m             a  RS
take_in           fastoghwnprbukld = M
let_go            fastoghwnprbcxzuklemdvy = M
follow            m             =  M
go_along          m             =  M
come_back         m             =  M
seal_along        m             y  M
pass_on           fastoghwnprbukld = M
link              fastoghwnprbcxzuklemdvy = RS
unlink            fastoghwnprbcxzuklemdvy = RS
ask_review        rbc           =  P
note_review       fastoghwnprbcxzuklemdvy = M
redo_after_review rbc           g  M
split             s             l  R
parts_ended       l             b  CM
add               fas           =  P
add               toghwnprbukld =  P
add               m             =  P
relay             toghwnprbukld =  R   relay
relay             m             =  R   relay
withdraw          fastoghwnpukld z  P
note              fastoghwnprbcxzuklemdvy = RCSLHO
request_identity  fastoghwnprbcxzuklemdvy = RCS
supervise         fastoghwnprbukld =  SM
exclude           fastoghwnprbukld =  RS
retier            fastoghwnprbukld =  RS
request_uncounting astoghwnprbcxzuklemdvy = RH
grant_uncounting  astoghwnprbcxzuklemdvy = RS decide_uncounting
refuse_uncounting astoghwnprbcxzuklemdvy = RS decide_uncounting
count_again       astoghwnprbcxzuklemdvy = S
recuse            hwnpuk        g  O
recuse            fastoghwnprbukld =  RCLHSAB
hold_to_account   toghwnprbcukld =  RS
list_problem      toghwnprbcukld =  RS
compile_typical   c             =  R
hear_outcome      fastoghwnprbcxzuklemdvy = M
hand_over         fastoghwnpukd =  R
countersign       fastoghwnpukd v  RS  countersign
decline_hand_over fastoghwnprbukld =  RS  countersign
take_over         v             y  JR
send_back         v             s  J
report_status     y             =  JM
archive           cxzemy        =  RSM
hold              fastoghwnprbcxzuklemdvy = RS
lift_hold         fastoghwnprbcxzuklemdvy = RSM
ask_deletion      cxzemy        =  P
"""


class Row(NamedTuple):
    verb: str
    sources: frozenset[str]
    target: str | None
    who: frozenset[tuple[str, Relation]]
    answers: str | None


def _row(line: str) -> Row:
    verb, sources, target, who, *answers = line.split()
    return Row(
        verb,
        frozenset(STAGES[letter] for letter in sources),
        None if target == "=" else STAGES[target],
        frozenset(WHO[letter] for letter in who),
        answers[0] if answers else None,
    )


ROWS = [_row(line) for line in EXPECTED.strip().splitlines()]
VERBS = sorted({row.verb for row in ROWS})
OF = {verb: [row for row in ROWS if row.verb == verb] for verb in VERBS}
ROLES = [*Role, COMPLAINANT, SYSTEM_ROLE, ""]
LATER = [step for step in CASE.steps if step not in (FILE, PART)]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def expected(verb: str, stage: str, role: str, relation: Relation, owed: set[str]) -> Row | type[Exception]:
    theirs = [row for row in OF[verb] if (role, relation) in row.who]
    if not theirs:
        return NotAllowed
    now = [row for row in theirs if stage in row.sources and (row.answers is None or row.answers in owed)]
    return now[0] if now else WrongStage


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("owed", [set(), set(DUTIES)], ids=["nothing owed", "everything owed"])
def test_every_combination(verb: str, owed: set[str]) -> None:
    for stage, role, relation in product(Stage, ROLES, Relation):
        want = expected(verb, stage, role, relation, owed)
        got = answered(CASE, verb, stage, role, relation, owed)
        if isinstance(want, Row):
            assert isinstance(got, Step), (stage, role, relation)
            assert (got.verb, got.target) == (verb, want.target), (stage, role, relation)
        else:
            assert got is want, (stage, role, relation)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("owed", [set(), set(DUTIES)], ids=["nothing owed", "everything owed"])
def test_what_is_offered_is_what_is_allowed(stage: Stage, owed: set[str]) -> None:
    for role, relation in product(ROLES, Relation):
        offered = sorted(step.verb for step in CASE.rows(stage, role, {relation}, owed))
        allowed = [verb for verb in VERBS if isinstance(expected(verb, stage, role, relation, owed), Row)]
        assert offered == allowed, (role, relation)


def test_every_verb_is_expected_and_an_unknown_one_is_said_to_be_unknown() -> None:
    assert {step.verb for step in LATER} == set(VERBS)
    with pytest.raises(UnknownVerb):
        CASE.row("approve", "answered", Role.HEAD, {Relation.LEAD}, [])


def test_filing_is_no_step_of_an_existing_case() -> None:
    for stage, role, relation in product(Stage, ROLES, Relation):
        assert not {"file", "part"} & {step.verb for step in CASE.rows(stage, role, {relation}, DUTIES)}


def test_no_two_rows_of_a_verb_overlap() -> None:
    for stage, role, relation in product(Stage, ROLES, Relation):
        verbs = [step.verb for step in CASE.rows(stage, role, {relation}, DUTIES)]
        assert len(verbs) == len(set(verbs)), (stage, role, relation)


def test_every_stage_is_reached_and_left() -> None:
    targets = {step.target for step in CASE.steps} - {None}
    assert targets == set(Stage)
    for stage in set(Stage) - ENDS:
        onwards = {step.target for step in LATER if stage in step.sources} - {None, stage}
        assert onwards, stage
    reached: set[str] = set()
    edge = {str(FILE.target)}
    while edge - reached:
        reached |= edge
        edge = {step.target or stage for stage in reached for step in LATER if stage in step.sources}
    assert reached == set(Stage)


def test_whoever_arrives_at_an_open_stage_finds_a_duty() -> None:
    """Each step into another open stage opens a duty."""
    for step in CASE.steps:
        if step.target is not None and step.target not in ENDS:
            assert step.opens, step.verb


def test_an_end_is_left_where_somebody_may_have_been_wrong_only() -> None:
    ways = {
        "closed": {"reopen", "redo_after_review"},
        "refused": {"overturn_refusal"},
        "redirected": {"overturn_refusal"},
        "merged": {"unmerge", "seal_along"},
        "withdrawn": set(),
        "sealed": set(),
    }
    for stage in ENDS:
        leaving = {step.verb for step in LATER if stage in step.sources and step.target not in (None, stage)}
        assert leaving == ways[stage]
    assert set(ways) == CASE.ends


def test_duties_that_are_closed_are_opened_and_the_other_way_round() -> None:
    opened = {owe.duty for step in CASE.steps for owe in step.opens}
    closed = {name for step in CASE.steps for name in (*step.closes, *step.closes_own)}
    assert opened == closed == set(DUTIES)
    assert {step.answers for step in CASE.steps} - {None} <= opened


def test_whoever_owes_a_duty_has_a_step_that_closes_it() -> None:
    for owe in (owe for step in CASE.steps for owe in step.opens):
        for by in (owe.to, owe.to.otherwise):
            if by:
                closing = [step for step in LATER if owe.duty in (*step.closes, *step.closes_own)]
                assert any(step.fits(by.role, {by.relation}) for step in closing), (owe.duty, by)
        if owe.lapses_to:
            assert any(step.verb == owe.lapses_to and step.fits(SYSTEM_ROLE, {Relation.SYSTEM}) for step in LATER)


def test_a_duty_that_is_open_can_be_closed_wherever_the_case_may_stand_then() -> None:
    """Follow every way through the table; no duty is left over at a stage where nobody's step closes it."""
    seen: set[tuple[str, frozenset[str]]] = set()
    edge = {(str(FILE.target), frozenset(owe.duty for owe in FILE.opens))}
    while edge - seen:
        stage, owed = (edge - seen).pop()
        seen.add((stage, owed))
        steps = [s for s in LATER if stage in s.sources and (s.answers is None or s.answers in owed)]
        for duty in owed - {"assist"}:  # falls due with the case and is closed by the reply
            assert any(duty in step.closes for step in steps), (stage, duty)
        for step in steps:
            target = step.target or stage
            left = owed - {*step.closes, *step.closes_own}
            if step.target in ENDS:
                left = frozenset()
            opened = {owe.duty for owe in step.opens}
            if step.verb in ("rate", "call_back"):
                opened.add("decide_reopen")
            edge.add((target, left | opened))
    assert {stage for stage, _ in seen} == set(Stage)


RULES = tomllib.loads((ROOT / "data" / "rule_packs.toml").read_text("utf-8"))
OTHERS = {choice["pack"] for choice in RULES["choice"] if "kind" in choice}
PACKS = [pack for pack in RULES["pack"] if pack["code"] not in OTHERS]


@pytest.mark.parametrize("pack", PACKS, ids=[pack["code"] for pack in PACKS])
def test_every_clock_that_is_used_has_a_term_for_every_tier(pack: dict[str, list[dict[str, str]]]) -> None:
    used = {owe.within for step in CASE.steps for owe in step.opens} - {ON_CLOCK}
    used |= {"finish", "extend", "redo", "object", "rate", "decide_reopen", "contest"}
    terms = {(term["clock"], term.get("tier")) for term in pack["terms"]}
    missing = [(c, tier) for c in used for tier in Tier if (c, None) not in terms and (c, tier) not in terms]
    assert missing == []
    assert {"reopen_most", "call_attempts", "extensions"} <= set(pack["limits"])
    for step in CASE.steps:
        assert all(owe.if_pack is None or owe.if_pack in pack for owe in step.opens)


def test_every_template_has_its_text() -> None:
    told = {tell.template for kind in KINDS for step in kind.steps for tell in step.tells}
    assert told <= set(TEXTS)
    assert set(TEXTS) - told == {
        "duty_due_soon", "duty_overdue", "identity_seen", "report_reminded", "words_told", "words_wait",
    }  # fmt: skip


def _visible(step: Step) -> bool:
    return Relation.COMPLAINANT in step.readers and step.inputs is not Nothing


@pytest.mark.parametrize("step", [step for step in LATER if _visible(step)], ids=lambda step: step.verb)
def test_what_the_complainant_sees_of_inputs_is_named(step: Step) -> None:
    said = {"unit", "answer", "opened", "destroy_on"}  # put there by the step itself
    assert step.shows
    assert set(step.shows) <= set(step.inputs.model_fields) | said


def test_each_step_that_the_complainant_sees_has_plain_words() -> None:
    as_it_is = {"refuse"}
    assert [step.verb for step in CASE.steps if step.seen and not step.plain and step.verb not in as_it_is] == []


@pytest.mark.parametrize("stage", Stage)
def test_progress_stands_at_one_place(stage: Stage) -> None:
    parts = list(progress(CASE, stage))
    states = [part["state"] for part in parts]
    assert states.count("current") == 1
    assert states == sorted(states, key=["done", "current", "ahead"].index)
    with speaking("en"):
        assert all(part["label"].isascii() for part in progress(CASE, stage))


def test_nothing_is_shown_to_a_complainant_who_does_not_read_it() -> None:
    for step in CASE.steps:
        assert not step.shows or step.seen, step.verb


def test_what_people_read_is_chinese() -> None:
    words = [*LABELS.values(), *PLAIN.values(), *DUTIES.values(), *TEXTS.values(), CASE.label]
    words += [step.label for step in CASE.steps] + [step.warning for step in CASE.steps if step.warning]
    forms: set[type[Inputs]] = {step.inputs for step in CASE.steps}
    for form in forms:
        words += [field.title or "" for field in form.model_fields.values() if field.annotation]
    assert [word for word in words if not CHINESE.search(word)] == []
    assert set(LABELS) == set(PLAIN) == set(Stage)


def test_forms_use_the_fixed_vocabulary_of_widgets() -> None:
    known = {
        "text", "choice", "unit", "post", "person", "date", "flag", "score", "category", "claims", "file", "matter",
        "region",
    }  # fmt: skip
    for step in CASE.steps:
        for name, field in step.inputs.model_json_schema().get("properties", {}).items():
            shapes = [field, *field.get("anyOf", [])]  # an optional field's widget is with its first choice
            assert {shape["x-widget"] for shape in shapes if "x-widget" in shape} <= known, (step.verb, name)
            assert any("x-widget" in shape for shape in shapes), (step.verb, name)
