"""Letters, supervision, interviews, and what follows for the year."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

GUARDS = """
CREATE INDEX letter_owed ON letter (id) WHERE stored = '';
CREATE INDEX matter_late_inside ON matter (internal_due, id)
    WHERE ended_at IS NULL AND paused_since IS NULL AND clock_stopped_at IS NULL AND internal_due IS NOT NULL;
CREATE FUNCTION refuse_other_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.matter_id, OLD.series_id, OLD.serial, OLD.number, OLD.said::text, OLD.issued_at)
        IS DISTINCT FROM (NEW.matter_id, NEW.series_id, NEW.serial, NEW.number, NEW.said::text, NEW.issued_at)
        OR (OLD.stored <> '' AND (OLD.stored, OLD.sha256) IS DISTINCT FROM (NEW.stored, NEW.sha256)) THEN
        RAISE EXCEPTION 'a letter that was issued stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER letter_is_kept BEFORE UPDATE OR DELETE ON letter FOR EACH ROW EXECUTE FUNCTION refuse_other_letter();
GRANT DELETE ON letter_form, rung, situation TO yijian_app;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0007_notices")]

    operations = [
        ops.CreateModel(
            name="Disqualification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="disqualifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("year", fields.SmallIntField()),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="disqualifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reason", fields.CharField(max_length=200)),
                ("since", fields.DateField()),
                ("revoked_on", fields.DateField(null=True)),
                ("revoke_reason", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "disqualification",
                "app": "models",
                "unique_together": (("unit_id", "year", "matter_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LetterForm",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("name", fields.CharField(max_length=60)),
                ("series", fields.CharField(max_length=20)),
                ("template", fields.CharField(max_length=40)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={"table": "letter_form", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LetterSeries",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "region",
                    fields.ForeignKeyField(
                        "models.Region",
                        source_field="region_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="letter_series",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("series", fields.CharField(max_length=20)),
                ("year", fields.SmallIntField()),
                ("given", fields.IntField()),
            ],
            options={
                "table": "letter_series",
                "app": "models",
                "unique_together": (("region_id", "series", "year"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Letter",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "form",
                    fields.ForeignKeyField(
                        "models.LetterForm",
                        source_field="form_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "series",
                    fields.ForeignKeyField(
                        "models.LetterSeries",
                        source_field="series_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("serial", fields.IntField()),
                ("number", fields.CharField(max_length=60)),
                ("title", fields.CharField(max_length=200)),
                ("said", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("readers", ArrayField(default=list, element_type="TEXT")),
                (
                    "issued_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="issued_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="issued_letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "from_unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="from_unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sent_letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "to_unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="to_unit_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="received_letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answer_due", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "read_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="read_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="read_letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("signed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "signed_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="signed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="signed_letters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answered_by_entry", fields.IntField(null=True)),
                ("stored", fields.CharField(default="", max_length=100)),
                ("sha256", fields.BinaryField(null=True)),
                ("bytes", fields.IntField(default=0)),
                ("pages", fields.SmallIntField(default=0)),
                ("fence", fields.IntField(default=0)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.SmallIntField(default=0)),
                ("next_try_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "letter",
                "app": "models",
                "unique_together": (("series_id", "serial"),),
                "indexes": [Index(fields=["matter_id"]), Index(fields=["to_unit_id", "issued_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Rung",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("order", fields.SmallIntField(unique=True)),
                ("name", fields.CharField(max_length=40)),
                ("clock", fields.CharField(default="", max_length=10)),
                ("days_late", fields.SmallIntField(default=0)),
                (
                    "letter",
                    fields.ForeignKeyField(
                        "models.LetterForm",
                        source_field="letter_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="rungs",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("answer_days", fields.SmallIntField()),
                ("look_back_days", fields.SmallIntField(default=0)),
                ("approved", fields.BooleanField(default=False)),
                ("listed", fields.BooleanField(default=False)),
                ("disqualifies", fields.BooleanField(default=False)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={"table": "rung", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Situation",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("order", fields.SmallIntField(unique=True)),
                ("name", fields.CharField(max_length=120)),
                ("disqualifies", fields.BooleanField(default=False)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={"table": "situation", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Interview",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="interviews",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "situation",
                    fields.ForeignKeyField(
                        "models.Situation",
                        source_field="situation_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="interviews",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("planned_on", fields.DateField()),
                ("place", fields.CharField(max_length=120)),
                (
                    "called_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="called_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="called_interviews",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("held_on", fields.DateField(null=True)),
                ("interviewed", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("record", fields.TextField(default="", unique=False)),
                ("undertakings", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("due_on", fields.DateField(null=True)),
                ("fulfilled_on", fields.DateField(null=True)),
            ],
            options={"table": "interview", "app": "models", "indexes": [Index(fields=["matter_id"])], "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Supervision",
            fields=[
                (
                    "matter",
                    fields.OneToOneField(
                        "models.Matter",
                        source_field="matter_id",
                        primary_key=True,
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="supervision",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="supervisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "by_unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="by_unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="supervises",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "rung",
                    fields.ForeignKeyField(
                        "models.Rung",
                        source_field="rung_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="supervisions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("subject", fields.CharField(max_length=200)),
                ("facts", fields.TextField(unique=False)),
                ("demands", fields.TextField(default="", unique=False)),
                ("basis", fields.CharField(default="", max_length=200)),
                ("leader_in_charge", fields.CharField(default="", max_length=60)),
                ("by_clock", fields.BooleanField(default=False)),
                ("answer_due", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("postponed_until", fields.DateField(null=True)),
                ("returns", fields.SmallIntField(default=0)),
                ("listed_on", fields.DateField(null=True)),
                ("listed_until", fields.DateField(null=True)),
                ("unlisted_on", fields.DateField(null=True)),
                ("accepted_on", fields.DateField(null=True)),
                ("looked_back_on", fields.DateField(null=True)),
            ],
            options={
                "table": "supervision",
                "app": "models",
                "indexes": [Index(fields=["unit_id"]), Index(fields=["rung_id"])],
                "pk_attr": "matter_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SupervisionCause",
            fields=[
                ("once", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=100)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="supervision_causes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "supervision_cause",
                "app": "models",
                "indexes": [Index(fields=["matter_id"])],
                "pk_attr": "once",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS),
    ]
