"""The table of a proposal to hold somebody to account, all combinations."""

from domain.accountability.table import ACCOUNTABILITY
from tests.tables import checked, rows

STAGES = {
    "p": "proposed", "a": "approved", "f": "referred", "r": "received", "c": "concluded", "d": "declined",
}  # fmt: skip
EXPECTED = """
approve_account  p       a  D
decline_account  p       d  D
refer            a       f  RS
receive          f       r  JRS
record_outcome   r       =  JRS
conclude         r       c  JRS
list_problem     frc     =  RS
note             pafrcd  =  RS
recuse           pafr    =  RSD
"""


def test_every_combination() -> None:
    assert checked(ACCOUNTABILITY, rows(EXPECTED, STAGES)) > 10_000
