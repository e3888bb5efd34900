"""点评 over HTTP: a problem that a leader names is a line of the ledger, and next year's report answers for it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from demo.persons import LISTED
from domain.reports import calling
from kit import clock
from models import Matter, Post, Rectification, Recusal, Report, Role, Unit
from tests.api.conftest import Api
from tests.api.test_reports_over_http import CONTENT, HEAD, called, plan, published, roster, submitted
from tests.rectified import Line

LEADER = next(person for person in LISTED if person.username == "leader1")
PROBLEM = "行政复议纠错率偏高，败诉案件没有复盘"


async def commented(api: Api, number: str, *problems: dict[str, Any], status: int = 200) -> Any:
    post = await Post.get(person__code=LEADER.code, role=Role.LEADER)
    await api.step(number, "designate_leader", "reviewer2", post=str(post.id))
    return await api.step(number, "comment", "leader1", text="问题找得不够准", problems=list(problems), status=status)


async def next_year(api: Api) -> str:
    cycle = await api.post("/api/v1/report-cycles", "reviewer1", plan(year=clock.today().year + 1), 201)
    await api.post(f"/api/v1/report-cycles/{cycle['id']}/roster", "reviewer1", roster(HEAD))
    assert await calling.called() == 1
    number: str = (await api.get("/api/v1/my-reports", "official1"))[0]["number"]
    return number


async def test_each_problem_of_a_comment_is_a_line_of_the_ledger(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    other = await Unit.get(code="620102-market")
    day = clock.today() + timedelta(days=30)
    await commented(
        api,
        number,
        {"problem": PROBLEM},
        {"problem": "检查过频", "unit": str(other.id), "measure": "推行综合查一次", "due_on": day.isoformat()},
    )
    report = await Report.get(matter__number=number).select_related("official")
    own, named = (
        await Rectification.filter(matter__opened_by_id=report.matter_id).order_by("-problem").select_related("matter")
    )
    assert (own.source, own.problem, own.unit_id, own.official_id) == (
        "comment", PROBLEM, report.official.unit_id, report.official.person_id,
    )  # fmt: skip
    assert (named.unit_id, named.demands) == (other.id, "推行综合查一次")
    assert named.matter.statutory_due is not None
    assert named.matter.statutory_due.astimezone(clock.CHINA).date() == day
    assert own.matter.statutory_due is not None
    assert 85 <= (own.matter.statutory_due - clock.now()).days <= 100, "three months"
    entries = await api.get(f"/api/v1/matters/{number}/entries", "official1")
    said = next(entry for entry in entries["items"] if entry["verb"] == "comment")
    assert set(said["said"]["opened"]) == {own.matter.number, named.matter.number}


async def test_a_comment_that_names_no_unit_of_ours_opens_nothing(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    wrong = await commented(api, number, {"problem": PROBLEM}, {"problem": PROBLEM, "unit": str(uuid4())}, status=422)
    assert wrong["details"]["fields"] == [{"path": "inputs.problems.1.unit", "message": "没有这个单位"}]
    assert not await Rectification.exists()


async def test_what_is_not_struck_off_must_be_answered_next_year(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    market = str((await Unit.get(code="620102-market")).id)  # of the official all the same
    done = {"problem": "已经改好的问题", "unit": market}
    await commented(api, number, {"problem": PROBLEM}, done, {"problem": "与他人有关的问题"})
    lines = {one.problem: one for one in await Rectification.all().select_related("matter")}
    await Line(lines["已经改好的问题"].matter.number).walk("struck_off")
    shut = lines["与他人有关的问题"]
    await Recusal.create(
        id=uuid4(), matter_id=shut.matter_id, person_id=shut.official_id, reason="回避", accused=True, since=clock.now()
    )
    later = await next_year(api)
    must = (await api.get(f"/api/v1/matters/{later}", "official1"))["report"]["must"]
    assert must == [{"item": lines[PROBLEM].matter.number, "text": PROBLEM}]

    await api.step(later, "save", "official1", **CONTENT)
    lacking = await api.step(later, "submit", "official1", status=422)
    assert lacking["details"]["fields"] == [{"path": "inputs.answers", "message": f"必述内容还没有说明：{PROBLEM}"}]
    assert (await Matter.get(number=later)).stage == "draft"
    answers = [{"item": must[0]["item"], "text": "已经逐案复盘"}]
    await submitted(api, later, answers=answers)
    assert (await Matter.get(number=later)).stage == "content_review"


async def test_the_public_reads_an_answer_without_what_was_said_inside(api: Api) -> None:
    number, _ = await called(api)
    await published(api, number)
    await commented(api, number, {"problem": PROBLEM})
    later = await next_year(api)
    line = await Rectification.get(problem=PROBLEM).select_related("matter")
    await published(api, later, answers=[{"item": line.matter.number, "text": "已经逐案复盘"}])
    shown = await api.get(f"/api/v1/public/reports/{later}")
    assert shown["answers"] == [{"name": "必述内容中的一个事项", "text": "已经逐案复盘"}]
    assert PROBLEM not in str(shown)
