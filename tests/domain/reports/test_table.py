"""The table of a report, all combinations."""

from domain.reports.table import REPORT
from tests.tables import checked, rows

STAGES = {
    "d": "draft", "c": "content_review", "t": "technical_review", "a": "approved", "p": "published", "w": "withdrawn",
    "x": "delivered", "z": "concluded", "n": "exempt",
}  # fmt: skip
EXPECTED = """
save              d        =  FK
submit            d        c  F
take_back         c        d  F
exempt            d        n  M
lift_exemption    n        d  M
pass_content      c        t  E
pass_technical    t        a  E
send_back         cta      d  E
publish           aw       p  E
withdraw          p        w  E
withdraw          xz       =  E
replace           apw      d  F
send_article      px       =  E
designate_leader  ap       =  E
comment           ap       =  D
count_ballots     dctapw   =  E
confirm_ballots   dctapw   =  E  confirm_ballots
return_ballots    dctapw   =  E  confirm_ballots
conclude          p        x  E
receive_result    x        z  G
observe           dctapw   =  B
recuse            dctapwx  =  EDSB
recuse            x        =  G
note              dctapwxzn =  FKES
"""


def test_every_combination() -> None:
    assert checked(REPORT, rows(EXPECTED, STAGES)) > 10_000
