"""二维码: what is printed and hung up, and how often it is scanned."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import CodeKind, ScanOutcome

if TYPE_CHECKING:
    from models.people import Post, Region, Unit


class Code(Model):
    """A QR code of a province, unit, place or campaign: an ordinary link whose scene is `value` and a signature."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    value = fields.CharField(8, unique=True)
    kind = fields.CharEnumField(CodeKind, max_length=10)
    title = fields.CharField(60)
    place = fields.CharField(120, default="")
    phone = fields.CharField(20, default="")
    region: fields.ForeignKeyRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "codes", on_delete=fields.RESTRICT
    )
    region_id: str
    unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "codes", null=True, on_delete=fields.RESTRICT
    )
    unit_id: UUID | None
    issued_by: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "codes", on_delete=fields.RESTRICT
    )
    issued_by_id: UUID
    issued_on = fields.DateField()
    ended_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "ended_codes", null=True, on_delete=fields.RESTRICT
    )
    ended_by_id: UUID | None
    ended_on: fields.Field[date | None] = fields.DateField(null=True)
    end_reason = fields.CharField(200, default="")
    replaces: fields.ForeignKeyNullableRelation["Code"] = fields.ForeignKeyField(
        "models.Code", "replaced_by", null=True, on_delete=fields.RESTRICT
    )
    replaces_id: UUID | None

    class Meta:
        """Nothing is deleted: a revoked or replaced code ends on a day, with a reason."""

        table = "code"
        indexes = (Index(fields=("region_id", "issued_on", "id")),)


class CodeScan(Model):
    """How often a code was scanned on a day, and how the scan came out; without a code where none was known."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    code: fields.ForeignKeyNullableRelation[Code] = fields.ForeignKeyField(
        "models.Code", "scans", null=True, on_delete=fields.RESTRICT
    )
    code_id: UUID | None
    outcome = fields.CharEnumField(ScanOutcome, max_length=10)
    day = fields.DateField()
    count = fields.IntField(default=0)

    class Meta:
        """One row a code, outcome and day; who scanned is not kept."""

        table = "code_scan"
