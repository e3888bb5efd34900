"""述法: cycles, who must report in them, duty lists, reports and their versions."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import OfficialKind, ReportScope

GUARDS = """
CREATE INDEX report_published ON report (published_at DESC, matter_id DESC) WHERE published_at IS NOT NULL;
CREATE FUNCTION refuse_other_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was submitted stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER version_is_kept BEFORE UPDATE OR DELETE ON report_version
    FOR EACH ROW EXECUTE FUNCTION refuse_other_version();
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0022_records")]

    operations = [
        ops.CreateModel(
            name="DutyList",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("official", fields.CharField(max_length=24)),
                ("name", fields.CharField(max_length=60)),
                ("effective_from", fields.DateField()),
                ("items", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("source", fields.CharField(max_length=200)),
            ],
            options={
                "table": "duty_list",
                "app": "models",
                "indexes": [Index(fields=["official", "effective_from"])],
                "pk_attr": "code",
                "table_description": "责任清单: what one sort of official accounts for, in the order of the outline.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReportCycle",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("year", fields.SmallIntField()),
                (
                    "region",
                    fields.ForeignKeyField(
                        "models.Region",
                        source_field="region_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="report_cycles",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("title", fields.CharField(max_length=120)),
                ("basis", fields.CharField(max_length=300)),
                ("begins_on", fields.DateField()),
                ("submit_by", fields.DateField()),
                ("review_by", fields.DateField()),
                ("publish_by", fields.DateField()),
                ("rate_by", fields.DateField()),
                ("results_by", fields.DateField()),
                ("longest_seconds", fields.SmallIntField(default=300)),
                ("public_rating", fields.BooleanField(default=False)),
            ],
            options={
                "table": "report_cycle",
                "app": "models",
                "unique_together": (("year", "region_id"),),
                "pk_attr": "id",
                "table_description": "述法年度: one round of reports of a region and all below it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Official",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "cycle",
                    fields.ForeignKeyField(
                        "models.ReportCycle",
                        source_field="cycle_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="officials",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("code", fields.CharField(max_length=40)),
                ("name", fields.CharField(max_length=60)),
                ("title", fields.CharField(max_length=60)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "models.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="reports_owed",
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
                        related_name="officials",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("region_id", fields.CharField(max_length=12)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="LEADERSHIP: leadership\nDEPARTMENT: department\nTOWN: town\nOTHER: other",
                        enum_type=OfficialKind,
                        max_length=12,
                    ),
                ),
                (
                    "duty_list",
                    fields.ForeignKeyField(
                        "models.DutyList",
                        source_field="duty_list_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="officials",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("exempt_reason", fields.CharField(default="", max_length=300)),
                ("exempted_on", fields.DateField(null=True)),
                ("begun_on", fields.DateField(null=True)),
                ("submitted_on", fields.DateField(null=True)),
                ("done_on", fields.DateField(null=True)),
            ],
            options={
                "table": "official",
                "app": "models",
                "unique_together": (("cycle_id", "code"),),
                "indexes": [Index(fields=["cycle_id", "region_id", "kind"]), Index(fields=["person_id"])],
                "pk_attr": "id",
                "table_description": "述法人: somebody who must report in a cycle; and how far they have come.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Report",
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
                        related_name="report",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "official",
                    fields.OneToOneField(
                        "models.Official",
                        source_field="official_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="report",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("content", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("must", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.SmallIntField(default=0)),
                ("returns", fields.SmallIntField(default=0)),
                ("points", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "scope",
                    fields.CharEnumField(
                        null=True,
                        description="INTERNAL: internal\nEVALUATORS: evaluators\nPUBLIC: public",
                        enum_type=ReportScope,
                        max_length=10,
                    ),
                ),
                ("published", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "report",
                "app": "models",
                "pk_attr": "matter_id",
                "table_description": "述法报告: what one official tells in one cycle.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReportVersion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="report_versions",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.SmallIntField()),
                ("content", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("files", ArrayField(default=list, element_type="UUID")),
                ("submitted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "report_version",
                "app": "models",
                "unique_together": (("matter_id", "version"),),
                "pk_attr": "id",
                "table_description": "What was submitted, each time.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, reverse_sql=""),
    ]
