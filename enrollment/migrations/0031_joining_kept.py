"""What was cancelled may be opened again, and what was asked and decided about joining stays."""

from django.db import migrations

from records.triggers import FROZEN, regulate

_ENDED = f"""
CREATE OR REPLACE FUNCTION enrollment_ended_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['state', 'ended_at', 'ended_because', 'assignment_id'];
BEGIN
    {{again}}
    IF OLD.state <> 'open' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an enrollment that has ended does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""
_AGAIN = """
    IF OLD.state = 'cancelled' AND NEW.state = 'open' AND NEW.ended_at IS NULL
        AND (to_jsonb(NEW) - may_change) = (to_jsonb(OLD) - may_change) THEN
        RETURN NEW;
    END IF;
"""
_JOINING = f"""
CREATE FUNCTION enrollment_join_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'rows of % are kept', TG_TABLE_NAME USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state <> 'asked' OR (NEW.id, NEW.user_id, NEW.course_id, NEW.words, NEW.wished_on, NEW.asked_at)
        IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.course_id, OLD.words, OLD.wished_on, OLD.asked_at) THEN
        RAISE EXCEPTION 'what was asked, and what was decided, does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER join_stays BEFORE UPDATE OR DELETE ON enrollment_joinrequest
    FOR EACH ROW EXECUTE FUNCTION enrollment_join_stays();
ALTER TABLE enrollment_joinrequest ENABLE ALWAYS TRIGGER join_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0030_joining_tables"), ("records", "0002_trail")]
    operations = [
        migrations.RunSQL(_ENDED.format(again=_AGAIN), _ENDED.format(again="")),
        regulate("enrollment_joinrequest"),
        migrations.RunSQL(_JOINING, "DROP FUNCTION enrollment_join_stays() CASCADE;"),
    ]
