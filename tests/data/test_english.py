"""Whatever people read in Chinese has its English, and each text once."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator

from domain.cases.calling import REASON
from domain.figures import of_report
from domain.figures.definitions import definitions
from domain.loop import fates, kept, packs, reach, reading, retention
from domain.loop.kinds import LOOKS, LOOKS_IN_PLAIN_WORDS, RELATIONS, TIERS, Inputs
from domain.loop.notices import TEXTS
from domain.people import records
from domain.people.roster_check import ROLE_NAMES
from domain.process import KINDS
from domain.records import planning
from domain.wechat import checks
from kit.media import document, lacking, office, sniff
from kit.settings import ROOT
from kit.shapes import _SENTENCES
from kit.words import english, label, phrase, speaking, translations
from tests.test_docs import ours

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def of_forms() -> Iterator[str]:
    forms: list[type[Inputs]] = [reading.Looked, *(kind.facts for kind in KINDS)]
    forms += [step.inputs for kind in KINDS for step in kind.steps]
    for form in forms:
        schema = form.model_json_schema()
        for described in (schema, *schema.get("$defs", {}).values()):
            for field in described.get("properties", {}).values():
                yield field["title"]
                yield field.get("description", "")
                yield from field.get("x-labels", {}).values()


def everything() -> set[str]:
    words = [*TEXTS.values(), REASON, *RELATIONS.values(), *TIERS.values()]
    for kind in KINDS:
        words += [kind.label, *kind.stages.values(), *kind.duties.values(), *kind.texts]
        words += [part.label for part in kind.way]
        words += [text for step in kind.steps for text in (step.label, step.plain, step.warning, step.hint)]
    words += [packs.APPROVED, packs.APPROVED_AND_COSTS, packs.COSTS]
    words += [*fates.CHANNELS.values(), *fates.FATES.values(), *fates.WAYS.values(), reach.REASON]
    words += [
        *LOOKS.values(),
        *LOOKS_IN_PLAIN_WORDS.values(),
        *ROLE_NAMES.values(),
        "举报人",
        "系统",
        "工作人员",
        "是",
        "否",
    ]
    categories = tomllib.loads((ROOT / "data" / "categories.toml").read_text("utf-8"))["category"]
    words += [category[name] for category in categories for name in ("name", "plain")]
    words += [
        purpose["name"] for purpose in tomllib.loads((ROOT / "data" / "files.toml").read_text("utf-8"))["purpose"]
    ]
    known = definitions()
    words += [text for count in known.counts for text in (count.name, count.says)]
    for rate in (*known.rates, *known.ledger):
        words += [rate.name, rate.part_name, rate.of_name, rate.says, rate.leaves_out]
    words += [*checks.WHYS.values(), checks.OTHER, *of_report.OVERDUE]
    words += [*records.LABELS.values(), *records.WAYS.values()]
    for name, rows in (("letters", ("letter",)), ("supervision", ("rung", "situation")), ("retention", ("retention",))):
        table = tomllib.loads((ROOT / "data" / f"{name}.toml").read_text("utf-8"))
        words += [row["name"] for key in rows for row in table[key]]
    words += [*kept.TEXTS, *retention.LABELS.values(), *planning.PROBLEMS.values()]
    words += [lacking.SCANNER, lacking.OFFICE, *lacking.ISOLATION.values()]
    return {word for word in (*words, *of_forms()) if CHINESE.search(word)}


def test_every_text_has_its_english() -> None:
    assert sorted(everything() - translations().keys()) == []


def test_every_refusal_has_its_english() -> None:
    assert [kind.message for kind in ours().values() if kind.message not in translations()] == []
    assert [sentence for sentence in _SENTENCES.values() if sentence not in translations()] == []


def test_what_is_said_of_a_bad_file_has_its_english() -> None:
    """The fixed sentences; one with a number in it is said in general words instead."""
    said = set()
    for path in (ROOT / "kit" / "media").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("File") and node.args:
                said |= {part.value for part in node.args if isinstance(part, ast.Constant)}
    said |= {*sniff._WANTED.values(), office._MACROS, office._PASSWORD, document._NO_OFFICE}
    said.add(document._NO_NETWORK_NAMESPACE)
    assert len(said) > 15
    assert [text for text in said if text not in translations()] == []


def test_english_is_english() -> None:
    assert [text for text in translations().values() if CHINESE.search(text)] == []
    assert [text for text in translations() if not CHINESE.search(text)] == []


def test_no_text_is_there_twice() -> None:
    tables = tomllib.loads((ROOT / "data" / "english.toml").read_text("utf-8"))
    times = Counter(text for table in tables.values() for text in table)
    assert [text for text in times if times[text] > 1] == []


def test_what_nobody_translated_is_said_all_the_same() -> None:
    assert label("pass_on", "转呈") == "转呈"
    with speaking("en"):
        assert label("pass_on", "转呈") == english("pass_on") == "Pass on"
        assert label("accept", "受理") == "Accept"
        assert phrase("某某县某某局") == "某某县某某局"
