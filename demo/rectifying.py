"""The demo's ledger: the 217 problems of seeds 000, in one county's towns and departments, by the doors' own verbs.

A table of courses says how many lines went which way; each line is one transaction that also counts it, so that a
player who was killed goes on where it stopped. Nothing is asked of chance but a seeded one.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID

from PIL import Image
from tortoise.transactions import in_transaction

from demo import evidence
from demo.problems import PROBLEMS, Problem
from demo.story import WorkingTime
from domain.files.writing import Place
from domain.loop import engine, opening, packs
from domain.loop.kinds import Kind
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit import clock
from kit.clock import start_of
from kit.settings import Settings
from models import Loading, Matter, Post, Role, Unit
from models import RectificationSource as Source
from models.database import connection

NAME = "demo-ledger"
COUNTY = "621122"  # 陇西县, whose 17 towns and 27 departments report in seeds 000
SUPERVISORS = "6211-justice.inspection"
PUBLISHERS = "62-justice.inspection"
VERIFIER = "621122-justice"
SOURCES = {
    Source.REPORT: 110, Source.COMMENT: 25, Source.QUESTION: 12, Source.INSPECTION: 45, Source.CASE: 15, Source.OWN: 10,
}  # fmt: skip
Days = tuple[int, int]

DONE = "take_on progress report_done verify_pass strike_off"
RETURNED = "take_on report_done verify_fail report_done verify_pass strike_off"
PUBLISHED = "write_publication publish"


@dataclass(frozen=True, slots=True)
class Course:
    """A way that so many lines went: verbs in order, how many days ago each was listed, how long it took to report.

    `until`: a day was set, so many days from now.
    """

    lines: int
    verbs: str
    listed: Days
    takes: Days = (25, 70)
    until: int | None = None


COURSES = (
    # 已销号：164，其中按期 156
    Course(66, DONE, (95, 190)),
    Course(30, f"{DONE} {PUBLISHED}", (95, 190)),
    Course(40, f"{DONE} {PUBLISHED} look_back", (150, 200), (20, 45)),
    Course(10, f"{RETURNED} {PUBLISHED}", (120, 190), (25, 50)),
    Course(6, f"take_on request_extension grant_extension {DONE.removeprefix('take_on ')}", (150, 200), (97, 104)),
    Course(8, DONE, (140, 200), (99, 115)),  # late
    Course(4, f"{DONE} {PUBLISHED} relapse report_done verify_pass strike_off", (170, 200), (20, 35)),
    # 回头看反弹，重新整改中：5
    Course(5, f"{DONE} {PUBLISHED} relapse progress", (150, 200), (20, 45)),
    # 逾期：14，其中 6 件已督办
    Course(6, "take_on progress supervise", (110, 160)),
    Course(8, "take_on progress", (98, 150)),
    # 在办：34
    Course(4, "take_on progress", (50, 70), until=2),
    Course(7, "take_on report_done", (30, 40), (24, 29)),
    Course(5, "take_on report_done verify_pass", (35, 40), (28, 32)),
    Course(8, "", (1, 4)),
    Course(6, "take_on", (12, 40)),
    Course(4, "take_on request_extension", (70, 85), (40, 60)),
)  # fmt: skip
TOTAL = sum(course.lines for course in COURSES)


async def listed(settings: Settings, seed: str, until: datetime) -> int:
    """Play the ledger to its end; returns how many lines there are."""
    loading, _ = await Loading.get_or_create(name=NAME, defaults={"total": TOTAL, "note": {"label": "演示问题清单"}})
    if loading.done >= TOTAL:
        return TOTAL
    stage = await Stage.set(settings, seed, until)
    order = [course for course in COURSES for _ in range(course.lines)]
    Random(f"{seed}/ledger").shuffle(order)
    for number in range(loading.done, TOTAL):
        async with in_transaction():
            await stage.play(number, order[number])
            await Loading.filter(name=NAME).update(done=number + 1)
    stage.place.alive.close()
    return TOTAL


@cache
def _photo() -> bytes:
    """A small grey picture: what was put right, as far as a demo shows it."""
    file = BytesIO()
    Image.linear_gradient("L").resize((320, 240)).save(file, "JPEG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Owner:
    """A unit of the county and who acts for it."""

    unit: Unit
    head: Actor
    handler: Actor | None


@dataclass
class Stage:
    """Whoever takes part, and when."""

    seed: str
    until: datetime
    work: WorkingTime
    place: Place
    owners: list[Owner]
    supervisor: Actor
    publisher: Actor
    verifier: Actor

    @classmethod
    async def set(cls, settings: Settings, seed: str, until: datetime) -> "Stage":
        """Read the county's roster."""
        units = await Unit.filter(region__code__startswith=COUNTY, until=None).order_by("code")
        posts = await Post.filter(unit__region__code__startswith=COUNTY, until=None).order_by("id")
        by_unit: dict[tuple[UUID, Role], Post] = {}
        for post in posts:
            by_unit.setdefault((post.unit_id, post.role), post)
        owners = []
        for unit in units:
            head, handler = by_unit.get((unit.id, Role.HEAD)), by_unit.get((unit.id, Role.HANDLER))
            if head and unit.code != VERIFIER:
                owners.append(
                    Owner(unit, await actors.of_post(head.id), await actors.of_post(handler.id) if handler else None)
                )
        first, last = (until.date() + timedelta(days=days) for days in (-300, 30))
        return cls(
            seed,
            until,
            WorkingTime((await packs.book()).calendar, first, last),
            Place.below(settings.var),
            owners,
            await _officer(SUPERVISORS, Role.SUPERVISOR),
            await _officer(PUBLISHERS, Role.SUPERVISOR),
            await _officer(VERIFIER, Role.HEAD),
        )

    async def play(self, number: int, course: Course) -> None:
        """One line, from its listing to where its course leaves it."""
        chance = Random(f"{self.seed}/ledger/{number}")
        owner, problem = self.owners[number % len(self.owners)], PROBLEMS[number % len(PROBLEMS)]
        source = chance.choices([*SOURCES], [*SOURCES.values()])[0]
        checked = number % 2 == 0  # by another department of the county; else by the city's supervisors
        given: dict[str, Any] = {
            "problem": problem.said(owner.unit.name),
            "owner_unit": str(owner.unit.id),
            "source": source,
            "demands": "举一反三，建立长效机制，按期销号。",
            "official": str(owner.head.person_id) if source in (Source.REPORT, Source.COMMENT) else None,
            "verifier": str(self.verifier.standing.unit_id) if checked and self.verifier.standing else None,
            "until": self._day(course.until) if course.until else None,
        }
        day = start_of(self.until.date()) - timedelta(days=chance.randint(*course.listed))
        begun = min(self._working(day), self.until - timedelta(hours=2))
        with clock.at(begun):
            matter = await opening.opened(self.supervisor, Kind.REGISTRY["rectification"], given)
        line = Line(self, owner, problem, matter.number, self.verifier if checked else self.supervisor)
        moments = self._moments(begun, course, chance)
        for verb, moment in zip(course.verbs.split(), moments, strict=True):
            with clock.at(moment):
                await line.take(verb)

    def _moments(self, begun: datetime, course: Course, chance: Random) -> Iterable[datetime]:
        """When each verb is taken: the report so many days after the listing, the rest some days apart."""
        verbs, at = course.verbs.split(), begun
        reported = begun + timedelta(days=chance.randint(*course.takes))
        last = self.until - timedelta(minutes=5 * len(verbs))
        for place, verb in enumerate(verbs):
            match verb:
                case "take_on":
                    at = begun + timedelta(days=chance.randint(1, 3))
                case "progress" | "request_extension" | "grant_extension" if "report_done" in verbs[place:]:
                    at = max(at, reported - timedelta(days=chance.randint(8, 14)))
                case "request_extension":
                    at = self.until - timedelta(days=chance.randint(1, 3))
                case "report_done" if "report_done" not in verbs[:place]:
                    at = reported
                case "look_back" | "relapse":
                    at += timedelta(days=chance.randint(40, 80))
                case "publish":
                    at += timedelta(hours=2)
                case "supervise":
                    at = self.until - timedelta(days=6)
                case _:
                    at += timedelta(days=chance.randint(1, 4))
            at = min(max(self._working(at), at), last + timedelta(minutes=5 * place))
            yield at

    def _working(self, moment: datetime) -> datetime:
        """The same day, or the next on which offices work, during their hours."""
        return self.work.moment(self.work.minutes(moment) + 90)

    def _day(self, days: int) -> str:
        return (self.until + timedelta(days=days)).date().isoformat()


@dataclass
class Line:
    """A line being played."""

    stage: Stage
    owner: Owner
    problem: Problem
    number: str
    verifier: Actor

    async def take(self, verb: str) -> None:
        """A step by whoever takes it."""
        if verb == "supervise":
            return await self._supervised()
        await engine.take(self._who(verb), self.number, verb, await self._said(verb))
        return None

    def _who(self, verb: str) -> Actor:
        match verb:
            case "take_on":
                return self.owner.head
            case "progress" | "report_done" | "request_extension":
                return self.owner.handler or self.owner.head
            case "verify_pass" | "verify_fail":
                return self.verifier
            case "publish":
                return self.stage.publisher
        return self.stage.supervisor

    async def _said(self, verb: str) -> dict[str, Any]:
        told = self.problem
        match verb:
            case "take_on":
                post = self.owner.handler.post_id if self.owner.handler else None
                return {"measures": list(told.measures), "post": str(post) if post else None}
            case "report_done":
                actor = self._who(verb)
                photo = await asyncio.to_thread(_photo)
                file = await evidence.brought(self.stage.place, actor.owner, "整改佐证.jpg", "image/jpeg", photo)
                return {"text": told.done, "files": [str(file)]}
        return {
            "progress": {"text": f"已完成：{told.measures[0]}。其余措施正在推进。"},
            "request_extension": {"reason": "涉及历史资料较多，需要延期完成核对。"},
            "grant_extension": {"reason": "情况属实，同意延期。"},
            "verify_pass": {"opinion": "查阅资料并实地抽查，措施落实，问题已经整改。"},
            "verify_fail": {"points": "佐证材料不能反映长效机制，请补充制度文件并说明执行情况。"},
            "strike_off": {"conclusion": "整改到位，同意销号。"},
            "publish": {},
            "write_publication": {"public_problem": told.plain, "public_result": told.done},
            "look_back": {"found": "现场抽查，制度执行正常，没有反弹。"},
            "relapse": {"found": "抽查发现同类问题再次出现，长效机制没有落实。"},
        }[verb]

    async def _supervised(self) -> None:
        """The clock has proposed it; the letter went out and was signed for."""
        given = {
            "rung": "dispatch",
            "subject": f"问题整改件{self.number}逾期未整改",
            "facts": "该问题超过整改期限，仍未报送自查报告。",
            "basis": "《政府督查工作条例》第十八条",
        }
        await engine.take(SYSTEM, self.number, "supervise", given)
        made = await Matter.get(opened_by__number=self.number, kind="supervision")
        at = clock.now()
        with clock.at(at + timedelta(minutes=40)):
            await engine.take(
                self.stage.supervisor, made.number, "issue", {"demands": "五个工作日内书面说明原因并完成整改。"}
            )
        with clock.at(at + timedelta(hours=2)):
            await engine.take(self.owner.head, made.number, "sign", {})


async def _officer(unit: str, role: Role) -> Actor:
    post = await Post.filter(unit__code=unit, role=role, until=None).order_by("id").first()
    if post is None:
        raise LookupError(f"{unit} has no {role}")
    return await actors.of_post(post.id)


async def by_stage() -> dict[str, int]:
    """How many lines stand where."""
    _, rows = await connection().execute_query(
        "SELECT stage, count(*) AS n FROM matter WHERE kind = 'rectification' GROUP BY stage"
    )
    return {row["stage"]: row["n"] for row in rows}
