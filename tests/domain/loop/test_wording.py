"""What was said is shown with labels and words: of each verb every field, no code and no id, in both languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.cases.table import CASE
from domain.loop import reading, wording
from domain.loop.kinds import Inputs
from domain.loop.wording import Words
from domain.people.actors import Actor
from kit.words import speaking
from models import Mode, Person, Post, Relation, Role, Unit
from tests.makers import PATHS, Walk, case_filed, officer, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"^[a-z]+(_[a-z]+)*$|^[A-Z]\d\d$|^(True|False|None|\[.*|\{.*)$")
FORMS: list[type[Inputs]] = [*dict.fromkeys(step.inputs for step in CASE.steps), CASE.facts, reading.Looked]


async def sample() -> dict[str, Any]:
    """A value for each widget; ids are of what the roster has."""
    place = await Unit.get(code="620102-market")
    post = await Post.filter(unit_id=place.id, role=Role.HANDLER).select_related("person").first()
    assert post is not None
    return {
        "text": "一段文字", "category": "B10", "unit": str(place.id), "post": str(post.id), "date": "2026-03-02",
        "person": str(post.person_id), "flag": True, "score": 4, "region": "620102", "duty": "handle", "claims": "一项",
        "file": "0d0c0b0a-1234-4234-8234-123456789abc", "bytes": 2_500_000, "count": 3,
        "matter": "JB2026-AA14ANFF", "rungs": "dispatch",
    }  # fmt: skip


def filled(schema: dict[str, Any], defs: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Every field of a form with a value."""
    return {name: one(field, defs, values) for name, field in schema.get("properties", {}).items()}


def one(field: dict[str, Any], defs: dict[str, Any], values: dict[str, Any]) -> Any:
    shape = {**field.get("anyOf", [{}])[0], **field}
    if "$ref" in shape:
        there = defs[shape["$ref"].rpartition("/")[2]]
        return there["enum"][0] if "enum" in there else filled(there, defs, values)
    if shape.get("type") == "array":
        items = shape["items"]
        item = one(items, defs, values) if "$ref" in items else values[shape["x-widget"]]
        return [item, item]
    return 0 if "x-counted-from" in shape else values[shape.get("x-rows") or shape["x-widget"]]


async def words(knows: bool = True) -> Words:
    known = await sample()
    return await wording.words([known], duties=CASE.duties, knows=lambda _: knows)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_field_of_every_form_is_shown(shared_province: str, form: type[Inputs], language: str) -> None:
    schema = form.model_json_schema()
    said = filled(schema, schema.get("$defs", {}), await sample())
    with speaking(language):
        lines = wording.lines([form], said, await words())
    labels = " ".join(line["label"] for line in lines)
    for name, field in schema.get("properties", {}).items():
        flat = isinstance(said[name], dict)  # shown by its own fields
        with speaking(language):
            title = wording.schema_of(form)["properties"][name]["title"]
        assert flat or title in labels, (name, field)
    for line in lines:
        assert bool(CHINESE.search(line["label"])) == (language == "zh-Hans"), line
        for part in line["text"].splitlines():
            assert not UUID.search(part), line
            assert not CODE.fullmatch(re.split(r"：|: ", part)[-1]), line


async def test_how_each_widget_reads(shared_province: str) -> None:
    screened = {
        "category": "B10", "tier": "urgent", "claims": ["办证", "说明原因"],
        "accused_units": [(await sample())["unit"]],        "accused_persons": [], "note": None,
    }  # fmt: skip
    known = await words()
    form = next(step.inputs for step in CASE.steps if step.verb == "screen")
    assert [(line["label"], line["text"]) for line in wording.lines([form], screened, known)] == [
        ("类别", "行政许可审批拖延、体外循环、增设条件"),
        ("紧急程度", "紧急"),
        ("诉求清单", "1. 办证\n2. 说明原因"),
        ("被举报单位", "城关区市场监督管理局"),
    ]
    rating = next(step.inputs for step in CASE.steps if step.verb == "rate")
    said = {"solved": False, "speed": 4, "attitude": 5, "result": 1, "words": "还没有"}
    with speaking("en"):
        texts = [(line["label"], line["text"]) for line in wording.lines([rating], said, known)]
    assert texts[0] == ("Is the problem solved?", "No")
    assert texts[1] == ("Speed", "4 of 5")


async def test_an_answer_reads_claim_by_claim(shared_province: str) -> None:
    answer = next(step.inputs for step in CASE.steps if step.verb == "answer")
    part = {"claim": 1, "opinion": "supported", "facts": "属实", "reply": "已办"}
    lines = wording.lines([answer], {"claims": [part], "legal_basis": "条例", "summary": "已办结"}, await words())
    assert lines[0] == {"label": "结论", "text": "已办结"}
    assert lines[1] == {
        "label": "逐项答复 1",
        "text": "诉求序号：2\n意见：支持\n事实和理由：属实\n处理意见：已办",
    }


async def test_a_person_whom_the_reader_may_not_know_is_not_named(shared_province: str) -> None:
    values = await sample()
    name = (await Person.get(id=values["person"])).name
    assign = next(step.inputs for step in CASE.steps if step.verb == "assign")
    for knows in (True, False):
        (line,) = wording.lines([assign], {"post": values["post"]}, await words(knows))
        assert line["text"] == f"城关区市场监督管理局 {name}".rstrip() if knows else "城关区市场监督管理局"
        assert (name in line["text"]) == knows


async def read_by(actor: Actor, walk: Walk) -> list[dict[str, Any]]:
    return await reading.timeline(actor, walk.number)


def everything(entries: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    yield from ((entry["verb"], f"{line['label']} {line['text']}") for entry in entries for line in entry["shown"])


async def test_a_whole_case_reads_in_plain_words(shared_province: str) -> None:
    walk = await case_filed(mode=Mode.NAMED)
    await walk.take("add")
    for verb in (*PATHS["screened"], "transfer"):
        given: dict[str, Any] = {"assisting": [str((await unit("62-finance")).id)]} if verb == "transfer" else {}
        await walk.take(verb, **given)
    for verb in ("sign", "assign", "ask", "supply", "request_extension", "grant_extension", "answer", "return_answer"):
        await walk.take(verb)
    for verb in ("answer", "approve_answer", "reply", "rate", "ask_reopen", "decline_reopen", "close"):
        await walk.take(verb)
    seen = await read_by(walk.holder, walk)
    assert [entry["label"] for entry in seen] == [
        "您提交了举报", "您补充了内容", "受理中心已受理", "已转交承办单位办理", "承办单位已签收",
        "请您补充说明", "您补充了说明", "办理期限已延长", "承办单位答复了您", "您评价了办理结果",
        "您申请重新办理", "您的重办申请未获同意", "本件已办结",
    ]  # fmt: skip
    assert {entry["by"] for entry in seen} == {"举报人", "工作人员"}
    for actor in (walk.holder, await officer(Role.REGISTRAR), await walk.at_place(Relation.ASSIGNEE, Role.HANDLER)):
        for language in ("zh-Hans", "en"):
            with speaking(language):
                entries = await read_by(actor, walk)
            assert all(entry["shown"] or not _needed(entry) for entry in entries), entries
            for verb, text in everything(entries):
                assert not UUID.search(text), (verb, text)
    with speaking("en"):
        for entry in await read_by(walk.holder, walk):
            assert not CHINESE.search(entry["label"] + entry["by"]), entry
            assert not any(CHINESE.search(line["label"]) for line in entry["shown"]), entry


def _needed(entry: dict[str, Any]) -> bool:
    return any(value not in (None, [], "") for value in entry["said"].values())
