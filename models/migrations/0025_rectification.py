"""The ledger of problems: its lines beside the matters, in pages newest first, and those that are published."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import RectificationSource

INDEXES = """
CREATE INDEX matter_rectification ON matter (filed_on DESC, id DESC) WHERE kind = 'rectification';
CREATE INDEX rectification_published ON rectification (published_on DESC, matter_id DESC)
    WHERE published_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0015_accountability")]

    operations = [
        ops.CreateModel(
            name="Rectification",
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
                        related_name="rectification",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("source", fields.CharEnumField(enum_type=RectificationSource, max_length=16)),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rectifications",
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
                        related_name="kept_rectifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "verifier",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="verifier_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="verified_rectifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "official",
                    fields.ForeignKeyField(
                        "models.Person",
                        source_field="official_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rectifications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("problem", fields.TextField(unique=False)),
                ("demands", fields.TextField(default="", unique=False)),
                ("measures", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("done", fields.TextField(default="", unique=False)),
                ("evidence", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("conclusion", fields.TextField(default="", unique=False)),
                ("returns", fields.SmallIntField(default=0)),
                ("extensions", fields.SmallIntField(default=0)),
                ("reopenings", fields.SmallIntField(default=0)),
                ("reported_on", fields.DateField(null=True)),
                ("struck_off_on", fields.DateField(null=True)),
                ("look_back_until", fields.DateField(null=True)),
                ("looked_back_on", fields.DateField(null=True)),
                ("reopened_on", fields.DateField(null=True)),
                ("public_problem", fields.TextField(default="", unique=False)),
                ("public_result", fields.TextField(default="", unique=False)),
                ("published_on", fields.DateField(null=True)),
            ],
            options={
                "table": "rectification",
                "app": "models",
                "indexes": [Index(fields=["unit_id"]), Index(fields=["official_id"])],
                "pk_attr": "matter_id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(INDEXES),
    ]
