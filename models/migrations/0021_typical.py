"""Typical cases: made out of closed ones, looked over twice, printed and published; and how many of each."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import Audience

# The figures as in 0009, with `compiled` beside `typical`: the functions name every column.
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
    "compiled": ("compiled_on", "1"),
    "typical": ("typical_on", "1"),
}
NAMES = ", ".join(COUNTED)
DAYS = ", ".join(f"f.{day}" for day in dict.fromkeys(day for day, _ in COUNTED.values()))
VALUES = ", ".join(
    f"CASE WHEN f.{day} = d.day THEN {amount} ELSE 0 END AS {name}" for name, (day, amount) in COUNTED.items()
)

BEFORE = """
DROP TRIGGER case_fact_is_summed ON case_fact;
DROP FUNCTION tally_changes();
DROP VIEW case_event;
DROP FUNCTION events_of(case_fact);
"""

FIGURES = f"""
CREATE FUNCTION events_of(f case_fact) RETURNS TABLE (day date, {", ".join(f"{name} int" for name in COUNTED)})
    LANGUAGE sql IMMUTABLE AS $$
    SELECT d.day, {VALUES}
    FROM (SELECT DISTINCT day FROM unnest(ARRAY[{DAYS}]) AS day WHERE day IS NOT NULL) d
$$;
CREATE VIEW case_event AS
    SELECT f.matter_id, f.region_id, f.office_id, f.unit_id, f.category_id, e.*
    FROM case_fact f CROSS JOIN LATERAL events_of(f) e;
GRANT SELECT ON case_event TO yijian_app;
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

# Lists read by index; of each typical case one issue at most stands, and what was said in it stays.
ISSUES = """
CREATE INDEX typical_issue_public ON typical_issue (issued_on DESC, public_id DESC) WHERE live AND audience = 'public';
CREATE INDEX typical_issue_public_category ON typical_issue (category_id, issued_on DESC, public_id DESC)
    WHERE live AND audience = 'public';
CREATE INDEX typical_issue_all ON typical_issue (issued_on DESC, public_id DESC) WHERE live;
CREATE UNIQUE INDEX typical_issue_one ON typical_issue (public_id) WHERE live;
CREATE FUNCTION typical_issue_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER typical_issue_is_kept BEFORE UPDATE ON typical_issue FOR EACH ROW WHEN (
    (OLD.matter_id, OLD.number, OLD.audience, OLD.public_id, OLD.title, OLD.reported, OLD.handled, OLD.lesson,
     OLD.category_id, OLD.told_region, OLD.issued_on) IS DISTINCT FROM
    (NEW.matter_id, NEW.number, NEW.audience, NEW.public_id, NEW.title, NEW.reported, NEW.handled, NEW.lesson,
     NEW.category_id, NEW.told_region, NEW.issued_on)
) EXECUTE FUNCTION typical_issue_is_kept();
"""


def _of_matter(related: str) -> fields.Field[object]:
    return fields.ForeignKeyField(
        "models.Matter",
        source_field="matter_id",
        db_constraint=True,
        to_field="id",
        related_name=related,
        on_delete=OnDelete.RESTRICT,
    )


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0025_rectification")]

    operations = [
        ops.CreateModel(
            name="MatterSource",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("matter", _of_matter("sources")),
                (
                    "source",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="source_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="made_from_it",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "matter_source",
                "app": "models",
                "unique_together": (("matter_id", "source_id"),),
                "indexes": [Index(fields=["source_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Typical",
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
                        related_name="typical",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("public_id", fields.UUIDField(default=uuid4, unique=True)),
                ("title", fields.CharField(max_length=60)),
                ("reported", fields.TextField(unique=False)),
                ("handled", fields.TextField(unique=False)),
                ("lesson", fields.TextField(unique=False)),
                (
                    "category",
                    fields.ForeignKeyField(
                        "models.Category",
                        source_field="category_id",
                        db_constraint=True,
                        to_field="code",
                        related_name="typical_cases",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("told_region", fields.CharField(default="", max_length=12)),
                ("writers", ArrayField(default=list, element_type="text")),
                ("marked_by", fields.UUIDField(null=True)),
                ("checked_by", fields.UUIDField(null=True)),
                ("approved_by", fields.UUIDField(null=True)),
                ("cleared", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("issues", fields.SmallIntField(default=0)),
            ],
            options={
                "table": "typical",
                "app": "models",
                "indexes": [Index(fields=["category_id"])],
                "pk_attr": "matter_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TypicalMarks",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("matter", _of_matter("typical_marks")),
                ("person_id", fields.UUIDField()),
                ("text_hash", fields.BinaryField()),
                ("hits", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "typical_marks",
                "app": "models",
                "unique_together": (("matter_id", "person_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TypicalIssue",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("matter", _of_matter("typical_issues")),
                ("number", fields.SmallIntField()),
                (
                    "audience",
                    fields.CharEnumField(
                        description="INTERNAL: internal\nPUBLIC: public", enum_type=Audience, max_length=8
                    ),
                ),
                ("public_id", fields.UUIDField()),
                ("title", fields.CharField(max_length=60)),
                ("reported", fields.TextField(unique=False)),
                ("handled", fields.TextField(unique=False)),
                ("lesson", fields.TextField(unique=False)),
                ("category_id", fields.CharField(max_length=8)),
                ("told_region", fields.CharField(default="", max_length=12)),
                ("issued_on", fields.DateField()),
                ("live", fields.BooleanField(default=True)),
                ("withdrawn_on", fields.DateField(null=True)),
            ],
            options={
                "table": "typical_issue",
                "app": "models",
                "unique_together": (("matter_id", "number"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(ISSUES),
        ops.RunSQL(BEFORE),
        ops.AddField("CaseFact", "compiled_on", fields.DateField(null=True)),
        ops.AddField("Tally", "compiled", fields.IntField(default=0)),
        ops.AddField("TallyChange", "compiled", fields.IntField(default=0)),
        ops.RunSQL(FIGURES),
    ]
