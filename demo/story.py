"""What happens in the demo: a table of courses, and from it the plan of each case, the same for a seed and a moment.

The numbers are those of seeds 004, as `data/statistics.toml` defines them: 640 accepted of 668 that came in, 295 closed
and called back one by one, 96.1 % satisfied (269 of the 280 who were reached), 有效办结率 90.2 % (295 closed in time of
327 that are closed or past their legal time). `manage.py statistics` counts them from what was played.
Open cases were reported in the last weeks before the moment, so that their due dates mean something now.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from demo.province import DATA, NEW_AREA
from demo.texts import REFUSABLE, REFUSED, SEALED_TAG, TOPICS, Sample, Topic, complaint, numbers, samples
from domain.loop.calendar import Calendar
from kit.clock import CHINA, start_of
from models import Category, Channel, Mode, Tier

Hours = tuple[float, float]  # working hours, from and to; a working day has seven


@dataclass(frozen=True, slots=True)
class Course:
    """A way that so many of a cycle's cases go: verbs in order, and how long an open case has been left since.

    Words that are no verbs: `silence` (accepted because nobody decided in time), `hear` (a call-back, or the
    anonymous complainant's own rating); `-` after `hear` or `rate` means dissatisfied, `+` after `transfer` an
    assisting unit.
    """

    cases: int
    verbs: str
    left: Hours | None = None
    mode: Mode | None = None
    reachable: bool = False
    tier: Tier | None = None
    category: str | None = None
    watched: str = ""  # by other kinds of matter: the rung of a supervision and how far it is, or `account` and which
    against: tuple[str, ...] = ()  # provincial offices above the centre: the next of the intake chain receives it

    @property
    def is_lettered(self) -> bool:
        """Whether a numbered letter is issued about it."""
        return bool(self.watched) or "countersign" in self.verbs.split()


GIVEN = "accept screen transfer sign assign"  # to the handler
DONE = f"{GIVEN} answer approve_answer reply"
REDONE = "assign answer approve_answer reply"

TODAY: Hours = (0.2, 4)
DAYS: Hours = (16, 45)
YOUNG: Hours = (4, 28)
NEARLY: Hours = (40, 49)  # the internal target of 15 days is near
SLOW: Hours = (84, 105)  # that target is past, the legal 30 days are not
OVER: Hours = (175, 245)  # both are

COURSES = (
    # 办结，回访满意：269
    Course(150, f"{DONE} hear close"),
    *(Course(1, f"{DONE} hear close", watched=f"account {n}") for n in range(5)),  # eleven persons held to account
    Course(3, f"{DONE} hear close", category="B11", against=("justice",)),
    Course(3, f"silence {DONE.removeprefix('accept ')} hear close", tier=Tier.NORMAL, category="B10"),
    Course(18, f"{DONE} log_attempt call_back close", reachable=True),
    Course(4, f"{DONE} hear close ask_reopen decline_reopen"),
    Course(20, f"{GIVEN} ask supply answer approve_answer reply hear close"),
    Course(3, f"{GIVEN} ask lapse answer approve_answer reply hear close"),
    Course(10, f"{GIVEN} request_extension grant_extension answer approve_answer reply hear close", tier=Tier.NORMAL),
    Course(4, f"{GIVEN} request_extension refuse_extension answer approve_answer reply hear close", tier=Tier.NORMAL),
    Course(4, f"accept screen transfer object reject_objection sign {REDONE} hear close"),
    Course(5, f"accept screen transfer object uphold_objection transfer sign {REDONE} hear close"),
    Course(12, f"{GIVEN} answer return_answer answer approve_answer reply hear close"),
    Course(2, f"{GIVEN} reassign answer approve_answer reply hear close"),
    Course(2, f"{GIVEN} recuse {REDONE} hear close"),
    Course(3, f"accept screen transfer sign recall transfer sign {REDONE} hear close"),
    Course(8, "accept screen transfer+ sign assign contribute answer approve_answer reply hear close"),
    Course(5, f"{GIVEN} add relay answer approve_answer reply hear close"),
    Course(8, f"{DONE} hear- reopen {REDONE} hear close"),
    # 办结，回访不满意：11
    Course(7, f"{DONE} hear- decline_reopen close"),
    Course(4, f"{DONE} hear- reopen {REDONE} hear- decline_reopen close"),
    # 办结，未联系上：15
    Course(9, f"{DONE} log_attempt log_attempt log_attempt give_up_call close", reachable=True),
    Course(6, f"{DONE} give_up_call close", mode=Mode.ANONYMOUS),
    # 不予受理 9，撤回 6
    Course(9, "refuse"),
    Course(2, "withdraw"),
    Course(2, "accept screen withdraw"),
    Course(2, f"{GIVEN} withdraw"),
    # 移送纪检监察：47
    Course(40, "accept hand_over countersign take_over", category="B12"),
    Course(4, "accept hand_over countersign take_over report_status", category="B12"),
    Course(3, "accept hand_over countersign", left=TODAY, category="B12"),
    # 在办：314，其中 297 件已受理
    Course(13, "", left=TODAY),
    Course(1, "", left=TODAY, category="B11", against=("gov", "party")),
    Course(3, "", left=DAYS, category="B03"),  # whose pack knows no silence
    Course(11, "accept", left=TODAY),
    Course(1, "accept", left=TODAY, category="B11", against=("gov", "party")),
    Course(3, "accept", left=DAYS),
    Course(3, "accept", left=YOUNG, category="B12"),  # to be handed over whole
    Course(9, "accept screen", left=TODAY),
    Course(2, "accept screen", left=DAYS),
    Course(3, "accept screen transfer object uphold_objection", left=TODAY),
    Course(2, "accept screen transfer sign recall", left=TODAY),
    Course(14, "accept screen transfer", left=TODAY),
    Course(5, "accept screen transfer", left=DAYS),
    Course(3, "accept screen transfer object reject_objection", left=TODAY),
    Course(7, "accept screen transfer object", left=TODAY),
    Course(12, "accept screen transfer sign", left=TODAY),
    Course(4, "accept screen transfer sign", left=DAYS),
    Course(5, f"{DONE} hear- reopen", left=TODAY),
    Course(2, f"{GIVEN} recuse", left=TODAY),
    Course(13, GIVEN, left=YOUNG),
    Course(14, GIVEN, left=NEARLY, tier=Tier.NORMAL),
    Course(15, GIVEN, left=SLOW, tier=Tier.NORMAL),
    Course(23, GIVEN, left=OVER, tier=Tier.NORMAL),
    Course(2, GIVEN, left=OVER, tier=Tier.NORMAL, watched="dispatch closed"),
    Course(2, GIVEN, left=OVER, tier=Tier.NORMAL, watched="dispatch answered"),
    Course(2, GIVEN, left=OVER, tier=Tier.NORMAL, watched="inquiry received"),
    Course(1, GIVEN, left=OVER, tier=Tier.NORMAL, watched="warning issued"),
    Course(1, GIVEN, left=OVER, tier=Tier.NORMAL, watched="warning interviewed"),
    Course(1, GIVEN, left=OVER, tier=Tier.NORMAL, watched="listing listed"),
    Course(8, f"{GIVEN} answer return_answer", left=TODAY),
    Course(9, f"{GIVEN} request_extension", left=TODAY, tier=Tier.NORMAL),
    Course(10, f"{GIVEN} request_extension grant_extension", left=YOUNG, tier=Tier.NORMAL),
    Course(8, f"{GIVEN} ask supply", left=YOUNG),
    Course(12, "accept screen transfer+ sign assign", left=YOUNG),
    Course(6, f"{GIVEN} add", left=TODAY),
    Course(12, f"{GIVEN} ask", left=YOUNG),
    Course(8, f"{GIVEN} answer", left=TODAY),
    Course(3, f"{GIVEN} answer", left=DAYS),
    Course(8, f"{GIVEN} answer approve_answer", left=TODAY),
    Course(2, f"{GIVEN} answer approve_answer", left=DAYS),
    Course(18, DONE, left=YOUNG),
    Course(3, DONE, left=(45, 80)),
    Course(6, f"{DONE} log_attempt", left=TODAY, reachable=True),
    Course(5, f"{DONE} ask_reopen", left=TODAY),
    Course(9, f"{DONE} hear", left=TODAY),
    Course(1, f"{DONE} hear", left=DAYS),
    Course(6, f"{DONE} hear-", left=TODAY),
)
CYCLE = sum(course.cases for course in COURSES)

SERIES = ("countersign", "account", "dispatch", "inquiry", "warning", "listing")  # each with letters of its own
ROUNDS = 8  # steps of a matter about a case, at most

# How long a step lets wait for itself, in working hours.
DELAYS: dict[str, Hours] = {
    "accept": (0.3, 12), "silence": (36, 36), "refuse": (1, 12), "screen": (0.3, 5), "transfer": (0.2, 5),
    "sign": (0.3, 5), "object": (2, 20), "uphold_objection": (2, 12), "reject_objection": (2, 12),
    "assign": (0.3, 5), "reassign": (3, 12), "recuse": (2, 10), "recall": (3, 14), "contribute": (7, 28),
    "ask": (3, 14), "supply": (2, 40), "lapse": (105, 105), "request_extension": (20, 50),
    "grant_extension": (1, 12), "refuse_extension": (1, 12), "answer": (14, 56), "return_answer": (1, 10),
    "approve_answer": (1, 10), "reply": (0.3, 5), "log_attempt": (7.5, 12), "call_back": (7.5, 12),
    "hear": (2, 28), "give_up_call": (7.5, 12), "close": (1, 14), "ask_reopen": (10, 40), "reopen": (2, 14),
    "hand_over": (1, 12), "countersign": (0.5, 7), "take_over": (7, 40), "report_status": (40, 80),
    "decline_reopen": (2, 14), "add": (4, 20), "relay": (0.5, 6), "withdraw": (3, 20),
}  # fmt: skip
RATING_OVER: Hours = (105, 120)  # the anonymous had 15 days to rate
# The urgent goes faster.
HASTE = {Tier.CRITICAL: 0.12, Tier.URGENT: 0.35}
HASTENED = frozenset(
    {"accept", "screen", "transfer", "sign", "assign", "ask", "supply", "answer", "return_answer", "approve_answer"}
)
ANY_HOUR = frozenset({"supply", "rate", "ask_reopen", "add", "withdraw"})  # people write in the evening too
MODES = {Mode.ANONYMOUS: 38, Mode.CONFIDENTIAL: 24, Mode.NAMED: 38}

# So that the units of the demo's persons have something to do.
OFTEN = {"6201": ("B04", "B14", "B15"), "620102": ("B04", "B14", "B15"), "62": ("B01", "B13")}


@dataclass(frozen=True, slots=True)
class Act:
    """A step to be taken at a moment; `but` is the sign after its word."""

    verb: str
    but: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about one case that is decided before it is played."""

    course: Course
    filed_at: datetime
    acts: tuple[Act, ...]
    mode: Mode
    channel: Channel
    region: str
    category: str
    tier: Tier
    text: str
    claims: tuple[str, ...]
    summary: str
    topic: Topic
    accused_region: str  # where the unit complained of is; empty: none is known
    accused_how: str  # chosen, named or head
    accused_words: str
    occurred_on: date | None
    code: str  # which of the printed codes was scanned, if any
    contact: dict[str, str] | None
    refusal: tuple[str, str, str] | None
    watched: tuple[datetime, ...]  # when other kinds of matter go on about it, if they do
    chance: Random = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it is left for somebody to go on with."""
        return self.course.left is not None

    @property
    def is_plain(self) -> bool:
        """Whether it has a name behind it and nothing that keeps it from those who usually see it."""
        return bool(self.contact) and not (self.accused_region or self.course.against or self.course.is_lettered)


class WorkingTime:
    """The working days of a span as one line of minutes: 9 to 12 and 14 to 18 o'clock."""

    DAY = 420
    MORNING = 180

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self.days = [day for day in span if calendar.is_working(day)]

    def moment(self, minutes: float) -> datetime:
        """The moment so many working minutes after the beginning of the span."""
        day, rest = divmod(max(0.0, minutes), self.DAY)
        opening = time(9) if rest < self.MORNING else time(11)  # 11 + 180 minutes: the afternoon
        return datetime.combine(self.days[int(day)], opening, CHINA) + timedelta(minutes=rest)

    def minutes(self, moment: datetime) -> float:
        """How many working minutes lie between the beginning of the span and a moment."""
        before = bisect_right(self.days, moment.date())
        if not before or self.days[before - 1] != moment.date():
            return before * self.DAY
        clock = (moment - start_of(moment.date())).total_seconds() / 60
        morning = min(max(clock - 9 * 60, 0), self.MORNING)
        return (before - 1) * self.DAY + morning + min(max(clock - 14 * 60, 0), self.DAY - self.MORNING)


class Story:
    """The plans of all cases for a seed and the moment at which the story has arrived."""

    def __init__(self, seed: str, until: datetime, calendar: Calendar, categories: dict[str, Category]) -> None:
        self.seed, self.until, self.categories = seed, until, categories
        # Across 春节: from the turn of this year, or of the last one while this one is too young.
        year = until.year if until.month > 4 else until.year - 1
        self.since = start_of(date(year, 1, 5))
        self.work = WorkingTime(calendar, self.since.date() - timedelta(days=90), until.date() + timedelta(days=30))
        chance = Random(f"{seed}/order")
        self.order = [course for course in COURSES for _ in range(course.cases)]
        chance.shuffle(self.order)
        self.places = _places()
        self.regions = list(self.places)
        self.weights = [_weight(code) for code in self.regions]
        self.samples = self._dealt(chance)
        self.turns = {place: turn for series in SERIES for place, turn in self._by_letter(series)}

    def _by_letter(self, series: str) -> Iterable[tuple[int, int]]:
        """Letters are numbered as they are played: cases with one of a series are told in the order of those."""
        places = [place for place, course in enumerate(self.order) if series in f"{course.verbs} {course.watched}"]
        return zip(places, sorted(places, key=lambda place: _lettered(self._plan(place))), strict=True)

    def _dealt(self, chance: Random) -> dict[int, Sample]:
        """Each sample complaint to one case of the first cycle whose course suits it."""
        dealt: dict[int, Sample] = {}
        for sample in samples():
            fitting = [
                place for place, course in enumerate(self.order) if place not in dealt and _suits(sample, course)
            ]
            if fitting:
                dealt[chance.choice(fitting)] = sample
        return dealt

    def plan(self, number: int) -> Plan:
        """The plan of the so-manieth case, from 0."""
        return self._plan(self.turns.get(number, number))

    def _plan(self, number: int) -> Plan:
        chance = Random(f"{self.seed}/{number}")
        course = self.order[number % CYCLE]
        sample = self.samples.get(number)
        region = self._region(sample, chance)
        category = sample.category if sample else course.category or self._category(region, chance)
        if course.verbs == "refuse":
            category = "B99"
        topic = TOPICS[category]
        tier = course.tier or (sample.tier if sample else self.categories[category].tier)
        told = numbers(chance) | {"place": self.places[region]}
        mode = self._mode(course, chance)
        phoned = mode is not Mode.ANONYMOUS and chance.random() < 0.15
        filed_at, acts = self._times(course, tier, mode, chance)
        claims = sample.claims if sample else [claim.format(**told) for claim in topic.claims]
        how = self._accused(course, region, chance)
        text, refusal = _written(course, sample, topic, told, chance)
        return Plan(
            course=course,
            filed_at=filed_at,
            acts=acts,
            mode=mode,
            channel=chance.choice((Channel.PHONE, Channel.PHONE, Channel.WINDOW)) if phoned else Channel.ONLINE,
            region=region,
            category=category,
            tier=tier,
            text=text,
            claims=tuple(claims[: chance.randint(1, len(claims))]),
            summary=topic.summary.format(**told),
            topic=topic,
            accused_region=region if how else "",
            accused_how=how,
            accused_words=sample.accused if sample else "",
            occurred_on=(filed_at - timedelta(days=chance.randint(3, 90))).date() if chance.random() < 0.6 else None,
            code=_code(region, chance),
            contact=None if mode is Mode.ANONYMOUS else _contact(chance),
            refusal=refusal,
            watched=self._watched(course, acts, chance) if course.watched else (),
            chance=chance,
        )

    @staticmethod
    def _category(region: str, chance: Random) -> str:
        if region in OFTEN and chance.random() < 0.5:
            return chance.choice(OFTEN[region])
        usual = [code for code in TOPICS if code != "B12"]  # those stay sealed at screening
        return chance.choices(usual, [TOPICS[code].weight for code in usual])[0]

    def _region(self, sample: Sample | None, chance: Random) -> str:
        named = [code for code, name in self.places.items() if sample and sample.place and name == sample.place]
        return named[0] if named else chance.choices(self.regions, self.weights)[0]

    @staticmethod
    def _mode(course: Course, chance: Random) -> Mode:
        if course.mode:
            return course.mode
        modes = [mode for mode in MODES if not (course.reachable and mode is Mode.ANONYMOUS)]
        return chance.choices(modes, [MODES[mode] for mode in modes])[0]

    @staticmethod
    def _accused(course: Course, region: str, chance: Random) -> str:
        if course.against or "transfer" in course.verbs.split()[3:] or course.category == "B12" or not course.verbs:
            return ""  # sent to another unit by hand: whichever it is, it must not be excluded
        if len(region) >= 6 and chance.random() < 0.04:
            return "head"
        return chance.choices(("", "chosen", "named"), (50, 28, 22))[0]

    def _times(self, course: Course, tier: Tier, mode: Mode, chance: Random) -> tuple[datetime, tuple[Act, ...]]:
        """When it is filed and when each step is taken: backwards from now for the open, any day for the closed."""
        words = [(word.rstrip("+-"), word[len(word.rstrip("+-")) :]) for word in course.verbs.split()]
        verbs = [("rate" if mode is Mode.ANONYMOUS else "call_back", but) if verb == "hear" else (verb, but)
                 for verb, but in words]  # fmt: skip
        waits = list(accumulate(_wait(verb, mode, tier, chance) for verb, _ in words))
        total = waits[-1] if waits else 0.0
        now = self.work.minutes(self.until)
        if course.left:
            begin = now - chance.uniform(*course.left) * 60 - total
            filed_at = self.work.moment(begin) - timedelta(minutes=chance.uniform(3, 90))
        else:
            latest = self.work.moment(now - total - WorkingTime.DAY)
            filed_at = self.since + (latest - self.since) * chance.random()
            begin = self.work.minutes(filed_at)
        acts: list[Act] = []
        before = filed_at
        for (verb, but), wait in zip(verbs, waits, strict=True):
            at = max(self.work.moment(begin + wait), before + timedelta(minutes=2))
            if verb in ANY_HOUR:
                at = before + (at - before) * chance.uniform(0.2, 1)
            acts.append(Act(verb, but, at))
            before = at
        return filed_at, tuple(acts)

    def _watched(self, course: Course, acts: tuple[Act, ...], chance: Random) -> tuple[datetime, ...]:
        """Somebody is held to account in the weeks after a case was closed; supervised are open ones in these days."""
        now = self.work.minutes(self.until)
        ended = course.watched.startswith("account")
        begin = self.work.minutes(acts[-1].at) if ended else now - ROUNDS * 60 * chance.uniform(4, 5)
        gap = min((now - begin) / (ROUNDS + 1), 60 * 14 * chance.uniform(0.8, 1.2))
        return tuple(self.work.moment(begin + gap * (place + 1)) for place in range(ROUNDS))


def _lettered(plan: Plan) -> datetime:
    """When a letter about a case is numbered."""
    return next((act.at for act in plan.acts if act.verb == "countersign"), (plan.watched or (plan.filed_at,))[0])


def _written(
    course: Course, sample: Sample | None, topic: Topic, told: dict[str, str], chance: Random
) -> tuple[str, tuple[str, str, str] | None]:
    """What was reported, and with what it is refused if it is."""
    if course.verbs != "refuse":
        return (sample.text if sample else complaint(topic, told, chance)), None
    if sample:
        return sample.text, REFUSED[next(tag for tag in sorted(sample.tags) if tag in REFUSED)]
    return chance.choice(REFUSABLE)


def _wait(verb: str, mode: Mode, tier: Tier, chance: Random) -> float:
    """Working minutes before a step."""
    slow = verb == "give_up_call" and mode is Mode.ANONYMOUS
    hours = chance.uniform(*(RATING_OVER if slow else DELAYS[verb]))
    return hours * 60 * (HASTE.get(tier, 1.0) if verb in HASTENED else 1.0)


def _suits(sample: Sample, course: Course) -> bool:
    if course.against:
        return False
    if SEALED_TAG in sample.tags or course.category:
        return course.category == sample.category and (SEALED_TAG in sample.tags) == (course.category == "B12")
    return (course.verbs == "refuse") == bool(sample.tags & REFUSED.keys())


def _places() -> dict[str, str]:
    """Regions with the names that people use; towns are left to their county but for some."""
    with (DATA / "regions-62.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    towns = {row["code"] for place, row in enumerate(row for row in rows if row["level"] == "town") if place % 7 == 0}
    return {row["code"]: row["name"] for row in rows if row["level"] != "town" or row["code"] in towns}


def _weight(region: str) -> float:
    """How many come from a place: most from 兰州, whose officers are among the demo's persons."""
    if len(region) == 9:
        return 0.25
    special = {"62": 24.0, "6201": 70.0, "620102": 60.0, NEW_AREA: 10.0}
    return special.get(region, 3.0 if region.startswith("6201") or len(region) == 4 else 1.6)


def _code(region: str, chance: Random) -> str:
    """A code that hangs where the complainant is, or none; one of them is revoked and still hangs there."""
    near = {"6201": ("hall-6201", "park-6201"), "620102": ("hall-620102", "bus-station", "park-6201")}
    return chance.choice(("", "", "province", "street", *near.get(region[:6], ())))


def _contact(chance: Random) -> dict[str, str]:
    surname = chance.choice("张王李赵陈刘马杨周吴")
    return {"name": f"{surname}{chance.choice(('先生', '女士'))}", "phone": f"1390000{chance.randint(0, 9999):04d}"}
