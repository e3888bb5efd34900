"""回避 in 述法: whoever has to do with a report and has an interest is shut out everywhere, and the report goes on."""

import asyncio
from contextvars import copy_context
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from demo.persons import LISTED
from domain.loop import engine
from domain.people import actors
from models import Matter, Official, Post, Role
from tests.api.conftest import Api
from tests.api.test_case_over_http import sign_in_as
from tests.api.test_meeting_ballots import counted
from tests.api.test_reports_over_http import called, published
from tests.domain.loop.test_concurrency import waiting_for_locks

BECAUSE = "与述法人是亲属"
PROVINCE = "reviewer1"
PEERS = ("reviewer2", "reviewer5")  # of the office that reviews


async def owed(api: Api, who: str, tab: str = "unit") -> dict[str, Any]:
    return {one["name"]: one for one in (await api.get(f"/api/v1/duties?tab={tab}", who))["items"]}


async def post_of(username: str, role: Role) -> Post:
    person = next(one for one in LISTED if one.username == username)
    return await Post.get(person__code=person.code, role=role)


async def designated(api: Api, number: str, by: str, status: int = 200) -> Any:
    post = await post_of("leader1", Role.LEADER)
    return await api.step(number, "designate_leader", by, post=str(post.id), status=status)


async def another(api: Api, than: str, role: Role) -> str:
    """Somebody else of the same office, signed in."""
    own = await post_of(than, role)
    post = await Post.get(unit_id=own.unit_id, role=role, until=None, id__not=own.id)
    return await sign_in_as(api, f"not-{than}", str(post.id))


async def aside(api: Api, number: str, who: str) -> None:
    """Step aside as the form says, and find it gone from every door."""
    seen = await api.get(f"/api/v1/matters/{number}", who)
    step = next(one for one in seen["next_steps"] if one["verb"] == "recuse")
    assert "再也看不到" in step["warning"]
    assert await api.step(number, "recuse", who, reason=BECAUSE) == {"number": number, "visible": False}
    matter, report = f"/api/v1/matters/{number}", f"/api/v1/reports/{number}"
    doors = ("", "/entries", "/versions", "/result", "/chain")
    for path in (*(matter + door for door in doors), *(report + door for door in ("", "/figures", "/voices"))):
        answer = await api.call("GET", path, who)
        assert answer.status == 404 or (answer.status, path) == (403, f"{matter}/result"), path
    assert (await api.step(number, "note", who, status=404, text="看看"))["code"] == "not_found"
    lists = ("/api/v1/matters?kind=report", "/api/v1/reports", "/api/v1/duties?tab=unit", "/api/v1/duties?tab=mine",
             "/api/v1/notices")  # fmt: skip
    for path in lists:
        assert number not in str(await api.get(path, who)), path


async def test_reviewers_and_leaders_step_aside_and_the_next_office_goes_on(api: Api) -> None:
    number, cycle = await called(api)
    await published(api, number, "evaluators")
    await designated(api, number, PEERS[0])
    question = (await api.post(f"/api/v1/reports/{number}/questions", "evaluator1", {"text": "欠款何时付清"}, 201))[
        "number"
    ]
    duty = (await owed(api, PEERS[0]))["read_question"]
    await api.post(f"/api/v1/duties/{duty['id']}/claim", PEERS[0], status=204)

    # A leader: the office owes another designation, and not of who stepped aside.
    assert list(await owed(api, "leader1", "mine")) == ["comment_report"]
    await aside(api, number, "leader1")
    assert (await owed(api, PEERS[1])).keys() == {"read_question", "designate_leader"}
    assert (await designated(api, number, PEERS[1], status=409))["code"] == "not_a_leader"

    # A reviewer: what they had claimed is the office's again, of what came of the report too.
    await aside(api, number, PEERS[0])
    assert (await api.call("GET", f"/api/v1/matters/{question}", PEERS[0])).status == 404
    assert not (await owed(api, PEERS[1]))["read_question"]["claimed"]
    assert await owed(api, PEERS[0]) == {}
    await api.told()
    assert (await api.get("/api/v1/notices", PEERS[1]))["items"][0]["template"] == "report_recused"

    # The roster tells them nothing of it, nor do they decide on it there.
    roster = f"/api/v1/report-cycles/{cycle['id']}/officials"
    told = {who: (await api.get(roster, who))["items"][0]["number"] for who in (*PEERS, PROVINCE)}
    assert told == {PEERS[0]: None, PEERS[1]: number, PROVINCE: number}
    official = await Official.get(report__matter__number=number)
    refused = await api.post(f"/api/v1/officials/{official.id}/exemption", PEERS[0], {"reason": "调离"}, 404)
    assert refused["code"] == "not_found"

    # The last one: the next office upwards has it from now on, with all that is owed.
    await aside(api, number, PEERS[1])
    assert (await owed(api, PROVINCE)).keys() == {"read_question", "designate_leader"}
    await api.told()
    assert (await api.get("/api/v1/notices", PROVINCE))["items"][0]["template"] == "report_recused"
    await api.step(question, "refuse_question", PROVINCE, reason="不属于质询范围")
    said = [who for who in (PROVINCE, "official1") if BECAUSE in str(await entries(api, number, who))]
    assert said == [PROVINCE], "why somebody stepped aside is the offices' alone"
    last = await another(api, PROVINCE, Role.PRE_REVIEWER)
    await aside(api, number, last)
    assert (await api.step(number, "recuse", PROVINCE, status=409, reason=BECAUSE))["code"] == "last_one"

    # 组织人事 likewise; and nobody has to be left of the supervisors.
    await aside(api, number, "supervisor2")
    await api.step(number, "conclude", PROVINCE)
    other = await another(api, "personnel1", Role.PERSONNEL)
    await aside(api, number, "personnel1")
    assert (await api.step(number, "recuse", other, status=409, reason=BECAUSE))["code"] == "last_one"
    await api.step(number, "receive_result", other)
    assert (await Matter.get(number=number)).stage == "concluded"


async def entries(api: Api, number: str, who: str) -> Any:
    return await api.get(f"/api/v1/matters/{number}/entries", who)


async def test_a_question_that_is_put_meanwhile_is_the_next_offices(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    await api.step(number, "recuse", PEERS[0], reason=BECAUSE)
    ask = api.post(f"/api/v1/reports/{number}/questions", "evaluator1", {"text": "欠款何时付清"}, 201)
    last = await actors.of_post((await post_of(PEERS[1], Role.PRE_REVIEWER)).id)
    outside = copy_context()  # else the tasks would share the transaction's connection
    async with in_transaction():
        await engine.take(last, number, "recuse", {"reason": BECAUSE})
        asking = asyncio.create_task(ask, context=outside.copy())
        await asyncio.create_task(waiting_for_locks(1), context=outside.copy())
    question = (await asking)["number"]
    assert (await api.call("GET", f"/api/v1/matters/{question}", PEERS[1])).status == 404
    assert (await owed(api, PROVINCE)).keys() == {"read_question"}


@pytest.mark.parametrize("alone", [False, True])
async def test_who_entered_ballots_is_not_left_to_confirm_them(api: Api, alone: bool) -> None:
    number, _ = await called(api)
    await published(api, number)
    if alone:
        await api.step(number, "recuse", PEERS[1], reason=BECAUSE)
    await api.step(number, "count_ballots", PEERS[0], **counted())
    await api.step(number, "recuse", PEERS[0] if alone else PEERS[1], reason=BECAUSE)
    assert (await api.call("GET", f"/api/v1/matters/{number}", PEERS[0])).status == 404, "another office's now"
    await api.step(number, "confirm_ballots", PROVINCE, **counted())
    await api.step(number, "conclude", PROVINCE)
