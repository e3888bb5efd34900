"""The demo's year of reports: one county's 44 units in all states, with films that were really cleaned."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from demo import rated, reporting, voicing
from demo.reporting import COUNTY, COURSES, OTHERS, POINTS
from domain.people import actors
from domain.people.actors import VISITOR
from domain.reports import column, observing
from domain.reports.column import Filters
from domain.voices import electors, results
from kit import clock
from kit.clock import CHINA
from kit.settings import Settings
from models import ContactPoint, Entry, Matter, Official, Post, RatingBox, RatingChannel, Report, ReportComment, Role
from models.database import connection
from tests.makers import case_at

UNTIL = datetime(2026, 11, 22, 16, 30, tzinfo=CHINA)


async def test_the_year_is_played_in_all_its_states(province: str, settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"var": tmp_path})
    with clock.at(UNTIL):
        acts = await reporting.played(settings, "gansu", UNTIL)
        before = await Matter.filter(kind="report").count()
        assert await reporting.played(settings, "gansu", UNTIL) == acts  # they are there already
        for _ in range(2):
            await voicing.said(settings, "gansu", UNTIL)  # once
        county = await Official.filter(region_id__startswith=COUNTY)
        listed = [await column.one(VISITOR, row["number"]) for row in await column.page(VISITOR, Filters(), limit=50)]
    assert len(county) == 44
    assert sum(one.region_id != COUNTY for one in county) == 17
    assert sum(bool(one.exempt_reason) for one in county) == 1
    assert sum(one.begun_on is None and not one.exempt_reason for one in county) == 3  # no account, nobody to call
    assert before == 40 + len(OTHERS)
    films = [one for one in listed if one["clips"]]
    assert len(listed) == sum(one.reports for one in COURSES if one.scope == "public" and "publish" in one.verbs) - 1
    assert len(films) == len(listed) - 3, "text alone is an equal choice"
    assert all(set(clip["copies"]) == {"video", "poster"} for one in films for clip in one["clips"])
    assert {str(one.stage) for one in await Matter.filter(kind="report")} == {
        "draft", "content_review", "technical_review", "approved", "published", "withdrawn", "delivered", "concluded",
    }  # fmt: skip
    assert {one.region_id for one in await ContactPoint.all()} == set(POINTS)
    post = await Post.get(person__account__username="evaluator1", until=None)
    mine = await observing.points(await actors.of_post(post.id))
    assert [len(one["observers"]) for one in mine] == [2] * len(POINTS)
    assert await Entry.filter(verb="observe").count() == 2 + 2 + 2
    assert (await connection().execute_query("SELECT 1 FROM report WHERE points <> '[]'"))[0] >= 4
    fates = Counter(str(one.state) for one in await ReportComment.all())
    assert fates == {"public": 2 * voicing.REPORTS, "official": 6, "refused": 6, "waiting": 6}
    assert await ReportComment.filter(reply_state="public").count() == voicing.REPORTS
    assert sorted(str(one.stage) for one in await Matter.filter(kind="question")) == ["published", "put"]
    assert await RatingBox.filter(closed_on=None).count() == voicing.REPORTS, "sealed while the window is open"

    await _the_year_before(settings)


async def _the_year_before(settings: Settings) -> None:
    """Rated in all four channels while its window was open, and shown since."""
    await RatingChannel.filter(code="complainant").update(fewest=1)
    with clock.at(UNTIL - timedelta(days=60)):
        await case_at("closed")
    with clock.at(UNTIL):
        for _ in range(2):
            await rated.over(settings, "gansu", UNTIL)  # once
        report = await Report.get(official__cycle__year=UNTIL.year - 1).select_related("matter", "official")
        official = await reporting.officer(Role.OFFICIAL, report.official.unit_id)
        one = await electors.seen_by(report.matter.number, official)
        shown = {str(part.channel.code): part.votes for part in await results.of(one, official)}
        listed = await column.page(VISITOR, Filters(), limit=50)
    assert list(shown) == ["public", "complainant", "evaluator", "meeting"]
    assert all(shown.values())
    assert (shown["evaluator"], shown["meeting"]) == (rated.EVALUATORS, rated.BALLOTS - rated.INVALID)
    assert listed[0]["number"] == report.matter.number, "first in the column"
    assert str(report.matter.stage) == "concluded"
    steps = await Entry.filter(matter_id=report.matter_id, verb__endswith="_ballots").order_by("seq")
    assert [step.verb for step in steps] == ["count_ballots", "confirm_ballots"]
    assert len({step.post_id for step in steps}) == 2
