"""联系点 over HTTP: designated, watched, noted on; who reads the notes and who never does; how it ends."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from demo.persons import LISTED
from domain.figures import results
from domain.people.actors import SYSTEM
from domain.reports import calling, observing
from kit import clock
from models import Involvement, Matter, Person, Post, Recusal, Role
from tests.api.conftest import Api
from tests.api.test_reports_over_http import CONTENT, HEAD, called, published, roster
from tests.voiced import SCORES

NOTE = "会上述法讲了三件具体案件，回避了欠款问题"
RIGHT = "更正：欠款问题在回答提问时讲了"


async def post_of(username: str) -> str:
    code = next(person.code for person in LISTED if person.username == username)
    return str((await Post.get(person__code=code, until=None)).id)


def point(observers: list[str], **other: Any) -> dict[str, Any]:
    today = clock.today()
    days = {"begins_on": today.isoformat(), "ends_on": (today + timedelta(days=30)).isoformat()}
    return {"region": "620102", **days, "observers": observers, **other}


def note(text: str = NOTE, **other: Any) -> dict[str, Any]:
    return {"on": clock.today().isoformat(), "occasion": "meeting", "text": text, **other}


async def test_an_observer_notes_and_only_those_who_review_read_it(api: Api) -> None:
    number, cycle = await called(api)
    door = f"/api/v1/report-cycles/{cycle['id']}/contact-points"
    evaluator = await post_of("evaluator1")
    # Whoever is the official, or works for them, may be named, and sees nothing of that report.
    own = await Post.create(
        person_id=(await Person.get(code=HEAD[0])).id, unit_id=(await Post.get(id=evaluator)).unit_id,
        role=Role.EVALUATOR, since="2026-01-01",
    )  # fmt: skip
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    for wrong, path in (
        (point([evaluator], region="63"), "region"),
        (point([evaluator], region="629999"), "region"),  # no such place
        (point([evaluator], region="62%"), "region"),
        (point([evaluator], unit=str(uuid4())), "unit"),
        (point([evaluator], ends_on=yesterday), "ends_on"),
        (point([await post_of("handler3")]), "observers"),
    ):
        refused = await api.post(door, "reviewer1", wrong, 422)
        assert [field["path"] for field in refused["details"]["fields"]] == [path]
    assert (await api.post(door, "reviewer2", point([evaluator]), 404))["code"] == "not_found"
    assert (await api.call("GET", f"/api/v1/matters/{number}", "evaluator1")).status == 404
    made = await api.post(door, "reviewer1", point([evaluator, str(own.id)]), 201)
    assert (await api.post(door, "reviewer1", point([evaluator]), 409))["code"] == "point_there"
    assert await observing.brought() == 0
    assert [str(one.post_id) for one in await Involvement.filter(relation="observing")] == [evaluator]
    await Post.filter(id=own.id).update(until="2026-01-02")  # who has two posts chooses between them

    [mine] = await api.get("/api/v1/contact-points", "evaluator1")
    assert (mine["id"], mine["region"], mine["over"], len(mine["observers"])) == (made["id"], "城关区", False, 2)
    watched = f"/api/v1/contact-points/{made['id']}/reports"
    assert [(one["number"], one["notes"]) for one in (await api.get(watched, "evaluator1"))["items"]] == [(number, 0)]
    await api.step(number, "save", "official1", **CONTENT)
    seen = await api.get(f"/api/v1/matters/{number}", "evaluator1")
    assert [step["verb"] for step in seen["next_steps"]] == ["observe", "recuse"]
    assert CONTENT["measures"] not in str(seen), "a draft is the official's side's"
    assert (await api.call("GET", f"/api/v1/matters/{number}/versions", "evaluator1")).status == 404
    assert (await api.step(number, "save", "evaluator1", status=403, **CONTENT))["code"] == "not_allowed"
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert (await api.step(number, "observe", "evaluator1", status=422, **note(on=tomorrow)))["code"] == "invalid"
    await api.step(number, "observe", "evaluator1", **note())
    await api.step(number, "observe", "evaluator1", **note(RIGHT, correction=True))
    await published(api, number)

    async def reads(who: str) -> bool:
        entries = await api.get(f"/api/v1/matters/{number}/entries", who)
        return NOTE in str(entries)

    readers = ("evaluator1", "reviewer2", "supervisor1", "official1")
    assert {who: await reads(who) for who in readers} == {**dict.fromkeys(readers, True), "official1": False}
    for path in (f"/api/v1/public/reports/{number}", f"/api/v1/public/reports/{number}/voices"):
        assert NOTE not in str(await api.get(path))
    await api.step(number, "conclude", "reviewer2")
    assert await reads("personnel1")
    assert (await api.step(number, "observe", "evaluator1", status=409, **note()))["code"] == "wrong_stage"
    matter = await Matter.get(number=number)
    paper = str(await results._paper(matter, SYSTEM))
    assert "联系点观察记录" in paper
    assert NOTE in paper
    assert f"（更正）：{RIGHT}" in paper

    assert (await api.call("POST", f"/api/v1/contact-points/{made['id']}/end", "reviewer2")).status == 404
    assert (await api.call("POST", f"/api/v1/contact-points/{made['id']}/end", "reviewer1")).status == 204
    assert (await api.call("GET", f"/api/v1/matters/{number}", "evaluator1")).status == 404
    assert (await api.get("/api/v1/contact-points", "evaluator1"))[0]["over"]
    assert (await api.get(watched, "evaluator1"))["items"] == []
    assert await reads("reviewer2"), "what was noted stays"


async def test_a_point_takes_in_who_is_called_later_and_lets_go_when_it_is_over(api: Api) -> None:
    number, cycle = await called(api)
    evaluator = await post_of("evaluator1")
    market = (await Post.get(id=await post_of("head2"))).unit_id
    door = f"/api/v1/report-cycles/{cycle['id']}/contact-points"
    await api.post(door, "reviewer1", point([evaluator], unit=str(market)), 201)
    assert (await api.call("GET", f"/api/v1/matters/{number}", "evaluator1")).status == 404, "only that unit's"
    head = next(person for person in LISTED if person.username == "head2")
    line = (head.code, "述法人丁", "局长", head.unit, "department", "政府工作部门主要负责人", "")
    await api.post(f"/api/v1/report-cycles/{cycle['id']}/roster", "reviewer1", roster(line))
    assert await calling.called() == 1
    assert await observing.brought() == 1
    [point_] = await api.get("/api/v1/contact-points", "evaluator1")
    [one] = (await api.get(f"/api/v1/contact-points/{point_['id']}/reports", "evaluator1"))["items"]
    # Shut out of the report, the observer reads as if it were not there.
    matter = await Matter.get(number=one["number"])
    shut = await Recusal.create(
        id=uuid4(), matter_id=matter.id, person_id=(await Post.get(id=evaluator)).person_id, reason="亲属",
        accused=False, since=clock.now(),
    )  # fmt: skip
    assert (await api.call("GET", f"/api/v1/matters/{one['number']}", "evaluator1")).status == 404
    assert (await api.step(one["number"], "observe", "evaluator1", status=404, **note()))["code"] == "not_found"
    assert (await api.get(f"/api/v1/contact-points/{point_['id']}/reports", "evaluator1"))["items"] == []
    assert shut.person_id
    with clock.at(clock.now() + timedelta(days=31)):
        assert await observing.brought() == 1
    assert not await Involvement.exists(relation="observing", until=None)


async def test_an_observer_with_an_interest_steps_aside_and_is_shut_out_everywhere(api: Api) -> None:
    number, cycle = await called(api)
    evaluator = await post_of("evaluator1")
    made = await api.post(f"/api/v1/report-cycles/{cycle['id']}/contact-points", "reviewer1", point([evaluator]), 201)
    seen = await api.get(f"/api/v1/matters/{number}", "evaluator1")
    assert [step["verb"] for step in seen["next_steps"]] == ["observe", "recuse"]
    await api.step(number, "recuse", "evaluator1", reason="与述法人是亲属")
    await published(api, number, "evaluators")
    assert await observing.brought() == 0
    report, doors = f"/api/v1/reports/{number}", ("", "/ballot", "/figures", "/voices")
    for path in (f"/api/v1/matters/{number}", f"/api/v1/matters/{number}/entries", *(report + door for door in doors)):
        assert (await api.call("GET", path, "evaluator1")).status == 404, path
    assert (await api.step(number, "observe", "evaluator1", status=404, **note()))["code"] == "not_found"
    assert (await api.get(f"/api/v1/contact-points/{made['id']}/reports", "evaluator1"))["items"] == []
    assert (await api.get("/api/v1/reports", "evaluator1"))["items"] == []
    assert [one["number"] for one in (await api.get("/api/v1/reports", "reviewer2"))["items"]] == [number]
    sides = ("reviewer2", "official1")
    told = {who: "与述法人是亲属" in str(await api.get(f"/api/v1/matters/{number}/entries", who)) for who in sides}
    assert told == {"reviewer2": True, "official1": False}
    # What everybody may see, they see as everybody does; they don't rate it.
    await api.step(number, "withdraw", "reviewer2", reason="扩大公开范围")
    await api.step(number, "publish", "reviewer2", scope="public")
    assert (await api.get(report, "evaluator1"))["number"] == number
    assert (await api.call("GET", f"{report}/ballot", "evaluator1")).status == 403
    refused = await api.post(f"{report}/votes", "evaluator1", {"scores": SCORES}, 403)
    assert refused["code"] == "not_an_elector"
