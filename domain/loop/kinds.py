"""The vocabulary of a process: a kind of matter is one table of steps, and nothing else needs to change for it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from tortoise.models import Model

from domain.loop.clocks import Term, Turn
from domain.loop.packs import Pack
from domain.people.actors import Actor
from kit.errors import Conflict, NotAllowed, Refusal
from models import COMPLAINANT, Duty, Involvement, Matter, Relation, Role, Tier

SYSTEM_ROLE = "system"
UNIT = frozenset({Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE})
ONES_OWN = frozenset({Relation.ASSIGNEE, Relation.REQUESTER})  # whose duties are one person's and not given back
ASSIST = frozenset({Relation.ASSIST_LIAISON, Relation.ASSISTING})
OFFICE = frozenset({Relation.INTAKE, Relation.OVERSIGHT})

TIERS = {Tier.CRITICAL: "特急", Tier.URGENT: "紧急", Tier.NORMAL: "一般", Tier.HARD: "疑难"}
RELATIONS = {
    Relation.INTAKE: "受理方",
    Relation.LIAISON: "联络员",
    Relation.LEAD: "主办单位",
    Relation.ASSIST_LIAISON: "协办联络员",
    Relation.ASSISTING: "协办单位",
    Relation.ASSIGNEE: "承办人",
    Relation.OVERSIGHT: "督察方",
    Relation.VERIFYING: "复核单位",
    Relation.DECIDING: "审批人",
    Relation.CUSTODY: "身份保管方",
    Relation.DISCIPLINE: "纪检监察",
    Relation.PERSONNEL: "组织人事",
    Relation.OBSERVING: "观察员",
    Relation.REQUESTER: "申请人",
}

# What is recorded beside the steps, and how the complainant reads it where it concerns them.
LOOKS = {
    "look_text": "查看原文",
    "look_phone": "查看回访电话",
    "look_identity": "查看举报人身份",
    "tell_look": "告知举报人身份曾被查看",
    "look_file": "查看附件原件",
    "blur_file": "遮挡附件",
    "deposit": "附件存证",
    "open_letter": "打开文书",
    "open_dossier": "下载移送卷宗",
    "open_result": "下载述法结果",
    "claim": "领取待办",
    "release": "退回待办",
    "take_handle": "系统取用通知句柄",
    "check_summary": "核对摘要时遇到身份信息",
    "copy_sheet": "下载转办单",
}
LOOKS_IN_PLAIN_WORDS = {
    "look_phone": "回访员查看了您的联系电话",
    "look_identity": "您的身份信息被查看",
    "tell_look": "您的身份信息曾被查看",
    "deposit": "您的附件已存证",
    "take_handle": "系统按您的选择发送微信提醒",
}
LOOKS_AT_WHO = ("look_phone", "look_identity", "tell_look")  # what somebody learnt of who the complainant is


class UnknownVerb(Refusal):
    """No row of this kind's table has this verb."""

    status, code, message = 404, "unknown_verb", "没有这个办理动作"


class WrongStage(Conflict):
    """The verb exists and is this actor's, but not where the matter stands; `details.stage` says where."""

    code, message = "wrong_stage", "事项已不在可以这样办理的环节，请刷新后再试"


class Inputs(BaseModel):
    """What a step needs: a JSON schema with a fixed vocabulary of widgets (`x-widget`)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)
    AS_IT_IS: ClassVar[frozenset[str]] = frozenset()  # fields whose form begins with what the matter holds now


class Nothing(Inputs):
    """A step that needs no input."""


@dataclass(frozen=True, slots=True)
class By:
    """A role in a relation to the matter; `otherwise` says who owes, and is told, when nobody stands so."""

    role: str
    relation: Relation
    otherwise: "By | None" = None


COMPLAINER = By(COMPLAINANT, Relation.COMPLAINANT)
MACHINE = By(SYSTEM_ROLE, Relation.SYSTEM)


@dataclass(frozen=True, slots=True)
class Owe:
    """A duty that a step opens: who owes what, within which term of the rule pack.

    `lapses_to` is the verb that the system takes when the time has passed; `if_pack` names a switch of
    the rule pack without which it does not. `until` is a moment that was set, where the term is not the pack's.
    `day` names an input, a day, that takes the place of the term; the step's effect refuses one beyond it.
    """

    duty: str
    to: By
    within: str
    lapses_to: str | None = None
    if_pack: str | None = None
    returned: bool = False
    day: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """A notice that a step owes."""

    to: By
    template: str


@dataclass(slots=True, kw_only=True)
class Scene:
    """Where a matter stands, as an actor meets it: what a guard may ask."""

    kind: "Kind"
    matter: Matter
    subject: Any
    actor: Actor
    now: datetime
    pack: Pack
    involved: list[Involvement]
    duties: list[Duty]

    def has(self, duty: str) -> bool:
        """Whether such a duty is open on the matter."""
        return any(owed.name == duty for owed in self.duties)


@dataclass(slots=True, kw_only=True)
class Move(Scene):
    """One step being taken, inside its transaction: what an effect may read and change.

    `owes` are duties that depend on what was said; `left` those who were released, who may still be told.
    `granted` is the term of an extension, or of a start whose term isn't the pack's; `retiered` says that the urgency
    changed, so both dues do; `counted_from` is the moment that the clock starts from, where it isn't that of the step.
    """

    step: "Step"
    inputs: Any
    at: datetime
    said: dict[str, Any] = field(default_factory=dict)
    fresh: list[Model] = field(default_factory=list)
    owes: list["Owe"] = field(default_factory=list)
    left: list[Involvement] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    granted: Term | None = None
    counted_from: datetime | None = None
    retiered: bool = False
    clock_effect: dict[str, Any] | None = None

    def change(self, **values: Any) -> None:
        """Set fields of the kind's own row."""
        for name, value in values.items():
            setattr(self.subject, name, value)
            self.changed.add(name)

    def involve(self, relation: Relation, unit_id: UUID, post_id: UUID | None = None) -> None:
        """Bring a unit or a post into the matter."""
        place = Involvement(
            id=uuid4(), matter_id=self.matter.id, relation=relation, unit_id=unit_id, post_id=post_id, since=self.at
        )
        self.involved.append(place)
        self.fresh.append(place)

    async def release(self, *relations: Relation) -> None:
        """End whoever stands so to the matter."""
        leaving = [place for place in self.involved if place.relation in relations]
        self.involved = [place for place in self.involved if place.relation not in relations]
        self.left += leaving
        if leaving:
            await Involvement.filter(id__in=[place.id for place in leaving]).update(until=self.at)

    def standing(self, relation: Relation) -> Involvement | None:
        """Whoever stands so to the matter now."""
        return next((place for place in self.involved if place.relation is relation), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table: verb, from, to, by whom in which relation, and everything it brings about.

    `target` None leaves the stage as it is. `answers` is a duty that must be open for the verb to exist.
    `guard` refuses what the row alone can't tell; `effect` changes the kind's own rows. `readers` may read what
    was said in the entry; `shows` names the inputs that the complainant reads when they are among the readers.
    `warning` is what a client asks before a step that can't be undone; `plain` what the complainant reads instead
    of the label, once it has happened. `when_archived`: it may still be taken once the matter is in the archive.
    `hint` says in plain words what the step is for, `until` to when it may be taken. `meets` names the input that
    holds the numbers of other matters which the step locks too: all are locked in one order before it begins.
    """

    verb: str
    label: str
    sources: frozenset[str]
    target: str | None
    by: tuple[By, ...]
    inputs: type[Inputs] = Nothing
    guard: Callable[[Scene], None] | None = None
    effect: Callable[[Move], Awaitable[None]] | None = None
    clock: Turn | None = None
    closes: tuple[str, ...] = ()
    closes_own: tuple[str, ...] = ()
    opens: tuple[Owe, ...] = ()
    tells: tuple[Tell, ...] = ()
    answers: str | None = None
    readers: frozenset[Relation] = OFFICE | UNIT
    shows: tuple[str, ...] = ()
    warning: str = ""
    plain: str = ""
    when_archived: bool = False
    hint: str = ""
    until: Callable[[Scene], datetime | None] | None = None
    meets: str = ""

    @property
    def seen(self) -> bool:
        """Whether the complainant sees that this happened."""
        return Relation.COMPLAINANT in self.readers

    def fits(self, role: str, relations: Iterable[Relation]) -> bool:
        """Whether this role, standing so to the matter, may take the step at all."""
        return any(by.role == role and by.relation in relations for by in self.by)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A part of the way as outsiders see it: the stages that are one to them."""

    code: str
    label: str
    stages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a matter of a kind comes into being: the row of its table from nowhere, and what makes the kind's own row.

    `made` gets the move, and that of the step which opens it if one does; it involves who has to do with it, may set
    the matter's region and receiving unit, and refuses. `prefix` begins its numbers: two capital letters. `followed`:
    whoever holds the receipt of the case that opened it sees it too, as its complainant.
    """

    step: "Step"
    made: Callable[["Move", "Move | None"], Awaitable[Model]]
    prefix: str
    followed: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of matter: its words, its table, and how its own row is loaded, and shown to who stands so to it.

    `facts` describes, as a form does, what steps add to what was said; `way` is its progress, from beginning to end.
    `ended` is done, in its transaction, after a step that leads to an end: what that means for other matters. `texts`
    are other words that its readers see, in Chinese; `remarks`, in English, end its page in the docs.
    `counted` brings up to date what figures are made of, for those of the given matters that are of this kind: called
    in the transaction of each step with the matter and the one that opened it.
    """

    name: str
    label: str
    stages: Mapping[Any, str]  # by StrEnum members, found by their values
    ends: frozenset[str]
    steps: tuple[Step, ...]
    duties: Mapping[str, str]
    subject: Callable[[Matter], Awaitable[Any]]
    shown: Callable[[Scene, frozenset[Relation]], Awaitable[dict[str, Any]]]
    facts: type[Inputs] = Nothing
    way: tuple[Milestone, ...] = ()
    begins: Beginning | None = None
    ended: Callable[[Move], Awaitable[None]] | None = None
    texts: tuple[str, ...] = ()
    remarks: str = ""
    counted: Callable[[Sequence[UUID]], Awaitable[None]] | None = None

    REGISTRY: ClassVar[dict[str, "Kind"]] = {}

    def __post_init__(self) -> None:
        Kind.REGISTRY[self.name] = self

    def called(self, verb: str, *, plain: bool) -> str:
        """What to call something that was done, in Chinese: a step, or what is recorded beside the steps.

        `plain` as the complainant reads it, where it concerns them.
        """
        step = next((step for step in self.steps if step.verb == verb), None)
        said, plainly = (step.label, step.plain) if step else (LOOKS.get(verb, verb), LOOKS_IN_PLAIN_WORDS.get(verb))
        return plainly or said if plain else said

    def rows(self, stage: str, role: str, relations: Iterable[Relation], open_duties: Iterable[str]) -> list[Step]:
        """The rows this role in these relations may take now, in the table's order."""
        standing, owed = frozenset(relations), frozenset(open_duties)
        return [
            step
            for step in self.steps
            if stage in step.sources and step.fits(role, standing) and (step.answers is None or step.answers in owed)
        ]

    def row(self, verb: str, stage: str, role: str, relations: Iterable[Relation], open_duties: Iterable[str]) -> Step:
        """The row for a verb here and now.

        Raises UnknownVerb, NotAllowed (never this actor's), or WrongStage (theirs, but not now).
        """
        standing, owed = frozenset(relations), frozenset(open_duties)
        named = [step for step in self.steps if step.verb == verb]
        if not named:
            raise UnknownVerb
        theirs = [step for step in named if step.fits(role, standing)]
        if not theirs:
            raise NotAllowed
        for step in theirs:
            if stage in step.sources and (step.answers is None or step.answers in owed):
                return step
        raise WrongStage(details={"stage": stage, "stage_label": self.stages[stage]})


def role_of(actor: Actor) -> str:
    """The word by which the table knows an actor."""
    return {"receipt": COMPLAINANT, "system": SYSTEM_ROLE}.get(actor.kind, actor.role or "")


ROLE_SEES: Mapping[Role, frozenset[Relation]] = {
    Role.REGISTRAR: frozenset({Relation.INTAKE, Relation.REQUESTER}),
    Role.CALL_BACK_OFFICER: frozenset({Relation.INTAKE, Relation.REQUESTER}),
    Role.LIAISON: frozenset({Relation.LIAISON, Relation.ASSIST_LIAISON}),
    Role.HEAD: frozenset({Relation.LEAD, Relation.ASSISTING, Relation.VERIFYING}),
    Role.HANDLER: frozenset({Relation.ASSIGNEE}),
    Role.SUPERVISOR: frozenset({Relation.OVERSIGHT, Relation.REQUESTER}),
    Role.LEADER: frozenset({Relation.DECIDING}),
    Role.CUSTODIAN: frozenset({Relation.CUSTODY}),
    Role.DISCIPLINE_LIAISON: frozenset({Relation.DISCIPLINE}),
    Role.OFFICIAL: frozenset({Relation.ASSIGNEE}),
    Role.REPORT_CLERK: frozenset({Relation.LEAD}),
    Role.PRE_REVIEWER: frozenset({Relation.INTAKE}),
    Role.PERSONNEL: frozenset({Relation.PERSONNEL}),
    Role.EVALUATOR: frozenset({Relation.OBSERVING}),
}
OFFICERS = frozenset(ROLE_SEES) - {Role.EVALUATOR}  # an observer sees single reports, and no numbers of a unit
