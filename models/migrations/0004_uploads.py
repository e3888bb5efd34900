"""Uploads, what may be brought as what and how much of it, and the copies made of files."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import ActorKind, FileState

GUARDS = """
CREATE INDEX file_to_store ON file (id) WHERE state = 'quarantined' AND stored = '';
CREATE INDEX file_to_process ON file (created_on, id) WHERE state IN ('quarantined', 'processing') AND stored <> '';
CREATE INDEX file_with_leftovers ON file (id) WHERE leftovers;
CREATE INDEX file_failed ON file (id) WHERE state = 'failed';
CREATE INDEX file_to_deposit ON file (id) WHERE sha256 IS NOT NULL AND matter_id IS NOT NULL AND NOT deposited;
GRANT DELETE ON file, file_copy, file_purpose, file_quota, upload, upload_ticket TO yijian_app;
"""

# What nobody attached may go when its time is over; what belongs to a matter stays.
KEPT = """
CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a file of a matter is kept' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER file_is_kept BEFORE DELETE ON file FOR EACH ROW WHEN (OLD.matter_id IS NOT NULL)
    EXECUTE FUNCTION refuse_removal();
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0003_stopped_clocks")]

    operations = [
        ops.CreateModel(
            name="FileCopy",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "file",
                    fields.ForeignKeyField(
                        "models.File",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="copies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("place", fields.SmallIntField(default=0)),
                ("stored", fields.CharField(max_length=100)),
                ("media_type", fields.CharField(max_length=100)),
                ("bytes", fields.BigIntField()),
                ("sha256", fields.BinaryField()),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("created_on", fields.DateField()),
            ],
            options={
                "table": "file_copy",
                "app": "models",
                "unique_together": (("file_id", "kind", "place"),),
                "pk_attr": "id",
                "table_description": "A copy made from an original: cleaned, thumbnail, poster, a page, a rung of the HLS ladder.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FilePurpose",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("name", fields.CharField(max_length=40)),
                ("media_types", ArrayField(default=list, element_type="TEXT")),
                ("most_bytes", fields.BigIntField()),
                ("most_seconds", fields.IntField(null=True)),
                ("staff_only", fields.BooleanField(default=False)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "file_purpose",
                "app": "models",
                "pk_attr": "code",
                "table_description": "用途: what a file may be attached as, with the types and sizes that are taken.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FileQuota",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=10)),
                ("most_files", fields.IntField()),
                ("most_bytes", fields.BigIntField()),
                ("days", fields.SmallIntField()),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "file_quota",
                "app": "models",
                "pk_attr": "code",
                "table_description": "配额: how much one holder may have, and for how many days what they never finished or attached is kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("owner", fields.CharField(max_length=50)),
                ("length", fields.BigIntField(null=True)),
                ("most", fields.BigIntField()),
                ("arrived", fields.BigIntField(default=0)),
                ("metadata", fields.CharField(default="", max_length=1000)),
                ("concat", fields.CharField(default="", max_length=8)),
                (
                    "final",
                    fields.ForeignKeyField(
                        "models.Upload",
                        source_field="final_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="parts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("place", fields.SmallIntField(default=0)),
                ("written_as", fields.IntField(default=0)),
                ("fence", fields.IntField(default=0)),
                ("holder", fields.UUIDField(null=True)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("expires_on", fields.DateField()),
            ],
            options={
                "table": "upload",
                "app": "models",
                "indexes": [Index(fields=["owner"]), Index(fields=["final_id"]), Index(fields=["expires_on"])],
                "pk_attr": "id",
                "table_description": "A tus upload: how far it has come, and who may write. Has the id of the file it becomes, if it becomes one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="UploadTicket",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("draft_hash", fields.CharField(null=True, max_length=64)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="tickets",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("expires_on", fields.DateField()),
            ],
            options={
                "table": "upload_ticket",
                "app": "models",
                "indexes": [Index(fields=["matter_id"]), Index(fields=["expires_on"])],
                "pk_attr": "id",
                "table_description": "上传凭证: lets whoever holds it upload for one report that is not filed yet; says nothing of who they are.",
            },
            bases=["Model"],
        ),
        ops.AlterField(
            model_name="Entry",
            name="actor_kind",
            field=fields.CharEnumField(
                description="VISITOR: visitor\nRECEIPT: receipt\nTICKET: ticket\nACCOUNT: account\nPOST: post\nSYSTEM: system",
                enum_type=ActorKind,
                max_length=10,
            ),
        ),
        ops.AlterField(
            model_name="File",
            name="state",
            field=fields.CharEnumField(
                description="RECEIVING: receiving\nQUARANTINED: quarantined\nPROCESSING: processing\nREADY: ready\nREFUSED: refused\nFAILED: failed\nABANDONED: abandoned",
                enum_type=FileState,
                max_length=12,
            ),
        ),
        ops.AddField(
            model_name="File",
            name="attempts",
            field=fields.SmallIntField(default=0),
        ),
        ops.AddField(
            model_name="File",
            name="blurs",
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="File",
            name="deposited",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="File",
            name="facts",
            field=fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="File",
            name="fence",
            field=fields.IntField(default=0),
        ),
        ops.AddField(
            model_name="File",
            name="held_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="File",
            name="holder",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="File",
            name="leftovers",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="File",
            name="name",
            field=fields.CharField(default="", max_length=200),
        ),
        ops.AddField(
            model_name="File",
            name="next_try_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="File",
            name="owner",
            field=fields.CharField(default="", max_length=50),
        ),
        ops.AddField(
            model_name="File",
            name="problem",
            field=fields.CharField(default="", max_length=40),
        ),
        ops.AddField(
            model_name="File",
            name="progress",
            field=fields.SmallIntField(default=0),
        ),
        ops.AddField(
            model_name="File",
            name="released",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="File",
            name="stored",
            field=fields.CharField(default="", max_length=100),
        ),
        ops.AddIndex(
            model_name="File",
            index=Index(fields=["owner"]),
        ),
        ops.RunSQL(GUARDS),
        ops.RunSQL(KEPT),
    ]
