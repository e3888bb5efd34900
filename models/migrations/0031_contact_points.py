"""述法: contact points and their observers, exemptions lifted, reminders; who wrote what the ledger publishes."""

from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


def _to(model: str, field: str, related: str, to: str = "id", **more: Any) -> Any:
    return fields.ForeignKeyField(
        f"models.{model}",
        source_field=f"{field}_id",
        db_constraint=True,
        to_field=to,
        related_name=related,
        on_delete=OnDelete.RESTRICT,
        **more,
    )


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0028_versions_end")]

    operations = [
        ops.AddField("Official", "lift_reason", fields.CharField(default="", max_length=300)),
        ops.AddField("Official", "decided_by", _to("Post", "decided_by", "exempted_officials", null=True)),
        ops.AddField("Official", "reminded_on", fields.DateField(null=True)),
        ops.AddField("Rectification", "written_by", fields.UUIDField(null=True)),
        ops.CreateModel(
            name="ContactPoint",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("cycle", _to("ReportCycle", "cycle", "contact_points")),
                ("region", _to("Region", "region", "contact_points", to="code")),
                ("unit", _to("Unit", "unit", "contact_points", null=True)),
                ("made_by", _to("Post", "made_by", "contact_points")),
                ("begins_on", fields.DateField()),
                ("ends_on", fields.DateField()),
            ],
            options={
                "table": "contact_point",
                "app": "models",
                "indexes": [Index(fields=["cycle_id", "region_id"])],
                "pk_attr": "id",
                "table_description": "述法联系点: a place or a unit whose officials' reports are watched by observers"
                " for a time.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ContactObserver",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("point", _to("ContactPoint", "point", "observers")),
                ("post", _to("Post", "post", "observes")),
            ],
            options={
                "table": "contact_observer",
                "app": "models",
                "unique_together": (("point_id", "post_id"),),
                "indexes": [Index(fields=["post_id"])],
                "pk_attr": "id",
                "table_description": "观察员: a post that watches a contact point.",
            },
            bases=["Model"],
        ),
    ]
