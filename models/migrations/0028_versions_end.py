"""What was submitted stays as it is until its content is destroyed, whole, by retention."""

from tortoise import migrations
from tortoise.migrations import operations as ops

EMPTIED = """
CREATE OR REPLACE FUNCTION refuse_other_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.content = '{}' AND (NEW.id, NEW.matter_id, NEW.version, NEW.submitted_at)
        = (OLD.id, OLD.matter_id, OLD.version, OLD.submitted_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was submitted stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0027_voices")]

    operations = [ops.RunSQL(EMPTIED, reverse_sql="")]
