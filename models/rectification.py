"""整改: the lines of the ledger of problems, who puts each right, and what became of it."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import RectificationSource
from models.matters import Matter

if TYPE_CHECKING:
    from models.people import Person, Unit


class Rectification(Model):
    """A problem, the unit that puts it right, the measures, the check, and the end."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "rectification", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    source = fields.CharEnumField(RectificationSource, max_length=16)
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "rectifications", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    by_unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "kept_rectifications", on_delete=fields.RESTRICT
    )
    by_unit_id: UUID
    verifier: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "verified_rectifications", null=True, on_delete=fields.RESTRICT
    )
    verifier_id: UUID | None
    official: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "rectifications", null=True, on_delete=fields.RESTRICT
    )
    official_id: UUID | None
    suit = fields.CharField(50, null=True)
    judged_on: date | None = fields.DateField(null=True)
    problem = fields.TextField()
    demands = fields.TextField(default="")
    measures: fields.Field[list[str]] = fields.JSONField(default=list)
    done = fields.TextField(default="")
    evidence: fields.Field[list[str]] = fields.JSONField(default=list)
    conclusion = fields.TextField(default="")
    returns = fields.SmallIntField(default=0)
    extensions = fields.SmallIntField(default=0)
    reopenings = fields.SmallIntField(default=0)
    reported_on: date | None = fields.DateField(null=True)
    struck_off_on: date | None = fields.DateField(null=True)
    look_back_until: date | None = fields.DateField(null=True)
    looked_back_on: date | None = fields.DateField(null=True)
    reopened_on: date | None = fields.DateField(null=True)
    public_problem = fields.TextField(default="")
    public_result = fields.TextField(default="")
    written_by: UUID | None = fields.UUIDField(null=True)
    published_on: date | None = fields.DateField(null=True)

    class Meta:
        """`official`: whose 述法 it came out of. `evidence`: the files of the last self-check.

        `suit` is the number of a lost lawsuit that was imported, one of its unit, and `judged_on` the judgment's day.
        `written_by` is the person who wrote what is to be published, whom another must follow.
        `struck_off_on` is the last time, and stays when it is reopened.
        """

        table = "rectification"
        indexes = (Index(fields=("unit_id",)), Index(fields=("official_id",)))
