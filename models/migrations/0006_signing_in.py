"""Sessions and bindings by WeChat, what a waiting screen tells, and the records of accounts."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import AccountEvent, SignInWay

GUARDS = """
CREATE INDEX session_fan ON session (fan_id) WHERE fan_id IS NOT NULL;
CREATE INDEX screen_sign_in_fan ON screen_sign_in (fan_id) WHERE fan_id IS NOT NULL;
REVOKE UPDATE ON account_record FROM yijian_app;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0009_figures")]

    operations = [
        ops.AddField("Fan", "bound_at", fields.DatetimeField(null=True)),
        ops.AddField(
            "Session",
            "fan",
            fields.ForeignKeyField(
                "models.Fan",
                source_field="fan_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="sessions",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField("Session", "way", fields.CharEnumField(SignInWay, max_length=8, default=SignInWay.PASSWORD)),
        # A screen waits for three minutes: those of before are not missed.
        ops.RunSQL("DELETE FROM screen_sign_in;"),
        ops.AddField("ScreenSignIn", "number", fields.SmallIntField()),
        ops.AddField("ScreenSignIn", "address", fields.CharField(default="", max_length=64)),
        ops.AddField("ScreenSignIn", "opened_at", fields.DatetimeField()),
        ops.AddField("ScreenSignIn", "scanned_at", fields.DatetimeField(null=True)),
        ops.CreateModel(
            name="AccountRecord",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="records",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("event", fields.CharEnumField(AccountEvent, max_length=20)),
                ("detail", fields.CharField(default="", max_length=120)),
                (
                    "by",
                    fields.ForeignKeyField(
                        "models.Post",
                        source_field="by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="account_records",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
            ],
            options={
                "table": "account_record",
                "app": "models",
                "indexes": [Index(fields=["account_id", "at", "id"])],
                "pk_attr": "id",
                "table_description": "Something that happened to an account: signing in, binding, losing a phone.",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS),
    ]
