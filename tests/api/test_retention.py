"""A case over HTTP until it is destroyed: planned, approved by another, gone everywhere; every door still opens."""

import re
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from domain.cases import indexing
from domain.figures import verifying
from domain.files import storing
from domain.files.writing import Place
from domain.loop import attached, audit
from domain.records import destroying
from domain.records.destroying import Ground
from kit import storage
from models import FileState, Matter
from models.database import connection
from tests.api.conftest import Api
from tests.api.test_access import MAY_ENTER
from tests.api.test_exports import taken
from tests.api.test_files import REPORT
from tests.api.test_nothing_leaks import dumped, holds, lying, remembered
from tests.api.tus import Tus, metadata
from tests.kit.media.clips import PLANTED, jpg
from tests.servers import Servers

NAME, PHONE, TEXT = "名之金丝雀", "13912345678", "正文之金丝雀，只有受理中心能读"
FILE_NAME, ACCUSED, ADDED = "照片之金丝雀.jpg", "被举报之金丝雀", "补充之金丝雀，又想起一点"
EXPLANATION = "说明之金丝雀，没有具体事实"
CANARIES = (NAME, PHONE, TEXT, FILE_NAME, ACCUSED, ADDED, EXPLANATION, PLANTED)
EVERYBODY = ("registrar1", "registrar2", "callback1", "supervisor1", "custodian1", "audit-admin", "security-admin",
             "system-admin", "leader1")  # fmt: skip


async def filed(api: Api) -> tuple[str, str]:
    """A named report with a photo, added to, refused; then ten years go by."""
    ticket = (await api.post("/api/v1/uploads/tickets", status=201))["ticket"]
    file = await Tus(api, Upload_Ticket=ticket, Authorization=f"Ticket {ticket}").whole(
        jpg(), Upload_Metadata=metadata(filename=FILE_NAME)
    )
    report = {
        **REPORT, "mode": "named", "contact": {"name": NAME, "phone": PHONE}, "text": TEXT, "accused_text": ACCUSED,
        "files": [str(file)],
    }  # fmt: skip
    answer = await api.post("/api/v1/cases", body=report, status=201, Upload_Ticket=ticket)
    number, receipt = answer["number"], f"Receipt {answer['number']}:{answer['secret']}"
    await api.step(number, "add", receipt, text=ADDED)
    await api.post(f"/api/v1/matters/{number}/looks", "registrar1", {"reason": "甄别"})
    await api.step(number, "refuse", "registrar1", reason="no_facts", explanation=EXPLANATION, other_way="补充事实")
    place, store = Place.below(api.settings.var), storage.opened(api.settings)
    await storing.stored(place, store)
    await attached.deposited()
    await indexing.indexed(api.settings)
    await connection().execute_query("UPDATE file SET state = $1", [FileState.FAILED])  # done with
    await connection().execute_query("UPDATE matter SET ended_at = ended_at - interval '11 years'")
    return number, receipt


async def places(api: Api, servers: Servers, valkey: Redis, province: str) -> dict[str, bytes]:
    """The whole database with the vault, what Valkey remembers, storage and uploads."""
    database = province.partition("@/")[2].partition("?")[0]
    found = await dumped(servers.postgres.url(database)) | await remembered(valkey)
    return found | dict(lying(Path(api.settings.var)))


def met(found: dict[str, bytes]) -> set[tuple[str, str]]:
    return {(canary, place) for canary in CANARIES for place, content in found.items() if holds(content, canary)}


async def test_what_is_destroyed_is_found_nowhere_and_every_door_still_opens(
    api: Api, servers: Servers, valkey: Redis, province: str
) -> None:
    number, receipt = await filed(api)
    before = met(await places(api, servers, valkey, province))
    assert {canary for canary, _ in before} == {*CANARIES} - {NAME, PHONE}  # who it was is sealed from the beginning
    facts = await connection().execute_query_dict("SELECT to_jsonb(f)::text AS said FROM case_fact f")
    told = await api.get(f"/api/v1/matters/{number}", receipt)
    assert [part["part"] for part in told["keeping"]["parts"]] == ["identity", "content", "record"]
    await api.step(number, "archive", "registrar1")
    await api.step(number, "note", "registrar1", 409, text="太晚")

    plan = await api.get("/api/v1/retention/plan", "security-admin")
    assert [(line["rule"], line["part"], line["count"]) for line in plan["lines"]] == [
        ("refused", "content", 1), ("refused", "identity", 1), ("refused", "record", 1),
    ]  # fmt: skip
    assert number not in str(plan)
    await api.post("/api/v1/retention/batches", "security-admin", {"id": "0" * 16}, 409)
    await api.post("/api/v1/retention/batches", "audit-admin", {"id": plan["id"]}, 403)
    await api.post("/api/v1/retention/batches", "security-admin", {"id": plan["id"]}, 201)
    approval = f"/api/v1/retention/batches/{plan['id']}/approval"
    await api.post(approval, "security-admin", {}, 403)
    await api.post(approval, "audit-admin", {}, 204)
    await api.post(approval, "audit-admin", {}, 409)
    await api.post(f"/api/v1/retention/batches/{'0' * 16}/approval", "audit-admin", {}, 404)
    ground = Ground(storage.opened(api.settings), Place.below(api.settings.var))
    assert await destroying.worked(ground) == 3
    [batch] = await api.get("/api/v1/retention/batches", "audit-admin")
    assert (batch["done"], batch["total"], batch["skipped"]) == (3, 3, 0)

    assert met(await places(api, servers, valkey, province)) == set()
    assert await connection().execute_query_dict("SELECT to_jsonb(f)::text AS said FROM case_fact f") == facts
    assert (await verifying.verified()).faults == []
    assert (await audit.verified(api.settings.anchors)).faults == []
    assert (await api.get(f"/api/v1/matters/{number}/chain", receipt))["intact"]
    told = await api.get(f"/api/v1/matters/{number}", receipt)
    assert told["keeping"]["text"].count("按规定期限销毁") == 3
    assert "不予受理的举报件" in told["keeping"]["text"]
    english = await api.get(f"/api/v1/matters/{number}", receipt, Accept_Language="en")
    assert not re.search(r"[\u4e00-\u9fff]", "".join(part["label"] for part in english["keeping"]["parts"]))
    assert all(line["shredded"] for line in (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"])
    await every_door(api, number, receipt)


async def every_door(api: Api, number: str, receipt: str) -> None:
    """Every address that reads, and those that look, by everybody: none breaks, none says what is gone."""
    matter = await Matter.get(number=number)
    names = {"number": number, "verb": "note", "code": "AAAA-BBBB", "scene": "AAAAAAAA", "username": "registrar1"}
    wanted = [route.split(" ")[1] for route in MAY_ENTER if route.startswith("GET /api/v1/")]
    for path in wanted:
        at = re.sub(r"{(\w+)}", lambda found: names.get(found[1], str(matter.id)), path)
        for who in (receipt, *EVERYBODY):
            response = await api.call("GET", at, who)
            body = await response.read()
            assert response.status < 500, (at, who, body)
            assert not any(holds(body, canary) for canary in CANARIES), (at, who)
    looks: list[tuple[str, Any]] = [
        ("looks", {"reason": "看看"}), ("phone", {}), ("identity", {}), ("summary-check", {"summary": "没有"}),
        ("transfer-sheets", {}), ("steps/ask_reopen", {"inputs": {"reason": "再来"}}), ("reach/code", {}),
        ("steps/request_identity", {"inputs": {"purpose": "inform", "part": "both", "reason": "须邮寄"}}),
        ("steps/contest_refusal", {"inputs": {"reason": "有新的事实"}}), ("steps/ask_deletion", {"inputs": {}}),
    ]  # fmt: skip
    for path, body in looks:
        for who in (receipt, "registrar1", "callback1"):
            response = await api.call("POST", f"/api/v1/matters/{number}/{path}", who, body)
            assert 400 <= response.status < 500 or path == "summary-check", (path, who, await response.text())
    for form in ("xlsx", "csv"):
        exported = await taken(api, "registrar1", {"list": "matters"}, form)
        assert not any(holds(exported, canary) for canary in CANARIES)
    assert number in str(await api.get("/api/v1/matters?ended=true", "registrar1"))


@pytest.mark.parametrize("who", ["registrar1", "supervisor1"])
async def test_a_hold_over_http_is_lifted_by_another(api: Api, who: str) -> None:
    number, receipt = await api.file()
    shown = await api.step(number, "hold", who, reason="行政诉讼尚未终结")
    assert shown["keeping"]["hold"]["reason"] == "行政诉讼尚未终结"
    await api.step(number, "lift_hold", who, 409, reason="可以了")
    told = (await api.get(f"/api/v1/matters/{number}", receipt))["keeping"]
    assert (told["held"], told["hold"], told["text"]) == (True, None, "依法保全，暂停销毁。")
    other = "supervisor1" if who == "registrar1" else "registrar1"
    assert (await api.step(number, "lift_hold", other, reason="诉讼终结"))["keeping"] is None
