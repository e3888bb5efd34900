"""The table of a typical case, all combinations."""

from domain.typical.table import TYPICAL
from tests.tables import checked, rows

STAGES = {
    "d": "drafted", "m": "marked", "c": "checked", "p": "printed", "r": "reviewing", "u": "published",
    "w": "withdrawn", "a": "abandoned",
}  # fmt: skip
EXPECTED = """
revise           dpw       d  R
mark             d         m  R
check_marks      m         c  SR
return_draft     m         d  SR
return_draft     c         d  D
approve_print    c         p  D
approve_public   cp        r  D
recall_approval  r         c  D
publish          r         u  M
stop_publishing  r         d  M
withdraw         pu        w  DSR
take_down        pu        w  M
restore          w         c  D
abandon          dm        a  R
note             dmcpruwa  =  RS
recuse           dmcr      =  RSD
"""


def test_every_combination() -> None:
    assert checked(TYPICAL, rows(EXPECTED, STAGES)) > 20_000
