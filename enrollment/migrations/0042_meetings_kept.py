"""Every planned session has its days, which go to the trail; from the first to the last is how long it takes."""

from django.db import migrations

from core.ids import new_id
from records.triggers import FROZEN, regulate

A_BATCH = 1000
DAYS = f"""
CREATE FUNCTION enrollment_meeting_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.session_id IS DISTINCT FROM OLD.session_id THEN
        RAISE EXCEPTION 'a day stays with its session' USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_OP = 'DELETE' THEN
        whose := OLD.session_id;
    ELSE
        whose := NEW.session_id;
    END IF;
    IF EXISTS (SELECT FROM enrollment_plannedsession p WHERE p.id = whose AND p.state <> 'planned') THEN
        RAISE EXCEPTION 'the days of a session that is over do not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE INSERT OR UPDATE OR DELETE ON enrollment_meeting
    FOR EACH ROW EXECUTE FUNCTION enrollment_meeting_stays();

-- At the end of the transaction, since a session and its days are written one after the other.
CREATE FUNCTION enrollment_session_spans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written jsonb;
    whose uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        written := to_jsonb(OLD);
    ELSE
        written := to_jsonb(NEW);
    END IF;
    whose := coalesce(written->>'session_id', written->>'id');
    IF EXISTS (SELECT FROM enrollment_plannedsession p
        CROSS JOIN (SELECT min(m.starts_at) AS first, max(m.ends_at) AS last
            FROM enrollment_meeting m WHERE m.session_id = whose) AS days
        WHERE p.id = whose AND (p.starts_at, p.ends_at) IS DISTINCT FROM (days.first, days.last)) THEN
        RAISE EXCEPTION 'a session goes from its first day to its last'
            USING ERRCODE = '23514', CONSTRAINT = 'planned_spans_its_days';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER spans AFTER INSERT OR UPDATE OR DELETE ON enrollment_meeting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION enrollment_session_spans();
CREATE CONSTRAINT TRIGGER spans AFTER INSERT OR UPDATE ON enrollment_plannedsession
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION enrollment_session_spans();
ALTER TABLE enrollment_meeting ENABLE ALWAYS TRIGGER stays;
ALTER TABLE enrollment_meeting ENABLE ALWAYS TRIGGER spans;
ALTER TABLE enrollment_plannedsession ENABLE ALWAYS TRIGGER spans;
"""
BACK = """
DROP TRIGGER spans ON enrollment_plannedsession;
DROP FUNCTION enrollment_session_spans() CASCADE;
DROP FUNCTION enrollment_meeting_stays() CASCADE;
"""
# The key of a new row is checked at the end, and a table with a check outstanding takes no triggers.
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"


def give_days(apps, schema_editor):
    """Give every session that there is the one day that it has; its fact is that of the session."""
    meeting, session = apps.get_model("enrollment", "Meeting"), apps.get_model("enrollment", "PlannedSession")
    times = session.objects.order_by("pk").values_list("pk", "starts_at", "ends_at")
    meeting.objects.bulk_create(
        [meeting(id=new_id(), session_id=pk, starts_at=starts, ends_at=ends) for pk, starts, ends in times],
        batch_size=A_BATCH,
    )


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0041_meetings_tables"), ("records", "0002_trail")]
    operations = [
        migrations.RunPython(give_days, migrations.RunPython.noop),
        migrations.RunSQL(CHECKED, migrations.RunSQL.noop),
        regulate("enrollment_meeting"),
        migrations.RunSQL(DAYS, BACK),
    ]
