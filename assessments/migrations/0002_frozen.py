"""Questions are frozen with their version; a submitted attempt and its responses never change."""

from django.db import migrations

from records.triggers import FROZEN, regulate

QUESTIONS = """
CREATE FUNCTION assessments_require_draft(activity uuid) RETURNS void LANGUAGE sql AS $$
    SELECT courses_require_draft(m.version_id) FROM courses_activity a JOIN courses_module m ON m.id = a.module_id
    WHERE a.id = activity
$$;

CREATE FUNCTION assessments_guard_quiz() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM assessments_require_draft(OLD.activity_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM assessments_require_draft(NEW.activity_id); RETURN NEW; END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_quiz BEFORE INSERT OR UPDATE OR DELETE ON assessments_quiz
    FOR EACH ROW EXECUTE FUNCTION assessments_guard_quiz();
ALTER TABLE assessments_quiz ENABLE ALWAYS TRIGGER guard_quiz;

CREATE FUNCTION assessments_guard_question() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM assessments_require_draft(OLD.quiz_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM assessments_require_draft(NEW.quiz_id); RETURN NEW; END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_question BEFORE INSERT OR UPDATE OR DELETE ON assessments_question
    FOR EACH ROW EXECUTE FUNCTION assessments_guard_question();
ALTER TABLE assessments_question ENABLE ALWAYS TRIGGER guard_question;

CREATE FUNCTION assessments_guard_option() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM assessments_require_draft(quiz_id) FROM assessments_question WHERE id = OLD.question_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM assessments_require_draft(quiz_id) FROM assessments_question WHERE id = NEW.question_id;
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_option BEFORE INSERT OR UPDATE OR DELETE ON assessments_option
    FOR EACH ROW EXECUTE FUNCTION assessments_guard_option();
ALTER TABLE assessments_option ENABLE ALWAYS TRIGGER guard_option;
"""

ATTEMPTS = f"""
CREATE FUNCTION assessments_submitted_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'submitted' THEN
        RAISE EXCEPTION 'an attempt is kept as it was submitted' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submitted_stays BEFORE UPDATE OR DELETE ON assessments_attempt
    FOR EACH ROW EXECUTE FUNCTION assessments_submitted_stays();
ALTER TABLE assessments_attempt ENABLE ALWAYS TRIGGER submitted_stays;

CREATE FUNCTION assessments_guard_response() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    attempt_state text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'responses are kept' USING ERRCODE = '{FROZEN}';
    END IF;
    SELECT state INTO attempt_state FROM assessments_attempt WHERE id = NEW.attempt_id;
    IF attempt_state = 'submitted' THEN
        RAISE EXCEPTION 'the attempt is submitted; its responses do not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_response BEFORE INSERT OR UPDATE OR DELETE ON assessments_response
    FOR EACH ROW EXECUTE FUNCTION assessments_guard_response();
ALTER TABLE assessments_response ENABLE ALWAYS TRIGGER guard_response;
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_initial"), ("courses", "0002_frozen")]
    operations = [
        migrations.RunSQL(
            QUESTIONS,
            "DROP FUNCTION assessments_guard_quiz() CASCADE; DROP FUNCTION assessments_guard_question() CASCADE; "
            "DROP FUNCTION assessments_guard_option() CASCADE; DROP FUNCTION assessments_require_draft(uuid);",
        ),
        migrations.RunSQL(
            ATTEMPTS,
            "DROP FUNCTION assessments_submitted_stays() CASCADE; DROP FUNCTION assessments_guard_response() CASCADE;",
        ),
        regulate("assessments_quiz"),
        regulate("assessments_question"),
        regulate("assessments_option"),
        regulate("assessments_attempt"),
    ]
