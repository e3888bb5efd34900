"""述法: a year's cycle, who must report in it, what is to be told, and the reports with all their versions."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import DraftState, OfficialKind, ReportScope
from models.matters import Matter

if TYPE_CHECKING:
    from models.people import Person, Post, Region, Unit


class DutyList(Model):
    """责任清单: what one sort of official accounts for, in the order of the outline."""

    code = fields.CharField(40, primary_key=True)
    official = fields.CharField(24)
    name = fields.CharField(60)
    effective_from = fields.DateField()
    items: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    source = fields.CharField(200)

    class Meta:
        """`official` is party_head, government_head, party_department or government_department; a version is a row.

        Each item has a code, what it is called, what belongs there, and whether it must be told of.
        """

        table = "duty_list"
        indexes = (Index(fields=("official", "effective_from")),)


class ReportCycle(Model):
    """述法年度: one round of reports of a region and all below it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    year = fields.SmallIntField()
    region: fields.ForeignKeyRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "report_cycles", on_delete=fields.RESTRICT
    )
    region_id: str
    title = fields.CharField(120)
    basis = fields.CharField(300)
    begins_on = fields.DateField()
    submit_by = fields.DateField()
    review_by = fields.DateField()
    publish_by = fields.DateField()
    rate_by = fields.DateField()
    results_by = fields.DateField()
    longest_seconds = fields.SmallIntField(default=300)
    public_rating = fields.BooleanField(default=False)

    class Meta:
        """`public_rating`: whether the public may rate at all (国办函〔2026〕12号 makes it the operator's decision)."""

        table = "report_cycle"
        unique_together = (("year", "region_id"),)


class Official(Model):
    """述法人: somebody who must report in a cycle; and how far they have come."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    cycle: fields.ForeignKeyRelation[ReportCycle] = fields.ForeignKeyField(
        "models.ReportCycle", "officials", on_delete=fields.RESTRICT
    )
    cycle_id: UUID
    code = fields.CharField(40)
    name = fields.CharField(60)
    title = fields.CharField(60)
    person: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "reports_owed", null=True, on_delete=fields.RESTRICT
    )
    person_id: UUID | None
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "officials", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    region_id = fields.CharField(12)
    kind = fields.CharEnumField(OfficialKind, max_length=12)
    duty_list: fields.ForeignKeyRelation[DutyList] = fields.ForeignKeyField(
        "models.DutyList", "officials", on_delete=fields.RESTRICT
    )
    duty_list_id: str
    exempt_reason = fields.CharField(300, default="")
    exempted_on = fields.DateField(null=True)
    lift_reason = fields.CharField(300, default="")
    decided_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "exempted_officials", null=True, on_delete=fields.RESTRICT
    )
    decided_by_id: UUID | None
    reminded_on = fields.DateField(null=True)
    begun_on = fields.DateField(null=True)
    submitted_on = fields.DateField(null=True)
    done_on = fields.DateField(null=True)

    class Meta:
        """`code` is the person's own, whether or not they have an account; `region_id` that of their unit.

        `done_on` is the day on which the report was published, in whatever scope; none while it is withdrawn.
        `decided_by` exempted them last, or lifted it for `lift_reason`; `reminded_on` is the last day of a reminder.
        """

        table = "official"
        unique_together = (("cycle_id", "code"),)
        indexes = (Index(fields=("cycle_id", "region_id", "kind")), Index(fields=("person_id",)))


class Report(Model):
    """述法报告: what one official tells in one cycle."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "report", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    official: fields.OneToOneRelation[Official] = fields.OneToOneField(
        "models.Official", "report", on_delete=fields.RESTRICT
    )
    official_id: UUID
    content: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    must: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    version = fields.SmallIntField(default=0)
    returns = fields.SmallIntField(default=0)
    points: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    scope = fields.CharEnumField(ReportScope, max_length=10, null=True)
    published: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    published_at = fields.DatetimeField(null=True)
    checked = fields.SmallIntField(default=0)
    figures: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    ballots_by: UUID | None = fields.UUIDField(null=True)
    ballots_on: date | None = fields.DateField(null=True)

    class Meta:
        """`content` is the draft; `must` what has to be answered; `points` why it was returned last.

        `published` is what is shown, as it was when it was published; none before that and while it is withdrawn.
        `checked` is the version that the content check was asked about last; `figures` the unit's own, as they were
        when it was published. `ballots_by` is the person who counted a meeting's ballots of `ballots_on`, confirmed or
        not; none after their count was thrown away.
        """

        table = "report"


class ReportVersion(Model):
    """What was submitted, each time."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "report_versions", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    version = fields.SmallIntField()
    content: fields.Field[dict[str, Any]] = fields.JSONField()
    files: fields.Field[list[UUID]] = ArrayField("uuid", default=list)
    submitted_at = fields.DatetimeField()

    class Meta:
        """Never changed."""

        table = "report_version"
        unique_together = (("matter_id", "version"),)


class ContactPoint(Model):
    """述法联系点: a place or a unit whose officials' reports are watched by observers for a time."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    cycle: fields.ForeignKeyRelation[ReportCycle] = fields.ForeignKeyField(
        "models.ReportCycle", "contact_points", on_delete=fields.RESTRICT
    )
    cycle_id: UUID
    region: fields.ForeignKeyRelation["Region"] = fields.ForeignKeyField(
        "models.Region", "contact_points", on_delete=fields.RESTRICT
    )
    region_id: str
    unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "contact_points", null=True, on_delete=fields.RESTRICT
    )
    unit_id: UUID | None
    made_by: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "contact_points", on_delete=fields.RESTRICT
    )
    made_by_id: UUID
    begins_on = fields.DateField()
    ends_on = fields.DateField()

    class Meta:
        """`unit`: only it and those below it, of `region`; ended before its time by an earlier `ends_on`."""

        table = "contact_point"
        indexes = (Index(fields=("cycle_id", "region_id")),)


class ContactObserver(Model):
    """观察员: a post that watches a contact point."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    point: fields.ForeignKeyRelation[ContactPoint] = fields.ForeignKeyField(
        "models.ContactPoint", "observers", on_delete=fields.RESTRICT
    )
    point_id: UUID
    post: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "observes", on_delete=fields.RESTRICT
    )
    post_id: UUID

    class Meta:
        """What they write are entries of the reports they watch."""

        table = "contact_observer"
        unique_together = (("point_id", "post_id"),)
        indexes = (Index(fields=("post_id",)),)


class ArticleDraft(Model):
    """公众号草稿: a published report as an article for a person to publish."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "article_drafts", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    state = fields.CharEnumField(DraftState, max_length=8)
    cover = fields.CharField(100, default="")
    media_id = fields.CharField(100, default="")
    why = fields.CharField(40, default="")
    attempts = fields.SmallIntField(default=0)
    asked_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField()
    held_until = fields.DatetimeField(null=True)
    fence = fields.IntField(default=0)

    class Meta:
        """`cover` and `media_id` are what WeChat calls the cover's picture and the draft; `why` a code of WeChat's.

        OWED is to be sent, THERE lies in the account's drafts, LEAVING is to be deleted there; REFUSED, UNSURE (the
        answer was lost) and LEFT (no longer among the drafts, so perhaps published) are for a person to look at.
        """

        table = "article_draft"
