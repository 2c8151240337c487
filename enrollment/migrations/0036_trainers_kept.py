"""Of which courses trainers must be qualified goes to the trail, and who led a session stays as it was signed."""

from django.db import migrations

from records.triggers import FROZEN, regulate

KEPT = """
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_ledcourse
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""


def session_stays(also: str) -> str:
    """Return the function that keeps a session as it was recorded: as before, and these columns."""
    new, old = (also.format(row) for row in ("NEW", "OLD"))
    return f"""
CREATE OR REPLACE FUNCTION enrollment_session_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.course_id, NEW.version_id, NEW.held_on, NEW.place, NEW.trainer, NEW.sheet_id, NEW.user_ids,
        NEW.recorded_at, NEW.recorded_by_id{new}) IS DISTINCT FROM (OLD.course_id, OLD.version_id, OLD.held_on,
        OLD.place, OLD.trainer, OLD.sheet_id, OLD.user_ids, OLD.recorded_at, OLD.recorded_by_id{old})
        OR (OLD.signature_id IS NOT NULL AND NEW.signature_id IS DISTINCT FROM OLD.signature_id)
        OR OLD.state IN ('confirmed', 'returned', 'discarded') THEN
        RAISE EXCEPTION 'a session does not change once it was recorded' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0035_trainers_tables")]
    operations = [
        regulate("enrollment_ledcourse"),
        migrations.RunSQL(KEPT, "DROP TRIGGER only_kept ON enrollment_ledcourse;"),
        migrations.RunSQL(session_stays(", {0}.led_by_id, {0}.led_as"), session_stays("")),
    ]
