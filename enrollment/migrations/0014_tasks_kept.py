"""Tasks and what they ask for go to the trail; both are kept."""

from django.db import migrations

from records.triggers import regulate

KEPT = """
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_task
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_taskcourse
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""
BACK = """
DROP TRIGGER only_kept ON enrollment_task;
DROP TRIGGER only_kept ON enrollment_taskcourse;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0013_tasks_tables")]
    operations = [
        regulate("enrollment_task"),
        regulate("enrollment_taskcourse"),
        migrations.RunSQL(KEPT, BACK),
    ]
