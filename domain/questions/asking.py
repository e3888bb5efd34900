"""Putting a question out of a report, and those that are answered for everybody who may read the report."""

from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.loop import opening
from domain.people.actors import Actor
from domain.questions.inputs import ASKERS, Ask
from domain.questions.table import QUESTION
from kit.words import label
from models import Matter, Question, RatingChannelCode
from models.database import wake

MOST = 100


async def asked(actor: Actor, report_id: UUID, asked_by: RatingChannelCode, text: str) -> str:
    """Its number; who may ask, the caller knows. Nothing about a visitor is kept."""
    async with in_transaction():
        # Locked: who steps aside in this moment, or takes over, does so for the question too.
        report = await Matter.filter(id=report_id).select_for_update().get()
        told = Ask(report=report_id, asked_by=asked_by, text=text)
        matter = await opening.by(actor, QUESTION, told, report.region_id, report.receiving_unit_id)
    await wake()
    return matter.number


async def answered(report_id: UUID) -> list[dict[str, Any]]:
    """Questions of a report that were published with their answers, the latest first."""
    found = await Question.filter(report_id=report_id, published_on__not_isnull=True).order_by(
        "-published_on", "-matter_id"
    ).limit(MOST)  # fmt: skip
    return [
        {
            "asked_by": label(one.asked_by, ASKERS[one.asked_by]),
            "text": one.text,
            "answer": one.answer,
            "published_on": one.published_on,
        }
        for one in found
    ]
