"""Cells of the matrix are in the trail, and of a cell only its end may change; nothing is deleted."""

from django.db import migrations

from records.triggers import FROZEN, regulate

STAYS = f"""
CREATE FUNCTION enrollment_cell_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.requirement_id, NEW.job_role_id, NEW.valid_from, NEW.added_at, NEW.added_by_id) IS DISTINCT FROM
        (OLD.id, OLD.requirement_id, OLD.job_role_id, OLD.valid_from, OLD.added_at, OLD.added_by_id) THEN
        RAISE EXCEPTION 'of a cell of the matrix only the end changes' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cell_stays BEFORE UPDATE ON enrollment_matrixcell
    FOR EACH ROW EXECUTE FUNCTION enrollment_cell_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_matrixcell
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""
GONE = "DROP FUNCTION enrollment_cell_stays() CASCADE; DROP TRIGGER only_kept ON enrollment_matrixcell;"


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0021_matrix_tables")]
    operations = [regulate("enrollment_matrixcell"), migrations.RunSQL(STAYS, GONE)]
