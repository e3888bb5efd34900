"""The receipt: the only key there is; guessing is slow, and wrong is wrong in one way."""

from hashlib import sha256
from uuid import UUID

import pytest
from redis.asyncio import Redis

from domain.cases import receipt_letter, receipts
from domain.people.actors import Actor
from handlers import admission
from kit import proof
from kit.limits import spend
from tests.api.conftest import Api
from tests.api.processing import filed
from tests.api.test_files import to_unit
from tests.api.tus import Tus, metadata, stored, ticketed

WRONG = "0000-0000-0000-0000"


async def body(api: Api, authorization: str, number: str) -> tuple[int, dict[str, object]]:
    response = await api.call("GET", f"/api/v1/matters/{number}", authorization)
    answer = await response.json()
    answer.pop("request_id")
    return response.status, answer


async def test_wrong_and_unknown_are_answered_alike(api: Api) -> None:
    number, _ = await api.file()
    wrong = await body(api, f"Receipt {number}:{WRONG}", number)
    unknown = await body(api, f"Receipt JB2026-00000000:{WRONG}", "JB2026-00000000")
    assert wrong == unknown
    assert wrong[0] == 401


async def test_the_secret_may_be_typed_as_people_type(api: Api) -> None:
    number, receipt = await api.file()
    secret = receipt.rpartition(":")[2]
    for typed in (
        secret.lower(),
        secret.replace("-", ""),
        secret.replace("-", " ").replace("0", "o").replace("1", "l"),
    ):
        assert (await api.call("GET", f"/api/v1/matters/{number}", f"Receipt {number}:{typed}")).status == 200


async def test_a_receipt_opens_its_own_case_only(api: Api) -> None:
    _, receipt = await api.file()
    other, _ = await api.file()
    unknown = await body(api, receipt, "JB2026-00000000")
    assert await body(api, receipt, other) == unknown
    assert unknown[0] == 404


async def test_guessing_at_one_number_is_slow_and_keeps_nobody_out(api: Api) -> None:
    number, receipt = await api.file()
    statuses = {
        (await api.call("GET", f"/api/v1/matters/{number}", f"Receipt {number}:{WRONG}")).status for _ in range(30)
    }
    assert statuses == {401}
    refused = await api.call("GET", f"/api/v1/matters/{number}", receipt)
    answer = await refused.json()
    assert (refused.status, answer["code"]) == (429, "proof_required")
    challenge = answer["details"]["challenge"]
    given = f"{challenge}:{proof.solve(challenge)}"
    assert (await api.call("GET", f"/api/v1/matters/{number}", receipt, X_Proof=given)).status == 200


async def test_looking_often_is_not_guessing(api: Api) -> None:
    number, receipt = await api.file()
    assert {(await api.call("GET", f"/api/v1/matters/{number}", receipt)).status for _ in range(40)} == {200}


async def test_above_the_limit_of_guesses_each_look_costs_work(api: Api, valkey: Redis) -> None:
    number, receipt = await api.file()
    limit = admission.guesses(api.settings)
    for _ in range(limit.most):
        await spend(valkey, limit)
    path = f"/api/v1/matters/{number}"
    refused = await api.call("GET", path, receipt)
    answer = await refused.json()
    assert (refused.status, answer["code"]) == (429, "proof_required")
    challenge = answer["details"]["challenge"]
    given = f"{challenge}:{proof.solve(challenge)}"
    assert (await api.call("GET", path, receipt, X_Proof=given)).status == 200
    assert (await (await api.call("GET", path, receipt, X_Proof=given)).json())["code"] == "proof_required"


async def test_under_load_a_report_costs_work(api: Api, valkey: Redis) -> None:
    limit = admission.reports(api.settings)
    await valkey.set(f"limit:{limit.name}:", limit.most, ex=60)
    report = {"mode": "anonymous", "text": "高峰时段的举报", "region": "620102"}
    refused = await api.post("/api/v1/cases", body=report, status=429)
    challenge = refused["details"]["challenge"]
    given = f"{challenge}:{proof.solve(challenge)}"
    await api.post("/api/v1/cases", body=report, status=201, X_Proof=given)
    await api.post("/api/v1/cases", body=report, status=429, X_Proof=given)
    wrong = await api.post("/api/v1/cases", body=report, status=400, X_Proof=f"{challenge}x:1")
    assert wrong["code"] == "proof_wrong"


async def test_a_receipt_to_print(api: Api) -> None:
    _, receipt = await api.file()
    response = await api.call("GET", "/api/v1/receipt.pdf", receipt)
    content = await response.read()
    assert response.content_type == "application/pdf"
    assert content.startswith(b"%PDF-")
    assert "attachment" in response.headers["Content-Disposition"]
    assert b"/URI" not in content


async def test_a_printed_receipt_names_each_file_with_its_hash(api: Api) -> None:
    tus = await ticketed(api)
    whole = await tus.whole(b"x" * 3000)
    late = await tus.begin(2_000_000, Upload_Metadata=metadata(filename="<b>视频.mp4", filetype="video/mp4"))
    number, receipt = await filed(api, tus, whole, UUID(late.rpartition("/")[2]))
    holder, secret = await resolved(api, receipt)

    async def printed() -> str:
        return await receipt_letter.html(holder, number, secret)

    before = await printed()
    assert "附件 2 个（名称、大小、SHA-256）" in before
    assert "现场照片.jpg，2.9 KB" in before
    assert "&lt;b&gt;视频.mp4，1.9 MB" in before
    assert ("正在计算" in before, "还在接收" in before) == (True, True)
    await stored(api)
    after = await printed()
    assert sha256(b"x" * 3000).hexdigest() in after
    assert ("正在计算" in after, "还在接收" in after) == (False, True)
    shown = {one["id"]: one["sha256"] for one in await api.get(f"/api/v1/matters/{number}/files", receipt)}
    assert shown == {str(whole): sha256(b"x" * 3000).hexdigest(), late.rpartition("/")[2]: None}
    await to_unit(api, number)
    staff = Tus(api, Authorization=await api.signed_in("liaison-county"))
    await api.step(number, "note", "liaison-county", text="内部", files=[str(await staff.whole(b"internal" * 9))])
    assert "附件 2 个" in await printed(), "the offices' own files are not on it"
    response = await api.call("GET", "/api/v1/receipt.pdf", receipt)
    assert (await response.read()).startswith(b"%PDF-")


async def resolved(api: Api, receipt: str) -> tuple[Actor, str]:
    number, _, secret = receipt.removeprefix("Receipt ").partition(":")
    holder = await receipts.opened(api.settings, number, secret)
    assert holder is not None
    return holder, secret


@pytest.mark.parametrize(
    "authorization", ["Receipt ", "Receipt x:y", "Receipt JB2026-00000000", "Basic YTpi", "Bearer x"]
)
async def test_a_malformed_key_is_no_key(api: Api, authorization: str) -> None:
    assert (await api.call("GET", "/api/v1/matters/JB2026-00000000", authorization)).status == 401
