"""Figures: what each case came to, sums of it by day and place, and what was published, reported and taken out."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.matters import Matter

if TYPE_CHECKING:
    from models.people import Post


class CaseFact(Model):
    """What a case came to, derived from its entries: each column is a day, and what was so on that day.

    Written in the transaction of the step that changes it; a trigger writes to `tally_change` what that changes in the
    sums.
    """

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "fact", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    region_id = fields.CharField(12)
    office_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    category_id = fields.CharField(8)
    received_on = fields.DateField()
    accepted_on = fields.DateField(null=True)
    refused_on = fields.DateField(null=True)
    withdrawn_on = fields.DateField(null=True)
    response_on = fields.DateField(null=True)
    responded = fields.BooleanField(default=False)
    replied_on = fields.DateField(null=True)
    on_time = fields.BooleanField(default=False)
    due_on = fields.DateField(null=True)
    effective = fields.BooleanField(default=False)
    closed_on = fields.DateField(null=True)
    called_back = fields.BooleanField(default=False)
    unreachable = fields.BooleanField(default=False)
    rated = fields.BooleanField(default=False)
    solved = fields.BooleanField(default=False)
    satisfied = fields.BooleanField(default=False)
    reopened_on = fields.DateField(null=True)
    returned_on = fields.DateField(null=True)
    extended_on = fields.DateField(null=True)
    taken_out_on = fields.DateField(null=True)
    parked_on = fields.DateField(null=True)
    handed_over_on = fields.DateField(null=True)
    supervised_on = fields.DateField(null=True)
    accountable_on = fields.DateField(null=True)
    persons = fields.IntField(default=0)
    compiled_on = fields.DateField(null=True)
    typical_on = fields.DateField(null=True)

    class Meta:
        """`office_id` is the receiving unit, `unit_id` the one that leads now; found by place and by unit."""

        table = "case_fact"
        indexes = (Index(fields=("unit_id", "region_id")), Index(fields=("office_id",)))


class Counts(Model):
    """So many cases of which something happened on a day: the columns that sums are made of."""

    day = fields.DateField()
    received = fields.IntField(default=0)
    accepted = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    withdrawn = fields.IntField(default=0)
    response_due = fields.IntField(default=0)
    responded = fields.IntField(default=0)
    replied = fields.IntField(default=0)
    on_time = fields.IntField(default=0)
    due = fields.IntField(default=0)
    effective = fields.IntField(default=0)
    closed = fields.IntField(default=0)
    called_back = fields.IntField(default=0)
    unreachable = fields.IntField(default=0)
    rated = fields.IntField(default=0)
    solved = fields.IntField(default=0)
    satisfied = fields.IntField(default=0)
    reopened = fields.IntField(default=0)
    returned = fields.IntField(default=0)
    extended = fields.IntField(default=0)
    taken_out = fields.IntField(default=0)
    parked = fields.IntField(default=0)
    handed_over = fields.IntField(default=0)
    supervised = fields.IntField(default=0)
    accountable = fields.IntField(default=0)
    persons = fields.IntField(default=0)
    compiled = fields.IntField(default=0)
    typical = fields.IntField(default=0)

    class Meta:
        """No table of its own."""

        abstract = True


class Tally(Counts):
    """The sums of one day for a place or a unit.

    `scope` is a region's code of two, four or six digits, with `part` a category or, for all of them, empty; or a
    unit's id, with `part` the first four digits of where the case is.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    scope = fields.CharField(36)
    part = fields.CharField(8)
    office_id = fields.UUIDField()

    class Meta:
        """Added to by the worker, read by place and day."""

        table = "tally"
        unique_together = (("scope", "part", "day", "office_id"),)


class TallyChange(Counts):
    """What a step changed in the sums and the worker has not yet added to them; those who read add it themselves."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    region_id = fields.CharField(12)
    office_id = fields.UUIDField()
    unit_id = fields.UUIDField(null=True)
    category_id = fields.CharField(8)

    class Meta:
        """Written by the trigger of `case_fact` only."""

        table = "tally_change"


class Release(Model):
    """公开数据: the figures of a period as published, the same for all readers and never changed afterwards.

    `counted` are the numbers as they were, `shown` what may be known of them; the first leave the database nowhere.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    grain = fields.CharField(8)
    since = fields.DateField()
    until = fields.DateField()
    region_id = fields.CharField(12)
    definitions = fields.CharField(20)
    counted: fields.Field[dict[str, object]] = fields.JSONField()
    shown: fields.Field[dict[str, object]] = fields.JSONField()
    made_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    published_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "releases", null=True, on_delete=fields.RESTRICT
    )
    published_by_id: UUID | None

    class Meta:
        """One row a period and region."""

        table = "release"
        unique_together = (("region_id", "grain", "since"),)


class Bulletin(Model):
    """周汇总、月通报、年度报告: a period's figures as they were told, in numbers and in words."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    kind = fields.CharField(8)
    since = fields.DateField()
    until = fields.DateField()
    region_id = fields.CharField(12)
    definitions = fields.CharField(20)
    title = fields.CharField(120)
    content: fields.Field[dict[str, object]] = fields.JSONField()
    text = fields.TextField()
    made_at = fields.DatetimeField()

    class Meta:
        """One row a kind, period and region, never changed; listed newest first."""

        table = "bulletin"
        unique_together = (("region_id", "kind", "since"),)
        indexes = (Index(fields=("since", "id")),)


class Export(Model):
    """导出记录: who took which list away, how it was narrowed, and how many rows that were."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    post: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "exports", on_delete=fields.RESTRICT
    )
    post_id: UUID
    list = fields.CharField(20)
    format = fields.CharField(4)
    filters: fields.Field[dict[str, object]] = fields.JSONField()
    rows = fields.IntField(null=True)
    at = fields.DatetimeField()

    class Meta:
        """`rows` stays empty if it was broken off. Read by the audit administrator, newest first."""

        table = "export"
        indexes = (Index(fields=("at", "id")), Index(fields=("post_id",)))
