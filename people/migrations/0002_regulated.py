"""Changes of people go to the trail; the tree of reports is a function of the database."""

from django.db import migrations

from records.triggers import regulate

REPORTS = """
CREATE FUNCTION people_reports(manager uuid, day date) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 50 AS $$
    WITH RECURSIVE below AS (
        SELECT user_id FROM people_position
        WHERE manager_id = manager AND valid_from <= day AND (valid_until IS NULL OR valid_until > day)
        UNION
        SELECT p.user_id FROM people_position p JOIN below ON p.manager_id = below.user_id
        WHERE p.valid_from <= day AND (p.valid_until IS NULL OR p.valid_until > day)
    )
    SELECT user_id FROM below WHERE user_id <> manager
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("records", "0002_trail")]
    operations = [
        migrations.RunSQL(REPORTS, "DROP FUNCTION people_reports(uuid, date);"),
        regulate("people_user", hide=("password",)),
        regulate("people_site"),
        regulate("people_department"),
        regulate("people_jobrole"),
        regulate("people_position"),
        regulate("people_rolegrant"),
        regulate("people_identityproof"),
    ]
