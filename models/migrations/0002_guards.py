"""What Tortoise can't say: queue indexes, the guards of the timeline, and who may touch which table."""

from tortoise import migrations
from tortoise.migrations import operations as ops

QUEUES = """
CREATE INDEX matter_newest ON matter (filed_on DESC, id DESC);
CREATE INDEX duty_of_post ON duty (post_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX duty_of_unit ON duty (unit_id, role, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX duty_unclaimed ON duty (unit_id, role, due_at, id) WHERE closed_at IS NULL AND post_id IS NULL;
CREATE INDEX duty_returned_unclaimed ON duty (unit_id, role, due_at, id)
    WHERE closed_at IS NULL AND post_id IS NULL AND returned;
CREATE INDEX duty_returned_of_post ON duty (post_id, due_at, id) WHERE closed_at IS NULL AND returned;
CREATE INDEX duty_awaited_by_post ON duty (awaited_by_post_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX duty_awaited_by_unit ON duty (awaited_by_unit_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX duty_overdue_untold ON duty (due_at, id) WHERE closed_at IS NULL AND overdue_told_at IS NULL;
CREATE INDEX duty_lapsing ON duty (due_at, id) WHERE closed_at IS NULL AND lapses_to IS NOT NULL;
CREATE INDEX notice_undelivered ON notice (owed_at, id) WHERE delivered_on IS NULL;
CREATE INDEX notice_of_post ON notice (post_id, owed_at DESC, id DESC);
CREATE UNIQUE INDEX code_scan_of_day ON code_scan (code_id, outcome, day) NULLS NOT DISTINCT;
CREATE INDEX notice_of_unit ON notice (unit_id, role, owed_at DESC, id DESC) WHERE post_id IS NULL;
"""

TIMELINE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the timeline is appended, never edited (%)', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER entry_is_appended BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_kept BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_body_is_kept BEFORE DELETE ON entry_body FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_bodies_are_kept BEFORE TRUNCATE ON entry_body FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_body_is_only_shredded BEFORE UPDATE ON entry_body FOR EACH ROW
    WHEN (NEW.entry_id <> OLD.entry_id OR NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.shredded_on IS NULL)
    EXECUTE FUNCTION refuse_change();
"""

# What nobody attached may go when its time is over; what belongs to a matter stays.
FILES = """
CREATE INDEX file_to_store ON file (id) WHERE state = 'quarantined' AND stored = '';
CREATE INDEX file_to_deposit ON file (id) WHERE sha256 IS NOT NULL AND matter_id IS NOT NULL AND NOT deposited;
CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a file of a matter is kept' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER file_is_kept BEFORE DELETE ON file FOR EACH ROW WHEN (OLD.matter_id IS NOT NULL)
    EXECUTE FUNCTION refuse_removal();
"""

ROLES = """
DO $$ BEGIN CREATE ROLE yijian_app NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE yijian_vault NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
"""

# The vault belongs to its own role. The application may put things in; it takes out by these functions only.
VAULT = """
GRANT yijian_vault TO CURRENT_USER;
GRANT CREATE ON SCHEMA vault TO yijian_vault;
ALTER TABLE vault.sealed OWNER TO yijian_vault;
ALTER SCHEMA vault OWNER TO yijian_vault;
SET LOCAL ROLE yijian_vault;
CREATE FUNCTION vault.take_handle(wanted uuid, OUT wrapped_key bytea, OUT handle bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
BEGIN
    SELECT s.wrapped_key, s.handle INTO wrapped_key, handle FROM vault.sealed s WHERE s.matter_id = wanted FOR UPDATE;
    UPDATE vault.sealed s SET handle = NULL WHERE s.matter_id = wanted;
END $$;
REVOKE ALL ON FUNCTION vault.take_handle(uuid) FROM PUBLIC;
CREATE FUNCTION vault.phone_of(wanted uuid, OUT wrapped_key bytea, OUT phone bytea)
    LANGUAGE sql SECURITY DEFINER SET search_path = vault, pg_temp AS $$
    SELECT s.wrapped_key, s.phone FROM vault.sealed s WHERE s.matter_id = wanted
$$;
REVOKE ALL ON FUNCTION vault.phone_of(uuid) FROM PUBLIC;
GRANT USAGE ON SCHEMA vault TO yijian_app;
GRANT INSERT ON vault.sealed TO yijian_app;
GRANT EXECUTE ON FUNCTION vault.take_handle(uuid), vault.phone_of(uuid) TO yijian_app;
RESET ROLE;
"""

GRANTS = """
GRANT USAGE ON SCHEMA public TO yijian_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO yijian_app;
GRANT DELETE ON kept_answer, session, calendar_day, duty_tag, category, rule_pack, rule_term, rule_choice, routing_rule,
    text_template, file, file_copy, file_purpose, file_quota, upload, upload_ticket TO yijian_app;
REVOKE UPDATE ON entry FROM yijian_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO yijian_app;
"""


class Migration(migrations.Migration):
    """Runs as the login that owns the tables."""

    dependencies = [("models", "0001_first")]

    operations = [ops.RunSQL(part) for part in (QUEUES, TIMELINE, FILES, ROLES, VAULT, GRANTS)]
