"""Matters of other kinds than cases: their rule packs, and those that were handed over under seal."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0005_wechat")]

    operations = [
        ops.AddField("Matter", "sealed_at", fields.DatetimeField(null=True)),
        ops.AddField("RuleChoice", "kind", fields.CharField(20, default="case")),
    ]
