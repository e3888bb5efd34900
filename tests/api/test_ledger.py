"""The ledger over HTTP: opened from its form, listed, counted, carried, taken away, and what of it everybody reads."""

from typing import Any

from models import Role, Unit
from tests.api.conftest import Api
from tests.api.test_exports import table, taken
from tests.makers import officer
from tests.rectified import evidence, inputs

SECRET = "内部：某科长长期压件"


async def test_from_the_form_to_the_public_page(api: Api) -> None:
    [opening] = [one for one in await api.get("/api/v1/openings", "supervisor2") if one["kind"] == "rectification"]
    fields = opening["inputs"]["properties"]
    assert opening["inputs"]["required"] == ["problem", "owner_unit", "source"]
    assert fields["source"]["x-labels"]["report"] == "述法"
    owner = await Unit.get(code="620102-market")
    body = {"kind": "rectification", "inputs": {"problem": SECRET, "owner_unit": str(owner.id), "source": "report"}}
    made = await api.post("/api/v1/matters", "supervisor2", body, status=201)
    number = made["number"]
    assert number.startswith("ZG")
    assert {step["verb"] for step in made["next_steps"]} >= {"entrust", "drop", "supervise"}
    assert (await api.call("POST", "/api/v1/matters", "registrar1", body)).status == 403

    await api.step(number, "take_on", "head2", **inputs("take_on"))
    file = await evidence(await officer(Role.HEAD, "620102-market"))
    await api.step(number, "report_done", "head2", text="已落实", files=[file])
    [line] = (await api.get("/api/v1/rectifications?state=verifying", "supervisor2"))["items"]
    assert (line["number"], line["stage_label"], line["unit"]) == (number, "待复核", owner.name)
    [shown] = await api.get(f"/api/v1/matters/{number}/files", "supervisor2")
    assert shown["id"] == file
    for verb in ("verify_pass", "write_publication", "publish", "strike_off"):
        await api.step(number, verb, "supervisor1" if verb == "publish" else "supervisor2", **inputs(verb))

    public = await api.get("/api/v1/public/rectifications")
    [told] = public["items"]
    assert (told["outcome_label"], told["problem"]) == ("已整改销号", "许可超期办理")
    for secret in (SECRET, number):
        assert secret not in str(public)
    assert (await api.get("/api/v1/public/rectifications?region=6202"))["items"] == []
    english = await api.get("/api/v1/public/rectifications", accept_language="en")
    assert english["items"][0]["outcome_label"] == "Put right and struck off"

    figures = await api.get("/api/v1/figures/rectifications?by=unit", "supervisor2")
    assert figures["counts"]["struck_off"] == figures["counts"]["on_time"] == 1
    assert [group["label"] for group in figures["groups"]] == [owner.name]
    assert [rate["rate"] for rate in figures["rates"]] == [None] * 3  # of one nothing is said
    assert all(rate["leaves_out"] for rate in figures["rates"])

    heads, *rows = table(await taken(api, "supervisor2", {"list": "rectifications", "state": "struck_off"}))
    assert (heads[0], rows[0][0], rows[0][1]) == ("编号", number, SECRET)
    assert (await taken(api, "supervisor2", {"list": "rectifications"}, "xlsx"))[:2] == b"PK"


async def test_what_one_may_not_see_is_in_no_list_and_no_number(api: Api) -> None:
    owner = await Unit.get(code="620102-market")
    body = {"kind": "rectification", "inputs": {"problem": SECRET, "owner_unit": str(owner.id), "source": "own"}}
    number = (await api.post("/api/v1/matters", "supervisor2", body, status=201))["number"]
    paths = ("/api/v1/rectifications", f"/api/v1/rectifications/carried?year=2199&unit={owner.id}")
    for path in paths:
        assert number in str(await api.get(path, "head2")), path
        for stranger in ("head1", "handler1", "registrar1", "liaison-city", "supervisor3"):
            assert number not in str(await api.get(path, stranger)), (path, stranger)
    for stranger in ("head1", "registrar1", "supervisor3"):
        counts = (await api.get("/api/v1/figures/rectifications", stranger))["counts"]
        assert set(counts.values()) == {0}
    assert (await api.get("/api/v1/figures/rectifications", "supervisor1"))["counts"]["listed"] == 1
    assert number not in (table(await taken(api, "head1", {"list": "rectifications"}))[1][0])


async def test_pages_are_asked_for_one_after_the_other_and_wrong_questions_are_refused(api: Api) -> None:
    owner = await Unit.get(code="620102-market")
    for _ in range(3):
        body = {"kind": "rectification", "inputs": {"problem": "问题", "owner_unit": str(owner.id), "source": "own"}}
        await api.post("/api/v1/matters", "supervisor2", body, status=201)
    seen: list[str] = []
    path: str | None = "/api/v1/rectifications?limit=2"
    while path:
        page: dict[str, Any] = await api.get(path, "head2")
        seen += [line["number"] for line in page["items"]]
        path = page["next"] and f"/api/v1/rectifications?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 3
    for wrong in ("rectifications?state=done", "rectifications?cursor=AAAA", "rectifications/carried?year=2026",
                  "figures/rectifications?by=person"):  # fmt: skip
        assert (await api.call("GET", f"/api/v1/{wrong}", "head2")).status == 422, wrong
    assert (await api.call("GET", "/api/v1/public/rectifications?cursor=AAAA")).status == 422
