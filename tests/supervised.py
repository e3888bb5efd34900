"""Supervisions for tests: opened over a case, walked to a stage by whoever takes the step."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.loop import engine, opening
from domain.loop.kinds import Kind
from domain.people import actors
from domain.people.actors import SYSTEM, Actor
from kit import clock
from models import Duty, Involvement, Matter, Post, Relation, Role, Supervision
from tests.makers import Walk, case_at, officer, unit

INSPECTION = "62-justice.inspection"
ABOUT = {"subject": "许可办理逾期", "facts": "该件已逾期，仍未办结。", "basis": "《信访工作条例》第三十九条"}
PATHS: dict[str, tuple[str, ...]] = {
    "proposed": (),
    "postponed": ("postpone",),
    "approving": ("submit",),
    "issued": ("issue",),
    "received": ("issue", "sign"),
    "answered": ("issue", "sign", "answer"),
    "accepted": ("issue", "sign", "answer", "accept"),
    "closed": ("issue", "sign", "answer", "accept", "close"),
    "dismissed": ("dismiss",),
}
LISTED = {**PATHS, **{stage: ("submit", "approve", *way[1:]) for stage, way in PATHS.items() if way[:1] == ("issue",)}}


def later(days: int) -> str:
    """A day so many days from now."""
    return (clock.today() + timedelta(days=days)).isoformat()


def inputs(verb: str) -> dict[str, Any]:
    """What would do for a verb."""
    because = {"reason": "情况如此"}
    known: dict[str, dict[str, Any]] = {
        "issue": {"demands": "一、立即办理。\n二、说明原因。"},
        "submit": {"demands": "一、立即办理。", "leader_in_charge": "分管副局长", "until": later(60)},
        "decline": because,
        "dismiss": because,
        "postpone": {"until": later(5), **because},
        "answer": {"text": "已经办结，原因如下。"},
        "accept": {"conclusion": "整改到位"},
        "send_back": {"points": "第二项没有说明"},
        "unlist": {"conclusion": "整改到位"},
        "look_back": {"found": "没有反弹"},
        "relapse": {"found": "又有逾期"},
        "close": {"conclusion": "销号"},
        "lift": because,
        "raise_rung": {"rung": "listing", **because},
        "keep_rung": because,
        "call_in": {
            "situation": "no_answer", "on": later(3), "place": "三楼会议室", "persons": "主要负责人",
            "topics": "逾期原因",
        },
        "interview": {
            "on": clock.today().isoformat(), "persons": "主要负责人", "record": "谈话要点", "until": later(20),
            "undertakings": ["十日内办结", "通报全局"],
        },
        "fulfil": {"text": "均已落实"},
        "restore": because,
        "note": {"text": "备注"},
        "recuse": because,
    }  # fmt: skip
    return known.get(verb, {})


@dataclass
class Over:
    """A supervision on its way."""

    number: str
    case: Walk | None = None

    async def matter(self) -> Matter:
        return await Matter.get(number=self.number)

    async def own(self) -> Supervision:
        return await Supervision.get(matter__number=self.number).select_related("rung", "unit")

    async def owed(self) -> list[str]:
        names = Duty.filter(matter__number=self.number, closed_at=None).values_list("name", flat=True)
        return sorted(await names)  # type: ignore[arg-type]  # typed as tuples

    async def at_place(self, relation: Relation, role: Role) -> Actor:
        place = await Involvement.filter(matter__number=self.number, relation=relation, until=None).first()
        assert place is not None, f"nobody is {relation}"
        post = await Post.filter(role=role, unit_id=place.unit_id, until=None).order_by("id").first()
        assert post is not None
        return await actors.of_post(post.id)

    async def who(self, verb: str) -> Actor:
        match verb:
            case "approve" | "decline" | "restore":
                return await self.at_place(Relation.DECIDING, Role.LEADER)
            case "sign" | "answer" | "fulfil":
                return await self.at_place(Relation.LIAISON, Role.LIAISON)
            case "propose_raise":
                return SYSTEM
        return await self.at_place(Relation.OVERSIGHT, Role.SUPERVISOR)

    async def take(self, verb: str, by: Actor | None = None, **given: Any) -> Matter:
        return await engine.take(by or await self.who(verb), self.number, verb, {**inputs(verb), **given})


async def over_case(stage: str = "proposed", rung: str = "dispatch", walk: Walk | None = None) -> Over:
    """A supervision of the unit that handles a case, on a rung, walked to a stage."""
    walk = walk or await case_at("handling")
    supervisor = await officer(Role.SUPERVISOR, INSPECTION)
    await engine.take(supervisor, walk.number, "supervise", {"rung": rung, **ABOUT})
    matter = await Matter.filter(opened_by_id=walk.holder.matter_id, kind="supervision", ended_at=None).first()
    assert matter is not None
    made = Over(matter.number, walk)
    for verb in (LISTED if rung == "listing" else PATHS)[stage]:
        await made.take(verb)
    return made


async def over_unit(code: str, rung: str = "dispatch", by: str = INSPECTION) -> Over:
    """A supervision of a unit by itself."""
    supervisor = await officer(Role.SUPERVISOR, by)
    given = {"unit": str((await unit(code)).id), "rung": rung, **ABOUT}
    return Over((await opening.opened(supervisor, Kind.REGISTRY["supervision"], given)).number)
