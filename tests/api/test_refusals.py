"""Bad input gets a clear refusal and leaves nothing behind."""

from typing import Any
from uuid import UUID

import pytest

from handlers import cursors
from models.database import connection
from tests.api.conftest import Api

REPORT = {"mode": "anonymous", "text": "许可申请三个月没有结果", "region": "620102", "category": "B10"}
CONTACT = {"name": "王某", "phone": "13900009999"}
COUNTED = (
    "matter", "case_file", "case_text", "entry", "entry_body", "duty", "notice", "involvement", "recusal",
    "kept_answer", "rating",
)  # fmt: skip


async def rows() -> dict[str, int]:
    """How many rows each table of the loop holds."""
    parts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in COUNTED)
    _, found = await connection().execute_query(f"SELECT {parts}")
    return dict(found[0])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"text": ""}, "text"),
        ({"text": "   \n "}, "text"),
        ({"text": "x" * 8001}, "text"),
        ({"text": "控制\u0007字符"}, "text"),
        ({"text": "零\u0000字节"}, "text"),
        ({"text": "反向\u202e文字"}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"mode": "secret"}, "mode"),
        ({"region": "999999"}, "region"),
        ({"region": "../62"}, "region"),
        ({"region": 62}, "region"),
        ({"category": "B98"}, "category"),
        ({"category": "b10"}, "category"),
        ({"occurred_on": "2999-01-01"}, "occurred_on"),
        ({"occurred_on": "2026-13-01"}, "occurred_on"),
        ({"occurred_on": "0001-01-01"}, "occurred_on"),
        ({"accused_unit": "not-a-uuid"}, "accused_unit"),
        ({"accused_unit": "00000000-0000-4000-8000-000000000000"}, "accused_unit"),
        ({"accused_text": "x" * 201}, "accused_text"),
        ({"scene": "x" * 33}, "scene"),
        ({"scene": "<script>"}, "scene"),
        ({"contact": CONTACT}, "contact"),
        ({"mode": "named"}, "contact"),
        ({"mode": "confidential", "contact": {"name": "王某"}}, "contact.phone"),
        ({"mode": "confidential", "contact": {"name": "王某", "phone": "abc"}}, "contact.phone"),
        ({"mode": "confidential", "contact": {**CONTACT, "id_number": "1"}}, "contact.id_number"),
        ({"openid": "o123"}, "openid"),
        ({"status": "closed"}, "status"),
    ],
)
async def test_a_bad_report_is_refused_with_the_field(api: Api, change: dict[str, Any], path: str) -> None:
    before = await rows()
    refused = await api.post("/api/v1/cases", body={**REPORT, **change}, status=422)
    assert refused["code"] == "invalid"
    assert [field["path"] for field in refused["details"]["fields"]] == [path]
    assert all(
        ord(field["message"][0]) > 0x7F or field["message"][0].isascii() for field in refused["details"]["fields"]
    )
    assert set(refused) == {"code", "message", "details", "request_id"}
    assert await rows() == before


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", 400, "malformed"),
        (b'{"text": NaN}', "application/json", 400, "malformed"),
        (b'{"text": "\xff"}', "application/json", 400, "malformed"),
        (b'{"text": "\\ud800"}', "application/json", 400, "malformed"),
        (b"text=hello", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"text": "' + b"x" * 70_000 + b'"}', "application/json", 413, "too_large"),
        (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
    ],
)
async def test_an_unreadable_body_is_refused(api: Api, raw: bytes, content_type: str, status: int, code: str) -> None:
    before = await rows()
    response = await api.client.post("/api/v1/cases", data=raw, headers={"Content-Type": content_type})
    assert response.status == status
    assert (await response.json())["code"] == code
    assert await rows() == before


async def test_an_unknown_verb_is_refused(api: Api) -> None:
    number, _ = await api.file()
    assert (await api.step(number, "explode", "registrar1", status=404))["code"] == "unknown_verb"


async def test_a_stale_version_says_what_changed(api: Api) -> None:
    number, _ = await api.file()
    seen = await api.get(f"/api/v1/matters/{number}", "registrar1")
    await api.step(number, "accept", "registrar2")
    path = f"/api/v1/matters/{number}/steps/note"
    refused = await api.post(path, "registrar1", {"inputs": {"text": "x"}, "version": seen["version"]}, 409)
    assert refused["code"] == "stale"
    assert [change["verb"] for change in refused["details"]["changed"]] == ["accept"]
    again = await api.post(path, "registrar1", {"inputs": {"text": "x"}}, 409, If_Match=f'"{seen["version"]}"')
    assert again["code"] == "stale"
    await api.post(path, "registrar1", {"inputs": {"text": "x"}, "version": refused["details"]["version"]})


async def test_another_persons_duty_is_theirs(api: Api) -> None:
    number, _ = await api.file()
    duty = (await api.get(f"/api/v1/duties?tab=unit&matter={number}", "registrar1"))["items"][0]
    await api.post(f"/api/v1/duties/{duty['id']}/claim", "registrar1", status=204)
    assert (await api.post(f"/api/v1/duties/{duty['id']}/claim", "registrar2", status=409))["code"] == "claimed"
    assert (await api.step(number, "accept", "registrar2", status=403))["code"] == "not_yours"
    offered = {step["verb"] for step in (await api.get(f"/api/v1/matters/{number}", "registrar2"))["next_steps"]}
    assert offered >= {"note", "exclude", "recuse"}
    assert not offered & {"accept", "refuse"}
    assert (await api.post(f"/api/v1/duties/{duty['id']}/release", "registrar2", status=409))["code"] == "not_claimed"
    assert (await api.post(f"/api/v1/duties/{duty['id']}/claim", "handler1", status=404))["code"] == "not_found"
    await api.post(f"/api/v1/duties/{duty['id']}/release", "registrar1", status=204)
    await api.step(number, "accept", "registrar2")


@pytest.mark.parametrize(
    "inputs",
    [
        {"category": "B10", "tier": "normal", "claims": []},
        {"category": "B10", "tier": "normal", "claims": ["x"] * 21},
        {"category": "B10", "tier": "at once", "claims": ["x"]},
        {"category": "B98", "tier": "normal", "claims": ["x"]},
        {"category": "B10", "tier": "normal", "claims": ["x"], "accused_units": ["nobody"]},
        {"category": "B10", "tier": "normal", "claims": ["x"], "stage": "closed"},
        {"tier": "normal"},
        {"category": "B10", "tier": "normal", "claims": "x"},
        {"category": "B10", "tier": "normal", "claims": ["\u0000"]},
    ],
)
async def test_bad_inputs_of_a_step_leave_the_matter_as_it_was(api: Api, inputs: dict[str, Any]) -> None:
    number, _ = await api.file()
    await api.step(number, "accept", "registrar1")
    before, seen = await rows(), await api.get(f"/api/v1/matters/{number}", "registrar1")
    refused = await api.step(number, "screen", "registrar1", status=422, **inputs)
    assert refused["code"] == "invalid"
    assert await rows() == before
    assert await api.get(f"/api/v1/matters/{number}", "registrar1") == seen


@pytest.mark.parametrize("cursor", ["!!!", "e30=", "WyJ4Il0=", "x" * 300])
async def test_a_forged_cursor_is_refused(api: Api, cursor: str) -> None:
    response = await api.call("GET", f"/api/v1/duties?cursor={cursor}", "registrar1")
    assert response.status == 422


@pytest.mark.parametrize("moment", ["2026-03-02", "2026-03-02T10:00:00", "0001-01-01T00:00:00+08:00", "9999-12-31"])
@pytest.mark.parametrize("path", ["duties?tab=due_soon", "notices?limit=5", "matters?late=true"])
async def test_a_cursor_with_a_moment_that_no_row_has_is_refused(api: Api, path: str, moment: str) -> None:
    """Such as the cursor of another list."""
    cursor = cursors.written(moment, UUID(int=0))
    response = await api.call("GET", f"/api/v1/{path}&cursor={cursor}", "registrar1")
    assert (response.status, (await response.json())["code"]) == (422, "invalid")
