"""What the docs say of settings, refusals, words and files is what the code has."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.process import KINDS
from kit.errors import Refusal
from kit.settings import ROOT, Settings
from manage import cli
from models import ActorKind, Channel, Mode, Relation, Role, Tier

PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
OF_THE_SERVER = {"internal", "method_not_allowed", "refused"}  # without a class: see handlers.middlewares


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def ours() -> dict[str, type[Refusal]]:
    """Every refusal of the product; tests register some of their own."""
    for package in ("kit", "domain", "handlers", "bot", "demo"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            importlib.import_module(module.name)
    return {code: kind for code, kind in Refusal.REGISTRY.items() if not kind.__module__.startswith("tests")}


def test_every_setting_is_in_the_table() -> None:
    table = CliRunner().invoke(cli, ["settings"]).output
    assert len(table.splitlines()) == len(Settings.model_fields) + 2
    assert table in text("docs/operating.md"), f"renew the table with `manage.py settings`:\n{table}"


def test_every_refusal_is_in_the_table() -> None:
    rows = [
        f"| `{code}` | {kind.status} | {kind.message} |"
        for code, kind in sorted(ours().items(), key=lambda one: (one[1].status, one[0]))
    ]
    table = "\n".join(rows)
    assert table in text("docs/api.md"), f"renew the table:\n{table}"


def test_no_other_code_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `([a-z_]+)` \| [45]\d\d \|", text("docs/api.md"), re.MULTILINE))
    assert listed == ours().keys() | OF_THE_SERVER


@pytest.mark.parametrize(
    "words",
    [
        [stage for kind in KINDS for stage in kind.stages],
        [duty for kind in KINDS for duty in kind.duties],
        [step.verb for kind in KINDS for step in kind.steps],
        list(Relation),
        list(Role),
        list(ActorKind),
        list(Mode),
        list(Tier),
        list(Channel),
    ],
    ids=["stages", "duties", "verbs", "relations", "roles", "actors", "modes", "tiers", "channels"],
)
def test_every_word_of_the_code_is_in_the_glossary(words: list[str]) -> None:
    cells = re.findall(r"^\| (`[^|]+`) \|", text("docs/glossary.md"), re.MULTILINE)
    explained = {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}
    assert [word for word in words if word not in explained] == []


def test_every_widget_is_described() -> None:
    used = {
        word
        for kind in KINDS
        for step in kind.steps
        for word in re.findall(r'"x-widget": "(\w+)"', json.dumps(step.inputs.model_json_schema()))
    }
    described = set(re.findall(r"^\| `(\w+)` \| [^45]", text("docs/api.md"), re.MULTILINE))
    assert used <= described


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_names_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        assert {"make run", "make test"} <= set(re.findall(r"make [a-z]+", text(name)))
    assert "make test" in text(".ci/run")


def test_every_decision_has_the_same_form() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], page.name
