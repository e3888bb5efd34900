"""QR codes over HTTP: issued, scanned, reported by, counted for whoever may know, ended, printed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from tortoise.transactions import in_transaction

import app
from domain.codes import scenes
from handlers import admission
from handlers.codes import COUNTING
from kit import clock
from kit.settings import Settings
from models import Case, Code, CodeScan, Unit
from models.database import connected, connection
from tests.api.conftest import Api, Client

FORM = "/h5/#/pages/report/index"
CAMPAIGN = {"kind": "campaign", "title": "营商环境宣传月", "region": "62"}


async def issued(api: Api, who: str = "supervisor1", **draft: Any) -> dict[str, Any]:
    """A code, with its scene beside."""
    code: dict[str, Any] = await api.post("/api/v1/codes", who, {**CAMPAIGN, **draft}, 201)
    return code | {"scene": code["link"].rpartition("/")[2]}


async def scanned(client: Client, scene: str, method: str = "GET") -> str:
    """Where a scan leads to."""
    response = await client.request(method, f"/q/{scene}", allow_redirects=False)
    assert response.status == 302, await response.text()
    assert response.headers["Cache-Control"] == "no-store"
    return response.headers["Location"]


async def shown(api: Api, code: dict[str, Any], who: str = "supervisor1") -> dict[str, Any]:
    found: dict[str, Any] = await api.get(f"/api/v1/codes/{code['value']}", who)
    return found


async def test_the_whole_way_of_a_code(api: Api) -> None:
    hall = await Unit.get(code="6201-data")
    code = await issued(api, kind="unit", title="政务大厅", region="6201", unit=str(hall.id), phone="12345")
    assert code["link"] == f"{api.settings.url}/q/{code['scene']}"
    assert (code["scans"], code["cases"], code["kind_label"]) == ({"valid": 0, "ended": 0}, 0, "单位码")
    assert code["unit"] == {"id": str(hall.id), "name": hall.name}
    for _ in range(3):
        assert await scanned(api.client, code["scene"]) == f"{FORM}?scene={code['scene']}"
    number, _ = await api.file(scene=code["scene"])
    assert (await Case.get(matter__number=number)).code_id == (await Code.get(value=code["value"])).id
    for who in ("supervisor1", "supervisor2", "registrar1"):
        found = await shown(api, code, who)
        listed = (await api.get("/api/v1/codes", who))["items"]
        assert (found["scans"], found["cases"]) == ({"valid": 3, "ended": 0}, 1)
        assert listed == [found]


async def test_whatever_was_scanned_leads_to_the_form_and_is_counted(api: Api) -> None:
    code = await issued(api)
    forged = code["scene"][:8] + "000000"
    await api.post(f"/api/v1/codes/{code['value']}/revoke", "registrar1", {"reason": "站牌拆除"})
    ways = {code["scene"]: "ended", forged: "tampered", "hall-6201": "unknown", "~._-": "unknown"}
    for scene in ways:
        assert await scanned(api.client, scene) == f"{FORM}?scene={scene}"
        number, _ = await api.file(scene=scene)
        case = await Case.get(matter__number=number)
        assert (case.scene, bool(case.code_id)) == (scene, scene == code["scene"])
    again = await shown(api, code)
    assert (again["scans"], again["cases"], again["end_reason"]) == ({"valid": 0, "ended": 1}, 1, "站牌拆除")
    today = clock.today().isoformat()
    for who in ("supervisor2", "registrar1"):
        assert await api.get("/api/v1/codes/scans?days=7", who) == [{"day": today, "unknown": 2, "tampered": 1}]


ODD = ("", "%00", "%0d%0aSet-Cookie:x=1", "a/b/../c", "%E4%BA%8C%E7%BB%B4%E7%A0%81", "%ff%fe", "x" * 33, "x" * 7000,
       "<script>", "%27%20OR%201=1", "a%3Fb%23c", "%7B%7D")  # fmt: skip


@pytest.mark.parametrize("scene", ODD, ids=lambda scene: scene[:12])
async def test_odd_text_goes_no_further(api: Api, scene: str) -> None:
    assert await scanned(api.client, scene) == FORM
    assert [(row.outcome, row.code_id, row.count) for row in await CodeScan.all()] == [("unknown", None, 1)]


async def test_a_program_that_only_looks_is_not_counted(api: Api) -> None:
    code = await issued(api)
    assert await scanned(api.client, code["scene"], "HEAD") == f"{FORM}?scene={code['scene']}"
    assert not await CodeScan.exists()


async def test_above_the_limit_people_still_get_through(api: Api, valkey: Any) -> None:
    await valkey.set("limit:scans:", admission.SCANS.most, ex=60)
    assert await scanned(api.client, "hall-6201") == f"{FORM}?scene=hall-6201"
    assert not await CodeScan.exists()


async def test_nobody_waits_for_a_database_that_hangs(api: Api) -> None:
    async with in_transaction():
        await connection().execute_query("LOCK TABLE code_scan")
        async with asyncio.timeout(5):
            for _ in range(2):
                assert await scanned(api.client, "hall-6201") == f"{FORM}?scene=hall-6201"
    assert api.client.app is not None
    await api.client.app[COUNTING].settled(30)
    assert [row.count for row in await CodeScan.all()] == [2], "and none of them is lost"


async def test_nor_for_one_that_is_away(
    settings: Settings, aiohttp_client: Callable[[web.Application], Awaitable[Client]]
) -> None:
    async with connected("postgres://nobody@127.0.0.1:1/none"):
        client = await aiohttp_client(app.build(settings, database=False))
        assert await scanned(client, "hall-6201") == f"{FORM}?scene=hall-6201"


async def test_the_first_scans_of_a_day_at_once(api: Api) -> None:
    code = await issued(api)
    await asyncio.gather(*(scanned(api.client, code["scene"]) for _ in range(30)))
    assert api.client.app is not None
    await api.client.app[COUNTING].settled(30)
    assert [row.count for row in await CodeScan.all()] == [30]


async def test_an_excluded_supervisor_counts_nothing_of_the_case(api: Api) -> None:
    """兰州市司法局 is accused: the supervisor who sits in it reads what they would read without the case."""
    code = await issued(api, region="6201")
    accused = await Unit.get(code="6201-justice")
    await api.file(region="6201", scene=code["scene"])
    before = await shown(api, code, "supervisor2"), await api.get("/api/v1/codes", "supervisor2")
    await api.file(region="6201", scene=code["scene"], accused_unit=str(accused.id))
    assert (await shown(api, code, "supervisor2"), await api.get("/api/v1/codes", "supervisor2")) == before
    assert before[0]["cases"] == 1
    assert (await shown(api, code, "supervisor1"))["cases"] == 2


async def test_counts_stop_at_a_hundred(api: Api) -> None:
    code = await issued(api)
    code_id = (await Code.get(value=code["value"])).id
    for _ in range(3):
        await api.file()
    await Case.all().update(code_id=code_id)
    assert (await shown(api, code))["cases"] == 3
    await connection().execute_query(MANY)
    assert (await shown(api, code))["cases"] == 100


# A hundred copies of each case; nothing but the count reads them.
MANY = """
WITH copied AS (
    INSERT INTO matter SELECT new.* FROM matter m, generate_series(1, 100) n, LATERAL jsonb_populate_record(
        m, jsonb_build_object('id', gen_random_uuid(), 'number', m.number || n)
    ) new RETURNING id
)
INSERT INTO case_file SELECT new.* FROM copied, case_file f, LATERAL jsonb_populate_record(
    f, jsonb_build_object('matter_id', copied.id)
) new WHERE f.matter_id = (SELECT matter_id FROM case_file LIMIT 1)
"""


async def test_replacing(api: Api) -> None:
    old = await issued(api, kind="place", region="620102", title="东方红广场", place="公交站牌", phone="0931-12345")
    path = f"/api/v1/codes/{old['value']}"
    new = await api.post(f"{path}/replace", "registrar1", {"reason": "被涂抹"}, 201)
    assert new["value"] != old["value"]
    kept = ("kind", "title", "place", "phone", "region", "unit")
    assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
    assert (new["replaces"], (await shown(api, old))["replaced_by"]) == (old["value"], new["value"])
    for verb in ("replace", "revoke"):
        assert (await api.post(f"{path}/{verb}", "registrar1", {"reason": "再来"}, 409))["code"] == "code_ended"
    for file in ("sheet.pdf", "qr.png"):
        refused = await api.call("GET", f"{path}/{file}", "supervisor1")
        assert (refused.status, (await refused.json())["code"]) == (409, "code_ended")
    assert [one["value"] for one in (await api.get("/api/v1/codes?ended=false", "supervisor1"))["items"]] == [
        new["value"]
    ]


async def test_the_same_key_issues_and_replaces_once(api: Api) -> None:
    async def send(path: str, body: Any) -> tuple[int, bytes]:
        response = await api.call("POST", path, "supervisor1", body, Idempotency_Key="once")
        return response.status, await response.read()

    first = await asyncio.gather(*(send("/api/v1/codes", CAMPAIGN) for _ in range(8)))
    assert {status for status, _ in first} == {201}
    assert len(set(first)) == await Code.all().count() == 1
    path = f"/api/v1/codes/{(await Code.get()).value}/replace"
    again = await asyncio.gather(*(send(path, {"reason": "被涂抹"}) for _ in range(8)))
    assert {status for status, _ in again} == {201}
    assert (len(set(again)), await Code.all().count()) == (1, 2)
    assert (await send("/api/v1/codes", {**CAMPAIGN, "title": "另一个"}))[0] == 409


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "person"}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "字" * 61}, "title"),
        ({"region": "99"}, "region"),
        ({"region": "6201", "kind": "province"}, "region"),
        ({"kind": "unit"}, "unit"),
        ({"unit": "00000000-0000-4000-8000-000000000000"}, "unit"),
        ({"kind": "place"}, "place"),
        ({"place": "字" * 121}, "place"),
        ({"phone": "打电话"}, "phone"),
        ({"phone": "1" * 21}, "phone"),
        ({"value": "00000000"}, "value"),
    ],
)
async def test_bad_input_is_refused_with_the_field(api: Api, change: dict[str, Any], path: str) -> None:
    refused = await api.post("/api/v1/codes", "supervisor1", {**CAMPAIGN, **change}, 422)
    assert [field["path"] for field in refused["details"]["fields"]] == [path]
    assert not await Code.exists()


async def test_ending_needs_a_reason(api: Api) -> None:
    code = await issued(api)
    for verb in ("revoke", "replace"):
        for body in ({}, {"reason": "  "}, {"reason": "字" * 201}):
            await api.post(f"/api/v1/codes/{code['value']}/{verb}", "supervisor1", body, 422)
    assert (await shown(api, code))["ended_on"] is None


async def test_a_city_sees_and_ends_its_own_codes_only(api: Api) -> None:
    above, own = await issued(api), await issued(api, region="620102")
    assert [one["value"] for one in (await api.get("/api/v1/codes", "supervisor2"))["items"]] == [own["value"]]
    for method, path in (
        ("GET", ""),
        ("POST", "/revoke"),
        ("POST", "/replace"),
        ("GET", "/sheet.pdf"),
        ("GET", "/qr.png"),
    ):
        body = {"reason": "拆除"} if method == "POST" else None
        answers = []
        for value in (above["value"], "00000000"):
            response = await api.call(
                method, f"/api/v1/codes/{value}{path}", "supervisor2", body, X_Request_ID="same-request"
            )
            answers.append((response.status, await response.read()))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    refused = await api.post("/api/v1/codes", "supervisor2", CAMPAIGN, 403)
    assert refused["code"] == "not_allowed"


async def test_pages(api: Api) -> None:
    values = {(await issued(api))["value"] for _ in range(5)}
    read, path = [], "/api/v1/codes?limit=2"
    while path:
        page = await api.get(path, "registrar1")
        read += [one["value"] for one in page["items"]]
        path = page["next"] and f"/api/v1/codes?limit=2&cursor={page['next']}"
    assert len(read) == 5
    assert set(read) == values
    bad = await api.call("GET", "/api/v1/codes?cursor=AAAA", "registrar1")
    assert bad.status == 422


async def test_files_to_print(api: Api) -> None:
    code = await issued(api)
    for size in ("a4", "a5", "a6"):
        response = await api.call("GET", f"/api/v1/codes/{code['value']}/sheet.pdf?size={size}", "registrar1")
        assert (response.status, response.content_type) == (200, "application/pdf")
        assert (await response.read()).startswith(b"%PDF-")
        assert response.headers["Content-Disposition"].endswith(f'"code-{code["value"]}-{size}.pdf"')
    assert (await api.call("GET", f"/api/v1/codes/{code['value']}/sheet.pdf?size=a3", "registrar1")).status == 422
    response = await api.call("GET", f"/api/v1/codes/{code['value']}/qr.png", "registrar1")
    assert (response.status, response.content_type) == (200, "image/png")


async def test_a_scene_of_another_installation_is_forged_here(api: Api) -> None:
    other = api.settings.model_copy(update={"index_key": Settings(index_key="x" * 40).index_key})
    code = await issued(api)
    elsewhere = scenes.scene_of(other, code["value"])
    assert elsewhere != code["scene"]
    await scanned(api.client, elsewhere)
    assert [row.outcome for row in await CodeScan.all()] == ["tampered"]
