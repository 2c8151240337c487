"""A version asks for courses that there are, each once, and never for its own."""

from django.db import migrations

REFUSED = "23514"  # as a check does: PostgreSQL's own cannot look at other rows

GUARD = f"""
CREATE FUNCTION courses_prerequisites_exist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.course_id = ANY (NEW.prerequisites) THEN
        RAISE EXCEPTION 'version % asks for its own course', NEW.id USING ERRCODE = '{REFUSED}';
    END IF;
    IF (SELECT count(*) FROM courses_course WHERE id = ANY (NEW.prerequisites)) <> cardinality(NEW.prerequisites) THEN
        RAISE EXCEPTION 'version % asks for a course that there is not, or twice', NEW.id USING ERRCODE = '{REFUSED}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prerequisites_exist BEFORE INSERT OR UPDATE OF prerequisites ON courses_courseversion
    FOR EACH ROW WHEN (cardinality(NEW.prerequisites) > 0) EXECUTE FUNCTION courses_prerequisites_exist();
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0008_paths_tables")]
    operations = [migrations.RunSQL(GUARD, "DROP FUNCTION courses_prerequisites_exist() CASCADE;")]
