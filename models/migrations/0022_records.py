"""Archives, holds, rules of retention, batches of what is destroyed by them, and what is left."""

from typing import Any
from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import ItemState, Part

GUARDS = """
CREATE INDEX matter_to_destroy ON matter (ended_at, id)
    WHERE ended_at IS NOT NULL AND destroyed IS DISTINCT FROM 'record';
CREATE INDEX matter_to_archive ON matter (ended_at, id) WHERE ended_at IS NOT NULL AND archived_at IS NULL;
CREATE INDEX hold_lapsing ON hold (until, id) WHERE lifted_at IS NULL AND until IS NOT NULL;
CREATE INDEX destruction_item_owed ON destruction_item (batch_id, matter_id, place) WHERE state IN ('owed', 'started');
GRANT DELETE ON retention_rule TO yijian_app;
REVOKE UPDATE ON tombstone FROM yijian_app;
CREATE TRIGGER tombstone_is_kept BEFORE UPDATE OR DELETE ON tombstone FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstones_are_kept BEFORE TRUNCATE ON tombstone FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DROP INDEX letter_owed;
CREATE INDEX letter_owed ON letter (id) WHERE stored = '' AND shredded_on IS NULL;
"""

# What the complainant may read outlives the rest of a body: it may be left over once, as it was, and go later.
BODIES = """
DROP TRIGGER entry_body_is_only_shredded ON entry_body;
CREATE FUNCTION refuse_other_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.entry_id = OLD.entry_id AND NEW.body IS NULL AND NEW.salt IS NULL AND NEW.shredded_on IS NOT NULL AND (
        (NEW.public IS NULL AND NEW.public_salt IS NULL AND NEW.private_hash IS NULL)
        OR (NEW.public::text, NEW.public_salt, NEW.private_hash)
            IS NOT DISTINCT FROM (OLD.public::text, OLD.public_salt, OLD.private_hash)
        OR (OLD.body IS NOT NULL AND NEW.public = coalesce(OLD.body -> 'public', '{}'::jsonb)
            AND NEW.public_salt = sha256(OLD.salt || 'public'::bytea) AND NEW.private_hash IS NOT NULL)
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the timeline is appended, never edited (%)', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER entry_body_is_only_shredded BEFORE UPDATE ON entry_body
    FOR EACH ROW EXECUTE FUNCTION refuse_other_body();
"""

LETTERS = """
CREATE OR REPLACE FUNCTION refuse_other_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.matter_id, OLD.series_id, OLD.serial, OLD.number, OLD.issued_at)
        IS DISTINCT FROM (NEW.matter_id, NEW.series_id, NEW.serial, NEW.number, NEW.issued_at)
        OR (OLD.stored <> '' AND OLD.sha256 IS DISTINCT FROM NEW.sha256)
        OR (OLD.shredded_on IS NOT NULL AND NEW.shredded_on IS NULL)
        OR (OLD.said::text IS DISTINCT FROM NEW.said::text AND (NEW.shredded_on IS NULL OR NEW.said::text <> '{}'))
        OR (OLD.stored IS DISTINCT FROM NEW.stored AND OLD.stored <> ''
            AND (NEW.shredded_on IS NULL OR NEW.stored <> ''))
    THEN
        RAISE EXCEPTION 'a letter that was issued stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

# As with looks and hand-overs: the vault gives up what it holds only for a batch of which it knows two persons itself.
VAULT = """
SET LOCAL ROLE yijian_vault;
CREATE TABLE vault.destruction (
    batch text PRIMARY KEY,
    planned_by uuid NOT NULL,
    approved_by uuid CHECK (approved_by <> planned_by),
    approved_at timestamptz
);
CREATE FUNCTION vault.plan_destruction(wanted text, person uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    INSERT INTO vault.destruction (batch, planned_by) VALUES (wanted, person) ON CONFLICT (batch) DO NOTHING
$$;
CREATE FUNCTION vault.approve_destruction(wanted text, person uuid) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    WITH signed AS (
        UPDATE vault.destruction SET approved_by = person, approved_at = clock_timestamp()
        WHERE batch = wanted AND approved_by IS NULL AND planned_by <> person RETURNING 1
    ) SELECT EXISTS (SELECT FROM signed)
$$;
CREATE FUNCTION vault.destroy(wanted text, matter uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM vault.destruction WHERE batch = wanted AND approved_by IS NOT NULL) THEN
        RETURN false;
    END IF;
    DELETE FROM vault.hand_over h WHERE h.matter_id = matter;
    DELETE FROM vault.sealed s WHERE s.matter_id = matter;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION vault.plan_destruction(text, uuid), vault.approve_destruction(text, uuid),
    vault.destroy(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.plan_destruction(text, uuid), vault.approve_destruction(text, uuid),
    vault.destroy(text, uuid) TO yijian_app;
RESET ROLE;
"""


def _to(model: str, column: str, related: str, **more: Any) -> Any:
    return fields.ForeignKeyField(
        model, source_field=column, db_constraint=True, to_field="id", related_name=related,
        on_delete=OnDelete.RESTRICT, **more,
    )  # fmt: skip


def _json(**more: Any) -> Any:
    return fields.JSONField(encoder=JSON_DUMPS, decoder=loads, **more)


_ID = ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True))


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0021_typical")]

    operations = [
        ops.AddField("Matter", "archived_at", fields.DatetimeField(null=True)),
        ops.AddField("Matter", "held_by", fields.UUIDField(null=True)),
        ops.AddField("Matter", "destroyed", fields.CharEnumField(enum_type=Part, max_length=8, null=True)),
        ops.AddField("EntryBody", "public", _json(null=True)),
        ops.AddField("EntryBody", "public_salt", fields.BinaryField(null=True)),
        ops.AddField("EntryBody", "private_hash", fields.BinaryField(null=True)),
        ops.AddField("Letter", "shredded_on", fields.DateField(null=True)),
        ops.CreateModel(
            name="RetentionRule",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("order", fields.IntField()),
                ("name", fields.CharField(max_length=80)),
                ("kind", fields.CharField(null=True, max_length=20)),
                ("category", fields.CharField(null=True, max_length=8)),
                ("outcome", fields.CharField(null=True, max_length=20)),
                ("anonymous", fields.BooleanField(null=True)),
                ("archive_days", fields.SmallIntField()),
                ("identity_months", fields.SmallIntField()),
                ("content_months", fields.SmallIntField()),
                ("record_months", fields.SmallIntField()),
                ("effective_from", fields.DateField()),
                ("source", fields.CharField(max_length=200)),
            ],
            options={"table": "retention_rule", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Archive",
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
                        related_name="archive",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.CharField(unique=True, max_length=32)),
                ("manifest", _json()),
                ("sha256", fields.BinaryField()),
                ("archived_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "archive", "app": "models", "pk_attr": "matter_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Hold",
            fields=[
                _ID,
                ("matter", _to("models.Matter", "matter_id", "holds")),
                ("reason", fields.TextField(unique=False)),
                ("until", fields.DateField(null=True)),
                ("held_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("held_by_post", _to("models.Post", "held_by_post_id", "holds")),
                ("lifted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("lifted_by_post", _to("models.Post", "lifted_by_post_id", "lifted_holds", null=True)),
            ],
            options={"table": "hold", "app": "models", "indexes": [Index(fields=["matter_id"])], "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Destruction",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ("planned_by", _to("models.Person", "planned_by_id", "planned_destructions")),
                ("planned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("approved_by", _to("models.Person", "approved_by_id", "approved_destructions", null=True)),
                ("approved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "destruction", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DestructionItem",
            fields=[
                _ID,
                ("batch", _to("models.Destruction", "batch_id", "items")),
                ("matter", _to("models.Matter", "matter_id", "destructions")),
                ("part", fields.CharEnumField(enum_type=Part, max_length=8)),
                ("place", fields.SmallIntField()),
                ("rule", fields.CharField(max_length=40)),
                ("state", fields.CharEnumField(default=ItemState.OWED, enum_type=ItemState, max_length=8)),
                ("problem", fields.CharField(default="", max_length=40)),
            ],
            options={
                "table": "destruction_item",
                "app": "models",
                "unique_together": (("batch_id", "matter_id", "part"),),
                "indexes": [Index(fields=["matter_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tombstone",
            fields=[
                _ID,
                ("matter", _to("models.Matter", "matter_id", "tombstones")),
                ("part", fields.CharEnumField(enum_type=Part, max_length=8)),
                ("number", fields.CharField(max_length=32)),
                ("kind", fields.CharField(max_length=20)),
                ("region_id", fields.CharField(max_length=12)),
                ("category", fields.CharField(default="", max_length=8)),
                ("outcome", fields.CharField(max_length=20)),
                ("filed_on", fields.DateField()),
                ("ended_on", fields.DateField()),
                ("destroyed_on", fields.DateField()),
                ("rule", fields.CharField(max_length=40)),
                ("basis", fields.CharField(max_length=300)),
                ("batch", fields.CharField(max_length=16)),
                ("head", fields.BinaryField()),
                ("entries", fields.IntField()),
                ("files", _json(default=list)),
            ],
            options={
                "table": "tombstone",
                "app": "models",
                "unique_together": (("matter_id", "part"),),
                "indexes": [Index(fields=["destroyed_on", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        *(ops.RunSQL(part) for part in (GUARDS, BODIES, LETTERS, VAULT)),
    ]
