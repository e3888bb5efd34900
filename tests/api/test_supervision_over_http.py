"""Supervision over HTTP: lists, letters and links; and that whoever is shut out can't tell that there is any of it."""

import re
from datetime import timedelta
from typing import Any

import pypdfium2

from domain.letters import rendering
from kit import clock, storage
from models import Matter, Post, Role, Supervision, Unit
from tests.api.conftest import Api
from tests.api.test_case_over_http import sign_in_as
from tests.api.test_recusal_over_http import everything, holder

ABOUT: dict[str, Any] = {
    "subject": "许可办理逾期",
    "facts": "该件已逾期，仍未办结。",
    "basis": "《信访工作条例》第三十九条",
}


async def rendered(api: Api) -> int:
    return await rendering.rendered(storage.opened(api.settings))


def text_of(content: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)))


async def shelf(api: Api, which: str) -> list[dict[str, Any]]:
    return (await api.get(f"/api/v1/supervisions?shelf={which}", "supervisor2"))["items"]  # type: ignore[no-any-return]


async def test_a_supervision_from_the_form_to_the_signature(api: Api) -> None:
    [opening] = [one for one in await api.get("/api/v1/openings", "supervisor2") if one["kind"] == "supervision"]
    rung = opening["inputs"]["properties"]["rung"]
    assert (
        rung["enum"]
        == ["dispatch", "inquiry", "warning", "listing"]
        == [one["code"] for one in await api.get("/api/v1/supervisions/rungs", "supervisor2")]
    )
    assert rung["x-labels"]["listing"] == "挂牌督办"
    assert rung["x-notes"] == {"listing": "须报领导批准后下发，责任单位取消本年度评先资格"}
    unit = await Unit.get(code="620102-market")
    body = {"kind": "supervision", "inputs": {"unit": str(unit.id), "rung": "inquiry", **ABOUT}}
    made = await api.post("/api/v1/matters", "supervisor2", body, status=201)
    number = made["number"]
    assert [step["verb"] for step in made["next_steps"]][:1] == ["issue"]
    assert "submit" not in [step["verb"] for step in made["next_steps"]]
    assert await api.get("/api/v1/supervisions", "head2") == {"items": [], "next": None}
    assert [line["number"] for line in await shelf(api, "proposed")] == [number]
    await api.step(number, "issue", "supervisor2", demands="一、立即办理。")
    page = await api.get("/api/v1/supervisions?rung=inquiry&limit=1", "head2")
    assert [(line["number"], line["rung_label"], line["unit"]) for line in page["items"]] == [
        (number, "函询提醒", unit.name)
    ]
    again = await api.get(f"/api/v1/supervisions?limit=1&cursor={page['next']}", "head2")
    assert again == {"items": [], "next": None}
    [letter] = await api.get(f"/api/v1/matters/{number}/letters", "head2")
    opening_path = f"/api/v1/matters/{number}/letters/{letter['id']}/openings"
    assert (await api.call("POST", opening_path, "head2", {})).status == 409
    assert await rendered(api) == 1
    link = await api.post(opening_path, "head2")
    served = await api.call("GET", link["url"], "head2")
    assert (served.status, served.content_type) == (200, "application/pdf")
    name = (await Post.get(unit=unit, role=Role.HEAD).select_related("person")).person.name
    assert name in text_of(await served.read())
    assert (await api.call("GET", link["url"], "supervisor2")).status == 404  # made for another
    for stranger in ("head1", "registrar1"):
        assert (await api.call("GET", f"/api/v1/matters/{number}/letters", stranger)).status == 404
        assert (await api.call("POST", opening_path, stranger, {})).status == 404
    [letter] = await api.get(f"/api/v1/matters/{number}/letters", "supervisor2")
    assert letter["read_by"].endswith(name)
    entries = (await api.get(f"/api/v1/matters/{number}/entries", "supervisor2"))["items"]
    assert [line["label"] for line in entries[-1]["shown"]] == ["文书"]
    await api.step(number, "sign", "head2")
    [letter] = await api.get(f"/api/v1/matters/{number}/letters", "supervisor1")  # the province sees its cities'
    assert letter["signed_by"].endswith(name)
    assert letter["answer_due"]
    assert await shelf(api, "late") == await api.get("/api/v1/supervisions/late", "supervisor2") == []
    await Supervision.filter(subject=ABOUT["subject"], unit_id=unit.id).update(
        answer_due=clock.now() - timedelta(days=1)
    )
    assert [(line["number"], line["late"]) for line in await shelf(api, "late")] == [(number, True)]
    [late] = await api.get("/api/v1/supervisions/late", "supervisor2")
    assert (late["unit"], late["rung_label"], late["late"]) == (unit.name, "函询提醒", 1)
    assert await api.get("/api/v1/supervisions/late", "registrar2") == []
    found = await api.get("/api/v1/matters?kind=supervision", "supervisor1", accept_language="en")
    assert found["items"][0]["kind_label"] == "Supervision"


async def all_of_it(api: Api, who: str, number: str, supervision: str, letter: str) -> dict[str, Any]:
    """Everything that the read API gives, what tells of supervision included."""
    read = {**await everything(api, who, number), **await everything(api, who, supervision)}
    for path in (
        "/api/v1/supervisions",
        "/api/v1/supervisions?shelf=listed",
        "/api/v1/supervisions/late",
        "/api/v1/disqualifications",
        "/api/v1/figures/unit",
        "/api/v1/matters?kind=supervision",
        f"/api/v1/matters/{supervision}/letters",
    ):
        response = await api.call("GET", path, who)
        answer = await response.json()
        if isinstance(answer, dict):
            answer.pop("request_id", None)
        read[path.replace(supervision, "SUPERVISION")] = (response.status, answer)
    response = await api.call("POST", f"/api/v1/matters/{supervision}/letters/{letter}/openings", who, {})
    read["opening"] = response.status
    for verb in ("issue", "sign", "answer", "approve"):
        response = await api.call("POST", f"/api/v1/matters/{supervision}/steps/{verb}", who, {"inputs": {}})
        read[f"supervision {verb}"] = (response.status, (await response.json())["code"])
    return read


async def test_the_accused_line_cannot_tell_that_its_case_is_supervised(api: Api) -> None:
    """兰州市司法局 is accused: its liaison and its supervisor see neither the case nor what is done about it."""
    accused = await Unit.get(code="6201-justice")
    people = ["liaison-city", "supervisor2", "registrar2"]
    nothing, no_letter = "DB2026-00000000", "00000000-0000-4000-8000-000000000000"
    elsewhere, _ = await api.file(region="6201", text="与被举报单位无关的另一件")
    before = {who: await all_of_it(api, who, "JB2026-00000000", nothing, no_letter) for who in people[:2]}
    number, _ = await api.file(region="6201", text="该局窗口刁难", accused_unit=str(accused.id))
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B11", tier="normal", claims=["核查"])
    await api.step(number, "transfer", "registrar1", summary="反映窗口刁难")
    await api.step(number, "supervise", "supervisor1", rung="listing", **ABOUT)
    made = await Matter.get(opened_by__number=number)
    await api.step(
        made.number, "submit", "supervisor1", demands="一、办", leader_in_charge="副局长", until="2199-01-01"
    )
    leader = await holder(api, "62-gov", Role.LEADER, "the-leader")
    await api.step(made.number, "approve", leader)
    await rendered(api)
    await api.told()
    [letter] = await api.get(f"/api/v1/matters/{made.number}/letters", "supervisor1")
    after = {who: await all_of_it(api, who, number, made.number, letter["id"]) for who in people[:2]}
    assert after == before
    assert elsewhere != number
    listed = await api.get("/api/v1/supervisions?shelf=listed", "supervisor1")
    assert [line["number"] for line in listed["items"]] == [made.number]
    assert len(await api.get("/api/v1/disqualifications", "supervisor1")) == 1
    # Shut out afterwards: the officer's own supervision is gone with the case.
    head_unit = (await api.get(f"/api/v1/matters/{made.number}", "supervisor1"))["supervision"]["lead_unit"]["id"]
    post = await Post.filter(unit_id=head_unit, role=Role.HEAD, until=None).first()
    assert post is not None
    head = await sign_in_as(api, "its-head", str(post.id))
    assert (await api.get(f"/api/v1/matters/{made.number}", head))["number"] == made.number
    await api.step(number, "recall", "registrar1", reason="派单有误")
    person = str((await Post.get(id=post.id)).person_id)
    await api.step(number, "exclude", "registrar1", persons=[person], reason="有利害关系")
    assert (await api.call("GET", f"/api/v1/matters/{made.number}", head)).status == 404
    assert (await api.call("GET", f"/api/v1/matters/{made.number}/letters", head)).status == 404
