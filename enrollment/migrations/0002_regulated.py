"""Enrollments, progress and completions accumulate: the database lets none of them go back."""

from django.db import migrations

from records.triggers import FROZEN, append_only, regulate

FORWARD = f"""
CREATE FUNCTION enrollment_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'rows of % are kept', TG_TABLE_NAME USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_TABLE_NAME = 'enrollment_progress' AND OLD.state = 'completed' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'completed progress does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_forward BEFORE UPDATE OR DELETE ON enrollment_progress
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_enrollment
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_assignment
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_requirement
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

CREATE FUNCTION enrollment_ended_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an enrollment that has ended does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ended_stays BEFORE UPDATE ON enrollment_enrollment
    FOR EACH ROW EXECUTE FUNCTION enrollment_ended_stays();

CREATE SEQUENCE enrollment_requirement_number START 101;

ALTER TABLE enrollment_playback ALTER COLUMN watched TYPE nummultirange USING watched::nummultirange;
"""

BACK = """
DROP FUNCTION enrollment_only_forward() CASCADE;
DROP FUNCTION enrollment_ended_stays() CASCADE;
DROP SEQUENCE enrollment_requirement_number;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0001_initial"), ("records", "0002_trail")]
    operations = [
        migrations.RunSQL(FORWARD, BACK),
        append_only("enrollment_completion"),
        regulate("enrollment_requirement"),
        regulate("enrollment_assignment"),
        regulate("enrollment_enrollment"),
        regulate("enrollment_progress"),
        regulate("enrollment_completion"),
    ]
