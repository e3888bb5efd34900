"""档案: what was archived, what must not be destroyed, what was destroyed by which rule, and what is left of it."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ItemState, Part

if TYPE_CHECKING:
    from models.matters import Matter
    from models.people import Person, Post


class RetentionRule(Model):
    """保存期限: how long after its end the parts of a matter are kept, by kind, category and outcome."""

    code = fields.CharField(40, primary_key=True)
    order = fields.IntField()
    name = fields.CharField(80)
    kind = fields.CharField(20, null=True)
    category = fields.CharField(8, null=True)
    outcome = fields.CharField(20, null=True)
    anonymous = fields.BooleanField(null=True)
    archive_days = fields.SmallIntField()
    identity_months = fields.SmallIntField()
    content_months = fields.SmallIntField()
    record_months = fields.SmallIntField()
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """The first that fits, by order, of those in force; looked up when something is due: a new one holds."""

        table = "retention_rule"


class Archive(Model):
    """归档: a matter that was complete when it ended, with the hashes of all that belonged to it."""

    matter: fields.OneToOneRelation["Matter"] = fields.OneToOneField(
        "models.Matter", "archive", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    number = fields.CharField(32, unique=True)
    manifest: fields.Field[dict[str, object]] = fields.JSONField()
    sha256 = fields.BinaryField()
    archived_at = fields.DatetimeField()

    class Meta:
        """`manifest`: entries, head, the size and SHA-256 of every file and letter, no names. `sha256` is its own."""

        table = "archive"


class Hold(Model):
    """保全: nothing of a matter, nor of those that belong with it, is destroyed until another person ends this."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "holds", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    reason = fields.TextField()
    until: date | None = fields.DateField(null=True)
    held_at = fields.DatetimeField()
    held_by_post: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "holds", on_delete=fields.RESTRICT
    )
    held_by_post_id: UUID
    lifted_at = fields.DatetimeField(null=True)
    lifted_by_post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "lifted_holds", null=True, on_delete=fields.RESTRICT
    )
    lifted_by_post_id: UUID | None

    class Meta:
        """One at a time; lifted by another person, or by the system when `until` is past."""

        table = "hold"
        indexes = (Index(fields=("matter_id",)),)


class Destruction(Model):
    """销毁批次: what one person planned and another approved; its id is a digest of all that it holds."""

    id = fields.CharField(16, primary_key=True)
    planned_by: fields.ForeignKeyRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "planned_destructions", on_delete=fields.RESTRICT
    )
    planned_by_id: UUID
    planned_at = fields.DatetimeField()
    approved_by: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "approved_destructions", null=True, on_delete=fields.RESTRICT
    )
    approved_by_id: UUID | None
    approved_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        """The vault keeps an account of its own beside it, of both persons."""

        table = "destruction"


class DestructionItem(Model):
    """One part of one matter within a batch, by which rule."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    batch: fields.ForeignKeyRelation[Destruction] = fields.ForeignKeyField(
        "models.Destruction", "items", on_delete=fields.RESTRICT
    )
    batch_id: str
    matter: fields.ForeignKeyRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "destructions", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    part = fields.CharEnumField(Part, max_length=8)
    place = fields.SmallIntField()
    rule = fields.CharField(40)
    state = fields.CharEnumField(ItemState, max_length=8, default=ItemState.OWED)
    problem = fields.CharField(40, default="")

    class Meta:
        """`place` is the part's place in order. What was started is finished; what is not due any more is skipped."""

        table = "destruction_item"
        unique_together = (("batch_id", "matter_id", "part"),)
        indexes = (Index(fields=("matter_id",)),)


class Tombstone(Model):
    """销毁登记: all that is left of a part of a matter; written when it is gone, never changed, no personal data."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "tombstones", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    part = fields.CharEnumField(Part, max_length=8)
    number = fields.CharField(32)
    kind = fields.CharField(20)
    region_id = fields.CharField(12)
    category = fields.CharField(8, default="")
    outcome = fields.CharField(20)
    filed_on: date = fields.DateField()
    ended_on: date = fields.DateField()
    destroyed_on: date = fields.DateField()
    rule = fields.CharField(40)
    basis = fields.CharField(300)
    batch = fields.CharField(16)
    head = fields.BinaryField()
    entries = fields.IntField()
    files: fields.Field[list[str]] = fields.JSONField(default=list)

    class Meta:
        """`head` is the hash of the last entry, `files` the SHA-256 of what was sent. No change is possible."""

        table = "tombstone"
        unique_together = (("matter_id", "part"),)
        indexes = (Index(fields=("destroyed_on", "id")),)
