"""Notices over WeChat: rules, hours, what became of each, and how a complainant is reached."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import NoticeChannel, ReachWay, Timing

GUARDS = """
GRANT DELETE ON notice_rule, notice_hours, reach, halt TO yijian_app;
CREATE INDEX delivery_by_day ON delivery (due_at);
"""

# A lasting handle is looked at without being taken away, and replaced when somebody consents again.
VAULT = """
SET LOCAL ROLE yijian_vault;
CREATE FUNCTION vault.handle_of(wanted uuid, OUT wrapped_key bytea, OUT handle bytea)
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    SELECT s.wrapped_key, s.handle FROM vault.sealed s WHERE s.matter_id = wanted
$$;
REVOKE ALL ON FUNCTION vault.handle_of(uuid) FROM PUBLIC;
CREATE FUNCTION vault.put_handle(wanted uuid, box bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    UPDATE vault.sealed s SET handle = box WHERE s.matter_id = wanted
$$;
REVOKE ALL ON FUNCTION vault.put_handle(uuid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.handle_of(uuid), vault.put_handle(uuid, bytea) TO yijian_app;
RESET ROLE;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0013_identity"), ("models", "0006_signing_in")]

    operations = [
        ops.CreateModel(
            name="Halt",
            fields=[
                (
                    "channel",
                    fields.CharEnumField(
                        primary_key=True,
                        unique=True,
                        db_index=True,
                        description="LASTING: lasting\nSUBSCRIBE: subscribe\nTEMPLATE: template\nSERVICE: service\nINBOX: inbox",
                        enum_type=NoticeChannel,
                        max_length=12,
                    ),
                ),
                ("problem", fields.CharField(max_length=40)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "halt",
                "app": "models",
                "pk_attr": "channel",
                "table_description": "停发: WeChat takes nothing on this channel until then: a quota of the day, or an account that it barred.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NoticeHours",
            fields=[
                ("audience", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=12)),
                ("quiet_from", fields.CharField(max_length=5)),
                ("quiet_until", fields.CharField(max_length=5)),
                ("digests", ArrayField(default=list, element_type="TEXT")),
                ("working_days", fields.BooleanField(default=True)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "notice_hours",
                "app": "models",
                "pk_attr": "audience",
                "table_description": "通知时段: when nobody is disturbed, and when digests go out.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NoticeRule",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("order", fields.IntField()),
                ("audience", fields.CharField(max_length=12)),
                ("templates", ArrayField(default=list, element_type="TEXT")),
                ("tiers", ArrayField(default=list, element_type="TEXT")),
                ("channels", ArrayField(default=list, element_type="TEXT")),
                ("message", fields.CharField(max_length=12)),
                (
                    "timing",
                    fields.CharEnumField(
                        description="NOW: now\nQUIET: quiet\nDIGEST: digest", enum_type=Timing, max_length=8
                    ),
                ),
                ("text", fields.CharField(max_length=20)),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "notice_rule",
                "app": "models",
                "pk_attr": "code",
                "table_description": "通知规则: by which channels somebody is told, in order, when, and with which words.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reach",
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
                        related_name="reach",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "way",
                    fields.CharEnumField(
                        null=True,
                        description="ONCE: once\nPHONE: phone\nACCOUNT: account",
                        enum_type=ReachWay,
                        max_length=8,
                    ),
                ),
                ("left", fields.IntField(default=0)),
                ("code_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("code_ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("since", fields.DateField()),
            ],
            options={
                "table": "reach",
                "app": "models",
                "pk_attr": "matter_id",
                "table_description": "通知方式: that a complainant chose to be told by WeChat about a case, and how; never who.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Consent",
            name="unproved",
            field=fields.IntField(default=0),
        ),
        ops.AlterField(
            model_name="Delivery",
            name="channel",
            field=fields.CharEnumField(
                description="LASTING: lasting\nSUBSCRIBE: subscribe\nTEMPLATE: template\nSERVICE: service\nINBOX: inbox",
                enum_type=NoticeChannel,
                max_length=12,
            ),
        ),
        ops.AddField(
            model_name="Delivery",
            name="address",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="Delivery",
            name="lost",
            field=fields.SmallIntField(default=0),
        ),
        ops.AddField(
            model_name="Delivery",
            name="text",
            field=fields.CharField(default="", max_length=20),
        ),
        ops.AddField(
            model_name="Delivery",
            name="timing",
            field=fields.CharEnumField(
                default=Timing.QUIET,
                description="NOW: now\nQUIET: quiet\nDIGEST: digest",
                enum_type=Timing,
                max_length=8,
            ),
        ),
        ops.AddField(
            model_name="Delivery",
            name="with_other",
            field=fields.ForeignKeyField(
                "models.Delivery",
                source_field="with_other_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="others",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddIndex(
            model_name="Delivery",
            index=Index(fields=["with_other_id"]),
        ),
        ops.AddIndex(
            model_name="Delivery",
            index=Index(fields=["account_id", "due_at"]),
        ),
        ops.RunSQL(GUARDS),
        ops.RunSQL(VAULT),
    ]
