"""Holding to account, and the sealed hand-over with its two signatures in the vault."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import CompetentBody, DossierState, Sanction

GUARDS = """
CREATE INDEX dossier_owed ON dossier (matter_id) WHERE state IN ('owed', 'taken');
GRANT DELETE ON dossier TO yijian_app;
"""

# Two persons' signatures in the vault's own table, or it gives nothing; with them the identity goes whole, once the
# receipt is confirmed it is gone here. The notification handle stays: the complainant is still told.
VAULT = """
SET LOCAL ROLE yijian_vault;
CREATE TABLE vault.hand_over (
    matter_id uuid PRIMARY KEY REFERENCES vault.sealed,
    first_by uuid NOT NULL,
    second_by uuid CHECK (second_by <> first_by),
    signed_at timestamptz,
    shredded_at timestamptz
);
CREATE FUNCTION vault.propose_hand_over(wanted uuid, person uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    INSERT INTO vault.hand_over (matter_id, first_by) VALUES (wanted, person)
    ON CONFLICT (matter_id) DO UPDATE SET first_by = person, second_by = NULL, signed_at = NULL
$$;
CREATE FUNCTION vault.sign_hand_over(wanted uuid, person uuid) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    WITH signed AS (
        UPDATE vault.hand_over SET second_by = person, signed_at = clock_timestamp()
        WHERE matter_id = wanted AND first_by <> person AND signed_at IS NULL RETURNING 1
    ) SELECT EXISTS (SELECT FROM signed)
$$;
CREATE FUNCTION vault.hand_over_identity(wanted uuid, OUT wrapped_key bytea, OUT identity bytea)
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    SELECT s.wrapped_key, s.identity FROM vault.sealed s JOIN vault.hand_over h USING (matter_id)
    WHERE s.matter_id = wanted AND h.signed_at IS NOT NULL AND h.shredded_at IS NULL
$$;
CREATE FUNCTION vault.shred(wanted uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    WITH signed AS (
        UPDATE vault.hand_over SET shredded_at = clock_timestamp()
        WHERE matter_id = wanted AND signed_at IS NOT NULL RETURNING 1
    ) UPDATE vault.sealed SET identity = NULL, phone = NULL, filed_at = '' WHERE matter_id = wanted AND EXISTS (SELECT FROM signed)
$$;
REVOKE ALL ON FUNCTION vault.propose_hand_over(uuid, uuid), vault.sign_hand_over(uuid, uuid),
    vault.hand_over_identity(uuid), vault.shred(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.propose_hand_over(uuid, uuid), vault.sign_hand_over(uuid, uuid),
    vault.hand_over_identity(uuid), vault.shred(uuid) TO yijian_app;
RESET ROLE;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0020_open_cases")]

    operations = [
        ops.CreateModel(
            name="Accountability",
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
                        related_name="accountability",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("facts", fields.TextField(unique=False)),
                ("basis", fields.CharField(max_length=200)),
                (
                    "proposed_by",
                    fields.ForeignKeyField(
                        "models.Person",
                        source_field="proposed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="proposed_accountabilities",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "body",
                    fields.CharEnumField(
                        null=True,
                        description="DISCIPLINE: discipline\nPERSONNEL: personnel\nJUDICIAL: judicial\nAUTHORITY: authority",
                        enum_type=CompetentBody,
                        max_length=12,
                    ),
                ),
                (
                    "body_unit",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="body_unit_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="accountabilities",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("receipt_number", fields.CharField(default="", max_length=60)),
                ("outcomes", fields.SmallIntField(default=0)),
                ("result", fields.TextField(default="", unique=False)),
            ],
            options={"table": "accountability", "app": "models", "pk_attr": "matter_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AccountabilityOutcome",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="accountability_outcomes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("form", fields.SmallIntField()),
                (
                    "sanction",
                    fields.CharEnumField(
                        description="TALK: talk\nADMONITION: admonition\nREASSIGNMENT: reassignment\nPARTY_WARNING: party_warning\nPARTY_SERIOUS_WARNING: party_serious_warning\nPARTY_REMOVAL: party_removal\nPARTY_PROBATION: party_probation\nPARTY_EXPULSION: party_expulsion\nWARNING: warning\nDEMERIT: demerit\nSERIOUS_DEMERIT: serious_demerit\nDEMOTION: demotion\nREMOVAL: removal\nDISMISSAL: dismissal",
                        enum_type=Sanction,
                        max_length=24,
                    ),
                ),
                ("case_filed", fields.BooleanField()),
                ("to_judiciary", fields.BooleanField()),
                ("persons", fields.SmallIntField()),
                ("decided_on", fields.DateField()),
                ("document", fields.CharField(max_length=120)),
            ],
            options={
                "table": "accountability_outcome",
                "app": "models",
                "indexes": [Index(fields=["matter_id"]), Index(fields=["decided_on"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AccountabilityPerson",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "matter",
                    fields.ForeignKeyField(
                        "models.Matter",
                        source_field="matter_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="accountable",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "person",
                    fields.ForeignKeyField(
                        "models.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="accountable_in",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("named", fields.CharField(default="", max_length=120)),
            ],
            options={
                "table": "accountability_person",
                "app": "models",
                "indexes": [Index(fields=["matter_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Dossier",
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
                        related_name="dossier",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="PROPOSED: proposed\nOWED: owed\nREADY: ready\nTAKEN: taken\nSHREDDED: shredded",
                        enum_type=DossierState,
                        max_length=10,
                    ),
                ),
                ("reason", fields.TextField(unique=False)),
                ("basis", fields.CharField(max_length=200)),
                (
                    "recipient",
                    fields.ForeignKeyField(
                        "models.Unit",
                        source_field="recipient_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="dossiers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("outside", fields.CharField(default="", max_length=120)),
                (
                    "first_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="first_by_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="first_dossiers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "second_by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="second_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="second_dossiers",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("signed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("wrapped_key", fields.BinaryField(null=True)),
                ("stored", fields.CharField(default="", max_length=100)),
                ("sha256", fields.BinaryField(null=True)),
                ("bytes", fields.BigIntField(default=0)),
                ("manifest", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("fence", fields.IntField(default=0)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.SmallIntField(default=0)),
                ("next_try_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ticket_hash", fields.CharField(default="", max_length=64)),
                ("taken_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("receipt_number", fields.CharField(default="", max_length=60)),
                ("received_on", fields.DateField(null=True)),
            ],
            options={"table": "dossier", "app": "models", "pk_attr": "matter_id"},
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS),
        ops.RunSQL(VAULT),
    ]
