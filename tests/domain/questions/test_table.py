"""The table of a question, all combinations."""

from domain.questions.table import QUESTION
from tests.tables import checked, rows

STAGES = {
    "a": "asked", "p": "put", "w": "answered", "x": "published", "t": "withdrawn", "r": "refused",
}  # fmt: skip
EXPECTED = """
accept_question  a       p  E
refuse_question  a       r  E
answer_question  p       w  F
return_answer    w       p  E
publish_answer   wt      x  E
withdraw_answer  x       t  E
list_problem     wx      =  ES
supervise        p       =  S
note             apwxtr  =  ESFK
"""


def test_every_combination() -> None:
    assert checked(QUESTION, rows(EXPECTED, STAGES)) > 6_000
