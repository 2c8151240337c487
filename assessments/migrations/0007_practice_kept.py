"""Observations go to the trail, stay as they were signed, and are never of oneself."""

from django.db import migrations

from records.triggers import FROZEN, regulate

STAYS = f"""
CREATE FUNCTION assessments_observation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'observations are kept' USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.state <> 'asked' OR (NEW.enrollment_id, NEW.activity_id, NEW.number, NEW.asked_at)
        IS DISTINCT FROM (OLD.enrollment_id, OLD.activity_id, OLD.number, OLD.asked_at)) THEN
        RAISE EXCEPTION 'an observation does not change once it was signed' USING ERRCODE = '{FROZEN}';
    END IF;
    IF EXISTS (SELECT FROM enrollment_enrollment e
        WHERE e.id = NEW.enrollment_id AND e.user_id = NEW.observer_id) THEN
        RAISE EXCEPTION 'nobody observes themselves' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE INSERT OR UPDATE OR DELETE ON assessments_observation
    FOR EACH ROW EXECUTE FUNCTION assessments_observation_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0006_practice_tables")]
    operations = [
        regulate("assessments_observation"),
        migrations.RunSQL(STAYS, "DROP FUNCTION assessments_observation_stays() CASCADE;"),
    ]
