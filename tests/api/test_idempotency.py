"""The same key, the same answer; another request under it is refused; nothing stored gives a receipt away."""

import asyncio

from models import KeptAnswer, Matter
from models.database import connection
from tests.api.conftest import Api

REPORT = {"mode": "anonymous", "text": "同一把钥匙", "region": "620102", "category": "B10"}


async def test_the_same_key_fifty_times_at_once_makes_one_case(api: Api) -> None:
    async def send() -> tuple[int, bytes, str | None]:
        response = await api.call("POST", "/api/v1/cases", body=REPORT, Idempotency_Key="fifty")
        return response.status, await response.read(), response.headers.get("Idempotency-Replayed")

    answers = await asyncio.gather(*(send() for _ in range(50)))
    assert {status for status, _, _ in answers} == {201}
    assert len({body for _, body, _ in answers}) == 1
    assert sum(replayed is None for _, _, replayed in answers) == 1
    assert await Matter.all().count() == 1


async def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    await api.post("/api/v1/cases", body=REPORT, status=201, Idempotency_Key="k")
    refused = await api.post("/api/v1/cases", body={**REPORT, "text": "另一件"}, status=409, Idempotency_Key="k")
    assert refused["code"] == "key_reused"
    assert await Matter.all().count() == 1


async def test_no_key_means_no_memory(api: Api) -> None:
    first, second = [await api.post("/api/v1/cases", body=REPORT, status=201) for _ in range(2)]
    assert first["number"] != second["number"]
    assert await KeptAnswer.all().count() == 0


async def test_a_refused_request_is_not_kept(api: Api) -> None:
    await api.post("/api/v1/cases", body={**REPORT, "region": "999999"}, status=422, Idempotency_Key="again")
    await api.post("/api/v1/cases", body=REPORT, status=201, Idempotency_Key="again")
    assert await Matter.all().count() == 1


async def test_a_step_is_taken_once_however_often_it_is_sent(api: Api) -> None:
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}/steps/note"
    body = {"inputs": {"text": "只记一次"}}

    async def send() -> bytes:
        response = await api.call("POST", path, "registrar1", body, Idempotency_Key="note")
        assert response.status == 200
        return await response.read()

    answers = await asyncio.gather(*(send() for _ in range(12)))
    assert len(set(answers)) == 1
    assert (await Matter.get(number=number)).entries_made == 2


async def test_one_persons_key_is_nothing_to_another(api: Api) -> None:
    number, _ = await api.file()
    path = f"/api/v1/matters/{number}/steps/note"
    for who in ("registrar1", "registrar2"):
        await api.post(path, who, {"inputs": {"text": "同一内容"}}, Idempotency_Key="shared")
    assert (await Matter.get(number=number)).entries_made == 3


async def test_the_stored_answer_holds_no_secret(api: Api) -> None:
    filed = await api.post("/api/v1/cases", body=REPORT, status=201, Idempotency_Key="sealed")
    _, rows = await connection().execute_query("SELECT k::text AS row FROM kept_answer k")
    assert len(rows) == 1
    for word in (filed["secret"], filed["number"], "sealed"):
        assert word not in rows[0]["row"]
        assert word.encode().hex() not in rows[0]["row"]


async def test_a_bad_key_is_refused(api: Api) -> None:
    response = await api.call("POST", "/api/v1/cases", body=REPORT, Idempotency_Key="x" * 256)
    assert response.status == 422
    assert await Matter.all().count() == 0
