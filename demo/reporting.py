"""述法 of the demo: a year of one county's 44 units (seeds 000), and a few of Lanzhou's, by the doors' own verbs.

A table says how many reports went which way; each act is one transaction that also counts it, so that a player who
was killed goes on where it stopped. Films are cleaned by the real pipeline before anybody passes them.
"""

import asyncio
import csv
import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from tortoise.transactions import in_transaction

from demo import evidence, reported
from demo.province import name_of, person_code, unit_code
from domain.files import processing, storing
from domain.files.processing import Lane, Workshop
from domain.files.writing import Place
from domain.loop import engine
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from domain.reports import calling, checking, cycles, observing, officials
from domain.reports.observing import Designated
from domain.reports.officials import COLUMNS, KINDS, LISTS
from domain.wechat import checks
from kit import clock, pdf, storage
from kit.media import ffmpeg
from kit.media.cleaning import Tools
from kit.settings import Settings
from models import (
    CheckState,
    ContentCheck,
    File,
    FileState,
    Involvement,
    Level,
    Loading,
    Matter,
    Official,
    OfficialKind,
    Post,
    Relation,
    Report,
    ReportCycle,
    ReportScope,
    Role,
    Unit,
)

NAME = "demo-reports"
COUNTY = "621122"  # 陇西县
POINTS = ("6201", "6211", "620102", COUNTY)  # 述法联系点: 2 市州 and 2 县区 (seeds 000)
BEGAN = 45  # days ago
PASSED = "save submit pass_content pass_technical"
_OVER = ("publish", "conclude", "receive_result", "withdraw")
_WAITING = (FileState.QUARANTINED, FileState.PROCESSING)
_PATIENCE = 120.0  # seconds for all films: another worker may have one of them in hand


@dataclass(frozen=True, slots=True)
class Course:
    """A way that so many reports went; `film`: with a clip, `scope`: to whom they were published."""

    reports: int
    verbs: str
    film: bool = False
    scope: str = "public"


COURSES = (
    Course(13, f"{PASSED} publish", film=True),
    Course(3, f"{PASSED} publish"),  # in words alone: an equal choice
    Course(2, f"{PASSED} observe publish", film=True, scope="evaluators"),
    Course(2, f"{PASSED} observe publish", film=True, scope="internal"),
    Course(2, f"save submit send_back {PASSED} publish", film=True),
    Course(1, f"{PASSED} publish conclude", film=True),
    Course(1, f"{PASSED} observe publish observe conclude receive_result", film=True),
    Course(1, f"{PASSED} publish withdraw", film=True),
    Course(3, "save submit send_back"),
    Course(3, "save submit", film=True),
    Course(2, "save submit pass_content", film=True),
    Course(2, PASSED, film=True),
    Course(4, "save"),
    Course(1, ""),
)
# Beside the county: what the demo's own persons have to do.
HEADS, DEPARTMENTS = "government_head", "government_department"
OTHERS: tuple[tuple[str, str, Role, str, OfficialKind, str, Course], ...] = (
    ("620102", "gov", Role.OFFICIAL, "区长", OfficialKind.LEADERSHIP, HEADS,
     Course(1, "save submit send_back", film=True)),
    ("620102", "market", Role.HEAD, "局长", OfficialKind.DEPARTMENT, DEPARTMENTS, Course(1, "save submit")),
    ("6201", "gov", Role.OFFICIAL, "市长", OfficialKind.LEADERSHIP, HEADS, Course(1, "save submit")),
    ("6201", "justice", Role.HEAD, "局长", OfficialKind.DEPARTMENT, DEPARTMENTS,
     Course(1, f"{PASSED} publish", film=True, scope="evaluators")),
)  # fmt: skip
# Whoever has no account of their own, and who is exempted, in the county's departments.
_UNKNOWN = ("npc", "justice.enforcement", "market.inspection")
_EXEMPTED = "tax"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the roster, and how that report fares."""

    code: str
    name: str
    title: str
    unit: str
    kind: OfficialKind
    duty_list: str
    exempt: str = ""
    course: Course | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One verb on one report."""

    number: int
    code: str
    course: Course
    verb: str
    at: datetime
    turn: int  # the so-manieth of this verb


@dataclass
class Reporting:
    """The year as it is played."""

    settings: Settings
    seed: str
    until: datetime
    cycle: ReportCycle
    place: Place

    async def play(self, act: Act) -> None:
        """Take the step as whoever may."""
        official = await Official.get(code=act.code, cycle_id=self.cycle.id).select_related(
            "cycle", "duty_list", "unit"
        )
        report = await Report.get(official_id=official.id).select_related("matter")
        matter: Matter = report.matter
        if act.verb in {"save", "submit"}:
            actor = await officer(Role.OFFICIAL, official.unit_id)
        elif act.verb == "receive_result":
            place = await Involvement.get(matter_id=matter.id, relation=Relation.PERSONNEL, until=None)
            actor = await officer(Role.PERSONNEL, place.unit_id)
        elif act.verb == "observe":
            watches = await Involvement.filter(matter_id=matter.id, relation=Relation.OBSERVING).order_by("id").first()
            if watches is None or watches.post_id is None:
                raise LookupError("nobody observes there")
            actor = await actors.of_post(watches.post_id)
        else:
            actor = await officer(Role.PRE_REVIEWER, matter.receiving_unit_id)
        await engine.take(actor, matter.number, act.verb, await self._inputs(act, official, report, actor))

    async def _inputs(self, act: Act, official: Official, report: Report, actor: Actor) -> dict[str, Any]:
        if act.verb == "save":
            films = await self._film(act, actor) if act.course.film else []
            return reported.content(official, report.must, films, mended=act.turn > 0)
        if act.verb == "observe":
            return reported.note(act.turn, act.at.date())
        if act.verb == "publish":
            return {"scope": act.course.scope}
        return reported.said(act.verb, film=act.course.film)

    async def _film(self, act: Act, actor: Actor) -> list[dict[str, Any]]:
        content = await asyncio.to_thread(clip, act.number % 2)
        there = await File.filter(
            purpose="report_video", state=FileState.READY, sha256=sha256(content).digest(), matter_id__not_isnull=True
        ).first()
        if there:  # cleaned before: cleaning it once more would show nothing
            file = await evidence.again(storage.opened(self.settings), there, actor.owner)
        else:
            file = await evidence.brought(self.place, actor.owner, "述法视频.mp4", "video/mp4", content, "report_video")
        return [reported.film(str(file))]


async def played(settings: Settings, seed: str, until: datetime) -> int:
    """Play the year to its end; returns how many acts that were in all."""
    there = await Loading.get_or_none(name=NAME)
    if there and there.done >= there.total:
        return there.total
    lines = [line async for line in _roster(seed)]
    acts = list(_acts(lines, seed, until))
    loading, _ = await Loading.get_or_create(
        name=NAME, defaults={"total": len(acts), "note": {"label": "演示述法", "until": until.isoformat()}}
    )
    until = datetime.fromisoformat(str(loading.note["until"]))
    acts = list(_acts(lines, seed, until))
    place = Place.below(settings.var)
    stage = Reporting(settings, seed, until, await _called(lines, until), place)
    for act in acts[loading.done :]:
        if act.verb == "publish" and act.course.scope == ReportScope.PUBLIC:
            await looked_over(settings)
        async with in_transaction():
            with clock.at(act.at):
                await stage.play(act)
            await Loading.filter(name=NAME).update(done=act.number + 1)
        if act.verb == "save" and act.course.film:
            await _cleaned(settings, place)
    place.alive.close()
    return len(acts)


async def _roster(seed: str) -> Any:
    """The county's 17 towns and 27 departments, and the others."""
    chance = Random(f"{seed}/reports")  # a story, no secret
    units = await Unit.filter(region_id__startswith=COUNTY, until=None).order_by("code").select_related("region")
    heads = {
        post.unit_id: post
        for post in await Post.filter(
            unit__region__code__startswith=COUNTY, until=None, role__in=[Role.HEAD, Role.LEADER, Role.OFFICIAL]
        ).order_by("-role").select_related("person")
    }  # fmt: skip
    courses = [course for course in COURSES for _ in range(course.reports)]
    chance.shuffle(courses)
    for unit in units:
        town = unit.region.level is Level.TOWN
        kind = OfficialKind.TOWN if town else OfficialKind.DEPARTMENT
        key = unit.code.partition("-")[2]
        sort = "party" if key in {"party", "discipline", "political-legal"} else "government"
        head = heads.get(unit.id) if key not in _UNKNOWN else None
        code = head.person.code if head else f"sf-{unit.code}"
        exempt = "年内挂职外省，由省委组织部考核" if key == _EXEMPTED else ""
        yield Line(
            code, head.person.name if head else name_of(code), "镇长" if town and unit.name.count("镇") else
            "乡长" if town else "主要负责人", unit.code, kind, f"{sort}_{'head' if town else 'department'}", exempt,
            courses.pop() if head and not exempt and courses else None,
        )  # fmt: skip
    for region, key, role, title, kind, sort, course in OTHERS:
        code = person_code(region, key, role)
        yield Line(code, name_of(code), title, unit_code(region, key), kind, sort, course=course)


def _acts(lines: list[Line], seed: str, until: datetime) -> Iterator[Act]:
    """Every verb in the order of its moment: drafts over two weeks, then reviews, then the column."""
    planned = []
    for line in lines:
        if line.course is None:
            continue
        chance = Random(f"{seed}/{line.code}")  # a story, no secret
        at = until - timedelta(days=BEGAN - 2, minutes=-chance.randint(0, 12 * 24 * 60))
        verbs = line.course.verbs.split()
        moments = [at]
        for _ in verbs[1:]:
            moments.append(moments[-1] + timedelta(minutes=chance.randint(600, 3_000)))
        if verbs and verbs[-1] not in _OVER:  # somebody has it to do in these days
            later = until - timedelta(minutes=chance.randint(300, 5_000)) - moments[-1]
            moments = [moment + max(later, timedelta()) for moment in moments]
        turns: dict[str, int] = {}
        for verb, moment in zip(verbs, moments, strict=False):
            turn = turns[verb] = turns.get(verb, -1) + 1
            planned.append((moment, line, verb, turn))
    planned.sort(key=lambda one: (one[0], one[1].code))
    for number, (at, line, verb, turn) in enumerate(planned):
        if line.course:
            yield Act(number, line.code, line.course, verb, min(at, until), turn)


async def _called(lines: list[Line], until: datetime) -> ReportCycle:
    """The province's plan, its roster, and everybody called whom the system knows."""
    begun = until - timedelta(days=BEGAN)
    year = begun.year
    with clock.at(begun):
        cycle = await ReportCycle.get_or_none(year=year, region_id="62")
        if cycle is None:
            post = await Post.filter(
                person__code=person_code("62", "rule-of-law", Role.PRE_REVIEWER), until=None
            ).first()
            if post is None:
                raise LookupError("nobody plans the year")
            days = dict(zip(cycles.DATES, (0, BEGAN + 12, BEGAN + 25, BEGAN + 40, BEGAN + 60, BEGAN + 90), strict=True))
            dates = {name: (begun + timedelta(days=number)).date() for name, number in days.items()}
            told = {
                "year": year, "title": f"全省{year}年度述法（演示）", "longest_seconds": 300, "public_rating": True,
                "basis": "党政主要负责人履行推进法治建设第一责任人职责规定",
            }  # fmt: skip
            office = await actors.of_post(post.id)
            cycle = await cycles.planned(office, "62", dates, told)
            deputies = [person_code("62", key, Role.EVALUATOR) for key in ("npc", "cppcc")]
            posts = await Post.filter(person__code__in=deputies, role=Role.EVALUATOR, until=None)
            observers = [one.id for one in posts]
            for region in POINTS:
                point = Designated(region, None, dates["begins_on"], dates["results_by"], observers)
                await observing.designated(office, cycle.id, point)
        done = await officials.imported(SYSTEM, cycle, "述法名册.csv", roster_file(lines))
        if not done.applied:
            raise LookupError(f"the demo's roster has faults: {done.problems}")
        while await calling.called():
            pass
        await observing.brought()
    return cycle


def roster_file(lines: list[Line]) -> bytes:
    """The lines as the roster's file has them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS.values())
    for one in lines:
        writer.writerow((one.code, one.name, one.title, one.unit, KINDS[one.kind], LISTS[one.duty_list], one.exempt))
    return out.getvalue().encode()


async def officer(role: Role, unit: Any) -> Actor:
    """Whoever has held this role there the longest."""
    post = await Post.filter(role=role, unit_id=unit, until=None).order_by("since", "id").first()
    if post is None:
        raise LookupError(f"nobody is {role} there")
    return await actors.of_post(post.id)


async def _cleaned(settings: Settings, place: Place) -> None:
    """Have every film that was submitted cleaned, by us or by a worker that is faster."""
    store = storage.opened(settings)
    shop = Workshop.below(settings, place, store, Tools(soffice=None))
    films = File.filter(purpose="report_video", state__in=_WAITING)
    async with asyncio.timeout(_PATIENCE):
        while await films.exists():
            await storing.stored(place, store)
            done = await asyncio.gather(*(processing.processed(shop, Lane.FILMS) for _ in range(2)))
            if not sum(done):
                await asyncio.sleep(0.2)


async def looked_over(settings: Settings) -> None:
    """The content check as it goes where WeChat knows none of the officials: a reviewer reads and watches each part."""
    while await checking.asked(settings):
        pass
    these = ContentCheck.filter(subject=checking.SUBJECT)
    async with asyncio.timeout(_PATIENCE):
        while await these.filter(state=CheckState.OWED).exists():
            if not await checks.asked(settings, None):
                await asyncio.sleep(0.1)  # another worker has it in hand
    for check in await these.filter(state=CheckState.PERSON):
        matter = await Matter.get(id=check.subject_id)
        reviewer = await officer(Role.PRE_REVIEWER, matter.receiving_unit_id)
        await checking.decided(reviewer, check.id, passed=True, reason="已通读，没有不当内容（演示）")


@cache
def clip(colour: int) -> bytes:
    """Three seconds: a card with words, a block that moves, and a tone."""
    with TemporaryDirectory() as folder:
        card, made = Path(folder) / "card.png", Path(folder) / "made.mp4"
        _card(("#0b5cad", "#1b6b3a")[colour]).save(card)
        words: list[str | Path] = [
            *("-loop", "1", "-t", "3", "-r", "10", "-i", card),
            *("-f", "lavfi", "-i", "color=#f2c14e:s=40x12:r=10:d=3", "-f", "lavfi", "-i", "sine=f=330:d=3"),
            *("-filter_complex", "[0:v][1:v]overlay=x=t*120:y=250:shortest=1,format=yuv420p[v]", "-map", "[v]"),
            *("-map", "2:a", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest", made),
        ]
        subprocess.run([ffmpeg.program(), "-v", "error", "-nostdin", *words], check=True)  # noqa: S603  # our words
        return made.read_bytes()


def _card(colour: str) -> Image.Image:
    image = Image.new("RGB", (480, 270), colour)
    draw = ImageDraw.Draw(image)
    for text, size, top in (("年度述法", 56, 60), ("演示视频，不是真人", 26, 160)):
        font = ImageFont.truetype(io.BytesIO(pdf.font("Bold")), size)
        draw.text((240 - draw.textlength(text, font) / 2, top), text, "#ffffff", font)
    return image
