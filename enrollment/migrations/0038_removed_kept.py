"""Only a draft can be removed, and one that was removed stays as it is."""

from django.db import migrations

from records.triggers import FROZEN

KEPT = f"""
CREATE FUNCTION enrollment_removed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'removed' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a draft that was removed does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.state = 'removed' AND OLD.state NOT IN ('draft', 'removed') THEN
        RAISE EXCEPTION 'a requirement that was switched on is not removed' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER removed_stays BEFORE UPDATE ON enrollment_requirement
    FOR EACH ROW EXECUTE FUNCTION enrollment_removed_stays();
"""

BACK = "DROP FUNCTION enrollment_removed_stays() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0037_removed_tables")]
    operations = [migrations.RunSQL(KEPT, BACK)]
