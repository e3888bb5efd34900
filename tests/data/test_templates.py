"""常用语: each begins a text that some step asks for, and fits into it."""

import tomllib
from typing import Any

import pytest

from domain.cases.table import CASE
from domain.loop import packs, reading
from domain.loop.wording import schema_of
from kit.settings import ROOT
from models import Role
from tests.makers import case_at, officer

TEMPLATES = tomllib.loads((ROOT / "data" / "templates.toml").read_text("utf-8"))["template"]


def fields(verb: str) -> dict[str, Any]:
    step = next(step for step in CASE.steps if step.verb == verb)
    properties: dict[str, Any] = schema_of(step.inputs)["properties"]
    return properties


@pytest.mark.parametrize("template", TEMPLATES, ids=[template["code"] for template in TEMPLATES])
def test_it_names_a_text_field_of_a_verb_and_fits(template: dict[str, Any]) -> None:
    field = fields(template["verb"])[template["field"]]
    assert field["x-widget"] == "text"
    assert len(template["text"]) <= field["maxLength"]


async def test_the_forms_offer_them(province: str) -> None:
    walk = await case_at("filed")
    shown = await reading.shown(await officer(Role.REGISTRAR), walk.number)
    refuse = next(step for step in shown["next_steps"] if step["verb"] == "refuse")["inputs"]["properties"]
    assert [one["title"] for one in refuse["explanation"]["x-templates"]] == ["民事经济纠纷", "没有具体事实"]
    assert len(refuse["other_way"]["x-templates"]) == 2
    assert "x-templates" not in refuse["reason"]
    assert sum(map(len, (await packs.book()).templates.values())) == len(TEMPLATES)
    assert "x-templates" not in fields("refuse")["explanation"]  # the form itself is nobody's to change
