"""质询 over HTTP: asked out of a report, put to the official on a clock, answered, read, and shown with the report."""

from typing import Any
from uuid import uuid4

from demo.persons import LISTED
from domain.loop import chores
from kit import clock
from models import Duty, Entry, Matter, Notice, Person, Rectification, Recusal, Unit
from tests.api.conftest import Api
from tests.voiced import proof, shown

PUBLIC = "/api/v1/public/reports"
TEXT = "去年承诺的综合查一次为什么没有落实？"


async def asked(api: Api, number: str, person: str = "甲", status: int = 201) -> Any:
    body = {"proof": proof(api, person), "text": TEXT}
    return await api.post(f"{PUBLIC}/{number}/questions", "", body, status)


async def put(api: Api, number: str) -> str:
    question: str = (await asked(api, number))["number"]
    await api.step(question, "accept_question", "reviewer2")
    return question


async def test_from_the_question_to_the_page(api: Api) -> None:
    number = await shown(api)
    question = (await asked(api, number))["number"]
    assert (await api.call("GET", f"/api/v1/matters/{question}", "official1")).status == 404, "not before it is read"
    seen = await api.get(f"/api/v1/matters/{question}", "reviewer2")
    assert (seen["question"]["summary"], seen["question"]["report"]) == (TEXT, number)
    await api.step(question, "accept_question", "reviewer2")
    duty = await Duty.get(matter__number=question, closed_at=None)
    assert (duty.name, duty.role) == ("answer_question", "official")
    matter = await Matter.get(number=question)
    assert duty.due_at == matter.internal_due
    assert 15 <= (duty.due_at - clock.now()).days <= 40
    await api.step(question, "answer_question", "official1", text="正在做")
    await api.step(question, "return_answer", "reviewer2", reason="没有回答问题")
    assert (await Duty.get(matter__number=question, closed_at=None)).returned
    await api.step(question, "answer_question", "official1", text="九月已经在全区推行")
    assert (await api.get(f"{PUBLIC}/{number}/voices"))["questions"] == []
    await api.step(question, "publish_answer", "reviewer2")
    shown_ = (await api.get(f"{PUBLIC}/{number}/voices"))["questions"]
    assert [(one["asked_by"], one["text"], one["answer"]) for one in shown_] == [
        ("社会公众", TEXT, "九月已经在全区推行")
    ]
    await api.step(question, "withdraw_answer", "reviewer2", reason="涉及个人信息")
    assert (await api.get(f"{PUBLIC}/{number}/voices"))["questions"] == []
    assert await Notice.filter(matter__number=question, template="question_published").exists()


async def test_nobody_learns_who_asked(api: Api) -> None:
    number = await shown(api)
    mine = await api.post(f"/api/v1/reports/{number}/questions", "evaluator1", {"text": TEXT}, 201)
    public = await put(api, number)
    await api.step(mine["number"], "accept_question", "reviewer2")
    first = await Entry.filter(matter__number=public).order_by("seq").first()
    assert first is not None
    assert (first.actor_kind, first.post_id) == ("visitor", None)
    evaluator = next(person for person in LISTED if person.username == "evaluator1")
    name = (await Person.get(code=evaluator.code)).name
    for path in (f"/api/v1/matters/{mine['number']}", f"/api/v1/matters/{mine['number']}/entries"):
        assert name not in str(await api.get(path, "official1"))
    assert (await api.call("POST", f"/api/v1/reports/{number}/questions", "official1", {"text": TEXT})).status == 403


async def test_a_question_is_refused_with_a_reason_and_told_to_nobody(api: Api) -> None:
    number = await shown(api)
    question = (await asked(api, number))["number"]
    assert (await api.step(question, "refuse_question", "reviewer2", status=422))["code"] == "invalid"
    await api.step(question, "refuse_question", "reviewer2", reason="与述法无关")
    assert (await Matter.get(number=question)).ended_at is not None
    assert (await api.call("GET", f"/api/v1/matters/{question}", "official1")).status == 404
    assert not await Duty.filter(matter__number=question, closed_at=None).exists()


async def test_a_question_that_is_sent_again_is_one(api: Api) -> None:
    number = await shown(api)
    public = {"proof": proof(api, "甲"), "text": TEXT}
    for path, who, body in (
        (f"{PUBLIC}/{number}", "", public),
        (f"/api/v1/reports/{number}", "evaluator1", {"text": TEXT}),
    ):
        first = await api.post(f"{path}/questions", who, body, 201, Idempotency_Key=f"one-{who}")
        for _ in range(6):  # more than a person may ask
            assert await api.post(f"{path}/questions", who, body, 201, Idempotency_Key=f"one-{who}") == first
        other = {**body, "text": "另一个问题"}
        assert (await api.post(f"{path}/questions", who, other, 409, Idempotency_Key=f"one-{who}"))[
            "code"
        ] == "key_reused"
    assert await Matter.filter(kind="question").count() == 2


async def test_nobody_floods_the_reviewers(api: Api) -> None:
    number = await shown(api)
    for _ in range(5):
        await asked(api, number)
    await asked(api, number, status=429)
    await asked(api, number, "乙")


async def test_an_unanswered_question_is_overdue_as_any_duty(api: Api) -> None:
    number = await shown(api)
    question = await put(api, number)
    await Duty.filter(matter__number=question).update(due_at=clock.now())
    await chores.overdue_told()
    assert await Notice.filter(matter__number=question, template="duty_overdue").exists()


async def test_whoever_steps_aside_from_the_report_never_reads_its_questions(api: Api) -> None:
    number = await shown(api)
    reviewer = next(person for person in LISTED if person.username == "reviewer2")
    await Recusal.create(
        id=uuid4(), matter=await Matter.get(number=number), person=await Person.get(code=reviewer.code),
        reason="述法人的下属", accused=False, since=clock.now(),
    )  # fmt: skip
    question = (await asked(api, number))["number"]
    assert (await api.call("GET", f"/api/v1/matters/{question}", "reviewer2")).status == 404
    assert (await api.step(question, "accept_question", "reviewer2", status=404))["code"] == "not_found"


async def test_what_an_answer_admits_becomes_a_line_of_the_ledger(api: Api) -> None:
    number = await shown(api)
    question = await put(api, number)
    await api.step(question, "answer_question", "official1", text="确实没有落实")
    market = await Unit.get(code="620102-market")
    await api.step(question, "list_problem", "reviewer2", problem="综合查一次没有落实", owner_unit=str(market.id))
    line = await Rectification.get(matter__opened_by__number=question)
    assert (line.source, line.unit_id) == ("question", market.id)
