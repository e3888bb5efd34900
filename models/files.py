"""附件: one table for everything attached to any matter, and how it comes in: uploads, tickets, limits."""

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import FileState

if TYPE_CHECKING:
    from models.matters import Matter


class FilePurpose(Model):
    """用途: what a file may be attached as, with the types and sizes that are taken."""

    code = fields.CharField(20, primary_key=True)
    name = fields.CharField(40)
    media_types: fields.Field[list[str]] = ArrayField("text", default=list)
    most_bytes = fields.BigIntField()
    most_seconds = fields.IntField(null=True)
    staff_only = fields.BooleanField(default=False)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """The first purpose by code that takes a type is the one a client need not name; loaded by a command."""

        table = "file_purpose"


class FileQuota(Model):
    """配额: how much one holder may have, and for how many days what they never finished or attached is kept."""

    code = fields.CharField(10, primary_key=True)
    most_files = fields.IntField()
    most_bytes = fields.BigIntField()
    days = fields.SmallIntField()
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """`code` is ticket, receipt or person (each counts what it brought), or matter (all that is attached)."""

        table = "file_quota"


class UploadTicket(Model):
    """上传凭证: lets whoever holds it upload for one report that is not filed yet; says nothing of who they are."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    secret_hash = fields.CharField(64, unique=True)
    draft_hash = fields.CharField(64, null=True)
    matter: fields.ForeignKeyNullableRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "tickets", null=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID | None
    expires_on = fields.DateField()

    class Meta:
        """`draft_hash` is of the Idempotency-Key it is bound to; `matter` what was filed with it."""

        table = "upload_ticket"
        indexes = (Index(fields=("matter_id",)), Index(fields=("expires_on",)))


class File(Model):
    """Something attached or produced: evidence, a letter, a receipt; the bytes are in storage."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyNullableRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "files", null=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID | None
    owner = fields.CharField(50, default="")
    purpose = fields.CharField(20)
    name = fields.CharField(200, default="")
    media_type = fields.CharField(100)
    bytes = fields.BigIntField()
    sha256 = fields.BinaryField(null=True)
    stored = fields.CharField(100, default="")
    state = fields.CharEnumField(FileState, max_length=12)
    problem = fields.CharField(40, default="")
    progress = fields.SmallIntField(default=0)
    attempts = fields.SmallIntField(default=0)
    next_try_at = fields.DatetimeField(null=True)
    fence = fields.IntField(default=0)
    holder = fields.UUIDField(null=True)
    held_until = fields.DatetimeField(null=True)
    leftovers = fields.BooleanField(default=False)
    released = fields.BooleanField(default=False)
    deposited = fields.BooleanField(default=False)
    facts: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    blurs: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    created_on = fields.DateField()

    class Meta:
        """Dated by the day, as an anonymous person may have sent it.

        `owner` is who brought it: ticket:…, receipt:…, person:…, or empty for what we produced. `name` and
        `media_type` are as declared until processing has found the type. `stored` is the original's name in storage,
        empty while the bytes lie with the upload. `problem` says why it is refused or failed. `fence`, `holder` and
        `held_until` are the lease of whichever worker has it in hand. `leftovers`: storage may hold copies that no row
        names. `released`: the unit that handles may have the cleaned copy. `deposited`: its hash is on the timeline.
        `facts` are what processing found (seconds, pixels, what was said of a refused file), `blurs` the rectangles
        that its copies cover.
        """

        table = "file"
        indexes = (Index(fields=("matter_id", "purpose")), Index(fields=("owner",)))


class FileCopy(Model):
    """A copy made from an original: cleaned, thumbnail, poster, a page, a rung of the HLS ladder."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    file: fields.ForeignKeyRelation[File] = fields.ForeignKeyField("models.File", "copies", on_delete=fields.CASCADE)
    file_id: UUID
    kind = fields.CharField(20)
    place = fields.SmallIntField(default=0)
    stored = fields.CharField(100)
    media_type = fields.CharField(100)
    bytes = fields.BigIntField()
    sha256 = fields.BinaryField()
    facts: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    created_on = fields.DateField()

    class Meta:
        """`place` orders those of a kind, such as pages."""

        table = "file_copy"
        unique_together = (("file_id", "kind", "place"),)


class Upload(Model):
    """A tus upload: how far it has come, and who may write. Has the id of the file it becomes, if it becomes one."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    owner = fields.CharField(50)
    length = fields.BigIntField(null=True)
    most = fields.BigIntField()
    arrived = fields.BigIntField(default=0)
    metadata = fields.CharField(1000, default="")
    concat = fields.CharField(8, default="")
    final: fields.ForeignKeyNullableRelation["Upload"] = fields.ForeignKeyField(
        "models.Upload", "parts", null=True, on_delete=fields.CASCADE
    )
    final_id: UUID | None
    place = fields.SmallIntField(default=0)
    written_as = fields.IntField(default=0)
    fence = fields.IntField(default=0)
    holder = fields.UUIDField(null=True)
    held_until = fields.DatetimeField(null=True)
    expires_on = fields.DateField()

    class Meta:
        """`arrived` bytes are on disk, in the file named by the id and `written_as`.

        `most` is the largest length its purpose allows. `concat` is "", partial or final; a part's `final` and `place`
        say where it went. `fence` rises each time somebody takes the lock; `holder` is the process that has it, until
        `held_until`; both are empty while nobody writes.
        """

        table = "upload"
        indexes = (Index(fields=("owner",)), Index(fields=("final_id",)), Index(fields=("expires_on",)))
