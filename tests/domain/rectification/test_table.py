"""The table of a rectification, all combinations; and that each word of it is labelled."""

from domain.loop.engine import ON_CLOCK
from domain.loop.notices import TEXTS
from domain.rectification.table import RECTIFICATION
from kit.settings import ROOT
from tests.tables import checked, rows

STAGES = {
    "l": "listed", "r": "rectifying", "c": "checked", "v": "verified", "s": "struck_off", "d": "dropped",
}  # fmt: skip
EXPECTED = """
take_on           l       r  LH
assign            r       =  LH
progress          r       =  OHL
request_extension r       =  OH
report_done       r       c  OH
grant_extension   r       =  S   decide_extension
refuse_extension  r       =  S   decide_extension
entrust           lrc     =  S
verify_pass       c       v  VS
verify_fail       c       r  VS
strike_off        v       s  S
send_back         v       r  S
drop              lrc     d  S
look_back         s       =  S   look_back
relapse           s       r  S
write_publication vs      =  S
publish           vs      =  S
unpublish         lrcvsd  =  S
supervise         lr      =  SM
archive           sd      =  SM
hold              lrcvsd  =  S
lift_hold         lrcvsd  =  SM
note              lrcvsd  =  VSLHO
recuse            r       =  O
recuse            lrcv    =  VSLH
"""
OPENED = {"strike_off": "look_back"}  # besides what the row says


def test_every_combination() -> None:
    assert checked(RECTIFICATION, rows(EXPECTED, STAGES)) > 50_000


def test_every_duty_notice_and_term_is_known() -> None:
    pack = (ROOT / "data" / "rule_packs.toml").read_text("utf-8").rpartition('code = "rectification"\nname')[2]
    for step in RECTIFICATION.steps:
        for owe in step.opens:
            assert owe.duty in RECTIFICATION.duties
            assert owe.within == ON_CLOCK or f'clock = "{owe.within}"' in pack
        assert {*step.closes} <= set(RECTIFICATION.duties)
        assert {tell.template for tell in step.tells} <= set(TEXTS)


def test_wherever_a_line_may_stand_somebody_owes_its_next_step() -> None:
    """Follow every way through the table: nothing is open without a duty, and each duty can be ended."""
    first = RECTIFICATION.begins.step  # type: ignore[union-attr]  # it begins
    seen: set[tuple[str, frozenset[str]]] = set()
    edge = {(str(first.target), frozenset(owe.duty for owe in first.opens))}
    while edge - seen:
        stage, owed = (edge - seen).pop()
        seen.add((stage, owed))
        steps = [s for s in RECTIFICATION.steps if stage in s.sources and (s.answers is None or s.answers in owed)]
        assert owed or stage in RECTIFICATION.ends, stage
        for duty in owed:
            assert any(duty in step.closes for step in steps), (stage, duty)
        for step in steps:
            left = owed - {*step.closes}
            if step.target in RECTIFICATION.ends:
                left = frozenset()
            opened = {owe.duty for owe in step.opens} | ({OPENED[step.verb]} if step.verb in OPENED else set())
            edge.add((step.target or stage, left | opened))
    assert {stage for stage, _ in seen} == set(RECTIFICATION.stages)
    assert ("struck_off", frozenset({"look_back"})) in seen
