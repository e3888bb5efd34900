"""举报件: what a complainant reported and what became of it; who they are is in the vault."""

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import Channel, Mode
from models.matters import Matter

if TYPE_CHECKING:
    from models.codes import Code
    from models.people import Post, Unit
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
    identity_hashes: fields.Field[list[str]] = ArrayField("text", null=True)
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
    refused_by: UUID | None = fields.UUIDField(null=True)
    contested = fields.BooleanField(default=False)
    handed_from: fields.Field[list[str]] = fields.JSONField(default=list)
    parked_until = fields.DateField(null=True)
    uncounting = fields.CharField(20, default="")
    uncounting_by: UUID | None = fields.UUIDField(null=True)
    uncounted = fields.CharField(20, default="")
    reviews = fields.SmallIntField(default=0)
    review_open = fields.BooleanField(default=False)
    reviewed_at = fields.DatetimeField(null=True)
    parts_open = fields.SmallIntField(default=0)
    merged_into: fields.ForeignKeyNullableRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "merged", null=True, on_delete=fields.RESTRICT
    )
    merged_into_id: UUID | None

    class Meta:
        """Raw text lies apart (CaseText); `routing` is the decision with the rule that fired.

        `outcome` of the present round: "", satisfied, dissatisfied or unreachable; `attempt_days` counts the
        different days on which the call-back reached nobody. `scene` is what was scanned, `code` the code it proved
        to be, if any; `privacy_version` the notice that the complainant was shown. `identity_hashes`: keyed hashes of
        what the vault holds, by which a summary is checked without opening it.
        """

        table = "case_file"
        indexes = (
            Index(fields=("lead_unit_id",)),
            Index(fields=("category_id",)),
            Index(fields=("code_id",)),
            Index(fields=("merged_into_id",)),
        )


class Review(Model):
    """复查、复核: the answer to a case looked at again by the level above."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "review", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    level = fields.SmallIntField()
    unit: fields.ForeignKeyRelation["Unit"] = fields.ForeignKeyField(
        "models.Unit", "reviews", on_delete=fields.RESTRICT
    )
    unit_id: UUID
    conclusion = fields.CharField(10, default="")
    opinion: fields.Field[dict[str, object] | None] = fields.JSONField(null=True)

    class Meta:
        """`level` is 1 for 复查, 2 for 复核; `unit` the one that reviews; `opinion` what was proposed or decided."""

        table = "review"
        indexes = (Index(fields=("unit_id",)),)


class CaseText(Model):
    """What the complainant wrote, word for word: for intake and screening only, each look recorded."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "texts", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    seq = fields.IntField()
    text = fields.TextField()
    indexed_on = fields.DateField(null=True)

    class Meta:
        """`seq` is the entry it came with. Without `indexed_on` the worker has still to index its case."""

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


class CaseIndex(Model):
    """By what a case is found again: keyed hashes of the pairs of characters in its texts, and where it belongs."""

    matter: fields.OneToOneRelation[Matter] = fields.OneToOneField(
        "models.Matter", "index", primary_key=True, on_delete=fields.RESTRICT
    )
    matter_id: UUID
    region_id = fields.CharField(12)
    category_id = fields.CharField(3)
    filed_on = fields.DateField()
    terms: fields.Field[list[int]] = ArrayField("int", default=list)
    counted = fields.BooleanField()

    class Meta:
        """Made by the worker from other rows, and made anew when they change. `counted`: in the counts of terms."""

        table = "case_index"
        indexes = (Index(fields=("category_id", "region_id", "filed_on")),)


class TermCount(Model):
    """In how many cases a term occurs, of those from which nobody is excluded: so nobody can tell one that is kept."""

    term = fields.IntField(primary_key=True, generated=False)
    cases = fields.IntField()

    class Meta:
        """What is frequent says little."""

        table = "term_count"


class SuggestModel(Model):
    """A trained model of suggestions, as it came out of one training; the newest is used, the older are kept."""

    version = fields.IntField(primary_key=True, generated=False)
    trained_on = fields.DateField()
    texts = fields.IntField()
    sha256 = fields.BinaryField()
    content = fields.BinaryField()
    report: fields.Field[dict[str, object]] = fields.JSONField(default=dict)

    class Meta:
        """`content` is JSON, compressed: nothing in it can run. `report` is its accuracy on a held-out part."""

        table = "suggest_model"


class SheetCopy(Model):
    """A copy of a transfer sheet, which bears its code; by that a leaked copy is found."""

    code = fields.CharField(16, primary_key=True)
    matter: fields.ForeignKeyRelation[Matter] = fields.ForeignKeyField(
        "models.Matter", "sheets", on_delete=fields.RESTRICT
    )
    matter_id: UUID
    post: fields.ForeignKeyRelation["Post"] = fields.ForeignKeyField("models.Post", "sheets", on_delete=fields.RESTRICT)
    post_id: UUID
    seq = fields.IntField()
    made_at = fields.DatetimeField()

    class Meta:
        """`seq` is the entry of the matter that records it. Appended only."""

        table = "sheet_copy"
        indexes = (Index(fields=("matter_id",)),)
