"""The page of the process is made from the table; whoever changes a row renews the page."""

from domain.cases.drawing import page
from domain.cases.stages import Stage
from domain.cases.table import CASE
from domain.loop.drawing import markdown, mermaid
from kit.settings import ROOT


def test_the_page_is_what_the_table_makes() -> None:
    written = (ROOT / "docs" / "process.md").read_text(encoding="utf-8")
    assert written == page(), "renew it: .venv/bin/python -m domain.cases.drawing > docs/process.md"


def test_every_row_has_its_line() -> None:
    lines = markdown(CASE).splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [step.verb for step in CASE.steps]


def test_every_stage_is_drawn_and_every_arrow_leads_to_one() -> None:
    drawn = mermaid(CASE).splitlines()[1:]
    named = {line.rpartition(" as ")[2] for line in drawn if " as " in line}
    assert named == set(Stage)
    ends = {end for line in drawn if " --> " in line for end in line.strip().partition(":")[0].split(" --> ")}
    assert ends <= named | {"[*]"}
