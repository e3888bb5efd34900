"""名册: one rule for exemptions by door and by file, their end, and reminders of those who have not submitted."""

from asyncio import gather
from datetime import timedelta
from typing import Any
from uuid import UUID

from demo.persons import LISTED
from domain.reports import calling, reminding
from domain.reports.officials import Filters
from domain.reports.reminding import Reminded
from kit import clock
from models import Duty, Notice, Official
from tests.api.conftest import Api
from tests.api.test_as_if_not_there import actor_of
from tests.api.test_exports import table, taken
from tests.api.test_reports_over_http import CONTENT, EXEMPT, HEAD, STRANGER, called, plan, roster, submitted

SECOND = next(person for person in LISTED if person.username == "head2")
WITHOUT_POST = (SECOND.code, "述法人丁", "局长", SECOND.unit, "department", "政府工作部门主要负责人", "年内借调")
REASON = {"reason": "年内病休"}


async def owed(number: str) -> list[str]:
    return [duty.name for duty in await Duty.filter(matter__number=number, closed_at=None)]


async def told(number: str, template: str) -> set[str]:
    return {notice.role for notice in await Notice.filter(matter__number=number, template=template)}


async def test_an_exemption_ends_what_was_called_until_it_is_submitted(api: Api) -> None:
    number, cycle = await called(api)
    official = await Official.get(report__matter__number=number)
    door = f"/api/v1/officials/{official.id}/exemption"
    file = f"/api/v1/report-cycles/{cycle['id']}/roster"

    async def exempt(status: int) -> Any:
        return await api.post(door, "reviewer1", REASON, status)

    async def lift(status: int) -> Any:
        return await api.post(f"{door}/end", "reviewer1", {"reason": "已经返岗"}, status)

    assert (await lift(409))["code"] == "not_exempt"
    assert (await api.post(door, "supervisor2", REASON, 403))["code"] == "not_allowed"
    await exempt(204)
    assert (await exempt(409))["code"] == "already_exempt"
    seen = await api.get(f"/api/v1/matters/{number}", "official1")
    assert (seen["stage"], seen["next_steps"][0]["verb"], await owed(number)) == ("exempt", "note", [])
    assert await told(number, "report_exempted") == {"official", "report_clerk"}
    entry = (await api.get(f"/api/v1/matters/{number}/entries", "official1"))["items"][-1]
    assert (entry["label"], entry["shown"][0]["text"]) == ("免述", "年内病休")
    assert entry["shown"][1]["label"] == "决定人"
    assert (await api.step(number, "save", "official1", status=409, **CONTENT))["code"] == "wrong_stage"
    counted = (await api.get(f"/api/v1/report-cycles/{cycle['id']}/coverage", "reviewer1"))["total"]
    assert (counted["exempt"], counted["begun"]) == (1, 0)

    await lift(204)
    assert await owed(number) == ["record_report"]
    [one] = (await api.get(f"/api/v1/report-cycles/{cycle['id']}/officials", "reviewer1"))["items"]
    assert (one["exempt_reason"], one["lift_reason"]) == ("", "已经返岗")

    by_file = await api.post(file, "reviewer1", roster((*HEAD[:6], "挂职外省")))
    assert (by_file["applied"], await owed(number)) == (True, [])
    again = await api.post(file, "reviewer1", roster(HEAD))
    assert (again["applied"], again["changed"]) == (True, 0), "an empty cell lifts nothing"
    assert (await Official.get(id=official.id)).exempt_reason == "挂职外省"
    await lift(204)

    await submitted(api, number)
    await api.step(number, "take_back", "official1")
    assert (await exempt(409))["code"] == "report_submitted"
    refused = await api.post(file, "reviewer1", roster((*HEAD[:6], "挂职外省")))
    assert [(one["line"], one["column"], one["code"]) for one in refused["problems"]] == [
        (2, "免述理由", "report_submitted")
    ]
    assert await owed(number) == ["record_report"]


async def test_of_an_exemption_and_a_submission_at_once_one_is_taken(api: Api) -> None:
    number, _ = await called(api)
    official = await Official.get(report__matter__number=number)
    await api.step(number, "save", "official1", **CONTENT)
    await api.signed_in("reviewer1")
    exempt, submit = await gather(
        api.call("POST", f"/api/v1/officials/{official.id}/exemption", "reviewer1", REASON),
        api.call("POST", f"/api/v1/matters/{number}/steps/submit", "official1", {"inputs": {}}),
    )
    assert (exempt.status, submit.status) in {(204, 409), (409, 200)}
    await official.refresh_from_db()
    assert (official.exempted_on is None) == (official.submitted_on is not None)


async def test_whoever_was_never_called_is_called_once_the_exemption_is_lifted(api: Api) -> None:
    cycle = await api.post("/api/v1/report-cycles", "reviewer1", plan(), 201)
    await api.post(f"/api/v1/report-cycles/{cycle['id']}/roster", "reviewer1", roster(WITHOUT_POST))
    assert await calling.called() == 0
    official = await Official.get(code=SECOND.code)
    await api.post(f"/api/v1/officials/{official.id}/exemption/end", "reviewer1", {"reason": "借调结束"}, 204)
    assert await calling.called() == 1
    await api.post(f"/api/v1/officials/{official.id}/exemption/end", "reviewer1", {"reason": "借调结束"}, 409)


async def test_reminders_reach_whoever_owes_once_a_day_and_list_who_must_be_phoned(api: Api) -> None:
    number, cycle = await called(api, HEAD, STRANGER, EXEMPT)
    path = f"/api/v1/report-cycles/{cycle['id']}"

    async def reminded(**body: Any) -> tuple[int, int, int]:
        done = await api.post(f"{path}/reminders", "reviewer1", body)
        return done["reminded"], done["already"], done["unreached"]

    assert (await api.post(f"{path}/reminders", "reviewer2", {}, 404))["code"] == "not_found"
    assert (await api.post(f"{path}/reminders", "reviewer1", {"region": "63"}, 422))["code"] == "invalid"
    assert await reminded(kind="town") == (0, 0, 0)
    assert await reminded(region="620102") == (1, 0, 1)
    assert await reminded() == (0, 1, 1)
    assert await told(number, "report_reminded") == {"official", "report_clerk"}
    await api.told()
    inbox = (await api.get("/api/v1/notices", "official1"))["items"]
    assert "催报：您的述法报告还没有提交" in [one["text"] for one in inbox]
    phoned = (await api.get(f"{path}/officials?unreached=true", "reviewer1"))["items"]
    assert [(one["code"], one["reminded_on"]) for one in phoned] == [("x-0001", None)]
    wanted = {"list": "officials", "cycle": cycle["id"], "state": "owing"}
    heads, *rows = table(await taken(api, "reviewer1", wanted))
    assert (heads[0], {row[0] for row in rows if len(row) > 1}) == ("人员编码", {HEAD[0], "x-0001"})
    refused = await api.call(
        "POST", "/api/v1/exports", "handler3", {"wanted": wanted, "format": "csv", "totp": "000000"}
    )
    assert refused.status == 403
    everywhere = (await actor_of("reviewer1"), UUID(cycle["id"]), Filters("62"))
    with clock.at(clock.now() + timedelta(days=1)):
        assert (await reminding.reminded(*everywhere)).reminded == 1, "the next day again"
    await submitted(api, number)
    with clock.at(clock.now() + timedelta(days=2)):
        assert await reminding.reminded(*everywhere) == Reminded(reminded=0, already=0, unreached=1)
