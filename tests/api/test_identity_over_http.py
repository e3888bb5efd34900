"""身份查阅 over HTTP: asked, approved, looked at, told; and what the audit administrator reads of it."""

from typing import Any

from domain.identity.requesting import KIND
from domain.loop import audit
from domain.vault import sealing
from models import IdentityRequest, Matter
from models.database import connection
from tests.api.conftest import Api

CONTACT = {"name": "金丝雀甲乙丙", "phone": "13900001234"}
FORM: dict[str, Any] = {"purpose": "inform", "part": "both", "reason": "须邮寄书面答复"}
WHY: dict[str, Any] = {"reason": "理由充分"}


async def asked(api: Api) -> tuple[str, str, str]:
    """The case's number, its receipt, and the number of a registrar's request."""
    number, receipt = await api.file(mode="named", contact=CONTACT)
    await api.step(number, "accept", "registrar1")
    shown = await api.step(number, "request_identity", "registrar1", **FORM)
    [request] = [one["number"] for one in shown["related"] if one["kind"] == KIND]
    return number, receipt, request


async def test_from_the_request_to_the_complainants_own_list(api: Api) -> None:
    number, receipt, request = await asked(api)
    path = f"/api/v1/matters/{request}/identity"
    assert (await api.post(path, "registrar1", status=409))["code"] == "identity_shut"
    queue = await api.get("/api/v1/duties?tab=unit", "custodian1")
    assert [(one["name"], one["matter"]["number"]) for one in queue["items"]] == [("decide_identity", request)]
    await api.step(request, "approve_identity", "custodian1", **WHY)
    assert (await api.post(path, "custodian1", status=409))["code"] == "not_the_requester"
    seen = await api.post(path, "registrar1")
    assert {name: seen[name] for name in CONTACT} == CONTACT
    entries = (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"]
    assert [one["label"] for one in entries if one["verb"] == "look_identity"] == ["您的身份信息被查看"]
    assert (await api.call("GET", f"/api/v1/matters/{request}", receipt)).status == 404
    await api.step(request, "close_identity", "registrar1")
    assert (await api.post(path, "registrar1", status=409))["code"] == "identity_shut"


async def test_the_audit_administrator_reads_every_request_and_no_identity(api: Api) -> None:
    asks = [await asked(api) for _ in range(3)]
    await api.step(asks[1][2], "approve_identity", "custodian2", **WHY)
    await api.post(f"/api/v1/matters/{asks[1][2]}/identity", "registrar1")
    found: list[Any] = []
    cursor = ""
    for _ in range(3):
        page = await api.get(f"/api/v1/audit/identity-requests?limit=2{cursor}", "audit-admin")
        found += page["items"]
        cursor = f"&cursor={page['next']}"
        if page["next"] is None:
            break
    assert {one["number"] for one in found} == {request for _, _, request in asks}
    [approved] = [one for one in found if one["decided_by"]]
    assert (approved["case"], approved["looks"], approved["stage"]) == (asks[1][0], 1, "open")
    assert approved["reason"] == FORM["reason"]
    assert approved["asked_by"]["person"]
    assert [value for value in CONTACT.values() if value in str(found)] == []


async def test_a_repeated_request_asks_once(api: Api) -> None:
    number, _ = await api.file(mode="named", contact=CONTACT)
    answers = [
        await api.post(
            f"/api/v1/matters/{number}/steps/request_identity", "registrar1", {"inputs": FORM}, Idempotency_Key="once"
        )
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert await IdentityRequest.all().count() == 1


async def test_an_opening_that_no_entry_tells_of_is_found(api: Api) -> None:
    """Somebody with the application's login and both persons' ids goes past the program."""
    _, _, request = await asked(api)
    await api.step(request, "approve_identity", "custodian1", **WHY)
    await api.post(f"/api/v1/matters/{request}/identity", "registrar1")
    assert (await audit.verified(api.settings.anchors)).faults == []
    row = await IdentityRequest.get(matter__number=request).select_related("matter")
    assert row.matter.opened_by_id is not None
    await sealing.identity_opened(api.settings, row.matter_id, row.matter.opened_by_id, row.asked_by_id)
    faults = (await audit.verified(api.settings.anchors)).faults
    assert [(fault.number, fault.what) for fault in faults] == [(request, "身份取出 2 次，办理记录中有 1 次")]
    forged = "00000000-0000-4000-8000-00000000000{}"
    case = (await Matter.get(id=row.matter.opened_by_id)).id
    for statement in (
        f"SELECT vault.ask_identity('{forged.format(1)}', '{case}', '{forged.format(2)}')",
        f"SELECT vault.approve_identity('{forged.format(1)}', '{forged.format(3)}', 30)",
        f"SELECT vault.open_identity('{forged.format(1)}', '{forged.format(2)}')",
    ):
        await connection().execute_query(statement)
    faults = (await audit.verified(api.settings.anchors)).faults
    assert ("身份保管库", "身份取出 1 次，办理记录中有 0 次") in [(fault.number, fault.what) for fault in faults]
