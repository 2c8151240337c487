"""Planned sessions and seats go to the trail; nobody has a seat that is not there, and what is over stays."""

from django.db import migrations

from records.triggers import FROZEN, regulate

PLANNED = f"""
CREATE FUNCTION enrollment_planned_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['record_id'];
BEGIN
    IF OLD.state = 'cancelled' OR (OLD.state = 'held' AND
        (to_jsonb(NEW) - may_change) IS DISTINCT FROM (to_jsonb(OLD) - may_change)) THEN
        RAISE EXCEPTION 'a session that is over does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF (NEW.id, NEW.course_id, NEW.planned_at, NEW.planned_by_id)
        IS DISTINCT FROM (OLD.id, OLD.course_id, OLD.planned_at, OLD.planned_by_id) THEN
        RAISE EXCEPTION 'what a session is of, and who planned it, does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.record_id IS NOT NULL AND NOT EXISTS (SELECT FROM enrollment_recordedsession r
        WHERE r.id = NEW.record_id AND r.course_id = NEW.course_id) THEN
        RAISE EXCEPTION 'this record is of another course' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_plannedsession
    FOR EACH ROW EXECUTE FUNCTION enrollment_planned_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_plannedsession
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""
SEATS = f"""
CREATE FUNCTION enrollment_seat_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('given_up', 'removed') OR (OLD.state = 'taken' AND NEW.state = 'waiting')
        OR (NEW.id, NEW.session_id, NEW.user_id, NEW.asked_at, NEW.asked_by_id)
            IS DISTINCT FROM (OLD.id, OLD.session_id, OLD.user_id, OLD.asked_at, OLD.asked_by_id)
        OR (OLD.taken_at IS NOT NULL AND NEW.taken_at IS DISTINCT FROM OLD.taken_at) THEN
        RAISE EXCEPTION 'who asked for a seat, and what became of it, does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_seat FOR EACH ROW EXECUTE FUNCTION enrollment_seat_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_seat
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

-- The row of the session is held, so that of two who write at once the second one counts the first one's seat.
CREATE FUNCTION enrollment_seat_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    planned enrollment_plannedsession;
BEGIN
    SELECT * INTO planned FROM enrollment_plannedsession WHERE id = NEW.session_id FOR NO KEY UPDATE;
    IF planned.state <> 'planned' THEN
        RAISE EXCEPTION 'the seats of a session that is over do not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.state = 'taken' AND planned.capacity < (SELECT count(*) FROM enrollment_seat s
        WHERE s.session_id = NEW.session_id AND s.state = 'taken') THEN
        RAISE EXCEPTION 'more seats are taken than there are'
            USING ERRCODE = '23514', CONSTRAINT = 'seats_within_capacity';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fits AFTER INSERT OR UPDATE ON enrollment_seat
    FOR EACH ROW EXECUTE FUNCTION enrollment_seat_fits();

CREATE FUNCTION enrollment_capacity_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.capacity < (SELECT count(*) FROM enrollment_seat s
        WHERE s.session_id = NEW.id AND s.state = 'taken') THEN
        RAISE EXCEPTION 'more seats are taken than there would be'
            USING ERRCODE = '23514', CONSTRAINT = 'seats_within_capacity';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER fits AFTER UPDATE ON enrollment_plannedsession
    FOR EACH ROW WHEN (NEW.capacity IS DISTINCT FROM OLD.capacity) EXECUTE FUNCTION enrollment_capacity_fits();
"""
ALWAYS = "".join(
    f"ALTER TABLE enrollment_{table} ENABLE ALWAYS TRIGGER {trigger};\n"
    for table in ("plannedsession", "seat")
    for trigger in ("stays", "only_kept", "fits")
)
BACK = """
DROP FUNCTION enrollment_planned_stays() CASCADE;
DROP FUNCTION enrollment_seat_stays() CASCADE;
DROP FUNCTION enrollment_seat_fits() CASCADE;
DROP FUNCTION enrollment_capacity_fits() CASCADE;
DROP TRIGGER only_kept ON enrollment_plannedsession;
DROP TRIGGER only_kept ON enrollment_seat;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0039_planned_tables"), ("records", "0002_trail")]
    operations = [
        regulate("enrollment_plannedsession"),
        regulate("enrollment_seat"),
        migrations.RunSQL(PLANNED + SEATS + ALWAYS, BACK),
    ]
