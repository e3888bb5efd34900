"""质询: a question about a report, put to the official once it is accepted, and its answer."""

from datetime import date
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import RatingChannelCode
from models.matters import Matter


class Question(Model):
    """A question, who answers, and what everybody reads of it."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "question", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    report: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "questions", on_delete=fields.RESTRICT
    )
    report_id: UUID
    asked_by = fields.CharEnumField(RatingChannelCode, max_length=12)
    text = fields.TextField()
    answer = fields.TextField(default="")
    returns = fields.SmallIntField(default=0)
    published_on: date | None = fields.DateField(null=True)

    class Meta:
        """`asked_by` says from where it came, and never who asked, who may be nobody that we know."""

        table = "question"
        indexes = (Index(fields=("report_id",)),)
