"""Of a line of the ledger that is a lost lawsuit: its case number, one of its unit, and the day of the judgment."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

ONE = "CREATE UNIQUE INDEX rectification_suit ON rectification (unit_id, suit);"


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0032_ballots")]

    operations = [
        ops.AddField("Rectification", "suit", fields.CharField(null=True, max_length=50)),
        ops.AddField("Rectification", "judged_on", fields.DateField(null=True)),
        ops.RunSQL(ONE),
    ]
