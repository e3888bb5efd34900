"""会议测评票: who counted a meeting's paper ballots, of which day they are, and how many of them were invalid."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# An unconfirmed count lies open in the meeting's box: whoever may read the table may read the paper. There is never
# anything sealed in it, nor anybody who voted.
COUNTED = """
ALTER TABLE rating_box
    DROP CONSTRAINT rating_box_check,
    ADD CONSTRAINT rating_box_counted CHECK (
        closed_on IS NOT NULL OR channel = 'meeting' OR (votes IS NULL AND sums IS NULL)
    ),
    ADD CONSTRAINT rating_box_meeting CHECK (
        CASE WHEN channel = 'meeting' THEN sealed IS NULL AND words IS NULL AND octet_length(voters) = 0
        ELSE invalid IS NULL END
    );
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0030_column")]

    operations = [
        ops.AddField("Report", "ballots_by", fields.UUIDField(null=True)),
        ops.AddField("Report", "ballots_on", fields.DateField(null=True)),
        ops.AddField("RatingBox", "invalid", fields.IntField(null=True)),
        ops.RunSQL(COUNTED, reverse_sql=""),
    ]
