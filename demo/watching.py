"""What is done about cases by other kinds of matter: supervised, handed over whole, somebody held to account."""

from datetime import datetime, timedelta
from typing import Any

from domain.accountability.inputs import SANCTIONS
from domain.cases import dossiers
from domain.loop import engine
from domain.people import actors
from domain.people.actors import Actor
from kit import clock, storage
from kit.settings import Settings
from models import Dossier, Involvement, Matter, Post, Relation, Role, Sanction

BASIS = "《信访工作条例》第三十九条、第四十条"
HANDED = {
    "hand_over": {
        "reason": "反映公职人员索要好处、以权谋私，属于纪检监察机关管辖，不在本渠道办理。",
        "basis": "《信访工作条例》第二十二条、第三十条",
    },
    "report_status": {"status": "under_way"},
}
DEMANDS = "一、立即查清事实，依法作出处理并答复举报人。\n二、说明逾期原因、责任人和整改措施。"
ANSWER = "已约谈承办人员，补齐材料，五个工作日内办结并答复举报人；今后对临期件每日调度。"
# How each watched case has fared, in steps after the proposal.
WATCHES: dict[str, tuple[str, ...]] = {
    "proposed": (),
    "issued": ("issue",),
    "received": ("issue", "sign"),
    "answered": ("issue", "sign", "answer"),
    "closed": ("issue", "sign", "answer", "accept", "close"),
    "interviewed": ("issue", "sign", "call_in", "interview"),
    "listed": ("submit", "approve", "sign", "answer"),
}
# One for each case that is played to the end of somebody being held to account: form, measure, persons. Eleven in all.
OUTCOMES = (
    ("1", "talk", 3), ("1", "admonition", 3), ("2", "party_warning", 2), ("2", "demerit", 2), ("3", "removal", 1),
)  # fmt: skip


async def standing(matter: Matter, relation: Relation, role: Role) -> Actor:
    """The first of a role in the unit that stands so to a matter."""
    place = await Involvement.filter(matter_id=matter.id, relation=relation, until=None).first()
    post = await Post.filter(role=role, unit_id=place.unit_id if place else None, until=None).order_by("id").first()
    if post is None:
        raise LookupError(f"nobody is {relation}")
    return await actors.of_post(post.id)


async def supervised(case: Matter, supervisor: Actor, rung: str, how: str, moments: tuple[datetime, ...]) -> None:
    """A case is put before a supervisor, and what came of it by now."""
    given = {
        "rung": rung,
        "subject": f"举报件{case.number}逾期未办结",
        "facts": f"举报件{case.number}已超过办理期限，经催办仍未办结，也未说明理由。",
        "basis": BASIS,
    }
    with clock.at(moments[0]):
        await engine.take(supervisor, case.number, "supervise", given)
    matter = await Matter.get(opened_by_id=case.id, kind="supervision")
    for verb, moment in zip(WATCHES[how], moments[1:], strict=False):
        with clock.at(moment):
            await engine.take(await _who(matter, verb, supervisor), matter.number, verb, _said(verb, moment))


async def _who(matter: Matter, verb: str, supervisor: Actor) -> Actor:
    if verb == "approve":
        return await standing(matter, Relation.DECIDING, Role.LEADER)
    if verb in ("sign", "answer"):
        return await standing(matter, Relation.LEAD, Role.HEAD)
    return supervisor


def _said(verb: str, moment: datetime) -> dict[str, Any]:
    said: dict[str, dict[str, Any]] = {
        "issue": {"demands": DEMANDS},
        "submit": {"demands": DEMANDS, "leader_in_charge": "分管副局长", "until": _day(moment, 60)},
        "answer": {"text": ANSWER},
        "accept": {"conclusion": "整改要求已经落实。"},
        "close": {"conclusion": "予以销号。"},
        "call_in": {
            "situation": "overdue", "on": _day(moment, 0), "place": "督察办会议室", "persons": "主要负责人、分管负责人",
            "topics": "逾期原因、整改措施和责任追究",
        },
        "interview": {
            "on": _day(moment, 0), "persons": "主要负责人、分管负责人", "until": _day(moment, 40),
            "record": "督察员通报逾期情况，责任单位说明原因并表态。",
            "undertakings": ["十个工作日内办结并答复", "完善临期件提醒制度"],
        },
    }  # fmt: skip
    return said.get(verb, {})


def _day(moment: datetime, days: int) -> str:
    return (moment + timedelta(days=days)).date().isoformat()


async def held_to_account(case: Matter, registrar: Actor, number: int, moments: tuple[datetime, ...]) -> None:
    """Proposed, approved, referred, decided, reported back."""
    form, sanction, persons = OUTCOMES[number % len(OUTCOMES)]
    proposal = {
        "facts": "承办单位超过法定期限未办理，经督促仍推诿，造成经营主体损失。",
        "basis": "《信访工作条例》第四十五条",
        "others": f"承办单位有关责任人员{persons}人（名单另附）",
    }
    with clock.at(moments[0]):
        await engine.take(registrar, case.number, "hold_to_account", proposal)
    matter = await Matter.get(opened_by_id=case.id, kind="accountability")
    leader = await standing(matter, Relation.DECIDING, Role.LEADER)
    with clock.at(moments[1]):
        await engine.take(leader, matter.number, "approve_account", {})
    posts = Post.filter(role=Role.DISCIPLINE_LIAISON, unit__code="62-discipline", until=None)
    body = await posts.order_by("id").first()
    if body is None:
        return
    liaison = await actors.of_post(body.id)
    there = {"body": "discipline", "unit": str(body.unit_id), "suggestion": "请依规依纪处理，并函告结果。"}
    outcome = {
        "form": form, "sanction": sanction, "persons": persons, "case_filed": form == "3", "to_judiciary": False,
        "document": f"甘纪处〔{moments[0].year}〕{number + 1}号", "decided_on": moments[4].date().isoformat(),
    }  # fmt: skip
    rest: tuple[tuple[Actor, str, dict[str, Any]], ...] = (
        (registrar, "refer", there),
        (liaison, "receive", {"receipt_number": f"{moments[0].year}-{number + 101}"}),
        (liaison, "record_outcome", outcome),
        (liaison, "conclude", {"result": f"已给予{SANCTIONS[Sanction(sanction)]}，共{persons}人。"}),
    )
    for (actor, verb, given), moment in zip(rest, moments[2:], strict=False):
        with clock.at(moment):
            await engine.take(actor, matter.number, verb, given)


async def recipient_of(settings: Settings, case: Matter) -> Actor:
    """Whoever takes a case over, with the package downloaded and checked."""
    dossier = await Dossier.get(matter_id=case.id)
    posts = Post.filter(role=Role.DISCIPLINE_LIAISON, unit_id=dossier.recipient_id, until=None)
    post = await posts.order_by("id").first()
    if post is None:
        raise LookupError("a recipient without a liaison")
    liaison = await actors.of_post(post.id)
    if dossier.taken_at is None:
        store = storage.opened(settings)
        await dossiers.packed(settings, store, case.id)
        matter_id, code = await dossiers.ticket(settings, liaison, case.number)
        _, pieces = await dossiers.taken(settings, store, liaison, matter_id, code)
        for _ in pieces:
            pass
    return liaison
