"""附件: one table for everything attached to any matter."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

if TYPE_CHECKING:
    from models.matters import Matter


class File(Model):
    """Something attached or produced: evidence, a letter, a receipt; the bytes are in storage."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyNullableRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "files", null=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID | None
    purpose = fields.CharField(20)
    state = fields.CharField(20)
    media_type = fields.CharField(100)
    bytes = fields.BigIntField()
    sha256 = fields.BinaryField(null=True)
    created_on = fields.DateField()

    class Meta:
        """Dated by the day, as an anonymous person may have sent it."""

        table = "file"
        indexes = (Index(fields=("matter_id", "purpose")),)
