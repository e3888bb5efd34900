"""Looks at an identity: the request's own row, and in the vault who asked, who approved, and each opening."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from models.enums import IdentityPart, IdentityPurpose

# The vault trusts its own tables alone: whoever has the application's login still needs two persons' rows here, can
# change or remove none of them, and each opening is one more. The database's clock counts, capped at an hour.
VAULT = """
SET LOCAL ROLE yijian_vault;
CREATE TABLE vault.approval (
    request_id uuid PRIMARY KEY,
    matter_id uuid NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved_by uuid CHECK (approved_by <> asked_by),
    approved_at timestamptz,
    open_until timestamptz CHECK (open_until <= approved_at + interval '1 hour')
);
CREATE TABLE vault.opening (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES vault.approval,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION vault.ask_identity(request uuid, wanted uuid, person uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    INSERT INTO vault.approval (request_id, matter_id, asked_by) VALUES (request, wanted, person)
$$;
CREATE FUNCTION vault.approve_identity(request uuid, person uuid, minutes integer) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    WITH now AS (SELECT clock_timestamp() AS at), done AS (
        UPDATE vault.approval a SET approved_by = person, approved_at = now.at,
               open_until = now.at + make_interval(mins => least(minutes, 60))
        FROM now
        WHERE a.request_id = request AND a.approved_by IS NULL AND a.open_until IS NULL AND a.asked_by <> person
        RETURNING 1
    ) SELECT EXISTS (SELECT 1 FROM done)
$$;
CREATE FUNCTION vault.close_identity(request uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    UPDATE vault.approval SET open_until = least(open_until, clock_timestamp()) WHERE request_id = request
$$;
CREATE FUNCTION vault.open_identity(request uuid, person uuid, OUT wrapped_key bytea, OUT identity bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
DECLARE wanted uuid;
BEGIN
    SELECT a.matter_id INTO wanted FROM vault.approval a
    WHERE a.request_id = request AND a.asked_by = person AND a.approved_by IS NOT NULL
      AND clock_timestamp() < a.open_until FOR UPDATE;
    IF wanted IS NULL THEN RETURN; END IF;
    INSERT INTO vault.opening (request_id) VALUES (request);
    SELECT s.wrapped_key, s.identity INTO wrapped_key, identity FROM vault.sealed s WHERE s.matter_id = wanted;
END $$;
CREATE FUNCTION vault.openings()
    RETURNS TABLE (request_id uuid, matter_id uuid, asked_by uuid, approved_by uuid, times bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    SELECT a.request_id, a.matter_id, a.asked_by, a.approved_by, count(*)
    FROM vault.opening o JOIN vault.approval a ON a.request_id = o.request_id GROUP BY a.request_id
$$;
REVOKE ALL ON FUNCTION vault.ask_identity(uuid, uuid, uuid), vault.approve_identity(uuid, uuid, integer),
    vault.close_identity(uuid), vault.open_identity(uuid, uuid), vault.openings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.ask_identity(uuid, uuid, uuid), vault.approve_identity(uuid, uuid, integer),
    vault.close_identity(uuid), vault.open_identity(uuid, uuid), vault.openings() TO yijian_app;
RESET ROLE;
"""

# The audit administrator's list; among all the cases such requests are few.
LIST = "CREATE INDEX matter_identity_request ON matter (filed_on DESC, id DESC) WHERE kind = 'identity_request';"


def _to(model: str, column: str, related: str, **more: Any) -> Any:
    return fields.ForeignKeyField(
        model, source_field=column, db_constraint=True, to_field="id", related_name=related,
        on_delete=OnDelete.RESTRICT, **more,
    )  # fmt: skip


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0006_signing_in")]

    operations = [
        ops.CreateModel(
            name="IdentityRequest",
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
                        related_name="identity_request",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("purpose", fields.CharEnumField(enum_type=IdentityPurpose, max_length=20)),
                ("part", fields.CharEnumField(enum_type=IdentityPart, max_length=10)),
                ("reason", fields.TextField()),
                ("asked_by_post", _to("models.Post", "asked_by_post_id", "identities_asked")),
                ("asked_by", _to("models.Person", "asked_by_id", "identities_asked")),
                ("decided_by_post", _to("models.Post", "decided_by_post_id", "identities_decided", null=True)),
                ("open_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("deferred", fields.BooleanField(default=False)),
                ("looks", fields.SmallIntField(default=0)),
            ],
            options={"table": "identity_request", "app": "models", "pk_attr": "matter_id"},
            bases=["Model"],
        ),
        ops.RunSQL(LIST),
        ops.RunSQL(VAULT),
    ]
