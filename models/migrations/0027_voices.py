"""我述你评 and 质询: boxes of ratings without votes or voters in them, words with a day only, questions."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import CommentState, RatingChannelCode

GUARDS = """
ALTER TABLE rating_box
    ADD CHECK (octet_length(voters) % 16 = 0),
    ADD CHECK (closed_on IS NOT NULL OR (votes IS NULL AND sums IS NULL)),
    ADD CHECK (closed_on IS NULL OR (sealed IS NULL AND words IS NULL AND octet_length(voters) = 0)),
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20);
CREATE INDEX rating_box_open ON rating_box (id) WHERE closed_on IS NULL;
CREATE INDEX report_comment_waits ON report_comment (id) WHERE state = 'waiting' OR reply_state = 'waiting';
CREATE INDEX question_published ON question (report_id, matter_id) WHERE published_on IS NOT NULL;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0026_reports")]

    operations = [
        ops.CreateModel(
            name="Question",
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
                        related_name="question",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "report",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="report_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="questions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "asked_by",
                    fields.CharEnumField(
                        enum_type=RatingChannelCode,
                        max_length=12,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("answer", fields.TextField(default="", unique=False)),
                ("returns", fields.SmallIntField(default=0)),
                ("published_on", fields.DateField(null=True)),
            ],
            options={
                "table": "question",
                "app": "models",
                "indexes": [Index(fields=["report_id"])],
                "pk_attr": "matter_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RatingBox",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "report",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="report_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rating_boxes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "channel",
                    fields.CharEnumField(
                        enum_type=RatingChannelCode,
                        max_length=12,
                    ),
                ),
                ("criteria", ArrayField(default=list, element_type="TEXT")),
                ("voters", fields.BinaryField()),
                ("sealed", fields.BinaryField(null=True)),
                ("words", fields.BinaryField(null=True)),
                ("words_on", fields.DateField(null=True)),
                ("closed_on", fields.DateField(null=True)),
                ("votes", fields.IntField(null=True)),
                ("sums", ArrayField(null=True, element_type="INT")),
            ],
            options={
                "table": "rating_box",
                "app": "models",
                "unique_together": (("report_id", "channel"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RatingChannel",
            fields=[
                (
                    "code",
                    fields.CharEnumField(
                        primary_key=True,
                        unique=True,
                        db_index=True,
                        enum_type=RatingChannelCode,
                        max_length=12,
                    ),
                ),
                ("order", fields.SmallIntField()),
                ("name", fields.CharField(max_length=60)),
                ("fewest", fields.SmallIntField()),
                ("public", fields.BooleanField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "rating_channel",
                "app": "models",
                "pk_attr": "code",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RatingCriterion",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("order", fields.SmallIntField()),
                ("name", fields.CharField(max_length=60)),
                ("says", fields.CharField(max_length=120)),
                ("channels", ArrayField(default=list, element_type="TEXT")),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "rating_criterion",
                "app": "models",
                "pk_attr": "code",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReportComment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "report",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="report_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="report_comments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "channel",
                    fields.CharEnumField(
                        enum_type=RatingChannelCode,
                        max_length=12,
                    ),
                ),
                ("text", fields.TextField(unique=False)),
                ("said_on", fields.DateField()),
                (
                    "state",
                    fields.CharEnumField(
                        default=CommentState.WAITING,
                        enum_type=CommentState,
                        max_length=10,
                    ),
                ),
                ("reason", fields.TextField(default="", unique=False)),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decided_comments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("decided_on", fields.DateField(null=True)),
                ("reply", fields.TextField(default="", unique=False)),
                ("replied_on", fields.DateField(null=True)),
                (
                    "reply_state",
                    fields.CharEnumField(
                        null=True,
                        enum_type=CommentState,
                        max_length=10,
                    ),
                ),
                ("reply_reason", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "report_comment",
                "app": "models",
                "indexes": [Index(fields=["report_id", "state", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, reverse_sql=""),
    ]
