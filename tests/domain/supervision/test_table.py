"""The table of a supervision, all combinations; and that each word of it is labelled."""

from domain.loop.engine import ON_CLOCK
from domain.loop.notices import TEXTS
from domain.supervision.table import SUPERVISION
from kit.settings import ROOT
from tests.tables import checked, rows

STAGES = {
    "p": "proposed", "z": "postponed", "a": "approving", "i": "issued", "r": "received", "n": "answered",
    "c": "accepted", "x": "closed", "d": "dismissed",
}  # fmt: skip
EXPECTED = """
issue          p          i  S
submit         p          a  S
approve        a          i  D
decline        a          p  D
dismiss        pz         d  S
postpone       p          z  S
resume         z          p  SM
sign           i          r  LH
answer         r          n  LH
accept         n          c  S
send_back      n          r  S
unlist         c          =  S
look_back      c          =  S   look_back
relapse        cx         p  S
close          c          x  S
lift           irn        x  S
propose_raise  irn        =  M
raise_rung     irn        p  S
keep_rung      irn        =  S   decide_raise
call_in        pirnc      =  S
interview      pzairnc    =  S   interview
fulfil         pzairnc    =  LH  fulfil
restore        irncxp     =  D
hold_to_account irncx     =  S
list_problem   irncx      =  S
hear_outcome   pzairncxd  =  M
note           pzairncxd  =  S
note           irncx      =  LH
recuse         pzairnc    =  SLHD
archive        xd         =  SM
hold           pzairncxd  =  S
lift_hold      pzairncxd  =  SM
"""


def test_every_combination() -> None:
    assert checked(SUPERVISION, rows(EXPECTED, STAGES)) > 100_000


def test_every_duty_notice_and_term_is_known() -> None:
    pack = (ROOT / "data" / "rule_packs.toml").read_text("utf-8").rpartition('code = "supervision"')[2]
    for step in SUPERVISION.steps:
        for owe in step.opens:
            assert owe.duty in SUPERVISION.duties
            assert owe.within == ON_CLOCK or f'clock = "{owe.within}"' in pack
        assert {*step.closes} <= set(SUPERVISION.duties)
        assert {tell.template for tell in step.tells} <= set(TEXTS)


# What a step opens besides what its row says.
OPENED = {
    "sign": "answer", "send_back": "answer", "postpone": "resume", "accept": "look_back", "call_in": "interview",
    "interview": "fulfil", "propose_raise": "decide_raise",
}  # fmt: skip


def test_a_duty_that_is_open_can_be_closed_wherever_the_supervision_may_stand_then() -> None:
    """Follow every way through the table; no duty is left over at a stage where nobody's step leads on to its end."""
    first = SUPERVISION.begins.step  # type: ignore[union-attr]  # it begins
    seen: set[tuple[str, frozenset[str]]] = set()
    edge = {(str(first.target), frozenset(owe.duty for owe in first.opens))}
    while edge - seen:
        stage, owed = (edge - seen).pop()
        seen.add((stage, owed))
        steps = [s for s in SUPERVISION.steps if stage in s.sources and (s.answers is None or s.answers in owed)]
        for duty in owed:
            # An interview that was called or undertaken may wait while a rung is put off or approved.
            waits = duty in {"interview", "fulfil", "look_back", "decide_raise"}
            assert any(duty in step.closes for step in steps) or (waits and steps), (stage, duty)
        for step in steps:
            left = owed - {*step.closes}
            if step.target in SUPERVISION.ends:
                left = frozenset()
            opened = {owe.duty for owe in step.opens} | ({OPENED[step.verb]} if step.verb in OPENED else set())
            edge.add((step.target or stage, left | opened))
    assert {stage for stage, _ in seen} == set(SUPERVISION.stages)
