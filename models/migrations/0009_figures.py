"""What cases came to, the sums of it, and what was published, reported and taken out."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# Each figure, and how it is counted from one case: on which day, and if what is so.
COUNTED = {
    "received": ("received_on", "1"),
    "accepted": ("accepted_on", "1"),
    "refused": ("refused_on", "1"),
    "withdrawn": ("withdrawn_on", "1"),
    "response_due": ("response_on", "1"),
    "responded": ("response_on", "f.responded::int"),
    "replied": ("replied_on", "1"),
    "on_time": ("replied_on", "f.on_time::int"),
    "due": ("due_on", "1"),
    "effective": ("due_on", "f.effective::int"),
    "closed": ("closed_on", "1"),
    "called_back": ("closed_on", "f.called_back::int"),
    "unreachable": ("closed_on", "f.unreachable::int"),
    "rated": ("closed_on", "f.rated::int"),
    "solved": ("closed_on", "f.solved::int"),
    "satisfied": ("closed_on", "f.satisfied::int"),
    "reopened": ("reopened_on", "1"),
    "returned": ("returned_on", "1"),
    "extended": ("extended_on", "1"),
    "taken_out": ("taken_out_on", "1"),
    "parked": ("parked_on", "1"),
    "handed_over": ("handed_over_on", "1"),
    "supervised": ("supervised_on", "1"),
    "accountable": ("accountable_on", "1"),
    "persons": ("accountable_on", "f.persons"),
    "typical": ("typical_on", "1"),
}
NAMES = ", ".join(COUNTED)
DAYS = ", ".join(f"f.{day}" for day in dict.fromkeys(day for day, _ in COUNTED.values()))
VALUES = ", ".join(
    f"CASE WHEN f.{day} = d.day THEN {amount} ELSE 0 END AS {name}" for name, (day, amount) in COUNTED.items()
)

INDEXES = """
CREATE INDEX case_fact_place ON case_fact (region_id text_pattern_ops);
CREATE INDEX matter_open_stage ON matter (kind, receiving_unit_id, region_id, stage, id) WHERE ended_at IS NULL;
CREATE INDEX release_published ON release (region_id, since DESC) WHERE published_at IS NOT NULL;
"""

EVENTS = f"""
CREATE FUNCTION events_of(f case_fact) RETURNS TABLE (day date, {", ".join(f"{name} int" for name in COUNTED)})
    LANGUAGE sql IMMUTABLE AS $$
    SELECT d.day, {VALUES}
    FROM (SELECT DISTINCT day FROM unnest(ARRAY[{DAYS}]) AS day WHERE day IS NOT NULL) d
$$;
CREATE VIEW case_event AS
    SELECT f.matter_id, f.region_id, f.office_id, f.unit_id, f.category_id, e.*
    FROM case_fact f CROSS JOIN LATERAL events_of(f) e;
"""

# What the row was is taken from the sums, what it is now added: nobody has to know which step changed what.
CHANGES = f"""
CREATE FUNCTION tally_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tally_change (id, day, region_id, office_id, unit_id, category_id, {NAMES})
    SELECT gen_random_uuid(), day, region_id, office_id, unit_id, category_id,
           {", ".join(f"sum(sign * {name})" for name in COUNTED)}
    FROM (
        SELECT 1 AS sign, NEW.region_id, NEW.office_id, NEW.unit_id, NEW.category_id, e.* FROM events_of(NEW) e
        UNION ALL
        SELECT -1, OLD.region_id, OLD.office_id, OLD.unit_id, OLD.category_id, e.* FROM events_of(OLD) e
        WHERE TG_OP = 'UPDATE'
    ) changed
    GROUP BY day, region_id, office_id, unit_id, category_id
    HAVING {" OR ".join(f"sum(sign * {name}) <> 0" for name in COUNTED)};
    RETURN NULL;
END $$;
CREATE TRIGGER case_fact_is_summed AFTER INSERT OR UPDATE ON case_fact FOR EACH ROW EXECUTE FUNCTION tally_changes();
"""

# Sums that are added to leave the list of changes; what was published is published.
GRANTS = """
GRANT DELETE ON tally_change, tally TO yijian_app;
GRANT SELECT ON case_event TO yijian_app;
CREATE FUNCTION release_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER release_is_kept BEFORE UPDATE OR DELETE ON release FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION release_is_kept();
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0010_suggest")]

    operations = [
        ops.CreateModel(
            name="Bulletin",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=8)),
                ("since", fields.DateField()),
                ("until", fields.DateField()),
                ("region_id", fields.CharField(max_length=12)),
                ("definitions", fields.CharField(max_length=20)),
                ("title", fields.CharField(max_length=120)),
                ("content", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("text", fields.TextField(unique=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "bulletin",
                "app": "models",
                "unique_together": (("region_id", "kind", "since"),),
                "indexes": [Index(fields=["since", "id"])],
                "pk_attr": "id",
                "table_description": "周汇总、月通报、年度报告: a period's figures as they were told, in numbers and in words.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CaseFact",
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
                        related_name="fact",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("region_id", fields.CharField(max_length=12)),
                ("office_id", fields.UUIDField()),
                ("unit_id", fields.UUIDField(null=True)),
                ("category_id", fields.CharField(max_length=8)),
                ("received_on", fields.DateField()),
                ("accepted_on", fields.DateField(null=True)),
                ("refused_on", fields.DateField(null=True)),
                ("withdrawn_on", fields.DateField(null=True)),
                ("response_on", fields.DateField(null=True)),
                ("responded", fields.BooleanField(default=False)),
                ("replied_on", fields.DateField(null=True)),
                ("on_time", fields.BooleanField(default=False)),
                ("due_on", fields.DateField(null=True)),
                ("effective", fields.BooleanField(default=False)),
                ("closed_on", fields.DateField(null=True)),
                ("called_back", fields.BooleanField(default=False)),
                ("unreachable", fields.BooleanField(default=False)),
                ("rated", fields.BooleanField(default=False)),
                ("solved", fields.BooleanField(default=False)),
                ("satisfied", fields.BooleanField(default=False)),
                ("reopened_on", fields.DateField(null=True)),
                ("returned_on", fields.DateField(null=True)),
                ("extended_on", fields.DateField(null=True)),
                ("taken_out_on", fields.DateField(null=True)),
                ("parked_on", fields.DateField(null=True)),
                ("handed_over_on", fields.DateField(null=True)),
                ("supervised_on", fields.DateField(null=True)),
                ("accountable_on", fields.DateField(null=True)),
                ("persons", fields.IntField(default=0)),
                ("typical_on", fields.DateField(null=True)),
            ],
            options={
                "table": "case_fact",
                "app": "models",
                "indexes": [Index(fields=["unit_id", "region_id"]), Index(fields=["office_id"])],
                "pk_attr": "matter_id",
                "table_description": "What a case came to, derived from its entries: each column is a day, and what was so on that day.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Export",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "post",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="exports",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("list", fields.CharField(max_length=20)),
                ("format", fields.CharField(max_length=4)),
                ("filters", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("rows", fields.IntField(null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "export",
                "app": "models",
                "indexes": [Index(fields=["at", "id"]), Index(fields=["post_id"])],
                "pk_attr": "id",
                "table_description": "导出记录: who took which list away, how it was narrowed, and how many rows that were.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Release",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("grain", fields.CharField(max_length=8)),
                ("since", fields.DateField()),
                ("until", fields.DateField()),
                ("region_id", fields.CharField(max_length=12)),
                ("definitions", fields.CharField(max_length=20)),
                ("counted", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("shown", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "published_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="published_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="releases",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "release",
                "app": "models",
                "unique_together": (("region_id", "grain", "since"),),
                "pk_attr": "id",
                "table_description": "公开数据: the figures of a period as published, the same for all readers and never changed afterwards.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tally",
            fields=[
                ("day", fields.DateField()),
                ("received", fields.IntField(default=0)),
                ("accepted", fields.IntField(default=0)),
                ("refused", fields.IntField(default=0)),
                ("withdrawn", fields.IntField(default=0)),
                ("response_due", fields.IntField(default=0)),
                ("responded", fields.IntField(default=0)),
                ("replied", fields.IntField(default=0)),
                ("on_time", fields.IntField(default=0)),
                ("due", fields.IntField(default=0)),
                ("effective", fields.IntField(default=0)),
                ("closed", fields.IntField(default=0)),
                ("called_back", fields.IntField(default=0)),
                ("unreachable", fields.IntField(default=0)),
                ("rated", fields.IntField(default=0)),
                ("solved", fields.IntField(default=0)),
                ("satisfied", fields.IntField(default=0)),
                ("reopened", fields.IntField(default=0)),
                ("returned", fields.IntField(default=0)),
                ("extended", fields.IntField(default=0)),
                ("taken_out", fields.IntField(default=0)),
                ("parked", fields.IntField(default=0)),
                ("handed_over", fields.IntField(default=0)),
                ("supervised", fields.IntField(default=0)),
                ("accountable", fields.IntField(default=0)),
                ("persons", fields.IntField(default=0)),
                ("typical", fields.IntField(default=0)),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("scope", fields.CharField(max_length=36)),
                ("part", fields.CharField(max_length=8)),
                ("office_id", fields.UUIDField()),
            ],
            options={
                "table": "tally",
                "app": "models",
                "unique_together": (("scope", "part", "day", "office_id"),),
                "pk_attr": "id",
                "table_description": "The sums of one day for a place or a unit.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TallyChange",
            fields=[
                ("day", fields.DateField()),
                ("received", fields.IntField(default=0)),
                ("accepted", fields.IntField(default=0)),
                ("refused", fields.IntField(default=0)),
                ("withdrawn", fields.IntField(default=0)),
                ("response_due", fields.IntField(default=0)),
                ("responded", fields.IntField(default=0)),
                ("replied", fields.IntField(default=0)),
                ("on_time", fields.IntField(default=0)),
                ("due", fields.IntField(default=0)),
                ("effective", fields.IntField(default=0)),
                ("closed", fields.IntField(default=0)),
                ("called_back", fields.IntField(default=0)),
                ("unreachable", fields.IntField(default=0)),
                ("rated", fields.IntField(default=0)),
                ("solved", fields.IntField(default=0)),
                ("satisfied", fields.IntField(default=0)),
                ("reopened", fields.IntField(default=0)),
                ("returned", fields.IntField(default=0)),
                ("extended", fields.IntField(default=0)),
                ("taken_out", fields.IntField(default=0)),
                ("parked", fields.IntField(default=0)),
                ("handed_over", fields.IntField(default=0)),
                ("supervised", fields.IntField(default=0)),
                ("accountable", fields.IntField(default=0)),
                ("persons", fields.IntField(default=0)),
                ("typical", fields.IntField(default=0)),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("region_id", fields.CharField(max_length=12)),
                ("office_id", fields.UUIDField()),
                ("unit_id", fields.UUIDField(null=True)),
                ("category_id", fields.CharField(max_length=8)),
            ],
            options={
                "table": "tally_change",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What a step changed in the sums and the worker has not yet added to them; those who read add it themselves.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(INDEXES),
        ops.RunSQL(EVENTS),
        ops.RunSQL(CHANGES),
        ops.RunSQL(GRANTS),
    ]
