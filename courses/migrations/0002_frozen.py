"""A version is frozen once it has left the draft state, and moves only along its states."""

from django.db import migrations

from records.triggers import FROZEN, append_only, regulate

TRANSITIONS = f"""
CREATE FUNCTION courses_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := ARRAY['draft>in_review', 'in_review>draft', 'in_review>approved', 'approved>effective',
        'approved>retired', 'effective>superseded', 'effective>retired'];
    may_change text[] := ARRAY['state', 'submitted_at', 'submitted_by_id', 'returned_note', 'approved_at',
        'approved_by_id', 'effective_on', 'ended_at', 'content_sha256'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'version % is %, and can not be deleted', OLD.id, OLD.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (moves) THEN
        RAISE EXCEPTION 'a version can not go from % to %', OLD.state, NEW.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state <> 'draft' AND (to_jsonb(NEW) - may_change) IS DISTINCT FROM (to_jsonb(OLD) - may_change) THEN
        RAISE EXCEPTION 'version % is %, and can not change', OLD.id, OLD.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state NOT IN ('draft', 'in_review') AND (NEW.content_sha256, NEW.approved_at, NEW.approved_by_id,
        NEW.effective_on, NEW.submitted_by_id) IS DISTINCT FROM
        (OLD.content_sha256, OLD.approved_at, OLD.approved_by_id, OLD.effective_on, OLD.submitted_by_id) THEN
        RAISE EXCEPTION 'the approval of version % can not change', OLD.id USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_version BEFORE UPDATE OR DELETE ON courses_courseversion
    FOR EACH ROW EXECUTE FUNCTION courses_guard_version();
ALTER TABLE courses_courseversion ENABLE ALWAYS TRIGGER guard_version;

CREATE FUNCTION courses_guard_new_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_new_version BEFORE INSERT ON courses_courseversion
    FOR EACH ROW EXECUTE FUNCTION courses_guard_new_version();
ALTER TABLE courses_courseversion ENABLE ALWAYS TRIGGER guard_new_version;
"""

PARTS = f"""
CREATE FUNCTION courses_require_draft(version uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_state text;
BEGIN
    SELECT state INTO found_state FROM courses_courseversion WHERE id = version FOR SHARE;
    IF found_state IS NOT NULL AND found_state <> 'draft' THEN
        RAISE EXCEPTION 'version % is %, and can not change', version, found_state USING ERRCODE = '{FROZEN}';
    END IF;
END $$;

CREATE FUNCTION courses_guard_module() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM courses_require_draft(OLD.version_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM courses_require_draft(NEW.version_id); RETURN NEW; END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_module BEFORE INSERT OR UPDATE OR DELETE ON courses_module
    FOR EACH ROW EXECUTE FUNCTION courses_guard_module();
ALTER TABLE courses_module ENABLE ALWAYS TRIGGER guard_module;

CREATE FUNCTION courses_guard_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM courses_require_draft(version_id) FROM courses_module WHERE id = OLD.module_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM courses_require_draft(version_id) FROM courses_module WHERE id = NEW.module_id;
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_activity BEFORE INSERT OR UPDATE OR DELETE ON courses_activity
    FOR EACH ROW EXECUTE FUNCTION courses_guard_activity();
ALTER TABLE courses_activity ENABLE ALWAYS TRIGGER guard_activity;
"""

SEARCH = """
CREATE FUNCTION courses_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := setweight(to_tsvector('english', NEW.title), 'A')
        || setweight(to_tsvector('simple', (SELECT code FROM courses_course WHERE id = NEW.course_id)), 'A')
        || setweight(to_tsvector('english', array_to_string(NEW.topics, ' ')), 'B')
        || setweight(to_tsvector('english', NEW.summary), 'C');
    RETURN NEW;
END $$;
CREATE TRIGGER search_text BEFORE INSERT OR UPDATE OF title, topics, summary, course_id ON courses_courseversion
    FOR EACH ROW EXECUTE FUNCTION courses_search_text();
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial"), ("records", "0002_trail")]
    operations = [
        migrations.RunSQL(
            TRANSITIONS,
            "DROP FUNCTION courses_guard_version() CASCADE; DROP FUNCTION courses_guard_new_version() CASCADE;",
        ),
        migrations.RunSQL(
            PARTS,
            "DROP FUNCTION courses_guard_module() CASCADE; DROP FUNCTION courses_guard_activity() CASCADE; "
            "DROP FUNCTION courses_require_draft(uuid);",
        ),
        migrations.RunSQL(SEARCH, "DROP FUNCTION courses_search_text() CASCADE;"),
        append_only("courses_asset"),
        regulate("courses_course"),
        regulate("courses_courseversion", hide=("search",)),
        regulate("courses_module"),
        regulate("courses_activity"),
        regulate("courses_asset"),
    ]
