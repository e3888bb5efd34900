"""The roster by API, routing rules tried before they are saved, reports taken down, the audit's verification."""

from base64 import b64encode
from typing import Any

import pytest

from models import Case, Channel, Matter, Mode, Post, RoutingRule, Unit
from tests.api.conftest import Api

HEADER = (
    "类别,单位编码,单位名称,地区编码,上级单位编码,职责标签,并入单位编码,"
    "人员编码,姓名,岗位,职务,代理人员编码,开始日期,结束日期"
)
CSV = f"""{HEADER}
单位,T-1,试点服务中心,620102,620102-gov,,,,,,,,2026-01-01,
任职,T-1,,,,,,T-P1,试点员,承办人,科员,,2026-01-01,
"""


async def imported(api: Api, text: str, *, dry_run: bool, who: str = "system-admin", status: int = 200) -> Any:
    body = {"name": "名册.csv", "content": b64encode(text.encode()).decode(), "dry_run": dry_run}
    return await api.post("/api/v1/roster/imports", who, body, status)


async def test_a_roster_is_tried_then_written(api: Api) -> None:
    tried = await imported(api, CSV, dry_run=True)
    assert (tried["applied"], tried["units_added"], tried["posts_added"], tried["problems"]) == (False, 1, 1, [])
    assert not await Unit.exists(code="T-1")
    assert (await imported(api, CSV, dry_run=False))["applied"]
    assert await Unit.exists(code="T-1")


async def test_whoever_leaves_gives_back_what_they_claimed(api: Api) -> None:
    number, _ = await api.file()
    queue = f"/api/v1/duties?tab=unit&matter={number}"
    duty = (await api.get(queue, "registrar1"))["items"][0]
    await api.post(f"/api/v1/duties/{duty['id']}/claim", "registrar1", status=204)
    post = await Post.get(person__account__username="registrar1").select_related("person")
    ended = f"任职,62-intake,,,,,,{post.person.code},{post.person.name},受理员,{post.title},,{post.since},2026-01-31"
    report = await imported(api, f"{HEADER}\n{ended}\n", dry_run=False)
    assert (report["posts_ended"], report["duties_released"], report["unattended"]) == (1, 1, []), report
    assert not (await api.get(queue, "registrar2"))["items"][0]["claimed"]
    await api.step(number, "accept", "registrar2")


async def test_one_bad_row_and_nothing_is_written(api: Api) -> None:
    bad = CSV.replace("承办人,科员", "没有的岗位,科员").replace("620102,620102-gov", "620102,NOBODY")
    report = await imported(api, bad, dry_run=False)
    assert not report["applied"]
    assert [problem["line"] for problem in report["problems"]] == [2, 3]
    assert not await Unit.exists(code="T-1")


async def test_an_administrator_is_not_made_by_an_administrator(api: Api) -> None:
    report = await imported(api, CSV.replace("承办人", "审计管理员"), dry_run=False)
    assert not report["applied"]
    assert len(report["problems"]) == 1


@pytest.mark.parametrize("who", ["security-admin", "audit-admin", "registrar1", "supervisor1"])
async def test_nobody_else_imports(api: Api, who: str) -> None:
    await imported(api, CSV, dry_run=True, who=who, status=403)


async def test_what_is_no_roster_is_refused(api: Api) -> None:
    body = {"name": "名册.xlsx", "content": b64encode(b"PK not a workbook").decode(), "dry_run": True}
    assert (await api.post("/api/v1/roster/imports", "system-admin", body, 422))["code"] == "roster_unreadable"
    body = {"name": "名册.pdf", "content": "", "dry_run": True}
    assert (await api.post("/api/v1/roster/imports", "system-admin", body, 415))["code"] == "roster_format"


RULE = {
    "order": 1,
    "category": "B10",
    "region": "620102",
    "tag": "market-regulation",
    "reason": "试点由市场监管部门承办",
    "source": "试点方案",
    "effective_from": "2026-01-01",
}


async def test_a_rule_is_tried_on_past_cases_before_it_is_saved(api: Api) -> None:
    number, _ = await api.file()
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["办结"])
    await api.step(number, "transfer", "registrar1", summary="许可超期")
    refused = await api.post("/api/v1/routing/rules", "supervisor1", {**RULE, "token": "0" * 64}, 409)
    assert refused["code"] == "try_first"
    trial = await api.post("/api/v1/routing/trials", "supervisor1", RULE)
    assert (trial["cases"], trial["changed"]) == (1, 1)
    assert trial["moves"][0]["to"] == "城关区市场监督管理局"
    changed = {**RULE, "order": 2, "token": trial["token"]}
    assert (await api.post("/api/v1/routing/rules", "supervisor1", changed, 409))["code"] == "try_first"
    saved = await api.post("/api/v1/routing/rules", "supervisor1", {**RULE, "token": trial["token"]}, 201)
    second, _ = await api.file()
    await api.step(second, "accept", "registrar1")
    await api.step(second, "screen", "registrar1", category="B10", tier="normal", claims=["办结"])
    shown = await api.step(second, "transfer", "registrar1", summary="许可超期")
    assert shown["case"]["lead_unit"]["name"] == "城关区市场监督管理局"
    assert "试点由市场监管部门承办" in shown["case"]["routing"]["reason"]
    assert shown["case"]["routing"]["rule"] == saved["id"]
    assert (await api.call("DELETE", f"/api/v1/routing/rules/{saved['id']}", "supervisor1")).status == 204
    assert saved["id"] not in {rule["id"] for rule in await api.get("/api/v1/routing/rules", "registrar1")}
    assert await RoutingRule.exists(id=saved["id"])


async def test_a_citys_supervisor_sets_no_rule_for_others(api: Api) -> None:
    refused = await api.post("/api/v1/routing/trials", "supervisor2", {**RULE, "region": "6202"}, 403)
    assert refused["code"] == "not_allowed"
    await api.post("/api/v1/routing/trials", "supervisor2", RULE)


async def test_a_registrar_takes_down_what_was_said_by_phone(api: Api) -> None:
    body = {
        "mode": "confidential",
        "text": "来电反映窗口推诿",
        "region": "620102",
        "channel": "phone",
        "contact": {"name": "赵先生", "phone": "0931-8460000"},
    }
    filed = await api.post("/api/v1/cases/taken-down", "registrar1", body, 201)
    case = await Case.get(matter_id=(await Matter.get(number=filed["number"])).id)
    assert (case.channel, case.mode) == (Channel.PHONE, Mode.CONFIDENTIAL)
    receipt = f"Receipt {filed['number']}:{filed['secret']}"
    assert (await api.get(f"/api/v1/matters/{filed['number']}", receipt))["stage"] == "filed"
    await api.post("/api/v1/cases/taken-down", "handler1", body, 403)


async def test_the_audit_administrator_verifies_every_chain(api: Api) -> None:
    await api.file()
    report = await api.post("/api/v1/audit/verifications", "audit-admin")
    assert (report["intact"], report["matters"], report["faults"]) == (True, 1, [])
    await api.post("/api/v1/audit/verifications", "system-admin", status=403)
