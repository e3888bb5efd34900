"""问责: who is to answer for what, what the competent body made of it, and the sealed hand-over of a case."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import CompetentBody, DossierState, Sanction
from models.matters import Matter

if TYPE_CHECKING:
    from models.people import Person, Post, Unit


class Accountability(Model):
    """A proposal to hold somebody to account, and where it went."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "accountability", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    facts = fields.TextField()
    basis = fields.CharField(200)
    proposed_by: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "proposed_accountabilities", null=True, on_delete=fields.RESTRICT
    )
    proposed_by_id: UUID | None
    body = fields.CharEnumField(CompetentBody, max_length=12, null=True)
    body_unit: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "accountabilities", null=True, on_delete=fields.RESTRICT
    )
    body_unit_id: UUID | None
    receipt_number = fields.CharField(60, default="")
    outcomes = fields.SmallIntField(default=0)
    result = fields.TextField(default="")

    class Meta:
        """Whom it is about is apart (AccountabilityPerson), for those who decide."""

        table = "accountability"


class AccountabilityPerson(Model):
    """Whom a proposal is about: somebody of the roster, or a name."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "accountable", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    person: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "models.Person", "accountable_in", null=True, on_delete=fields.RESTRICT
    )
    person_id: UUID | None
    named = fields.CharField(120, default="")

    class Meta:
        """Read by whoever approves and by the body that takes it over; in no entry, list or figure."""

        table = "accountability_person"
        indexes = (Index(fields=("matter_id",)),)


class AccountabilityOutcome(Model):
    """处理结果: what was decided about how many persons, as a document says; no names."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "accountability_outcomes", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    form = fields.SmallIntField()
    sanction = fields.CharEnumField(Sanction, max_length=24)
    case_filed = fields.BooleanField()
    to_judiciary = fields.BooleanField()
    persons = fields.SmallIntField()
    decided_on: date = fields.DateField()
    document = fields.CharField(120)

    class Meta:
        """`form` is one of the four (四种形态)."""

        table = "accountability_outcome"
        indexes = (Index(fields=("matter_id",)), Index(fields=("decided_on",)))


class Dossier(Model):
    """移送卷宗: everything of a case in one sealed package for whoever takes it over, until they have it."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "dossier", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    state = fields.CharEnumField(DossierState, max_length=10)
    reason = fields.TextField()
    basis = fields.CharField(200)
    recipient: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "dossiers", null=True, on_delete=fields.RESTRICT
    )
    recipient_id: UUID | None
    outside = fields.CharField(120, default="")
    first_by: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "first_dossiers", on_delete=fields.RESTRICT
    )
    first_by_id: UUID
    second_by: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "models.Post", "second_dossiers", null=True, on_delete=fields.RESTRICT
    )
    second_by_id: UUID | None
    signed_at: datetime | None = fields.DatetimeField(null=True)
    wrapped_key = fields.BinaryField(null=True)
    stored = fields.CharField(100, default="")
    sha256 = fields.BinaryField(null=True)
    bytes = fields.BigIntField(default=0)
    manifest: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)
    fence = fields.IntField(default=0)
    held_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    next_try_at = fields.DatetimeField(null=True)
    ticket_hash = fields.CharField(64, default="")
    taken_at: datetime | None = fields.DatetimeField(null=True)
    receipt_number = fields.CharField(60, default="")
    received_on: date | None = fields.DateField(null=True)

    class Meta:
        """`state`: proposed, owed (two have signed), ready, taken (receipt confirmed, to be shredded), shredded.

        `sha256` and `manifest` are of the package as its recipient reads it; `stored` holds it sealed with the key that
        `wrapped_key` wraps, which is destroyed when the receipt is confirmed. `ticket_hash` is of a download link that
        was not followed yet. `outside` names a body that is not on the roster: the package goes there by hand.
        """

        table = "dossier"
