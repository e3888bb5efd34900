"""Reviews: a case's answer looked at again by the level above."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0012_whole_process")]

    operations = [
        ops.CreateModel(
            name="Review",
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
                        related_name="review",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("level", fields.SmallIntField()),
                (
                    "unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="unit_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reviews",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("conclusion", fields.CharField(default="", max_length=10)),
                ("opinion", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "review",
                "app": "models",
                "indexes": [Index(fields=["unit_id"])],
                "pk_attr": "matter_id",
                "table_description": "复查、复核: the answer to a case looked at again by the level above.",
            },
            bases=["Model"],
        ),
        ops.AddField("Case", "reviews", fields.SmallIntField(default=0)),
        ops.AddField("Case", "review_open", fields.BooleanField(default=False)),
        ops.AddField("Case", "reviewed_at", fields.DatetimeField(null=True)),
    ]
