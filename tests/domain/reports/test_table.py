"""The table of a report, all combinations."""

from domain.reports.table import REPORT
from tests.tables import checked, rows

STAGES = {
    "d": "draft", "c": "content_review", "t": "technical_review", "a": "approved", "p": "published", "w": "withdrawn",
    "z": "concluded",
}  # fmt: skip
EXPECTED = """
save              d        =  FK
submit            d        c  F
take_back         c        d  F
pass_content      c        t  E
pass_technical    t        a  E
send_back         cta      d  E
publish           aw       p  E
withdraw          p        w  E
replace           apw      d  F
designate_leader  ap       =  E
comment           ap       =  D
conclude          p        z  E
note              dctapwz  =  FKES
"""


def test_every_combination() -> None:
    assert checked(REPORT, rows(EXPECTED, STAGES)) > 10_000
