"""What of a case each reader sees: fields by relation, decided here and nowhere else."""

from typing import Any

from domain.cases.inputs import CHANNELS, MODES, Answer
from domain.cases.stages import AFTER_REPLY, OPEN, PLAIN, Stage
from domain.loop import packs, wording
from domain.loop.kinds import Scene
from domain.loop.packs import Book
from domain.loop.wording import Words
from kit import clock
from kit.words import label, phrase
from models import Case, CaseText, Matter, Relation, Unit

OFFICE = frozenset({Relation.INTAKE, Relation.OVERSIGHT})
HANDLING = frozenset({Relation.LIAISON, Relation.LEAD, Relation.ASSIGNEE, Relation.ASSISTING, Relation.ASSIST_LIAISON})
OUTCOMES = {
    "satisfied": "满意",
    "dissatisfied": "不满意",
    "unreachable": "未联系上",
    "refused": "不予受理",
    "withdrawn": "已撤回",
    "redirected": "导入法定程序",
    "handed_over": "随并案件移送有权机关",
}


async def subject(matter: Matter) -> Case:
    """The case's own row."""
    return await Case.get(matter_id=matter.id)


async def shown(scene: Scene, relations: frozenset[Relation]) -> dict[str, Any]:
    """The case for somebody who stands so to it. The raw text is never among the fields: it is looked at."""
    matter = scene.matter
    case: Case = scene.subject
    book = await packs.book()
    if Relation.COMPLAINANT in relations:
        return await _for_complainant(case, matter, book)
    lead = await Unit.get_or_none(id=case.lead_unit_id) if case.lead_unit_id else None
    fields: dict[str, Any] = {
        "category": _category(case, book),
        "summary": case.summary,
        "claims": case.claims,
        "occurred_on": case.occurred_on,
        "lead_unit": {"id": lead.id, "name": lead.name} if lead else None,
        "reopenings": case.reopenings,
        "extensions": case.extensions,
        "outcome": case.outcome,
        "outcome_label": _outcome(case),
    }
    if relations & (HANDLING | OFFICE):
        fields |= {"answer": case.answer, "answer_shown": _answer(case, book)}
    if Relation.INTAKE in relations:
        fields |= {
            "mode": case.mode,
            "mode_label": label(case.mode, MODES[case.mode]),
            "channel": case.channel,
            "channel_label": label(case.channel, CHANNELS[case.channel]),
            "scene": case.scene,
            "privacy_version": case.privacy_version,
            "accused_text": case.accused_text,
            "routing": case.routing or None,
            "objections": case.objections,
            "attempt_days": case.attempt_days,
            "hand_over_suggested": _belongs_elsewhere(case, matter, book),
        }
    return fields


def _belongs_elsewhere(case: Case, matter: Matter, book: Book) -> bool:
    """Whether its category is one that discipline bodies look into, and it is still worked here."""
    category = book.categories.get(case.category_id)
    return bool(category and category.discipline and matter.stage in OPEN)


async def _for_complainant(case: Case, matter: Matter, book: Book) -> dict[str, Any]:
    texts = await CaseText.filter(matter_id=matter.id).order_by("seq")
    replied = matter.stage in AFTER_REPLY
    return {
        "mode": case.mode,
        "mode_label": label(case.mode, MODES[case.mode]),
        "category": _category(case, book),
        "stage_plain": phrase(PLAIN[Stage(matter.stage)]),
        "promises": _promises(matter, book),
        "texts": [text.text for text in texts if text.text],
        "occurred_on": case.occurred_on,
        "answer": case.answer if replied else None,
        "answer_shown": _answer(case, book) if replied else [],
        "outcome": case.outcome,
        "outcome_label": _outcome(case),
        "privacy_version": case.privacy_version,
    }


def _promises(matter: Matter, book: Book) -> dict[str, Any]:
    """Until when the report is accepted and, at the latest, answered; the second is binding once accepted."""
    pack = book.packs[matter.rule_pack_id]
    accept_by = pack.due(clock.start_of(matter.filed_on), "accept", matter.tier)
    if matter.ended_at and not matter.statutory_due:
        return {"accept_by": accept_by, "finish_by": None}
    return {"accept_by": accept_by, "finish_by": matter.statutory_due or pack.due(accept_by, "finish", matter.tier)}


def _category(case: Case, book: Book) -> dict[str, str]:
    category = book.categories.get(case.category_id)
    return {"code": case.category_id, "name": phrase(category.name) if category else ""}


def _outcome(case: Case) -> str:
    return label(case.outcome, OUTCOMES[case.outcome]) if case.outcome else ""


def _answer(case: Case, book: Book) -> list[dict[str, str]]:
    """The answer as lines that anybody can show."""
    return wording.lines([Answer], case.answer, Words(book)) if case.answer else []
