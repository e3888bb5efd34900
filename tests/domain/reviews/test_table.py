"""The table of a review, all combinations."""

from domain.reviews.table import REVIEW
from tests.tables import checked, rows

STAGES = {
    "a": "asked", "e": "examining", "h": "hearing", "p": "proposed", "d": "decided", "x": "declined", "z": "dropped",
}  # fmt: skip
EXPECTED = """
take_up         a        e  H
decline         a        x  H
hold_hearing    e        h  O
end_hearing     h        e  O
propose         e        p  O
return_opinion  p        e  H
decide          p        d  H
drop            aehp     z  P
list_problem    d        =  RS
note            aehpdxz  =  HORS
recuse          ehp      a  O
recuse          aehp     =  HRS
"""


def test_every_combination() -> None:
    assert checked(REVIEW, rows(EXPECTED, STAGES)) > 10_000
