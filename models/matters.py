"""The loop: matters, who is involved, who is excluded, what is owed, and what was done."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import ActorKind, Part, Relation, Tier

if TYPE_CHECKING:
    from models.people import Person, Post, Region, Unit
    from models.rules import RulePack


class Matter(Model):
    """事项: anything that travels round the loop. Each kind has its own table 1:1 beside this one."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    kind = fields.CharField(20)
    number = fields.CharField(32, unique=True)
    stage = fields.CharField(20)
    version = fields.IntField(default=0)
    region: fields.ForeignKeyRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "matters", on_delete=fields.RESTRICT
    )
    region_id: str
    receiving_unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "received", on_delete=fields.RESTRICT
    )
    receiving_unit_id: UUID
    rule_pack: fields.ForeignKeyRelation["RulePack"] = fields.ForeignKeyField(
        "models.RulePack", "matters", on_delete=fields.RESTRICT
    )
    rule_pack_id: str
    opened_by: fields.ForeignKeyNullableRelation["Matter"] = fields.ForeignKeyField(
        "models.Matter", "opened", null=True, on_delete=fields.RESTRICT
    )
    opened_by_id: UUID | None
    tier = fields.CharEnumField(Tier, max_length=10)
    coarse = fields.BooleanField(default=False)
    filed_on = fields.DateField()
    internal_due = fields.DatetimeField(null=True)
    statutory_due = fields.DatetimeField(null=True)
    paused_since = fields.DatetimeField(null=True)
    clock_stopped_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    sealed_at = fields.DatetimeField(null=True)
    archived_at = fields.DatetimeField(null=True)
    held_by: UUID | None = fields.UUIDField(null=True)
    destroyed = fields.CharEnumField(Part, max_length=8, null=True)
    entries_made = fields.IntField(default=0)
    head = fields.BinaryField()

    class Meta:
        """`version` is the last step's entry, `head` the hash of the last entry, looks included.

        `clock_stopped_at`: the reply stopped the statutory clock; a reopening sets it going anew.
        `sealed_at`: handed over under seal; only the receipt and those who took it over know of it since.
        `archived_at`: read only since. `held_by`: the person whose hold stops its destruction. `destroyed`: the last
        part of it that retention has destroyed.
        `coarse`: the complainant is anonymous, so whatever they do is dated by the day.
        """

        table = "matter"
        indexes = (
            Index(fields=("region_id", "filed_on", "id")),
            Index(fields=("receiving_unit_id", "filed_on", "id")),
            Index(fields=("opened_by_id",)),
        )


class Involvement(Model):
    """A unit or a post that has to do with a matter, from when until when."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "involved", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    relation = fields.CharEnumField(Relation, max_length=16)
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "involvements", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "involvements", null=True, on_delete=fields.RESTRICT
    )
    post_id: UUID | None
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        """Read by matter, and by whoever is involved now."""

        table = "involvement"
        indexes = (
            Index(fields=("matter_id",)),
            Index(fields=("unit_id", "relation", "matter_id")),
            Index(fields=("post_id", "matter_id")),
        )


class Recusal(Model):
    """回避: a unit (with its subordinates) or a person for whom the matter does not exist."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "recusals", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "recusals", null=True, on_delete=fields.RESTRICT
    )
    unit_id: UUID | None
    person: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "recusals", null=True, on_delete=fields.RESTRICT
    )
    person_id: UUID | None
    reason = fields.CharField(200)
    accused = fields.BooleanField()
    since = fields.DatetimeField()

    class Meta:
        """Asked for every matter that anybody reads."""

        table = "recusal"
        indexes = (Index(fields=("matter_id",)), Index(fields=("unit_id",)), Index(fields=("person_id",)))


class Entry(Model):
    """办理记录: one appended line of a matter's timeline; the database refuses to change or remove it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "entries", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    seq = fields.IntField()
    at = fields.DatetimeField()
    verb = fields.CharField(32)
    actor_kind = fields.CharEnumField(ActorKind, max_length=10)
    post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "entries", null=True, on_delete=fields.RESTRICT
    )
    post_id: UUID | None
    stage = fields.CharField(20)
    readers: fields.Field[list[str]] = ArrayField("text", default=list)
    clock: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    salt = fields.BinaryField()
    facts_hash = fields.BinaryField()
    body_hash = fields.BinaryField()
    hash = fields.BinaryField()

    class Meta:
        """`hash` chains the entry before it, the facts of this row and the hash of its body."""

        table = "entry"
        unique_together = (("matter_id", "seq"),)


class EntryBody(Model):
    """What was said in an entry; may be shredded by retention while the chain still verifies."""

    entry: fields.OneToOneRelation[Entry] = fields.OneToOneField(
        "models.Entry", "body", primary_key=True, on_delete=fields.RESTRICT
    )
    entry_id: UUID
    salt = fields.BinaryField(null=True)
    body: fields.Field[dict[str, object]] = fields.JSONField(null=True)
    shredded_on = fields.DateField(null=True)
    public: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    public_salt = fields.BinaryField(null=True)
    private_hash = fields.BinaryField(null=True)

    class Meta:
        """The database refuses any change but shredding.

        A body is shredded in two goes: `public` is what the complainant may read, left over from the first, with what
        it takes to check that the whole was so; the second leaves nothing.
        """

        table = "entry_body"


class Duty(Model):
    """待办: who owes the next step on a matter, and by when."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "duties", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    name = fields.CharField(32)
    role = fields.CharField(20)
    unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "duties", null=True, on_delete=fields.RESTRICT
    )
    unit_id: UUID | None
    post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "duties", null=True, on_delete=fields.RESTRICT
    )
    post_id: UUID | None
    awaited_by_unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "awaited", null=True, on_delete=fields.RESTRICT
    )
    awaited_by_unit_id: UUID | None
    awaited_by_post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "awaited", null=True, on_delete=fields.RESTRICT
    )
    awaited_by_post_id: UUID | None
    returned = fields.BooleanField(default=False)
    on_clock = fields.BooleanField(default=False)
    lapses_to = fields.CharField(32, null=True)
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    overdue_told_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """The queues' partial indexes are made by migration: by post, by unit and role, by due date.

        `on_clock`: due when the matter is, and moved with it. `lapses_to`: the verb the system takes when late.
        """

        table = "duty"
        indexes = (Index(fields=("matter_id",)),)


class Notice(Model):
    """通知: something owed to somebody; carries no content of the matter, only where to look."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "notices", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    template = fields.CharField(40)
    role = fields.CharField(20)
    unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "notices", null=True, on_delete=fields.RESTRICT
    )
    unit_id: UUID | None
    post: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "notices", null=True, on_delete=fields.RESTRICT
    )
    post_id: UUID | None
    once = fields.CharField(100, unique=True)
    owed_at = fields.DatetimeField()
    delivered_on = fields.DateField(null=True)
    read_at = fields.DatetimeField(null=True)

    class Meta:
        """`once` names what must not be told twice; the partial indexes are made by migration."""

        table = "notice"
        indexes = (Index(fields=("matter_id",)),)


class MatterLink(Model):
    """关联: two matters that belong together; each shows the other to whoever may see both."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "links", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    other: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "linked", on_delete=fields.RESTRICT
    )
    other_id: UUID

    class Meta:
        """Read from either side."""

        table = "matter_link"
        unique_together = (("matter_id", "other_id"),)
        indexes = (Index(fields=("other_id",)),)


class MatterSource(Model):
    """来源: a matter was made out of others; whoever is shut out of any of them is shut out of it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "sources", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    source: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "made_from_it", on_delete=fields.RESTRICT
    )
    source_id: UUID

    class Meta:
        """The one that opened it is among them."""

        table = "matter_source"
        unique_together = (("matter_id", "source_id"),)
        indexes = (Index(fields=("source_id",)),)


class AnchoredHead(Model):
    """The head of a matter's chain as last written to the anchor file outside the database."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "anchored", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    entries = fields.IntField()

    class Meta:
        """Tells which matters changed since the last anchor."""

        table = "anchored_head"


class KeptAnswer(Model):
    """The answer given under an Idempotency-Key, sealed with a key derived from it; kept 30 days."""

    key_hash = fields.CharField(64, primary_key=True)
    request_hash = fields.BinaryField()
    status = fields.SmallIntField(null=True)
    body = fields.BinaryField(null=True)
    kept_on = fields.DateField()

    class Meta:
        """Dated by the day: the hour would tell when an anonymous person reported."""

        table = "kept_answer"
        indexes = (Index(fields=("kept_on",)),)


class Loading(Model):
    """How far a long load in the background has come; it goes on from here after a restart."""

    name = fields.CharField(40, primary_key=True)
    done = fields.IntField(default=0)
    total = fields.IntField(default=0)
    note: fields.Field[dict[str, object]] = fields.JSONField(default=dict)

    class Meta:
        """One row a load."""

        table = "loading"


COMPLAINANT = "complainant"  # as a duty's or a notice's role: the holder of the receipt
