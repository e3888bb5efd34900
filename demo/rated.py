"""述法 of the demo's year before: one report whose window is closed, rated in all four channels, and concluded.

So that whoever opens the column sees results, which those of the present year still keep sealed; it was published late,
and stands above them. A meeting's ballots are counted by one reviewer of the office and entered again by the other.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tortoise.transactions import in_transaction

from demo import reporting, voicing
from demo.province import name_of, person_code, unit_code
from demo.reporting import HEADS, Act, Course, Line, Reporting
from domain.files.writing import Place
from domain.loop import engine
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from domain.reports import calling, cycles, officials
from domain.voices import boxes, electors, emptying
from kit import clock
from kit.settings import Settings
from models import (
    ActorKind,
    Loading,
    Matter,
    OfficialKind,
    Post,
    RatingChannelCode,
    RatingCriterion,
    Report,
    ReportCycle,
    Role,
)
from models.database import connection

NAME = "demo-rated"
CITY, COUNTY = "6201", "620102"
LINE = Line(
    person_code(COUNTY, "gov", Role.OFFICIAL), name_of(person_code(COUNTY, "gov", Role.OFFICIAL)), "区长",
    unit_code(COUNTY, "gov"), OfficialKind.LEADERSHIP, HEADS,
)  # fmt: skip
DATES = dict(zip(cycles.DATES, (60, 50, 30, 15, 8, 2), strict=True))  # days ago, as all that follow
BEFORE = (("save", 55), ("submit", 51), ("pass_content", 40), ("pass_technical", 35), ("publish", 16))
HELD, COUNTED, CONFIRMED, VOTED, CLOSED, READ = 14, 13, 12, 11, 7, 6
AFTER = (("conclude", 5), ("receive_result", 4))
EVALUATORS, BALLOTS, INVALID = 18, 47, 2
SCORES = ("one", "two", "three", "four", "five")
WEIGHTS = (2, 4, 14, 40, 40)  # of the scores, the lowest first
_CASES = """
SELECT m.id FROM matter m JOIN case_file c ON c.matter_id = m.id JOIN unit u ON u.id = c.lead_unit_id
WHERE m.kind = 'case' AND m.stage = 'closed' AND m.ended_at < $1
  AND (SELECT id FROM unit WHERE code = $2 AND until IS NULL) = ANY(u.line) ORDER BY m.number
"""


async def over(settings: Settings, seed: str, until: datetime) -> None:
    """All of it once, in one transaction; after the present year's, whose films are cleaned already."""
    async with in_transaction():
        if await Loading.exists(name=NAME):
            return
        chance = Random(f"{seed}/rated")  # a story, no secret
        place = Place.below(settings.var)
        stage = Reporting(settings, seed, until, await _called(until), place)
        await _played(stage, BEFORE)
        report = await Report.get(official__cycle_id=stage.cycle.id).select_related("matter")
        await _rated(settings, report.matter, chance, until)
        await _met(report.matter, chance, until)
        with clock.at(until - timedelta(days=CLOSED)):
            await emptying.closed(settings)
        await voicing.read(await electors.public_one(report.matter.number), until - timedelta(days=READ))
        await _played(stage, AFTER)
        place.alive.close()
        await Loading.create(name=NAME, total=1, done=1, note={"label": "演示评议结果", "until": until.isoformat()})


async def _called(until: datetime) -> ReportCycle:
    """The city's plan of that year, by the office that reviews the county's head; who was called."""
    office = await actors.of_post((await _reviewers(unit_code(CITY, "justice.review")))[0].id)
    dates = {name: (until - timedelta(days=ago)).date() for name, ago in DATES.items()}
    year = (until - timedelta(days=reporting.BEGAN)).year - 1
    told = {
        "year": year, "title": f"兰州市{year}年度述法（演示）", "longest_seconds": 300, "public_rating": True,
        "basis": "党政主要负责人履行推进法治建设第一责任人职责规定",
    }  # fmt: skip
    with clock.at(until - timedelta(days=DATES["begins_on"])):
        cycle = await cycles.planned(office, CITY, dates, told)
        done = await officials.imported(SYSTEM, cycle, "述法名册.csv", reporting.roster_file([LINE]))
        if not done.applied:
            raise LookupError(f"the demo's roster has faults: {done.problems}")
        await calling.called()
    return cycle


async def _reviewers(unit: str) -> list[Post]:
    return await Post.filter(role=Role.PRE_REVIEWER, unit__code=unit, until=None).order_by("person__code")


async def _played(stage: Reporting, way: tuple[tuple[str, int], ...]) -> None:
    course = Course(1, "", film=True)
    for number, (verb, ago) in enumerate(way):
        moment = stage.until - timedelta(days=ago)
        with clock.at(moment):
            if verb == "publish":
                await reporting.looked_over(stage.settings)
            await stage.play(Act(number, LINE.code, course, verb, moment, 0))


async def _rated(settings: Settings, matter: Matter, chance: Random, until: datetime) -> None:
    """The public, evaluators, and the complainants whose cases that county had closed by then."""
    moment = until - timedelta(days=VOTED)
    with clock.at(moment):
        await voicing.voted(settings, await electors.public_one(matter.number), chance)
        async for actor in _known(moment):
            elector = await electors.of_actor(matter.number, actor)
            codes = await _criteria(elector.channel)
            scores = dict(zip(codes, chance.choices(range(1, 6), WEIGHTS, k=len(codes)), strict=True))
            await boxes.cast(settings, elector, scores, None)


async def _known(moment: datetime) -> AsyncIterator[Actor]:
    posts = Post.filter(role=Role.EVALUATOR, until=None).exclude(unit__region_id=COUNTY)
    for post in await posts.order_by("person__code").limit(EVALUATORS):
        yield await actors.of_post(post.id)
    for row in await connection().execute_query_dict(_CASES, [moment, LINE.unit]):
        yield Actor(ActorKind.RECEIPT, matter_id=row["id"])


async def _criteria(channel: RatingChannelCode) -> list[str]:
    return [one.code for one in await RatingCriterion.all().order_by("order") if channel in one.channels]


async def _met(matter: Matter, chance: Random, until: datetime) -> None:
    """A meeting's paper, entered by one reviewer and then by another."""
    tallies: list[dict[str, Any]] = []
    for code in await _criteria(RatingChannelCode.MEETING):
        given = chance.choices((*SCORES, "abstained"), (*WEIGHTS, 3), k=BALLOTS - INVALID)
        tallies.append({"criterion": code, **{name: given.count(name) for name in (*SCORES, "abstained")}})
    held_on = (until - timedelta(days=HELD)).date().isoformat()
    paper = {"held_on": held_on, "ballots": BALLOTS, "invalid": INVALID, "tallies": tallies}
    unit = await matter.receiving_unit
    first, second = await _reviewers(unit.code)
    for post, verb, ago in ((first, "count_ballots", COUNTED), (second, "confirm_ballots", CONFIRMED)):
        with clock.at(until - timedelta(days=ago)):
            await engine.take(await actors.of_post(post.id), matter.number, verb, paper)
