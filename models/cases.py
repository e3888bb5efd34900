"""举报件: what a complainant reported and what became of it; who they are is in the vault."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import Channel, Mode
from models.matters import Matter

if TYPE_CHECKING:
    from models.codes import Code
    from models.people import Unit
    from models.rules import Category


class Case(Model):
    """A report of a problem of the business environment."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "case", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    mode = fields.CharEnumField(Mode, max_length=12)
    channel = fields.CharEnumField(Channel, max_length=10)
    scene = fields.CharField(32, default="")
    code: fields.ForeignKeyNullableRelation["Code"] = fields.ForeignKeyField(
        "models.Code", "cases", null=True, on_delete=fields.RESTRICT
    )
    code_id: UUID | None
    privacy_version = fields.CharField(20, default="")
    category: fields.ForeignKeyRelation["Category"] = fields.ForeignKeyField(
        "models.Category", "cases", on_delete=fields.RESTRICT
    )
    category_id: str
    accused_text = fields.CharField(200, default="")
    occurred_on = fields.DateField(null=True)
    secret_hash = fields.BinaryField()
    summary = fields.TextField(default="")
    claims: fields.Field[list[str]] = fields.JSONField(default=list)
    lead_unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "led_cases", null=True, on_delete=fields.RESTRICT
    )
    lead_unit_id: UUID | None
    routing: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    answer: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    objections = fields.SmallIntField(default=0)
    extensions = fields.SmallIntField(default=0)
    reopenings = fields.SmallIntField(default=0)
    reopened_at = fields.DatetimeField(null=True)
    attempt_days = fields.SmallIntField(default=0)
    attempted_on = fields.DateField(null=True)
    outcome = fields.CharField(20, default="")

    class Meta:
        """Raw text lies apart (CaseText); `routing` is the decision with the rule that fired.

        `outcome` of the present round: "", satisfied, dissatisfied or unreachable; `attempt_days` counts the
        different days on which the call-back reached nobody. `scene` is what was scanned, `code` the code it proved
        to be, if any; `privacy_version` the notice that the complainant was shown.
        """

        table = "case_file"
        indexes = (Index(fields=("lead_unit_id",)), Index(fields=("category_id",)), Index(fields=("code_id",)))


class CaseText(Model):
    """What the complainant wrote, word for word: for intake and screening only, each look recorded."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "texts", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    seq = fields.IntField()
    text = fields.TextField()

    class Meta:
        """`seq` is the entry it came with."""

        table = "case_text"
        indexes = (Index(fields=("matter_id", "seq")),)


class Rating(Model):
    """满意度: what the complainant thought, by aspect; never entered by the unit that handled."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "ratings", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    round = fields.SmallIntField()
    given_by = fields.CharField(12)
    solved = fields.BooleanField()
    speed = fields.SmallIntField()
    attitude = fields.SmallIntField()
    result = fields.SmallIntField()
    on_day = fields.DateField()

    class Meta:
        """One rating a round; aspects from 1 (非常不满意) to 5 (非常满意)."""

        table = "rating"
        unique_together = (("matter_id", "round"),)
