"""The demo is the main job on real input: cases are played through the loop by the verbs that the doors use.

Each case is one transaction that also counts it, so that a player who was killed leaves no half case, the next
goes on where it stopped, and two at once never play the same one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

import domain.process  # noqa: F401  # kinds register themselves when they are loaded
from demo import codes, evidence, rated, rectifying, reporting, telling, texts, voicing, watching
from demo.province import unit_code
from demo.story import CYCLE, Act, Plan, Story
from domain.cases import filing, looking, receipts
from domain.cases.filing import Report
from domain.cases.inputs import CallChannel, Opinion
from domain.cases.stages import LABELS
from domain.identity.looking import identity_looked_at
from domain.loop import duties, engine, notices, packs
from domain.people import actors
from domain.people.actors import SYSTEM, VISITOR, Actor
from kit import clock
from kit.settings import Settings
from models import COMPLAINANT, Channel, Duty, Involvement, Loading, Matter, Relation, Role
from models.database import connection

NAME = "demo"
LABEL = "演示举报件"
SEED = "gansu"
LANES = 3  # cases at a time
CHUNK = 20  # cases between two deliveries of notices
COUNTY = "620102"
LOOKED_AT = 16  # of so many cases with a name that of one is asked for
CLAIMED = 0.35  # of what is left open

Progress = Callable[[int, int], None]
_BY: dict[str, Role] = {
    **dict.fromkeys(
        (
            "accept",
            "refuse",
            "screen",
            "transfer",
            "recall",
            "uphold_objection",
            "reject_objection",
            "relay",
            "hand_over",
        ),
        Role.REGISTRAR,
    ),
    **dict.fromkeys(
        ("log_attempt", "call_back", "give_up_call", "reopen", "decline_reopen", "close"), Role.CALL_BACK_OFFICER
    ),
    **dict.fromkeys(("sign", "object", "assign", "reassign"), Role.LIAISON),
    **dict.fromkeys(("ask", "request_extension", "answer", "reply", "recuse"), Role.HANDLER),
    **dict.fromkeys(("grant_extension", "refuse_extension", "return_answer", "approve_answer"), Role.HEAD),
}
_LAPSE = {"silence": ("accept", "accept"), "lapse": ("lapse", "supply")}  # the system's verb, and the duty it ends


@dataclass(frozen=True, slots=True)
class Played:
    """What is in the database after a play, by its rows."""

    cases: int
    by_stage: dict[str, int]


async def play(
    settings: Settings, cases: int | None = None, *, seed: str = SEED, progress: Progress | None = None
) -> Played:
    """Play until so many cases are there; goes on with the seed and the moment with which it was begun.

    Without a number, as many as were asked for before, or else those of one cycle of the story.
    """
    note = {"label": LABEL, "seed": seed, "until": clock.now().isoformat()}
    total = CYCLE if cases is None else cases
    loading, _ = await Loading.get_or_create(name=NAME, defaults={"total": total, "note": note})
    cases = loading.total if cases is None else cases
    await Loading.filter(name=NAME, total__lt=cases).update(total=cases)
    book = await packs.book()
    until = datetime.fromisoformat(str(loading.note["until"]))
    story = Story(str(loading.note["seed"]), until, book.calendar, dict(book.categories))
    cast = await Cast.called()
    scenes = await codes.made(settings, story.since.date(), story.seed)
    troupe = Troupe(settings, story, cast, scenes, loading.done, loading.done, cases, progress, _evidence(story, cases))
    if progress:
        progress(loading.done, max(loading.done, cases))
    async with asyncio.TaskGroup() as lanes:
        for _ in range(LANES):
            lanes.create_task(troupe.lane())
    if cases >= CYCLE:
        await rectifying.listed(settings, story.seed, until)
        await reporting.played(settings, story.seed, until)
        await voicing.said(settings, story.seed, until)
        await rated.over(settings, story.seed, until)
    await telling.told(settings, until, cases / CYCLE)
    await _delivered()
    return await played()


def _evidence(story: Story, cases: int) -> dict[int, tuple[str, ...]]:
    """With which cases files come, and which: early ones that officers of the demo's county still have to do."""
    seen = (number for number in range(cases) if _has_files(story.plan(number)))
    return dict(zip(seen, evidence.GIVEN, strict=False))


def _has_files(plan: Plan) -> bool:
    return plan.is_open and plan.channel is Channel.ONLINE and plan.region == COUNTY


async def played() -> Played:
    """Count what is there."""
    _, stages = await connection().execute_query(
        "SELECT stage, count(*) AS n FROM matter WHERE kind = 'case' GROUP BY stage"
    )
    by_stage = {row["stage"]: row["n"] for row in stages}
    return Played(
        cases=sum(by_stage.values()),
        by_stage={stage: by_stage[stage] for stage in LABELS if stage in by_stage},
    )


async def _delivered() -> None:
    while await notices.delivered():
        pass


class Overtaken(Exception):
    """The case was counted by somebody else; what we played of it is rolled back."""


@dataclass
class Troupe:
    """Several cases at a time, as the database answers while Python thinks; counted in their order."""

    settings: Settings
    story: Story
    cast: "Cast"
    scenes: dict[str, str]
    done: int
    next: int
    total: int
    progress: Progress | None
    evidence: dict[int, tuple[str, ...]] = field(default_factory=dict)
    turn: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def lane(self) -> None:
        """Play one case after the other until none is left."""
        while self.next < self.total:
            number, self.next = self.next, self.next + 1
            done = number + 1
            try:
                await self._case(number)
            except Overtaken:
                done = (await Loading.get(name=NAME)).done
            async with self.turn:
                self.done = max(self.done, done)
                self.next = max(self.next, self.done)
                self.turn.notify_all()
            if self.progress:
                self.progress(self.done, self.total)
            if done % CHUNK == 0:
                await _delivered()

    async def _case(self, number: int) -> None:
        async with in_transaction():
            plan = self.story.plan(number)
            if plan.course.is_lettered:  # a letter's number is locked until it is committed, after those before it
                await self._turn(number)
            given = self.evidence.get(number, ())
            performance = Performance(self.settings, plan, self.cast, self.scenes, self.story.until, given)
            await performance.run()
            if number % LOOKED_AT == 14 and plan.is_plain:
                await performance.who_reported()
            await self._turn(number)
            if not await Loading.filter(name=NAME, done=number).update(done=number + 1):
                raise Overtaken

    async def _turn(self, number: int) -> None:
        """Wait until the cases before are committed."""
        async with self.turn:
            await self.turn.wait_for(lambda: self.done >= number)


@dataclass
class Cast:
    """Who holds which post in which unit, in the order of their codes; actors are made once."""

    units: dict[str, tuple[UUID, str]]
    posts: dict[tuple[Role, UUID], list[UUID]]
    heads: dict[UUID, UUID]  # unit -> person
    actors: dict[UUID, Actor] = field(default_factory=dict)

    @classmethod
    async def called(cls) -> "Cast":
        """Read the roster."""
        _, units = await connection().execute_query("SELECT id, code, name FROM unit WHERE until IS NULL")
        _, rows = await connection().execute_query(
            """
            SELECT p.id, p.role, p.unit_id, p.person_id, u.code FROM post p JOIN unit u ON u.id = p.unit_id
            JOIN person n ON n.id = p.person_id WHERE p.until IS NULL ORDER BY n.code
            """
        )
        by_code = {row["code"]: (row["id"], row["name"]) for row in units}
        posts: dict[tuple[Role, UUID], list[UUID]] = defaultdict(list)
        heads = {}
        for row in rows:
            role, above = Role(row["role"]), row["code"].rpartition(".")[0]
            posts[role, row["unit_id"]].append(row["id"])
            if role is Role.HANDLER and above in by_code:  # a department's people handle for its unit
                posts[role, by_code[above][0]].append(row["id"])
            if role is Role.HEAD:
                heads[row["unit_id"]] = row["person_id"]
        return cls(by_code, posts, heads)

    async def actor(self, post: UUID) -> Actor:
        """The holder of a post."""
        if post not in self.actors:
            self.actors[post] = await actors.of_post(post)
        return self.actors[post]

    async def officer(self, role: Role, unit: UUID, chance: Random) -> Actor:
        """Somebody of a role in a unit: the first more often than the others."""
        posts = self.posts[role, unit]
        return await self.actor(posts[min(int(chance.expovariate(1.2)), len(posts) - 1)])

    def office(self, region: str, key: str) -> tuple[UUID, str] | None:
        """The office of a place, or else of the place above it."""
        codes = (unit_code(region[:length], key) for length in (6, 4, 2) if length <= len(region))
        return next((self.units[code] for code in codes if code in self.units), None)


class Performance:
    """One case being played."""

    def __init__(
        self,
        settings: Settings,
        plan: Plan,
        cast: Cast,
        scenes: dict[str, str],
        until: datetime,
        given: tuple[str, ...] = (),
    ) -> None:
        self.settings, self.plan, self.cast, self.scenes, self.until = settings, plan, cast, scenes, until
        self.given = given
        self.chance = plan.chance
        self.officers: dict[Role, Actor] = {}
        self.handled: set[UUID] = set()
        self.by_hand = False

    async def run(self) -> None:
        """File it, take its steps, and leave it claimed or not."""
        plan = self.plan
        with clock.at(plan.filed_at):
            await self._file()
        for act in plan.acts:
            with clock.at(await self._moment(act)):
                await self._take(act)
        if plan.course.watched:
            await self._watched()
        if plan.is_open and self.chance.random() < CLAIMED:
            last = plan.acts[-1].at if plan.acts else plan.filed_at
            with clock.at(min(last + timedelta(minutes=self.chance.randint(3, 40)), self.until)):
                await self._claim()

    async def who_reported(self) -> None:
        """The centre asks who reported: long ago it was approved, looked at and ended, lately it waits."""
        unit = (await Matter.get(id=self.matter.id)).receiving_unit_id
        clerk = await self.cast.officer(Role.REGISTRAR, unit, self.chance)
        keeper = await self.cast.actor(
            self.cast.posts[Role.CUSTODIAN, self.cast.units[unit_code("62", "custody")][0]][0]
        )
        last = self.plan.acts[-1].at if self.plan.acts else self.plan.filed_at
        asked = min(last + timedelta(minutes=50), self.until)
        with clock.at(asked):
            await engine.take(clerk, self.number, "request_identity", texts.ASKED)
        if self.until - asked < timedelta(days=1):
            return
        request = (await Matter.get(opened_by_id=self.matter.id, kind="identity_request")).number
        with clock.at(asked + timedelta(minutes=90)):
            await engine.take(keeper, request, "approve_identity", texts.APPROVED)
            await identity_looked_at(self.settings, clerk, request)
            await engine.take(clerk, request, "close_identity", {})

    async def _watched(self) -> None:
        """By a supervisor in these days, or when it was over by whoever asks who is to answer for it."""
        what, how = self.plan.course.watched.split()
        moments = self.plan.watched
        if what == "account":
            await watching.held_to_account(self.matter, self.officers[Role.REGISTRAR], int(how), moments)
            return
        office, _ = self.cast.units[unit_code("62", "supervision")]
        supervisor = await self.cast.officer(Role.SUPERVISOR, office, self.chance)
        await watching.supervised(self.matter, supervisor, what, how, moments)

    async def _file(self) -> None:
        plan, actor = self.plan, VISITOR
        office, how = self._complained_of(), self.plan.accused_how
        chosen, named = (office if how == "chosen" else None), (office if how == "named" else None)
        if plan.course.against:
            above = [self.cast.units[unit_code("62", key)] for key in plan.course.against]
            chosen, named = above[0], above[-1]
        if plan.channel is not Channel.ONLINE:
            centre = (await packs.book()).receivers[0]
            actor = await self.cast.officer(Role.REGISTRAR, centre.unit_id, self.chance)
        ticket, files = await evidence.given(self.settings, self.given) if self.given else (None, ())
        report = Report(
            mode=plan.mode,
            text=plan.text,
            region=plan.region,
            category=plan.category if plan.course.category or self.chance.random() < 0.7 else None,
            accused_unit=chosen[0] if chosen else None,
            accused_text=named[1] if named else plan.accused_words,
            occurred_on=plan.occurred_on,
            scene=self.scenes.get(plan.code, "") if plan.channel is Channel.ONLINE else "",
            contact=plan.contact,
            channel=plan.channel,
            files=files,
        )
        filed = await filing.file(self.settings, report, actor, None, ticket)
        holder = await receipts.opened(self.settings, filed.number, filed.secret)
        if holder is None:
            raise LookupError("a receipt that was just given does not open its case")
        self.number, self.holder = filed.number, holder
        self.matter = await Matter.get(number=filed.number)

    def _complained_of(self) -> tuple[UUID, str] | None:
        plan = self.plan
        return self.cast.office(plan.accused_region, plan.topic.office) if plan.accused_region else None

    async def _moment(self, act: Act) -> datetime:
        """The planned moment, but the system acts as soon as it is time."""
        if act.verb not in _LAPSE:
            return act.at
        duty = await Duty.get(matter_id=self.matter.id, name=_LAPSE[act.verb][1], closed_at=None)
        return min(act.at, duty.due_at + timedelta(minutes=2))

    async def _take(self, act: Act) -> None:
        verb = _LAPSE[act.verb][0] if act.verb in _LAPSE else act.verb
        actor = await self._who(act.verb)
        if verb == "screen":
            await looking.text_looked_at(actor, self.number, "甄别研判")
        before = self.matter.receiving_unit_id
        self.matter = await engine.take(actor, self.number, verb, await self._inputs(act))
        if self.matter.receiving_unit_id != before:  # the centre itself is accused: others go on
            self.officers.clear()
        match verb:
            case "transfer":
                await self._placed()
            case "uphold_objection" | "recall":
                self.by_hand = True
            case "recuse":
                self.officers.pop(Role.HANDLER)

    async def _who(self, verb: str) -> Actor:
        if verb in _LAPSE:
            return SYSTEM
        if verb == "countersign":
            return await self._second()
        if verb in ("take_over", "report_status"):
            return await watching.recipient_of(self.settings, self.matter)
        if verb == "contribute":
            return await self.cast.officer(Role.LIAISON, self.assist_liaison, self.chance)
        role = _BY.get(verb)
        if role is None:
            return self.holder
        if role not in self.officers:
            unit = (
                self.liaison
                if role is Role.LIAISON
                else self.lead
                if role is Role.HEAD
                else self.matter.receiving_unit_id
            )
            self.officers[role] = await self.cast.officer(role, unit, self.chance)
        return self.officers[role]

    async def _second(self) -> Actor:
        """Another registrar than the one who proposed it."""
        first = self.officers[Role.REGISTRAR].post_id
        posts = self.cast.posts[Role.REGISTRAR, self.matter.receiving_unit_id]
        return await self.cast.actor(next(post for post in posts if post != first))

    async def _placed(self) -> None:
        """Who leads and signs since the transfer."""
        places = {
            place.relation: place.unit_id for place in await Involvement.filter(matter_id=self.matter.id, until=None)
        }
        self.lead, self.liaison = places[Relation.LEAD], places[Relation.LIAISON]
        self.assist_liaison = places.get(Relation.ASSIST_LIAISON, self.liaison)
        for role in (Role.LIAISON, Role.HEAD, Role.HANDLER):
            self.officers.pop(role, None)

    async def _claim(self) -> None:
        """Somebody takes what is to be done next."""
        owed = await Duty.filter(matter_id=self.matter.id, closed_at=None, post_id=None).exclude(role=COMPLAINANT)
        for duty in sorted(owed, key=lambda duty: duty.name)[:1]:
            role, unit = Role(duty.role), duty.unit_id
            known = self.officers.get(role)
            if known and known.standing and known.standing.unit_id == unit:
                await duties.claim(known, duty.id)
            elif unit:
                await duties.claim(await self.cast.officer(role, unit, self.chance), duty.id)

    async def _inputs(self, act: Act) -> dict[str, Any]:
        plan, chance = self.plan, self.chance
        match act.verb:
            case "refuse" if plan.refusal:
                return dict(zip(("reason", "explanation", "other_way"), plan.refusal, strict=True))
            case "screen":
                return self._screened()
            case "transfer":
                return self._transferred(assisted=act.but == "+")
            case "assign" | "reassign":
                return {"post": str(await self._handler())}
            case "answer":
                return await self._answered()
            case "ask":
                return {"question": chance.choice(texts.QUESTIONS)}
            case "supply":
                return {"text": chance.choice(texts.SUPPLIED)}
            case "add":
                return {"text": chance.choice(texts.ADDED)}
            case "call_back":
                return self._rating(act) | {"channel": chance.choice((CallChannel.PHONE,) * 4 + (CallChannel.MESSAGE,))}
            case "rate":
                return self._rating(act)
            case "take_over":
                return {"receipt_number": f"{chance.randint(100, 999)}", "received_on": act.at.date().isoformat()}
            case "close":
                return {"conclusion": chance.choice(texts.CONCLUSIONS)}
        return texts.SAID.get(act.verb) or watching.HANDED.get(act.verb, {})

    def _screened(self) -> dict[str, Any]:
        plan, office = self.plan, self._complained_of()
        given: dict[str, Any] = {"category": plan.category, "tier": plan.tier, "claims": list(plan.claims)}
        if office and plan.accused_how == "named":
            given["accused_units"] = [str(office[0])]
        if office and plan.accused_how == "head" and office[0] in self.cast.heads:
            given["accused_persons"] = [str(self.cast.heads[office[0]])]
        return given

    def _transferred(self, *, assisted: bool) -> dict[str, Any]:
        given: dict[str, Any] = {"summary": self.plan.summary, "hits_confirmed": True}
        other = self.cast.office(self.plan.region, "business")
        if other and self.by_hand:
            given["lead"] = str(other[0])
        if other and assisted:
            given["assisting"] = [str(other[0])]
        return given

    async def _handler(self) -> UUID:
        """One who has not had it before; the first more often than the others."""
        free = [post for post in self.cast.posts[Role.HANDLER, self.lead] if post not in self.handled]
        post = free[0] if self.chance.random() < 0.4 else self.chance.choice(free)
        self.handled.add(post)
        self.officers[Role.HANDLER] = await self.cast.actor(post)
        return post

    async def _answered(self) -> dict[str, Any]:
        topic, basis = self.plan.topic, (await packs.book()).categories[self.plan.category].basis
        opinions = self.chance.choices(tuple(Opinion), (70, 22, 8), k=len(self.plan.claims))
        claims = [
            {
                "claim": place,
                "opinion": opinion,
                "facts": topic.found,
                "reply": texts.REPLIES[opinion].format(topic.done),
            }
            for place, opinion in enumerate(opinions)
        ]
        return {"claims": claims, "legal_basis": basis, "summary": f"{topic.found}。{topic.done}。"}

    def _rating(self, act: Act) -> dict[str, Any]:
        chance, pleased = self.chance, act.but != "-"
        words = chance.choice(texts.SATISFIED if pleased else texts.DISSATISFIED)
        scores = (4, 5, 5, 5) if pleased else (1, 2, 2)
        told = {"solved": pleased, "result": chance.choice(scores)}
        told |= {aspect: chance.choice((*scores, 3, 4)) for aspect in ("speed", "attitude")}
        return told | ({"words": words} if words else {})
