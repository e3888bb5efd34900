"""When the reply stopped a matter's clock; and lists of matters that are late, open or ended, each in its order."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

LISTS = """
CREATE INDEX matter_late ON matter (statutory_due, id)
    WHERE ended_at IS NULL AND paused_since IS NULL AND clock_stopped_at IS NULL AND statutory_due IS NOT NULL;
CREATE INDEX matter_open ON matter (filed_on DESC, id DESC) WHERE ended_at IS NULL;
CREATE INDEX matter_ended ON matter (filed_on DESC, id DESC) WHERE ended_at IS NOT NULL;
"""

# What the entries say already: stopped, and not set going again by a reopening.
STOPPED = """
UPDATE matter m SET clock_stopped_at = (e.clock ->> 'at')::timestamptz
FROM entry e
WHERE e.matter_id = m.id AND e.clock ->> 'clock' = 'stop' AND m.statutory_due IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM entry later
      WHERE later.matter_id = m.id AND later.seq > e.seq AND later.clock ->> 'clock' = 'restart'
  );
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0002_guards")]

    operations = [
        ops.AddField("Matter", "clock_stopped_at", fields.DatetimeField(null=True)),
        ops.RunSQL(LISTS),
        ops.RunSQL(STOPPED),
    ]
