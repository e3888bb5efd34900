"""A case round the loop through the HTTP door: each verb once, by the people who take it."""

from datetime import datetime
from typing import Any

from domain.people import accounts
from kit import clock
from kit.clock import CHINA
from models import Post
from tests.api.conftest import Api
from tests.makers import case_at

COUNTY = "liaison-county"


async def person_of(api: Api, who: str, unit: str, role: str, place: int = 0) -> Any:
    found = await api.get(f"/api/v1/persons?unit={unit}&role={role}", who)
    return found[place]


async def sign_in_as(api: Api, name: str, post: str) -> str:
    """Staff without a demo account get one here: the roster has far more people than the demo lists."""
    holder = await Post.get(id=post).select_related("person")
    await accounts.create(api.settings, holder.person.code, name, "Only-for-tests-1")
    return name


async def transferred(api: Api, **report: Any) -> tuple[str, str, dict[str, Any]]:
    """A case that was transferred, its receipt, and what the registrar sees of it."""
    number, receipt = await api.file(**report)
    await api.step(number, "accept", "registrar1")
    await api.step(number, "screen", "registrar1", category="B10", tier="normal", claims=["办结许可", "说明原因"])
    shown = await api.step(number, "transfer", "registrar1", summary="反映许可超期", hits_confirmed=True)
    return number, receipt, shown


async def at_handler(api: Api, **report: Any) -> tuple[str, str, str, str]:
    """A case in a handler's hands: number, receipt, handler, head."""
    number, receipt, shown = await transferred(api, **report)
    await api.step(number, "sign", COUNTY)
    unit = shown["case"]["lead_unit"]["id"]
    handler = await person_of(api, COUNTY, unit, "handler")
    head = await person_of(api, COUNTY, unit, "head")
    await api.step(number, "assign", COUNTY, post=handler["post"])
    return (
        number,
        receipt,
        await sign_in_as(api, "the-handler", handler["post"]),
        await sign_in_as(api, "the-head", head["post"]),
    )


def answer(claims: int = 2) -> dict[str, Any]:
    parts = [{"claim": n, "opinion": "supported", "facts": "属实", "reply": "已办结"} for n in range(claims)]
    return {"claims": parts, "legal_basis": "优化营商环境条例第六十九条", "summary": "已办结"}


async def test_a_case_goes_round_the_loop(api: Api) -> None:
    number, receipt, handler, head = await at_handler(api)
    await api.step(number, "ask", handler, question="何时提交的申请？")
    seen = await api.get(f"/api/v1/matters/{number}", receipt)
    assert seen["stage"] == "waiting"
    assert seen["paused_since"] is not None
    assert [step["verb"] for step in seen["next_steps"]] == ["supply", "add", "withdraw"]
    await api.step(number, "supply", receipt, text="九月一日")
    await api.step(number, "request_extension", handler, reason="需要会商")
    before = (await api.get(f"/api/v1/matters/{number}", receipt))["statutory_due"]
    await api.step(number, "grant_extension", head, reason="同意延期三十日")
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["statutory_due"] > before
    await api.step(number, "answer", handler, **answer())
    await api.step(number, "return_answer", head, points="第一项写明日期")
    await api.step(number, "answer", handler, **answer())
    await api.step(number, "approve_answer", head)
    await api.step(number, "reply", handler)
    await api.step(number, "log_attempt", "callback1", channel="phone")
    rating: dict[str, Any] = {"solved": False, "speed": 2, "attitude": 3, "result": 1}
    await api.step(number, "call_back", "callback1", channel="phone", **rating)
    await api.step(number, "close", "callback1", status=409, conclusion="办结")
    await api.step(number, "reopen", "callback1", reason="未解决")
    unit = (await api.get(f"/api/v1/matters/{number}", "registrar1"))["case"]["lead_unit"]["id"]
    refused = await api.step(
        number, "assign", COUNTY, status=409, post=(await person_of(api, COUNTY, unit, "handler"))["post"]
    )
    assert refused["code"] == "same_officer"
    second = await person_of(api, COUNTY, unit, "handler", 1)
    await api.step(number, "assign", COUNTY, post=second["post"])
    other = await sign_in_as(api, "the-second", second["post"])
    await api.step(number, "answer", other, **answer())
    await api.step(number, "approve_answer", head)
    await api.step(number, "reply", other)
    await api.step(number, "rate", receipt, solved=True, speed=5, attitude=5, result=5)
    await api.step(number, "close", "callback1", conclusion="举报人满意，办结")
    end = await api.get(f"/api/v1/matters/{number}", receipt)
    assert (end["stage"], end["case"]["outcome"]) == ("closed", "satisfied")
    chain = await api.get(f"/api/v1/matters/{number}/chain", receipt)
    assert chain["intact"]
    timeline = (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"]
    assert [line["verb"] for line in timeline][:3] == ["file", "accept", "transfer"]
    assert {line["by"] for line in timeline} <= {"举报人", "工作人员", "系统"}


async def test_objection_ruling_recall_and_reassignment(api: Api) -> None:
    number, receipt, _ = await transferred(api)
    basis: dict[str, Any] = {"reason": "不属于本单位职责", "legal_basis": "三定规定"}
    await api.step(number, "object", COUNTY, **basis)
    await api.step(number, "reject_objection", "registrar1", reason="属其职责")
    refused = await api.step(number, "object", COUNTY, status=409, **basis)
    assert refused["code"] == "objection_spent"
    await api.step(number, "recall", "registrar1", reason="补充研判")
    await api.step(number, "transfer", "registrar1", summary="反映许可超期，请核查")
    await api.step(number, "object", COUNTY, **basis)
    await api.step(number, "uphold_objection", "registrar1", reason="理由成立")
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["case"]["stage_plain"] == "正在转交承办单位"


async def test_what_a_complainant_may_do(api: Api) -> None:
    number, receipt = await api.file()
    await api.step(number, "add", receipt, text="补充：工号 0012")
    await api.step(number, "note", "registrar1", text="与另件相似")
    timeline = (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"]
    assert [line["verb"] for line in timeline] == ["file", "add"]
    texts = await api.post(f"/api/v1/matters/{number}/looks", "registrar1", {"reason": "甄别"})
    assert [text["text"] for text in texts] == ["许可申请三个月没有结果", "补充：工号 0012"]
    looks = (await api.get(f"/api/v1/matters/{number}/entries", "registrar1"))["items"]
    assert looks[-1]["verb"] == "look_text"
    await api.told()
    assert (await api.get("/api/v1/notices", receipt))["items"] == []
    await api.step(number, "withdraw", receipt)
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["stage"] == "withdrawn"
    assert (await api.step(number, "accept", "registrar1", status=409))["code"] == "wrong_stage"


async def test_refusal_says_why_and_where_to_go(api: Api) -> None:
    number, receipt = await api.file()
    reasons: dict[str, Any] = {
        "reason": "civil_dispute",
        "explanation": "属企业间合同纠纷",
        "other_way": "可向人民法院起诉",
    }
    await api.step(number, "refuse", "registrar1", **reasons)
    timeline = (await api.get(f"/api/v1/matters/{number}/entries", receipt))["items"]
    assert timeline[-1]["said"] == reasons
    await api.told()
    notices = (await api.get("/api/v1/notices", receipt))["items"]
    assert [notice["template"] for notice in notices] == ["case_refused"]


async def test_the_handling_unit_reads_the_summary_only(api: Api) -> None:
    number, _, handler, _ = await at_handler(api, text="我是张某某，电话 13900001234", mode="anonymous")
    seen = await api.get(f"/api/v1/matters/{number}", handler)
    assert seen["case"]["summary"] == "反映许可超期"
    assert not {"mode", "accused_text", "scene", "routing"} & seen["case"].keys()
    refused = await api.call("POST", f"/api/v1/matters/{number}/looks", handler, {"reason": "想看"})
    assert refused.status == 403
    entries = await api.get(f"/api/v1/matters/{number}/entries", handler)
    assert "13900001234" not in str(entries)
    assert "look_text" not in {line["verb"] for line in entries["items"]}


async def test_a_draft_answer_is_not_the_complainants(api: Api) -> None:
    number, receipt, handler, _ = await at_handler(api)
    await api.step(number, "answer", handler, **answer())
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["case"]["answer"] is None
    await api.step(number, "withdraw", receipt)
    assert (await api.get(f"/api/v1/matters/{number}", receipt))["case"]["answer"] is None


async def test_matters_are_listed_late_open_and_ended_page_by_page(api: Api) -> None:
    late: list[str] = []
    for day in (3, 2):
        with clock.at(datetime(2026, 3, day, 10, 0, tzinfo=CHINA)):
            late.insert(0, (await case_at("handling")).number)
            await case_at("replied")
            closed = (await case_at("closed")).number
    path = "/api/v1/matters?limit=1&late=true"
    first = await api.get(path, "registrar1")
    second = await api.get(f"{path}&cursor={first['next']}", "registrar1")
    third = await api.get(f"{path}&cursor={second['next']}", "registrar1")
    assert [page["items"][0]["number"] for page in (first, second)] == late
    assert third == {"items": [], "next": None}
    assert first["items"][0]["clock_stopped_at"] is None
    ended = (await api.get("/api/v1/matters?ended=true", "registrar1"))["items"]
    assert [line["ended"] for line in ended] == [True, True]
    assert ended[1]["number"] == closed
    still = (await api.get("/api/v1/matters?ended=false", "registrar1"))["items"]
    assert sorted((line["stage"], line["clock_stopped_at"] is None) for line in still) == [
        ("handling", True), ("handling", True), ("replied", False), ("replied", False)
    ]  # fmt: skip
    newest = await api.get("/api/v1/matters?limit=1", "registrar1")
    other = await api.call("GET", f"{path}&cursor={newest['next']}", "registrar1")
    assert other.status == 422
