"""Each page of a process is made from its table; whoever changes a row renews the page."""

import pytest

from domain.drawing import FOLDER, page
from domain.loop.drawing import markdown, mermaid
from domain.loop.kinds import Kind
from domain.process import KINDS

pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_the_page_is_what_the_table_makes(kind: Kind) -> None:
    written = (FOLDER / f"{kind.name}.md").read_text(encoding="utf-8")
    assert written == page(kind), "renew it: .venv/bin/python -m domain.drawing"
    assert f"]({kind.name}.md)" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_row_has_its_line(kind: Kind) -> None:
    lines = markdown(kind).splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == [step.verb for step in kind.steps]


def test_every_stage_is_drawn_and_every_arrow_leads_to_one(kind: Kind) -> None:
    drawn = mermaid(kind).splitlines()[1:]
    named = {line.rpartition(" as ")[2] for line in drawn if " as " in line}
    assert named == set(kind.stages)
    ends = {end for line in drawn if " --> " in line for end in line.strip().partition(":")[0].split(" --> ")}
    assert ends <= named | {"[*]"}
