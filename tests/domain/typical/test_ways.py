"""From closed cases to a published text and back: two persons are two, a third releases; versions, sources, fates."""

from datetime import datetime
from uuid import uuid4

import pytest
from tortoise.exceptions import OperationalError

from domain.cases import stages as of_cases_stages
from domain.figures import tally
from domain.figures.statistics import Asked, total
from domain.loop import engine, notices, opening, reading
from domain.loop.engine import SamePerson
from domain.loop.kinds import Kind, WrongStage
from domain.people.actors import SYSTEM
from domain.typical import finding, publishing
from domain.typical.effects import (
    AlreadyCompiled,
    MarksUnchecked,
    MustGo,
    NobodyToRelease,
    NoSource,
    NotASource,
    TellApart,
    TooClose,
)
from domain.typical.publishing import released, taken_down
from domain.typical.table import TYPICAL
from domain.wechat import checks, fans
from domain.wechat.checks import Opinion, Unasked
from kit import clock
from kit.clock import CHINA
from kit.errors import NotAllowed, NotFound
from models import (
    Account,
    Audience,
    CheckState,
    ContentCheck,
    Fan,
    Matter,
    Post,
    Recusal,
    Relation,
    Role,
    TypicalIssue,
)
from models.database import connection
from tests.makers import SETTINGS, case_at, officer, unit
from tests.observed import chained, refused, rolled_back
from tests.supervised import INSPECTION
from tests.typical import DRAFT, REASON, TEXTS, Tale, of_cases

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CHINA)


async def public_titles() -> list[str]:
    return [row["title"] for row in await publishing.listed(Audience.PUBLIC)]


async def gone(tale: Tale) -> bool:
    """From the public doors, both."""
    own = await tale.own()
    with pytest.raises(NotFound):
        await publishing.one(Audience.PUBLIC, own.public_id)
    return str(own.public_id) not in [str(row["id"]) for row in await publishing.listed(Audience.PUBLIC)]


async def test_from_the_draft_to_the_public_and_back(shared_province: str) -> None:
    with clock.at(MONDAY):
        walk = await case_at("closed")
        tale = await of_cases(walk, told_region="6201")
        assert (await tale.matter()).number.startswith("AL2026-")
        await tale.at("printed")
        own = await tale.own()
        assert await gone(tale)
        text = await publishing.one(Audience.INTERNAL, own.public_id)
        assert {part: text[part] for part in TEXTS} == TEXTS
        assert (text["region_name"], text["public"]) == ("兰州市", False)
        await tale.take("approve_public")
        await tale.take("publish")
        shown = await publishing.one(Audience.PUBLIC, own.public_id)
        assert (shown["public"], shown["issued_on"]) == (True, MONDAY.date())
        # Nothing of the matter or of its case is among what the public reads.
        assert tale.number not in str(shown)
        assert walk.number not in str(shown)
        assert str(tale.id) not in str(shown)
        await tale.take("withdraw", **REASON)
        assert await gone(tale)
        with pytest.raises(NotFound):
            await publishing.one(Audience.INTERNAL, own.public_id)
        # Back: the leader decides anew, and the same link leads there again.
        await tale.take("restore", **REASON)
        await tale.take("approve_public")
        await tale.take("publish")
        assert (await publishing.one(Audience.PUBLIC, own.public_id))["title"] == TEXTS["title"]
    assert await chained(tale.id)
    assert await TypicalIssue.filter(matter_id=tale.id, live=True).count() == 1
    assert await TypicalIssue.filter(matter_id=tale.id).count() == 3
    shown_to_writer = (await reading.shown(tale.writer, tale.number))["typical"]
    assert [issue["audience"] for issue in shown_to_writer["issues"]] == ["internal", "public", "public"]


async def test_another_text_is_another_version_and_is_looked_over_anew(shared_province: str) -> None:
    tale = await (await of_cases(await case_at("closed"))).at("published")
    async with refused(WrongStage):
        await engine.take(tale.writer, tale.number, "revise", {**DRAFT, "title": "改过的标题"})
    await tale.take("withdraw", **REASON)
    await engine.take(tale.writer, tale.number, "revise", {**DRAFT, "title": "改过的标题"})
    own = await tale.own()
    assert (own.marked_by, own.checked_by, own.cleared) == (None, None, {})
    for step in ("mark", "check"):
        await getattr(tale, step)()
    await tale.take("approve_public")
    await tale.take("publish")
    titles = [issue.title for issue in await TypicalIssue.filter(matter_id=tale.id).order_by("number")]
    assert titles == [TEXTS["title"], "改过的标题"]
    assert "改过的标题" in await public_titles()


async def test_what_was_published_can_not_be_changed(shared_province: str) -> None:
    tale = await (await of_cases(await case_at("closed"))).at("published")
    with pytest.raises(OperationalError):
        await connection().execute_query("UPDATE typical_issue SET title = 'x' WHERE matter_id = $1", [tale.id])
    with pytest.raises(OperationalError):
        await connection().execute_query("DELETE FROM typical_issue WHERE matter_id = $1", [tale.id])


async def test_two_persons_are_two_and_the_third_is_another(shared_province: str) -> None:
    tale = await of_cases(await case_at("closed"))
    other = await officer(Role.REGISTRAR, number=1)
    if other.person_id == tale.writer.person_id:
        other = await officer(Role.REGISTRAR, number=0)
    # Another registrar does the first look: then neither of them may do the second.
    await tale.mark(by=other)
    for one in (tale.writer, other):
        await finding.looked_over(SETTINGS, one, tale.number, TEXTS)
        async with refused(SamePerson):
            await engine.take(one, tale.number, "check_marks", {})
        assert "check_marks" not in [step["verb"] for step in (await reading.shown(one, tale.number))["next_steps"]]
    await tale.check()
    # A leader who had a hand in it is no third person.
    own = await tale.own()
    own.checked_by = tale.leader.person_id
    await own.save(update_fields=["checked_by"])
    async with refused(SamePerson):
        await engine.take(tale.leader, tale.number, "approve_print", {})


async def test_a_step_wants_a_check_of_just_this_text_by_this_person(shared_province: str) -> None:
    tale = await of_cases(await case_at("closed"))
    async with refused(MarksUnchecked):
        await engine.take(tale.writer, tale.number, "mark", TEXTS)
    await finding.looked_over(SETTINGS, tale.writer, tale.number, TEXTS)
    async with refused(MarksUnchecked):
        await engine.take(tale.writer, tale.number, "mark", {**TEXTS, "lesson": "又添了一句。"})
    other = await officer(Role.REGISTRAR, number=1)
    async with refused(MarksUnchecked):
        await engine.take(other, tale.number, "mark", TEXTS)
    await engine.take(tale.writer, tale.number, "mark", TEXTS)
    async with refused(MarksUnchecked):
        await engine.take(tale.looker, tale.number, "check_marks", {})
    with pytest.raises(NotAllowed):
        await finding.looked_over(SETTINGS, tale.leader, tale.number, TEXTS)
    await tale.check()
    with pytest.raises(WrongStage):  # nothing to try names on any more
        await finding.looked_over(SETTINGS, tale.writer, tale.number, TEXTS)


async def test_what_only_looks_like_it_needs_a_reason_twice(shared_province: str) -> None:
    tale = await of_cases(await case_at("closed"))
    told = {"handled": "王局长当即约谈有关科室，3月12日前全部办结。"}
    async with refused(MarksUnchecked) as caught:
        await finding.looked_over(SETTINGS, tale.writer, tale.number, {**TEXTS, **told})
        await engine.take(tale.writer, tale.number, "mark", {**TEXTS, **told})
    assert {hit["text"] for hit in caught.value.details["hits"]} == {"王局长", "3月12日"}
    why = [{"text": "王局长", "reason": "虚构的称呼"}, {"text": "3月12日", "reason": "与个案无关的统一期限"}]
    await tale.mark(cleared=why, handled=told["handled"])
    async with refused(MarksUnchecked):
        await finding.looked_over(SETTINGS, tale.looker, tale.number, await tale.texts())
        await engine.take(tale.looker, tale.number, "check_marks", {"cleared": why[:1]})
    await tale.check(cleared=why)
    assert set((await tale.own()).cleared) == {"first", "second"}


async def test_recusal_comes_down_from_every_source(shared_province: str) -> None:
    first, second = await case_at("closed"), await case_at("handling")
    shut = await officer(Role.REGISTRAR, number=1)
    await engine.take(shut, second.number, "recuse", {"reason": "亲属"})
    for verb in ("answer", "approve_answer", "reply", "call_back", "close"):
        await second.take(verb)
    writer = await officer(Role.REGISTRAR, number=0)
    with pytest.raises(NotFound):  # not even as a source
        await engine.take(shut, first.number, "compile_typical", {**DRAFT, "sources": [second.number]})
    async with refused(TellApart):  # the entry on the first would tell them
        await engine.take(writer, first.number, "compile_typical", {**DRAFT, "sources": [second.number]})
    tale = await of_cases(first, second)
    for read in (
        reading.shown(shut, tale.number),
        reading.timeline(shut, tale.number),
        finding.looked_over(SETTINGS, shut, tale.number, TEXTS),
        engine.take(shut, tale.number, "mark", TEXTS),
    ):
        with pytest.raises(NotFound):
            await read
    # Of the case that they may see they learn nothing more: neither the typical case nor the other source.
    assert [row["kind"] for row in (await reading.shown(shut, first.number))["related"]] == []
    assert {row["how"] for row in (await reading.shown(writer, tale.number))["related"]} == {"opened_by", "source"}
    assert tale.number in str((await reading.shown(writer, second.number))["related"])
    await tale.at("published")
    await notices.delivered()
    assert tale.number not in str(await notices.inbox(shut))
    # What is published is the same for everybody.
    assert TEXTS["title"] in await public_titles()


async def test_who_is_accused_later_is_shut_out_of_what_was_made(shared_province: str) -> None:
    first, second = await case_at("closed"), await case_at("closed")
    tale = await of_cases(first, second)
    await second.take("ask_reopen")
    await second.take("reopen")
    accused = await unit("62-justice.inspection")
    await reading.shown(tale.looker, tale.number)
    registrar = await second.at_place(Relation.INTAKE, Role.REGISTRAR)
    await engine.take(registrar, second.number, "exclude", {"units": [str(accused.id)], "reason": "有利害关系"})
    assert await Recusal.exists(matter_id=tale.id, unit_id=accused.id)
    with pytest.raises(NotFound):
        await reading.shown(tale.looker, tale.number)


async def test_what_is_no_source(shared_province: str) -> None:
    closed, open_ = await case_at("closed"), await case_at("handling")
    writer = await closed.at_place(Relation.INTAKE, Role.REGISTRAR)
    kind = TYPICAL
    with pytest.raises(NoSource):
        await opening.opened(writer, kind, DRAFT)
    with pytest.raises(NotASource):
        await opening.opened(writer, kind, {**DRAFT, "sources": [open_.number]})
    with pytest.raises(NotFound):
        await opening.opened(writer, kind, {**DRAFT, "sources": ["JB2026-00000000"]})
    for region in ("6202", "620102001", "99"):
        with pytest.raises(TooClose):
            await opening.opened(writer, kind, {**DRAFT, "sources": [closed.number], "told_region": region})
    with pytest.raises(NotAllowed):
        await opening.opened(await officer(Role.SUPERVISOR, INSPECTION), kind, {**DRAFT, "sources": [closed.number]})
    matter = await opening.opened(writer, kind, {**DRAFT, "sources": [closed.number]})
    assert matter.opened_by_id == closed.holder.matter_id
    async with refused(AlreadyCompiled):
        await engine.take(writer, closed.number, "compile_typical", DRAFT)
    await engine.take(writer, matter.number, "abandon", REASON)
    await engine.take(writer, closed.number, "compile_typical", DRAFT)


async def test_only_a_closed_case_says_that_it_may_be_told_of() -> None:
    step = next(step for step in Kind.REGISTRY["case"].steps if step.verb == "compile_typical")
    assert step.sources == {of_cases_stages.Stage.CLOSED}


@rolled_back
async def test_where_no_leader_is_left_nothing_is_written(shared_province: str) -> None:
    await Post.filter(role=Role.LEADER).update(until="2026-01-01")
    with pytest.raises(NobodyToRelease):
        await of_cases(await case_at("closed"))


async def test_a_source_that_is_opened_anew_takes_it_down(shared_province: str) -> None:
    walk = await case_at("closed")
    tale = await (await of_cases(walk)).at("published")
    await walk.take("ask_reopen")
    await walk.take("reopen")
    assert await taken_down() == 1
    assert await gone(tale)
    assert (await tale.matter()).stage == "withdrawn"
    async with refused(NotASource):
        await tale.take("restore", **REASON)
    assert await taken_down() == 0


async def test_a_source_that_is_handed_over_takes_it_away_at_once(shared_province: str) -> None:
    walk = await case_at("closed")
    tale = await (await of_cases(await case_at("closed"), walk)).at("published")
    await Matter.filter(id=tale.id).update(sealed_at=clock.now())  # as `take_over` does with all made of the case
    assert await gone(tale)


async def test_figures_count_each_once(shared_province: str) -> None:
    async def now() -> tuple[int, int]:
        while await tally.added():
            pass
        row = await total(SYSTEM, Asked(MONDAY.date(), MONDAY.date()))
        return row["compiled"], row["typical"]

    with clock.at(MONDAY):
        before = await now()
        tale = await of_cases(await case_at("closed"), await case_at("closed"))
        await tale.at("printed")
        assert await now() == (before[0] + 1, before[1])
        await tale.take("approve_public")
        await tale.take("publish")
        assert await now() == (before[0] + 1, before[1] + 1)
        await tale.take("withdraw", **REASON)
        assert await now() == (before[0] + 1, before[1])


class Wechat:
    """Whoever is asked for an opinion, and what they say."""

    def __init__(self, answer: Opinion | Unasked) -> None:
        self.answer = answer

    async def text(self, _openid: str, _text: str) -> Opinion:
        if isinstance(self.answer, Unasked):
            raise self.answer
        return self.answer

    async def file(self, _openid: str, _sort: str, _stored: str, _address: str) -> str:
        raise AssertionError("a typical case has no files")

    async def pieces(self, _stored: str, _below: str) -> list[tuple[str, str]]:
        raise AssertionError("a typical case has no films")

    async def dropped(self, _pieces: list[tuple[str, str]]) -> None:
        raise AssertionError("a typical case has no films")


MINI = SETTINGS.model_copy(update={"wechat_mini_app_id": "wx0123456789abcdef"})


async def known_to_wechat(tale: Tale) -> None:
    """The leader has bound the mini-program."""
    account, _ = await Account.get_or_create(
        person_id=tale.leader.person_id,
        defaults={"username": f"leader{uuid4().hex[:8]}", "password_hash": "x", "totp_secret": b"x"},
    )
    fan = await fans.met(MINI, MINI.wechat_mini_app_id, f"openid-{uuid4().hex[:8]}")
    await Fan.filter(id=fan.id).update(account_id=account.id, bound_at=clock.now())


async def decided_by_person(tale: Tale, *, passed: bool) -> None:
    post = await Post.filter(role=Role.PRE_REVIEWER).first()
    assert post is not None
    for check in await ContentCheck.filter(subject="typical_case", subject_id=tale.id, state=CheckState.PERSON):
        await checks.decided(check.id, post.id, passed=passed, reason="已看过")


@pytest.mark.parametrize(
    ("opinion", "person", "stage"),
    [
        (Opinion(passed=True, label="100"), None, "published"),
        (Opinion(passed=False, label="risky"), None, "reviewing"),
        (Opinion(passed=False, label="risky"), True, "published"),
        (Opinion(passed=False, label="risky"), False, "drafted"),
        (Unasked("busy", 60), None, "reviewing"),
        (Unasked("quota"), True, "published"),
    ],
)
async def test_fates_of_the_content_check(
    shared_province: str, opinion: Opinion | Unasked, person: bool | None, stage: str
) -> None:
    tale = await (await of_cases(await case_at("closed"))).at("reviewing")
    await known_to_wechat(tale)
    assert await released(MINI) == 0  # it is asked for, and nothing is published meanwhile
    assert await gone(tale)
    await checks.asked(MINI, Wechat(opinion))
    if person is not None:
        await decided_by_person(tale, passed=person)
    assert await released(MINI) == (stage != "reviewing")
    assert (await tale.matter()).stage == stage
    if stage == "drafted":
        assert "mark" in [duty["name"] for duty in (await reading.shown(tale.writer, tale.number))["duties"]]
    if stage == "reviewing":  # an answer that never came, or came too late, publishes nothing that was called back
        await tale.take("recall_approval", **REASON)
        await ContentCheck.filter(subject_id=tale.id).update(state=CheckState.PASSED)
        assert await released(MINI) == 0
        assert await gone(tale)


async def test_without_wechat_a_person_looks(shared_province: str) -> None:
    tale = await (await of_cases(await case_at("closed"))).at("reviewing")
    await released(SETTINGS)
    await checks.asked(SETTINGS, None)
    assert await checks.state_of("typical_case", tale.id) is CheckState.PERSON
    await decided_by_person(tale, passed=True)
    assert await released(SETTINGS) == 1
    assert TEXTS["title"] in await public_titles()


async def test_the_worker_looks_once_more(shared_province: str) -> None:
    walk = await case_at("closed")
    tale = await (await of_cases(walk)).at("reviewing")
    case = await walk.case()
    case.summary = "企业反映：窗口却迟迟没有结果。王局长"
    await case.save(update_fields=["summary"])
    own = await tale.own()
    own.handled = "王局长已经办结。"
    await own.save(update_fields=["handled"])
    assert await released(SETTINGS) == 1
    assert (await tale.matter()).stage == "drafted"


async def test_what_must_go_is_cleared_by_nobody(shared_province: str) -> None:
    tale = await of_cases(await case_at("closed"))
    told = {"lesson": "请拨打13912345678联系。"}
    hits = await finding.looked_over(SETTINGS, tale.writer, tale.number, {**TEXTS, **told})
    assert [(hit.kind, hit.why, hit.must) for hit in hits] == [("phone", "number", True)]
    async with refused(MustGo):
        clear = [{"text": "13912345678", "reason": "公开电话"}]
        await engine.take(tale.writer, tale.number, "mark", {**TEXTS, **told, "cleared": clear})
