"""典型案例: what is told of closed cases, who made sure that it tells of nobody, and what was printed and published."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import Audience
from models.matters import Matter

if TYPE_CHECKING:
    from models.rules import Category


class Typical(Model):
    """A typical case as it stands: its text, and who had a hand in it."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "typical", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    public_id: UUID = fields.UUIDField(unique=True, default=uuid4)
    title = fields.CharField(60)
    reported = fields.TextField()
    handled = fields.TextField()
    lesson = fields.TextField()
    category: fields.ForeignKeyRelation["Category"] = fields.ForeignKeyField(
        "models.Category", "typical_cases", on_delete=fields.RESTRICT
    )
    category_id: str
    told_region = fields.CharField(12, default="")
    writers: fields.Field[list[str]] = ArrayField("text", default=list)
    marked_by: UUID | None = fields.UUIDField(null=True)
    checked_by: UUID | None = fields.UUIDField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    cleared: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    issues = fields.SmallIntField(default=0)

    class Meta:
        """`writers` are the persons who wrote of it; none of them looks it over the second time.

        `public_id` is what the public knows it by: it leads to no number. `told_region` is what a reader is told, none
        or a county at the closest. `cleared` holds what was found harmless and why, at the first and second look.
        """

        table = "typical"
        indexes = (Index(fields=("category_id",)),)


class TypicalMarks(Model):
    """What the system found in a text that somebody had looked over, so that the step can ask for each place."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "typical_marks", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    person_id = fields.UUIDField()
    text_hash = fields.BinaryField()
    hits: fields.Field[list[dict[str, object]]] = fields.JSONField(default=list)
    at: datetime = fields.DatetimeField()

    class Meta:
        """The last look of each person."""

        table = "typical_marks"
        unique_together = (("matter_id", "person_id"),)


class TypicalIssue(Model):
    """What was printed or published, as it was then: never changed, only taken back."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "typical_issues", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    number = fields.SmallIntField()
    audience = fields.CharEnumField(Audience, max_length=8)
    public_id: UUID = fields.UUIDField()
    title = fields.CharField(60)
    reported = fields.TextField()
    handled = fields.TextField()
    lesson = fields.TextField()
    category_id = fields.CharField(8)
    told_region = fields.CharField(12, default="")
    issued_on: date = fields.DateField()
    live = fields.BooleanField(default=True)
    withdrawn_on: date | None = fields.DateField(null=True)

    class Meta:
        """One is `live` of each typical case at most; the database refuses to change what was said."""

        table = "typical_issue"
        unique_together = (("matter_id", "number"),)
