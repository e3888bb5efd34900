"""述法 over HTTP: the plan and its roster, a report from the draft to the column and out of it again, who sees what."""

from asyncio import gather
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import zxingcpp
from PIL import Image

from demo.persons import LISTED
from domain.figures import of_report
from domain.people.roster_files import COLUMNS as STAFF_COLUMNS
from domain.reports import calling, checking
from domain.reports.officials import COLUMNS
from domain.reports.picture import SIZE
from domain.wechat import checks
from kit import clock
from models import CaseFact, Duty, Matter, Official, Post, Recusal, Role
from tests.api.conftest import Api
from tests.api.processing import uploaded, worked
from tests.api.tus import Tus
from tests.kit.media.clips import Clips
from tests.kit.media.conftest import clips
from tests.makers import case_filed
from tests.observed import chained

__all__ = ["clips"]

OFFICIAL = next(person for person in LISTED if person.username == "official1")
SRT = "1\n00:00:00,100 --> 00:00:00,900\n各位代表，我向大家述法\n"
SECTIONS = [
    {"item": item, "text": f"关于{item}：我本人部署推动的事项和数据"}
    for item in ("study", "lead", "decide", "enforce", "suits", "business", "inspect")
]
CONTENT: dict[str, Any] = {
    "title": "城关区2026年度述法报告",
    "forms": ["written", "media"],
    "sections": SECTIONS,
    "problems": ["涉企检查频次仍然偏高"],
    "measures": "推行综合查一次，明年一季度前完成",
}


def plan(**other: Any) -> dict[str, Any]:
    today = clock.today()
    days = {
        name: (today + timedelta(days=days)).isoformat()
        for name, days in (
            ("begins_on", 0), ("submit_by", 20), ("review_by", 30), ("publish_by", 40), ("rate_by", 60),
            ("results_by", 80),
        )
    }  # fmt: skip
    told = {"year": today.year, "region": "62", "title": "全省2026年度述法", "basis": "关于开展年度述法工作的通知"}
    return {**told, **days, **other}


def roster(*lines: tuple[str, ...], heading: tuple[str, ...] = tuple(COLUMNS.values())) -> dict[str, Any]:
    text = "\n".join(",".join(cells) for cells in (heading, *lines))
    return {"name": "名册.csv", "content": b64encode(text.encode()).decode(), "dry_run": False}


HEAD = (OFFICIAL.code, "述法人甲", "区长", OFFICIAL.unit, "市县两级党政主要负责人及班子成员", "政府主要负责人", "")
STRANGER = ("x-0001", "述法人乙", "镇长", "620102-justice", "其他述法主体", "government_department", "")
EXEMPT = ("x-0002", "述法人丙", "局长", "6201-justice", "department", "政府工作部门主要负责人", "年内病休")


async def called(api: Api, *lines: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """A cycle with a roster whose known officials were called; the first one's report and the cycle."""
    cycle = await api.post("/api/v1/report-cycles", "reviewer1", plan(), 201)
    done = await api.post(f"/api/v1/report-cycles/{cycle['id']}/roster", "reviewer1", roster(*(lines or (HEAD,))))
    assert done["applied"], done
    assert await calling.called() == done["known"]
    assert await calling.called() == 0
    mine = await api.get("/api/v1/my-reports", "official1")
    return mine[0]["number"], cycle


async def submitted(api: Api, number: str, **other: Any) -> None:
    await api.step(number, "save", "official1", **{**CONTENT, **other})
    await api.step(number, "submit", "official1")


CHECKED = dict.fromkeys(
    ("own_words", "yearly_tasks", "problems_named", "measures_clear", "must_answered", "nothing_secret"), True
)
SEEN = dict.fromkeys(("picture", "sound", "captions"), True)


async def looked_over(api: Api, number: str) -> None:
    """The content check as it goes where nobody asks WeChat: a reviewer passes each part."""
    await checking.asked(api.settings)
    await checks.asked(api.settings, None)
    for one in await api.get(f"/api/v1/content-checks?matter={number}", "reviewer2"):
        said = {"passed": True, "reason": "已通读"}
        await api.post(f"/api/v1/content-checks/{one['id']}/decision", "reviewer2", said)


async def published(api: Api, number: str, scope: str = "public", **other: Any) -> None:
    await submitted(api, number, **other)
    await api.step(number, "pass_content", "reviewer2", **CHECKED)
    await api.step(number, "pass_technical", "reviewer2", **SEEN)
    await looked_over(api, number)
    await api.step(number, "publish", "reviewer2", scope=scope)


async def test_a_plan_has_its_days_in_order_and_is_one_of_a_place(api: Api) -> None:
    wrong = await api.post(
        "/api/v1/report-cycles", "reviewer1", plan(submit_by=(clock.today() - timedelta(days=1)).isoformat()), 422
    )
    assert wrong["details"]["fields"] == [{"path": "submit_by", "message": "不能早于开始日期"}]
    cycle = await api.post("/api/v1/report-cycles", "reviewer1", plan(), 201)
    for who, region, status, code in (
        ("reviewer1", "62", 409, "cycle_there"),
        ("reviewer2", "6201", 409, "cycle_there"),  # the province's holds for all below
        ("reviewer2", "6202", 403, "not_allowed"),
        ("official1", "62", 403, "not_allowed"),
    ):
        refused = await api.post("/api/v1/report-cycles", who, plan(region=region), status)
        assert refused["code"] == code
    told = {name: value for name, value in plan(title="改了名称").items() if name not in {"year", "region"}}
    response = await api.call("PUT", f"/api/v1/report-cycles/{cycle['id']}", "reviewer1", told)
    assert (response.status, (await response.json())["title"]) == (200, "改了名称")
    assert (await api.call("PUT", f"/api/v1/report-cycles/{cycle['id']}", "reviewer2", told)).status == 404
    assert [one["title"] for one in await api.get("/api/v1/report-cycles", "official1")] == ["改了名称"]


async def test_of_two_plans_at_once_one_is_taken(api: Api) -> None:
    who = await api.signed_in("reviewer1")
    answers = await gather(*(api.call("POST", "/api/v1/report-cycles", who, plan()) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 5]


async def test_a_roster_is_taken_whole_or_not_at_all(api: Api) -> None:
    cycle = await api.post("/api/v1/report-cycles", "reviewer1", plan(), 201)
    path = f"/api/v1/report-cycles/{cycle['id']}/roster"
    bad = await api.post(
        path, "reviewer1",
        roster(HEAD, ("x-9", "丁", "", "no-such", "其他", "没有的清单", ""), (OFFICIAL.code, *STRANGER[1:])),
    )  # fmt: skip
    assert not bad["applied"]
    assert {(one["line"], one["column"], one["code"]) for one in bad["problems"]} == {
        (3, "职务", "missing"),
        (3, "单位编码", "unknown_unit"),
        (3, "述法主体", "unknown_kind"),
        (3, "责任清单", "unknown_list"),
        (4, "人员编码", "twice"),
    }
    assert await Official.all().count() == 0
    tried = await api.post(path, "reviewer1", {**roster(HEAD, STRANGER, EXEMPT), "dry_run": True})
    assert (tried["applied"], tried["added"], tried["exempt"], tried["known"]) == (False, 3, 1, 1)
    assert await Official.all().count() == 0
    done = await api.post(path, "reviewer1", roster(HEAD, STRANGER, EXEMPT))
    assert (done["applied"], done["added"], done["changed"]) == (True, 3, 0)
    again = await api.post(path, "reviewer1", roster(HEAD, STRANGER, EXEMPT))
    assert (again["added"], again["changed"]) == (0, 0)
    unknown = await api.post(path, "reviewer1", roster(heading=tuple(STAFF_COLUMNS.values())), 422)
    assert unknown["code"] == "roster_unreadable"
    assert (await api.post(path, "reviewer1", {**roster(HEAD), "content": "===="}, 422))["code"] == "invalid"


async def test_coverage_counts_everybody_once_and_exemptions_need_a_reason(api: Api) -> None:
    number, cycle = await called(api, HEAD, STRANGER, EXEMPT)
    path = f"/api/v1/report-cycles/{cycle['id']}"

    async def counted(who: str = "reviewer1", region: str = "") -> dict[str, Any]:
        found: dict[str, Any] = await api.get(f"{path}/coverage{region and f'?region={region}'}", who)
        for part in ("regions", "kinds"):
            for name in ("owed", "exempt", "missing", "begun", "submitted", "done"):
                assert sum(one[name] for one in found[part]) == found["total"][name]
        return found

    total = (await counted())["total"]
    assert [total[name] for name in ("owed", "exempt", "missing", "begun", "done")] == [3, 1, 1, 1, 0]
    assert (await counted(region="620102"))["total"]["owed"] == 2
    assert (await api.call("GET", f"{path}/coverage?region=62", "reviewer2")).status == 422
    missing = (await api.get(f"{path}/officials?state=missing", "reviewer1"))["items"]
    assert [(one["code"], one["known"]) for one in missing] == [("x-0001", False)]
    exemption = f"/api/v1/officials/{missing[0]['id']}/exemption"
    assert (await api.call("POST", exemption, "reviewer1", {})).status == 422
    assert (await api.call("POST", exemption, "reviewer1", {"reason": "挂职外省"})).status == 204
    assert (await api.call("POST", exemption, "reviewer1", {"reason": "挂职外省"})).status == 409
    await published(api, number)
    total = (await counted())["total"]
    assert [total[name] for name in ("owed", "exempt", "missing", "begun", "done")] == [3, 2, 0, 0, 1]
    first = await api.get(f"{path}/officials?limit=1", "reviewer1")
    rest = await api.get(f"{path}/officials?limit=2&cursor={first['next']}", "reviewer1")
    codes = [one["code"] for one in (*first["items"], *rest["items"])]
    assert len(set(codes)) == 3


async def test_from_the_draft_to_the_column_and_out_of_it(api: Api, clips: Clips) -> None:
    number, _ = await called(api)
    tus = Tus(api, Authorization=await api.signed_in("official1"))
    film = await uploaded(tus, clips.mp4, "述法.mp4", purpose="report_video")
    clip = {"file": str(film), "title": "履职情况", "item": "study", "marks": [{"at": 0, "title": "开场"}]}
    bare = {**CONTENT, "sections": SECTIONS[1:], "clips": [clip]}
    await api.step(number, "save", "official1", **{**bare, "problems": [], "clips": [clip]})
    lacking = await api.step(number, "submit", "official1", status=422)
    assert {field["path"] for field in lacking["details"]["fields"]} == {"inputs.problems", "inputs.clips.0.captions"}
    wrong = {**clip, "captions": "1\n00:00:02,000 --> 00:00:01,000\n倒着\n"}
    refused = await api.step(number, "save", "official1", status=422, **{**bare, "clips": [wrong]})
    assert "字幕第 2 行" in refused["details"]["fields"][0]["message"]
    said = {**clip, "captions": SRT}
    await submitted(api, number, **{**bare, "clips": [said]})
    waiting = await api.step(number, "save", "official1", status=409, **CONTENT)
    assert waiting["code"] == "wrong_stage"

    await api.step(number, "send_back", "reviewer2", points=[{"text": "画面偏暗", "clip": 1, "at": 3}])
    seen = await api.get(f"/api/v1/matters/{number}", "official1")
    assert seen["report"]["points"] == [{"text": "画面偏暗", "clip": 1, "at": 3}]
    await submitted(api, number, **{**bare, "clips": [said], "measures": "改了"})
    versions = await api.get(f"/api/v1/matters/{number}/versions", "reviewer2")
    assert [(one["version"], one["changed"]) for one in versions] == [(2, ["measures"]), (1, [])]

    unchecked = await api.step(number, "pass_content", "reviewer2", status=409, **{**CHECKED, "nothing_secret": False})
    assert unchecked["code"] == "not_checked"
    await api.step(number, "pass_content", "reviewer2", **CHECKED)
    not_ready = await api.step(number, "pass_technical", "reviewer2", status=409, **SEEN)
    assert not_ready["code"] == "clips_not_ready"
    assert await worked(api) == 1
    await api.step(number, "pass_technical", "reviewer2", **SEEN)
    column = "/api/v1/public/reports"
    assert (await api.get(column))["items"] == []
    await looked_over(api, number)
    await api.step(number, "publish", "reviewer2", scope="public")

    listed = (await api.get(column))["items"]
    assert [(one["number"], one["title"], one["clips"]) for one in listed] == [(number, CONTENT["title"], 1)]
    one = await api.get(f"{column}/{number}")
    recording = one["recordings"][0]
    assert (recording["title"], recording["marks"]) == ("履职情况", [{"at": 0, "title": "开场", "answer": ""}])
    assert {part["name"] for part in one["sections"]} >= {"部署推进", "行政执法"}
    played = await api.client.get(recording["video"], headers={"Range": "bytes=0-99"})
    assert (played.status, played.content_type, len(await played.read())) == (206, "video/mp4", 100)
    spoken = await api.client.get(recording["captions"])
    assert (spoken.content_type, (await spoken.text()).startswith("WEBVTT")) == ("text/vtt", True)
    assert (await api.client.get(recording["poster"])).content_type == "image/jpeg"

    shared = f"{column}/{number}/share.png"
    for kind in ("link", "mini"):  # without a mini-program here, its code is the ordinary link's
        drawn = await api.client.get(f"{shared}?kind={kind}")
        with Image.open(BytesIO(await drawn.read())) as image:
            assert (drawn.content_type, image.size) == ("image/png", SIZE)
            (code,) = zxingcpp.read_barcodes(image)
            assert code.text == f"{api.settings.url}/h5/#/pages/column/one?number={number}"

    await api.step(number, "withdraw", "reviewer2", reason="当事人申请更正")
    for path in (f"{column}/{number}", shared, recording["video"], recording["captions"], recording["poster"]):
        assert (await api.client.get(path)).status == 404
    assert (await api.get(column))["items"] == []
    assert (await Official.get(report__matter__number=number)).done_on is None
    await api.step(number, "publish", "reviewer2", scope="public")
    await api.step(number, "replace", "official1", reason="更新数据")
    assert (await api.client.get(f"{column}/{number}")).status == 404


async def test_each_scope_admits_those_it_is_for(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number, "internal")
    readers = ("", "evaluator1", "reviewer1", "supervisor2", "handler3")
    for scope, those in (
        ("internal", {"reviewer1", "supervisor2", "handler3"}),
        ("evaluators", {"evaluator1", "reviewer1", "supervisor2", "handler3"}),
        ("public", set(readers)),
    ):
        if scope != "internal":
            await api.step(number, "withdraw", "reviewer2", reason="调整公开范围")
            await api.step(number, "publish", "reviewer2", scope=scope)
        for who in readers:
            path = "/api/v1/reports" if who else "/api/v1/public/reports"
            found = (await api.get(path, who))["items"]
            assert bool(found) == (who in those), (scope, who)
            assert (await api.call("GET", f"{path}/{number}", who)).status == (200 if who in those else 404)


async def test_text_alone_is_an_equal_choice(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    one = await api.get(f"/api/v1/public/reports/{number}")
    assert (one["clips"], one["recordings"], len(one["sections"])) == (0, [], 7)
    assert one["problems"] == CONTENT["problems"]


async def test_who_may_do_what(api: Api) -> None:
    """A county's head is reviewed a level up: those of the own county's office are their subordinates."""
    number, _ = await called(api)
    matter = await Matter.get(number=number).select_related("receiving_unit")
    assert matter.receiving_unit.code == "6201-justice.review"
    assert (await Duty.get(matter_id=matter.id, closed_at=None)).name == "record_report"
    for who in ("reviewer1", "evaluator1", "registrar1", "handler3", "head2", "personnel1", "leader1"):
        assert (await api.call("GET", f"/api/v1/matters/{number}", who)).status == 404, who
    await submitted(api, number)
    assert (await api.step(number, "pass_content", "official1", status=403, **CHECKED))["code"] == "not_allowed"
    queue = await api.get("/api/v1/duties?tab=unit", "reviewer2")
    assert number in [duty["matter"]["number"] for duty in queue["items"]]
    await api.step(number, "take_back", "official1")
    await submitted(api, number)
    await api.step(number, "pass_content", "reviewer2", **CHECKED)
    await api.step(number, "pass_technical", "reviewer2", **SEEN)
    await looked_over(api, number)
    await api.step(number, "publish", "reviewer2", scope="public")
    leader = next(person for person in LISTED if person.username == "leader1")
    post = await Post.get(person__code=leader.code, role=Role.LEADER)
    await api.step(number, "designate_leader", "reviewer2", post=str(post.id))
    await api.step(number, "comment", "leader1", text="成绩实在，问题找得还不够准")
    assert (await api.call("GET", f"/api/v1/matters/{number}/result", "personnel1")).status == 404
    early = await api.call("GET", f"/api/v1/matters/{number}/result", "reviewer2")
    assert (early.status, (await early.json())["code"]) == (409, "no_result_yet")
    await api.step(number, "conclude", "reviewer2")
    for form, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("docx", b"PK")):
        package = await api.call("GET", f"/api/v1/matters/{number}/result?format={form}", "personnel1")
        assert (package.status, (await package.read())[: len(begins)]) == (200, begins)
    found = [entry.verb for entry in await chained(matter.id)]
    assert found.count("open_result") == 3, "each download is an entry of the chain"
    assert (await api.call("GET", f"/api/v1/matters/{number}/result", "official1")).status == 403
    await api.step(number, "receive_result", "personnel1")
    assert (await api.client.get(f"/api/v1/public/reports/{number}")).status == 200, "it stays in the column"


async def test_everybody_sees_only_what_the_content_check_or_a_reviewer_has_passed(api: Api, clips: Clips) -> None:
    number, _ = await called(api)
    tus = Tus(api, Authorization=await api.signed_in("official1"))
    film = await uploaded(tus, clips.mp4, "述法.mp4", purpose="report_video")
    await submitted(api, number, clips=[{"file": str(film), "title": "履职情况", "captions": SRT}])
    assert await checking.asked(api.settings) == 0, "its film is still being cleaned"
    assert await worked(api) == 1
    assert (await checking.asked(api.settings), await checking.asked(api.settings)) == (1, 0)

    async def seen(who: str = "reviewer2") -> dict[str, Any]:
        found: dict[str, Any] = (await api.get(f"/api/v1/matters/{number}", who))["report"]["checks"]
        return found

    found = await seen()
    assert [(part["name"], part["state"]) for part in found["parts"]] == [
        ("报告文字", "owed"), ("第1段视频的字幕", "owed"), ("第1段视频", "owed"),
    ]  # fmt: skip
    assert await seen("official1") is None
    await checks.asked(api.settings, None)  # nobody asks WeChat here: a person looks
    found = await seen()
    assert (found["state"], found["parts"][0]["why"]) == ("person", ["没有设置小程序，微信不能检查"])
    await api.step(number, "pass_content", "reviewer2", **CHECKED)
    await api.step(number, "pass_technical", "reviewer2", **SEEN)
    refused = await api.step(number, "publish", "reviewer2", status=409, scope="public")
    assert (refused["code"], refused["details"]["state"]) == ("content_not_passed", "person")
    await api.step(number, "publish", "reviewer2", scope="evaluators")
    await api.step(number, "withdraw", "reviewer2", reason="改为向社会公开")

    assert await api.get("/api/v1/content-checks", "reviewer1") == [], "the official's own are none of a stranger's"
    waiting = await api.get(f"/api/v1/content-checks?matter={number}", "reviewer2")
    assert [one["sort"] for one in waiting] == ["text", "text", "film"]
    assert "各位代表，我向大家述法" in [one["text"] for one in waiting]
    shown = await api.client.get(waiting[2]["url"].removeprefix(api.settings.url))
    assert (shown.status, shown.content_type) == (200, "video/mp4")
    words, *others = (f"/api/v1/content-checks/{one['id']}/decision" for one in waiting)
    said = {"passed": True, "reason": "已通读，没有不当内容"}
    assert (await api.call("POST", words, "reviewer1", said)).status == 404
    await api.post(words, "reviewer2", {"passed": False, "reason": "出现了未公开的案件"})
    for path in others:
        await api.post(path, "reviewer2", said)
    refused = await api.step(number, "publish", "reviewer2", status=409, scope="public")
    assert refused["details"]["state"] == "refused"
    assert (await seen())["parts"][0]["decided"][0]["reason"] == "出现了未公开的案件"

    # Another version: what was changed is looked at anew, the film and its captions are not.
    await api.step(number, "replace", "official1", reason="删去未公开的案件")
    kept = (await api.get(f"/api/v1/matters/{number}", "official1"))["report"]["content"]
    await submitted(api, number, **{**kept, "measures": "改了"})
    assert (await seen())["state"] == "owed"
    await api.step(number, "pass_content", "reviewer2", **CHECKED)
    await api.step(number, "pass_technical", "reviewer2", **SEEN)
    refused = await api.step(number, "publish", "reviewer2", status=409, scope="public")
    assert refused["details"]["state"] == "owed", "what was passed is another version"
    await looked_over(api, number)
    assert [part["state"] for part in (await seen())["parts"]] == ["passed"] * 3
    await api.step(number, "publish", "reviewer2", scope="public")


async def test_the_units_own_figures_stand_beside_it_for_those_whom_it_accounts_to(api: Api) -> None:
    number, _ = await called(api)
    today = clock.today()
    official = await Official.get(report__matter__number=number)
    cases = [await (await case_filed()).matter() for _ in range(9)]
    facts = [await CaseFact.get(matter_id=case.id) for case in cases]
    for place, fact in enumerate(facts):
        fact.region_id = "620102"
        if place < 7:
            fact.replied_on, fact.on_time = today, place > 0
        if place < 4:
            fact.closed_on, fact.rated, fact.satisfied = today, True, True
        if place == 6:
            fact.reopened_on = today
        await fact.save()
    late = clock.now() - timedelta(days=1)
    await Matter.filter(id__in=[case.id for case in cases[7:]]).update(statutory_due=late)
    # From this one the official is shut out: nobody finds it by taking one number from another.
    await Recusal.create(
        id=uuid4(), matter_id=cases[0].id, person_id=official.person_id, reason="本人被反映", accused=True,
        since=clock.now(),
    )  # fmt: skip
    await published(api, number)
    path = f"/api/v1/reports/{number}/figures"
    assert (await api.call("GET", path, "evaluator1")).status == 404, "they are not taken yet"
    assert (await of_report.taken(), await of_report.taken()) == (1, 0)
    found = await api.get(path, "evaluator1")
    assert {one["code"]: one["value"] for one in found["counts"]} == {"overdue": None, "replied": 6, "reopened": None}
    rates = {one["code"]: (one["rate"], one["of"]) for one in found["rates"]}
    assert rates == {"on_time_rate": (1.0, 6), "satisfied_rate": (None, None)}
    for who, status in (
        ("", 401), ("official1", 200), ("reviewer1", 200), ("reviewer2", 200), ("leader1", 200), ("handler3", 404),
        ("supervisor2", 404), ("registrar1", 404),
    ):  # fmt: skip
        answer = await api.call("GET", path, who)
        assert answer.status == status, who
        if status == 200:
            assert (await answer.json()) == found, "one snapshot for all"
    assert "figures" not in await api.get(f"/api/v1/public/reports/{number}")
    await CaseFact.filter(matter_id=cases[8].id).update(replied_on=today)
    await api.step(number, "withdraw", "reviewer2", reason="更正")
    assert (await api.call("GET", path, "evaluator1")).status == 404
    await api.step(number, "publish", "reviewer2", scope="evaluators")
    assert (await of_report.taken(), await api.get(path, "evaluator1")) == (0, found), "taken once"
