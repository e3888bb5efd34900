"""Where open cases stand is counted over whole cases: a part of a split one is counted with it."""

from tortoise import migrations
from tortoise.migrations import operations as ops

WHOLE = """
DROP INDEX matter_open_stage;
CREATE INDEX matter_open_stage ON matter (kind, receiving_unit_id, region_id, stage, id)
    WHERE ended_at IS NULL AND opened_by_id IS NULL;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0016_reviews")]

    operations = [ops.RunSQL(WHOLE)]
