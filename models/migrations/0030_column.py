"""Of a report: which version was sent to the content check, the unit's figures beside it, and its article's draft."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from models.enums import DraftState

# What a chore looks for every few seconds among the reports of many years; and one draft of a report at a time.
FOUND = """
CREATE INDEX report_unchecked ON report (matter_id) WHERE checked < version;
CREATE INDEX report_without_figures ON report (matter_id) WHERE published_at IS NOT NULL AND figures IS NULL;
CREATE INDEX article_draft_due ON article_draft (due_at) WHERE state IN ('owed', 'leaving');
CREATE UNIQUE INDEX article_draft_one ON article_draft (matter_id) WHERE state IN ('owed', 'there', 'leaving');
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0031_contact_points")]

    operations = [
        ops.AddField("Report", "checked", fields.SmallIntField(default=0)),
        ops.AddField("Report", "figures", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
        ops.CreateModel(
            name="ArticleDraft",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="article_drafts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description=(
                            "OWED: owed\nTHERE: there\nREFUSED: refused\nUNSURE: unsure\nLEAVING: leaving\nGONE: gone\n"
                            "LEFT: left"
                        ),
                        enum_type=DraftState,
                        max_length=8,
                    ),
                ),
                ("cover", fields.CharField(default="", max_length=100)),
                ("media_id", fields.CharField(default="", max_length=100)),
                ("why", fields.CharField(default="", max_length=40)),
                ("attempts", fields.SmallIntField(default=0)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("fence", fields.IntField(default=0)),
            ],
            options={
                "table": "article_draft",
                "app": "models",
                "pk_attr": "id",
                "table_description": "公众号草稿: a published report as an article for a person to publish.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(FOUND, reverse_sql=""),
    ]
