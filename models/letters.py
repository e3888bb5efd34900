"""文书: official letters of any kind of matter, numbered without gaps, rendered as PDF by a job."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

if TYPE_CHECKING:
    from models.matters import Matter
    from models.people import Post, Region, Unit


class LetterForm(Model):
    """文种: a sort of letter, the word of its numbers (字号) and the template it is written by."""

    code = fields.CharField(40, primary_key=True)
    name = fields.CharField(60)
    series = fields.CharField(20)
    template = fields.CharField(40)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """Loaded by a command; `template` is a file of `data/letters`."""

        table = "letter_form"


class LetterSeries(Model):
    """字号: the last number that a region's offices gave out in a series and year."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    region: fields.ForeignKeyRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "letter_series", on_delete=fields.RESTRICT
    )
    region_id: str
    series = fields.CharField(20)
    year = fields.SmallIntField()
    given = fields.IntField()

    class Meta:
        """Raised in the transaction that issues the letter: a step that is refused gives its number back."""

        table = "letter_series"
        unique_together = (("region_id", "series", "year"),)


class Letter(Model):
    """A letter that was issued: what it says, to whom, its PDF, and what became of it there."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "letters", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    form: fields.ForeignKeyRelation[LetterForm] = fields.ForeignKeyField(
        "models.LetterForm", "letters", on_delete=fields.RESTRICT
    )
    form_id: str
    series: fields.ForeignKeyRelation[LetterSeries] = fields.ForeignKeyField(
        "models.LetterSeries", "letters", on_delete=fields.RESTRICT
    )
    series_id: UUID
    serial = fields.IntField()
    number = fields.CharField(60)
    title = fields.CharField(200)
    said: fields.Field[dict[str, object]] = fields.JSONField()
    readers: fields.Field[list[str]] = ArrayField("text", default=list)
    issued_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "issued_letters", null=True, on_delete=fields.RESTRICT
    )
    issued_by_id: UUID | None
    issued_at: datetime = fields.DatetimeField()
    from_unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "sent_letters", on_delete=fields.RESTRICT
    )
    from_unit_id: UUID
    to_unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "received_letters", null=True, on_delete=fields.RESTRICT
    )
    to_unit_id: UUID | None
    answer_due: datetime | None = fields.DatetimeField(null=True)
    read_at: datetime | None = fields.DatetimeField(null=True)
    read_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "read_letters", null=True, on_delete=fields.RESTRICT
    )
    read_by_id: UUID | None
    signed_at: datetime | None = fields.DatetimeField(null=True)
    signed_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "signed_letters", null=True, on_delete=fields.RESTRICT
    )
    signed_by_id: UUID | None
    answered_by_entry = fields.IntField(null=True)
    stored = fields.CharField(100, default="")
    sha256 = fields.BinaryField(null=True)
    bytes = fields.IntField(default=0)
    pages = fields.SmallIntField(default=0)
    fence = fields.IntField(default=0)
    held_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    next_try_at = fields.DatetimeField(null=True)
    shredded_on = fields.DateField(null=True)

    class Meta:
        """`said` are the fields of the template as they were when it was issued; `readers` who may read it.

        `stored` is empty while the PDF is owed; `fence` and `held_until` are the lease of whoever renders it.
        `answered_by_entry` is the entry (`seq`) of the answer in writing. The PDF is written once.
        `shredded_on`: retention left the number and the hash of the PDF alone.
        """

        table = "letter"
        unique_together = (("series_id", "serial"),)
        indexes = (Index(fields=("matter_id",)), Index(fields=("to_unit_id", "issued_at")))
