"""督办: supervision of a unit that is late, its ladder, interviews, and what follows for the year."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.matters import Matter

if TYPE_CHECKING:
    from models.letters import LetterForm
    from models.people import Post, Unit


class Rung(Model):
    """督办层级: a rung of the ladder, when the clock proposes it, and what it brings."""

    code = fields.CharField(20, primary_key=True)
    order = fields.SmallIntField(unique=True)
    name = fields.CharField(40)
    clock = fields.CharField(10, default="")
    days_late = fields.SmallIntField(default=0)
    letter: fields.ForeignKeyRelation["LetterForm"] = fields.ForeignKeyField(
        "models.LetterForm", "rungs", on_delete=fields.RESTRICT
    )
    letter_id: str
    answer_days = fields.SmallIntField()
    look_back_days = fields.SmallIntField(default=0)
    approved = fields.BooleanField(default=False)
    listed = fields.BooleanField(default=False)
    disqualifies = fields.BooleanField(default=False)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """`clock` is internal or statutory: the due date that must be past for `days_late` working days; or empty.

        `answer_days` are working days, `look_back_days` calendar days (0: none). `approved`: a leader must approve.
        """

        table = "rung"


class Situation(Model):
    """约谈情形: what makes an interview due, and whether it costs the unit the year's honours."""

    code = fields.CharField(20, primary_key=True)
    order = fields.SmallIntField(unique=True)
    name = fields.CharField(120)
    disqualifies = fields.BooleanField(default=False)
    effective_from = fields.DateField()
    source = fields.CharField(200)

    class Meta:
        """Loaded by a command."""

        table = "situation"


class Supervision(Model):
    """A unit that is being supervised, on which rung, for what."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "supervision", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "supervisions", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    by_unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "supervises", on_delete=fields.RESTRICT
    )
    by_unit_id: UUID
    rung: fields.ForeignKeyRelation[Rung] = fields.ForeignKeyField(
        "models.Rung", "supervisions", on_delete=fields.RESTRICT
    )
    rung_id: str
    subject = fields.CharField(200)
    facts = fields.TextField()
    demands = fields.TextField(default="")
    basis = fields.CharField(200, default="")
    leader_in_charge = fields.CharField(60, default="")
    by_clock = fields.BooleanField(default=False)
    answer_due: datetime | None = fields.DatetimeField(null=True)
    postponed_until: date | None = fields.DateField(null=True)
    returns = fields.SmallIntField(default=0)
    listed_on: date | None = fields.DateField(null=True)
    listed_until: date | None = fields.DateField(null=True)
    unlisted_on: date | None = fields.DateField(null=True)
    accepted_on: date | None = fields.DateField(null=True)
    looked_back_on: date | None = fields.DateField(null=True)

    class Meta:
        """`listed_on` … `unlisted_on` are the record of 挂牌督办 with `leader_in_charge` and `listed_until`."""

        table = "supervision"
        indexes = (Index(fields=("unit_id",)), Index(fields=("rung_id",)))


class SupervisionCause(Model):
    """What the clock proposed a rung for, so that it proposes no rung twice for the same due date."""

    once = fields.CharField(100, primary_key=True)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "supervision_causes", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    proposed_at = fields.DatetimeField()

    class Meta:
        """`matter` is the one that is late; `once` names rung, matter and due date."""

        table = "supervision_cause"
        indexes = (Index(fields=("matter_id",)),)


class Interview(Model):
    """约谈: a talk with those in charge of a unit: called, held, and what they undertook."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "interviews", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    situation: fields.ForeignKeyRelation[Situation] = fields.ForeignKeyField(
        "models.Situation", "interviews", on_delete=fields.RESTRICT
    )
    situation_id: str
    planned_on = fields.DateField()
    place = fields.CharField(120)
    called_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "called_interviews", null=True, on_delete=fields.RESTRICT
    )
    called_by_id: UUID | None
    held_on: date | None = fields.DateField(null=True)
    interviewed: fields.Field[list[str]] = fields.JSONField(default=list)
    record = fields.TextField(default="")
    undertakings: fields.Field[list[str]] = fields.JSONField(default=list)
    due_on: date | None = fields.DateField(null=True)
    fulfilled_on: date | None = fields.DateField(null=True)

    class Meta:
        """`interviewed` are posts; the signed record is a file of the matter."""

        table = "interview"
        indexes = (Index(fields=("matter_id",)),)


class Disqualification(Model):
    """取消年度评先资格: a unit that gets no honours in a year, and why; ended by a row's own fields, never removed."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "disqualifications", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    year = fields.SmallIntField()
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "disqualifications", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    reason = fields.CharField(200)
    since = fields.DateField()
    revoked_on: date | None = fields.DateField(null=True)
    revoke_reason = fields.CharField(200, default="")

    class Meta:
        """One a unit, year and matter."""

        table = "disqualification"
        unique_together = (("unit_id", "year", "matter_id"),)
