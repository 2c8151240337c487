"""Record classes go to the trail and stay; a completion without the signature that its class asks for is refused."""

from django.db import migrations

from records.triggers import FROZEN, regulate

KEPT = f"""
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_recordclass
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_classedcourse
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

CREATE FUNCTION enrollment_classed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.removed_at IS NOT NULL OR (NEW.id, NEW.record_class_id, NEW.course_id, NEW.added_at)
        IS DISTINCT FROM (OLD.id, OLD.record_class_id, OLD.course_id, OLD.added_at) THEN
        RAISE EXCEPTION 'when a course was in a record class does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_classedcourse
    FOR EACH ROW EXECUTE FUNCTION enrollment_classed_stays();

-- What was taken here is signed by the learner, what was verified or recorded by somebody, a line of a list by nobody.
CREATE FUNCTION enrollment_completion_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM enrollment_classedcourse k JOIN enrollment_recordclass c ON c.id = k.record_class_id
        WHERE k.course_id = NEW.course_id AND k.removed_at IS NULL
        AND (c.signed = 'learner' OR (c.signed = 'somebody' AND NEW.source = 'imported'))
    ) THEN
        RAISE EXCEPTION 'the class of this record asks for a signature that it does not have'
            USING ERRCODE = '23514', CONSTRAINT = 'completion_signed_as_its_class_asks';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_as_asked BEFORE INSERT ON enrollment_completion
    FOR EACH ROW WHEN (NEW.source <> 'taken') EXECUTE FUNCTION enrollment_completion_signed();
ALTER TABLE enrollment_recordclass ENABLE ALWAYS TRIGGER only_kept;
ALTER TABLE enrollment_classedcourse ENABLE ALWAYS TRIGGER only_kept;
ALTER TABLE enrollment_classedcourse ENABLE ALWAYS TRIGGER stays;
ALTER TABLE enrollment_completion ENABLE ALWAYS TRIGGER signed_as_asked;
"""
BACK = """
DROP FUNCTION enrollment_completion_signed() CASCADE;
DROP FUNCTION enrollment_classed_stays() CASCADE;
DROP TRIGGER only_kept ON enrollment_classedcourse;
DROP TRIGGER only_kept ON enrollment_recordclass;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0043_record_classes_tables"), ("records", "0002_trail")]
    operations = [
        regulate("enrollment_recordclass"),
        regulate("enrollment_classedcourse"),
        migrations.RunSQL(KEPT, BACK),
    ]
