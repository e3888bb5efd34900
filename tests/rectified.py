"""Lines of the ledger for tests: listed by a supervisor, walked to a stage by whoever takes the step."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from domain.loop import engine, opening
from domain.loop.kinds import Kind
from domain.people import actors
from domain.people.actors import Actor
from kit import clock
from models import Duty, File, FileState, Involvement, Matter, Post, Rectification, Relation, Role
from tests.makers import officer, unit

CITY = "6201-justice.inspection"
PROVINCE = "62-justice.inspection"
OWNER = "620102-market"
VERIFIER = "620102-justice"
PROBLEM = {"problem": "行政许可超期办理较多，没有建立预警。", "source": "inspection"}
PATHS: dict[str, tuple[str, ...]] = {
    "listed": (),
    "rectifying": ("take_on",),
    "checked": ("take_on", "report_done"),
    "verified": ("take_on", "report_done", "verify_pass"),
    "struck_off": ("take_on", "report_done", "verify_pass", "strike_off"),
    "dropped": ("drop",),
}


def inputs(verb: str) -> dict[str, Any]:
    """What would do for a verb."""
    because = {"reason": "情况如此"}
    known: dict[str, dict[str, Any]] = {
        "take_on": {"measures": ["建立超期预警", "清理积压件"]},
        "progress": {"text": "预警已经上线"},
        "request_extension": because,
        "grant_extension": because,
        "refuse_extension": because,
        "report_done": {"text": "两项措施均已落实。"},
        "verify_pass": {"opinion": "抽查二十件，均未超期。"},
        "verify_fail": {"points": "积压件还有三件"},
        "strike_off": {"conclusion": "整改到位，同意销号"},
        "send_back": {"points": "材料不全"},
        "drop": because,
        "look_back": {"found": "没有反弹"},
        "relapse": {"found": "又有五件超期"},
        "write_publication": {"public_problem": "许可超期办理", "public_result": "建立预警，积压件清零"},
        "unpublish": because,
        "note": {"text": "备注"},
        "recuse": because,
        "supervise": {
            "rung": "dispatch", "subject": "整改逾期", "facts": "该问题逾期未整改。",
            "basis": "《政府督查工作条例》第十八条",
        },
    }  # fmt: skip
    return known.get(verb, {})


async def evidence(actor: Actor, state: FileState = FileState.READY) -> str:
    """A file that this actor brought."""
    file = await File.create(
        id=uuid4(), owner=actor.owner, purpose="evidence_pdf", media_type="application/pdf", bytes=8, state=state,
        name="整改报告.pdf", created_on=clock.today(),
    )  # fmt: skip
    return str(file.id)


@dataclass
class Line:
    """A line of the ledger on its way."""

    number: str

    async def matter(self) -> Matter:
        return await Matter.get(number=self.number)

    async def own(self) -> Rectification:
        return await Rectification.get(matter__number=self.number)

    async def owed(self) -> dict[str, str]:
        """Every open duty and who owes it."""
        found = await Duty.filter(matter__number=self.number, closed_at=None).order_by("name")
        return {duty.name: duty.role for duty in found}

    async def at_place(self, relation: Relation, role: Role) -> Actor:
        place = await Involvement.filter(matter__number=self.number, relation=relation, until=None).first()
        assert place is not None, f"nobody is {relation}"
        if place.post_id:
            return await actors.of_post(place.post_id)
        post = await Post.filter(role=role, unit_id=place.unit_id, until=None).order_by("id").first()
        assert post is not None
        return await actors.of_post(post.id)

    async def who(self, verb: str) -> Actor:
        match verb:
            case "take_on" | "progress" | "request_extension" | "report_done" | "assign":
                return await self.at_place(Relation.LEAD, Role.HEAD)
            case "verify_pass" | "verify_fail" if (await self.own()).verifier_id:
                return await self.at_place(Relation.VERIFYING, Role.HEAD)
            case "publish":  # another than who writes
                return await officer(Role.SUPERVISOR, PROVINCE)
        return await self.at_place(Relation.OVERSIGHT, Role.SUPERVISOR)

    async def take(self, verb: str, by: Actor | None = None, **given: Any) -> Matter:
        by = by or await self.who(verb)
        told = {**inputs(verb), **given}
        if verb == "report_done" and "files" not in told:
            told["files"] = [await evidence(by)]
        return await engine.take(by, self.number, verb, told)

    async def walk(self, stage: str) -> "Line":
        for verb in PATHS[stage]:
            await self.take(verb)
        return self


async def listed(owner: str = OWNER, by: Actor | None = None, stage: str = "listed", **given: Any) -> Line:
    """A line that a supervisor listed by themself, walked to a stage."""
    supervisor = by or await officer(Role.SUPERVISOR, CITY)
    told = {**PROBLEM, "owner_unit": str((await unit(owner)).id), **given}
    matter = await opening.opened(supervisor, Kind.REGISTRY["rectification"], told)
    return await Line(matter.number).walk(stage)
