"""What the whole process of a case remembers: refusals contested, levels, parking, counting, merging and links."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

GRANTS = "GRANT SELECT, INSERT, DELETE ON matter_link TO yijian_app;"


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0014_supervision")]

    operations = [
        ops.CreateModel(
            name="MatterLink",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "other",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="other_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="linked",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "matter_link",
                "app": "models",
                "unique_together": (("matter_id", "other_id"),),
                "indexes": [Index(fields=["other_id"])],
                "pk_attr": "id",
                "table_description": "关联: two matters that belong together.",
            },
            bases=["Model"],
        ),
        ops.AddField("Case", "refused_by", fields.UUIDField(null=True)),
        ops.AddField("Case", "contested", fields.BooleanField(default=False)),
        ops.AddField("Case", "handed_from", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
        ops.AddField("Case", "parked_until", fields.DateField(null=True)),
        ops.AddField("Case", "uncounting", fields.CharField(default="", max_length=20)),
        ops.AddField("Case", "uncounting_by", fields.UUIDField(null=True)),
        ops.AddField("Case", "uncounted", fields.CharField(default="", max_length=20)),
        ops.AddField("Case", "parts_open", fields.SmallIntField(default=0)),
        ops.AddField(
            "Case",
            "merged_into",
            fields.ForeignKeyField(
                "models.Matter",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="merged",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex("Case", Index(fields=["merged_into_id"], name="case_merged_into")),
        ops.RunSQL(GRANTS),
    ]
