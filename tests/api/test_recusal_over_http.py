"""The promise: whoever is accused reads the same, byte for byte, whether there is a case against them or not."""

from typing import Any

import pytest

from domain.cases import indexing
from models import Post, Role, Unit
from tests.api.conftest import Api
from tests.api.test_case_over_http import sign_in_as

TABS = ("mine", "unit", "due_soon", "overdue", "waiting", "returned")


async def everything(api: Api, who: str, number: str) -> dict[str, Any]:
    """All that the read API gives somebody, request ids left out."""
    paths = [
        *(f"/api/v1/duties?tab={tab}" for tab in TABS),
        "/api/v1/duties/counts",
        "/api/v1/matters",
        "/api/v1/matters?kind=case&region=62",
        "/api/v1/notices",
        "/api/v1/session",
        "/api/v1/categories",
        "/api/v1/units?q=市场监督管理",
        "/api/v1/figures/unit",
        "/api/v1/statistics",
        *(f"/api/v1/statistics?by={by}" for by in ("region", "unit", "category", "month")),
        "/api/v1/statistics?region=6201&by=unit",
        "/api/v1/statistics?category=B11",
        f"/api/v1/matters/{number}",
        f"/api/v1/matters/{number}/entries",
        f"/api/v1/matters/{number}/chain",
        f"/api/v1/duties?tab=unit&matter={number}",
        f"/api/v1/matters/{number}/similar",
        f"/api/v1/matters/{number}/suggestions",
    ]
    read = {}
    for path in paths:
        response = await api.call("GET", path, who)
        answer = await response.json()
        if isinstance(answer, dict):
            answer.pop("request_id", None)
            answer.pop("as_of", None)
        read[path.replace(number, "NUMBER")] = (response.status, answer)
    for door, body in (("summary-check", {"summary": "反映窗口刁难"}), ("transfer-sheets", {})):
        response = await api.call("POST", f"/api/v1/matters/{number}/{door}", who, body)
        answer = await response.json()
        answer.pop("request_id")
        read[door] = (response.status, answer)
    for verb in ("accept", "note", "sign", "explode"):
        response = await api.call("POST", f"/api/v1/matters/{number}/steps/{verb}", who, {"inputs": {}})
        answer = await response.json()
        answer.pop("request_id")
        read[f"step {verb}"] = (response.status, answer)
    return read


async def holder(api: Api, unit_code: str, role: Role, name: str) -> str:
    post = await Post.filter(unit__code=unit_code, role=role, until=None).order_by("id").first()
    assert post is not None
    return await sign_in_as(api, name, str(post.id))


@pytest.mark.parametrize("how", ["chosen", "named", "screened"])
async def test_the_accused_line_cannot_tell(api: Api, how: str) -> None:
    """兰州市司法局 is accused: its liaison, who would sign, is shut out; so is whoever is below it."""
    accused = await Unit.get(code="6201-justice")
    people = ["liaison-city", "supervisor2"]
    await api.file(region="6201", text="与被举报单位无关的另一件")
    report: dict[str, Any] = {"region": "6201", "text": "该局窗口刁难"}
    if how == "chosen":
        report["accused_unit"] = str(accused.id)
    if how == "named":
        report["accused_text"] = accused.name
    before = {who: await everything(api, who, "JB2026-00000000") for who in people}
    number, _ = await api.file(**report)
    if how == "screened":
        await api.step(number, "accept", "registrar1")
        inputs: dict[str, Any] = {
            "category": "B11",
            "tier": "normal",
            "claims": ["核查"],
            "accused_units": [str(accused.id)],
        }
        await api.step(number, "screen", "registrar1", **inputs)
    else:
        await api.step(number, "accept", "registrar1")
        await api.step(number, "screen", "registrar1", category="B11", tier="normal", claims=["核查"])
    await api.step(number, "transfer", "registrar1", summary="反映窗口刁难")
    await api.told()
    assert {who: await everything(api, who, number) for who in people} == before
    assert (await api.get(f"/api/v1/matters/{number}", "supervisor1"))["number"] == number


async def test_a_case_against_the_centre_goes_past_it(api: Api) -> None:
    centre = await Unit.get(code="62-intake")
    people = ["registrar1", "registrar2", "callback1"]
    before = {who: await everything(api, who, "JB2026-00000000") for who in people}
    number, receipt = await api.file(accused_unit=str(centre.id), text="受理中心推诿")
    await api.told()
    assert {who: await everything(api, who, number) for who in people} == before
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["stage"] == "filed"
    elsewhere = await holder(api, "62-rule-of-law", Role.REGISTRAR, "elsewhere")
    await api.step(number, "accept", elsewhere)


async def test_a_similar_case_against_the_centre_is_not_among_those_it_is_told(api: Api) -> None:
    """What is like a case that the centre handles: the same whether or not there is one about the centre itself."""
    centre, text = await Unit.get(code="62-intake"), "雁滩污水泵站的混凝土款拖欠四百余天，城投推给财政"
    first, _ = await api.file(text=text)
    number, _ = await api.file(text=f"{text}，对账单已经盖章")
    await indexing.indexed(api.settings)
    before = await api.get(f"/api/v1/matters/{number}/similar", "registrar1")
    assert [one["number"] for one in before] == [first]
    kept, _ = await api.file(text=text, accused_unit=str(centre.id))
    await indexing.indexed(api.settings)
    assert await api.get(f"/api/v1/matters/{number}/similar", "registrar1") == before
    told = await api.get(f"/api/v1/matters/{number}/similar", "supervisor1")
    assert {one["number"] for one in told} == {first, kept}, "the province's supervisor is not excluded"


async def test_found_at_screening_the_centre_itself_steps_out(api: Api) -> None:
    justice = await Unit.get(code="62-justice")
    number, _ = await api.file(accused_text="厅里的人", text="厅里有人插手")
    await api.step(number, "accept", "registrar1")
    inputs: dict[str, Any] = {
        "category": "B11",
        "tier": "normal",
        "claims": ["核查"],
        "accused_units": [str(justice.id)],
    }
    answer = await api.step(number, "screen", "registrar1", **inputs)
    assert answer == {"number": number, "visible": False}
    assert (await api.call("GET", f"/api/v1/matters/{number}", "registrar1")).status == 404
    elsewhere = await holder(api, "62-rule-of-law", Role.REGISTRAR, "elsewhere")
    await api.step(number, "transfer", elsewhere, summary="反映插手")


async def test_an_officer_steps_aside_and_sees_nothing_more(api: Api) -> None:
    number, _ = await api.file()
    answer = await api.step(number, "recuse", "registrar1", reason="亲属")
    assert answer == {"number": number, "visible": False}
    assert (await api.call("GET", f"/api/v1/matters/{number}", "registrar1")).status == 404
    await api.step(number, "accept", "registrar2")


async def test_the_accused_cannot_be_told_by_numbers(api: Api) -> None:
    """Numbers are random: between two of them there is nothing to count."""
    numbers = [(await api.file())[0] for _ in range(8)]
    assert len({number[7:] for number in numbers}) == 8
    assert sorted(numbers) != numbers or sorted(numbers, reverse=True) != numbers
    assert all(len(number) <= 32 and number.isascii() for number in numbers)
