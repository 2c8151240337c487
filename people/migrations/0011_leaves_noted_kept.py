"""What was noted of a leave stays as it was noted; all that may follow is that something else takes its place."""

from django.db import migrations

from records.triggers import FROZEN

STAYS = f"""
CREATE FUNCTION people_leave_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.superseded_at IS NOT NULL
        OR (to_jsonb(NEW) - 'superseded_at') IS DISTINCT FROM (to_jsonb(OLD) - 'superseded_at') THEN
        RAISE EXCEPTION 'a leave stays as it was noted' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON people_leave
    FOR EACH ROW EXECUTE FUNCTION people_leave_stays();
ALTER TABLE people_leave ENABLE ALWAYS TRIGGER stays;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0010_leaves_noted_tables")]
    operations = [migrations.RunSQL(STAYS, "DROP FUNCTION people_leave_stays() CASCADE;")]
