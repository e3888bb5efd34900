"""Round trips of a vote, a form and a page of results; and what a full box costs."""

from datetime import timedelta
from secrets import token_bytes
from uuid import uuid4

from domain.questions import asking
from domain.voices import boxes, comments, electors, emptying, results
from domain.wechat.identities import Identity
from kit import clock
from models import DutyList, Matter, Official, RatingBox, Report, ReportCycle, ReportScope
from models.database import insert
from tests.domain.loop.test_queries import at_most, statements
from tests.makers import SETTINGS, unit

__all__ = ["statements"]

SCORES = {"truthful": 5, "lawful": 4, "serving": 3, "mending": 2}
# Who it is about; the box made or met, locked, changed; BEGIN and COMMIT; the criteria once.
ELECTOR, BALLOT, VOTE, RESULTS, COMMENTS, QUESTIONS = 1, 2, 7, 3, 1, 1


async def report() -> str:
    """A published one, as far as rating it goes."""
    today, own = clock.today(), await unit("620102-market")
    cycle = ReportCycle(
        id=uuid4(), year=today.year, region_id="62", title="述法", basis="通知", begins_on=today, submit_by=today,
        review_by=today, publish_by=today, rate_by=today + timedelta(days=9), results_by=today + timedelta(days=9),
        public_rating=True,
    )  # fmt: skip
    await cycle.save(force_create=True)
    official = Official(
        id=uuid4(), cycle_id=cycle.id, code="x-1", name="述法人", title="局长", unit_id=own.id, region_id="620102",
        kind="department", duty_list=await DutyList.all().first(),
    )  # fmt: skip
    await official.save(force_create=True)
    matter = Matter(
        id=uuid4(), kind="report", number=f"SF{today.year}-00000001", stage="published", region_id="620102",
        receiving_unit_id=own.id, rule_pack_id="report", filed_on=today, head=b"\0" * 32, tier="normal",
    )  # fmt: skip
    told = Report(
        matter_id=matter.id, official_id=official.id, scope=ReportScope.PUBLIC, published={}, published_at=clock.now()
    )
    await insert([matter, told])
    return matter.number


async def test_round_trips(statements: list[str]) -> None:
    number = await report()
    await RatingBox.all()  # what asyncpg asks once of a connection about arrays
    with at_most(statements, ELECTOR):
        elector = await electors.of_public(number, Identity("wx", "one"))
    with at_most(statements, BALLOT):
        await boxes.met(SETTINGS, elector)
    with at_most(statements, VOTE):
        await boxes.cast(SETTINGS, elector, SCORES, "实在")
    await ReportCycle.all().update(rate_by=clock.today() - timedelta(days=1))
    await emptying.closed(SETTINGS)
    rated = await electors.public_one(number)
    with at_most(statements, RESULTS):
        await results.of(rated)
    with at_most(statements, COMMENTS):
        await comments.published(rated.id, None, 20)
    with at_most(statements, QUESTIONS):
        await asking.answered(rated.id)


async def test_a_box_of_ten_thousand_takes_a_vote_at_once(statements: list[str]) -> None:
    number = await report()
    await boxes.cast(SETTINGS, await electors.of_public(number, Identity("wx", "one")), SCORES, None)
    many = b"".join(sorted(token_bytes(boxes.HASH) for _ in range(10_000)))
    await RatingBox.all().update(voters=many)
    elector = await electors.of_public(number, Identity("wx", "two"))
    with at_most(statements, VOTE):
        await boxes.cast(SETTINGS, elector, SCORES, None)
    box = await RatingBox.get()
    assert len(box.voters) == boxes.HASH * 10_001
    found = [box.voters[start : start + boxes.HASH] for start in range(0, len(box.voters), boxes.HASH)]
    assert found == sorted(found)
