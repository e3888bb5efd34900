"""By what a case is found again, models of suggestions, and the copies of transfer sheets."""

from tortoise import fields, migrations
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# Written by the worker in batches: a pending list would only make the next search slower. Whatever changes a case's place
# in the index marks its texts, whichever step of whichever kind does so.
GUARDS = """
CREATE INDEX case_index_terms ON case_index USING gin (terms) WITH (fastupdate = off);
CREATE INDEX case_text_unindexed ON case_text (id) WHERE indexed_on IS NULL;
CREATE INDEX recusal_of_accused ON recusal (unit_id, since DESC) WHERE accused AND unit_id IS NOT NULL;
CREATE FUNCTION index_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE case_text SET indexed_on = NULL
    WHERE matter_id = (to_jsonb(NEW) ->> TG_ARGV[0])::uuid AND indexed_on IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER somebody_is_excluded AFTER INSERT ON recusal
    FOR EACH ROW EXECUTE FUNCTION index_is_stale('matter_id');
CREATE TRIGGER matter_is_sealed AFTER UPDATE OF sealed_at ON matter
    FOR EACH ROW WHEN (NEW.sealed_at IS DISTINCT FROM OLD.sealed_at) EXECUTE FUNCTION index_is_stale('id');
CREATE TRIGGER category_is_changed AFTER UPDATE OF category_id ON case_file
    FOR EACH ROW WHEN (NEW.category_id <> OLD.category_id) EXECUTE FUNCTION index_is_stale('matter_id');
GRANT DELETE ON case_index, term_count TO yijian_app;
REVOKE UPDATE ON sheet_copy, suggest_model FROM yijian_app;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0011_opening")]

    operations = [
        ops.CreateModel(
            name="CaseIndex",
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
                        related_name="index",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("region_id", fields.CharField(max_length=12)),
                ("category_id", fields.CharField(max_length=3)),
                ("filed_on", fields.DateField()),
                ("terms", ArrayField(default=list, element_type="INT")),
                ("counted", fields.BooleanField()),
            ],
            options={
                "table": "case_index",
                "app": "models",
                "indexes": [Index(fields=["category_id", "region_id", "filed_on"])],
                "pk_attr": "matter_id",
                "table_description": "By what a case is found again: keyed hashes of the pairs of characters in its texts, and where it belongs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SheetCopy",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sheets",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "post",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sheets",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("seq", fields.IntField()),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "sheet_copy",
                "app": "models",
                "indexes": [Index(fields=["matter_id"])],
                "pk_attr": "code",
                "table_description": "A copy of a transfer sheet, which bears its code; by that a leaked copy is found.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SuggestModel",
            fields=[
                ("version", fields.IntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("trained_on", fields.DateField()),
                ("texts", fields.IntField()),
                ("sha256", fields.BinaryField()),
                ("content", fields.BinaryField()),
                ("report", fields.JSONField(default=dict)),
            ],
            options={
                "table": "suggest_model",
                "app": "models",
                "pk_attr": "version",
                "table_description": "A trained model of suggestions, as it came out of one training; the newest is used, the older are kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TermCount",
            fields=[
                ("term", fields.IntField(primary_key=True, generated=False, unique=True, db_index=True)),
                ("cases", fields.IntField()),
            ],
            options={
                "table": "term_count",
                "app": "models",
                "pk_attr": "term",
                "table_description": "In how many cases a term occurs, of those from which nobody is excluded: so nobody can tell one that is kept.",
            },
            bases=["Model"],
        ),
        ops.AddField("Case", "identity_hashes", ArrayField(null=True, element_type="TEXT")),
        ops.AddField("CaseText", "indexed_on", fields.DateField(null=True)),
        ops.RunSQL(GUARDS),
    ]
