"""The new parts of the organisation go to the trail; a dotted line reads, and the primary position speaks."""

from django.db import migrations

from records.triggers import regulate

# A dotted line leads to one person and not to those below them.
REPORTS = """
CREATE OR REPLACE FUNCTION people_reports(manager uuid, day date) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 50 AS $$
    WITH RECURSIVE below AS (
        SELECT user_id FROM people_position
        WHERE manager_id = manager AND valid_from <= day AND (valid_until IS NULL OR valid_until > day)
        UNION
        SELECT p.user_id FROM people_position p JOIN below ON p.manager_id = below.user_id
        WHERE p.valid_from <= day AND (p.valid_until IS NULL OR p.valid_until > day)
    )
    SELECT user_id FROM below WHERE user_id <> manager
    UNION
    SELECT user_id FROM people_position
    WHERE second_manager_id = manager AND valid_from <= day AND (valid_until IS NULL OR valid_until > day)
$$;
"""
FRAME = """
CREATE OR REPLACE FUNCTION people_frame(person uuid)
RETURNS TABLE (title varchar, zone varchar, roles varchar[], has_reports boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT held.title, held.zone,
        (SELECT array_agg(DISTINCT g.role) FROM people_rolegrant g
            WHERE g.user_id = person AND g.revoked_at IS NULL AND g.starts_at <= statement_timestamp()
            AND (g.ends_at IS NULL OR g.ends_at > statement_timestamp())),
        EXISTS (SELECT FROM people_position p JOIN people_user u ON u.id = p.user_id
            WHERE p.manager_id = person AND u.is_active AND p.valid_from <= CURRENT_DATE
            AND (p.valid_until IS NULL OR p.valid_until > CURRENT_DATE))
        OR EXISTS (SELECT FROM people_position p JOIN people_user u ON u.id = p.user_id
            WHERE p.second_manager_id = person AND u.is_active AND p.valid_from <= CURRENT_DATE
            AND (p.valid_until IS NULL OR p.valid_until > CURRENT_DATE))
    FROM (SELECT) AS always LEFT JOIN LATERAL (
        SELECT j.name AS title, s.time_zone AS zone FROM people_position p
        JOIN people_jobrole j ON j.id = p.job_role_id JOIN people_site s ON s.id = p.site_id
        WHERE p.user_id = person AND p.is_primary AND p.valid_from <= CURRENT_DATE
        AND (p.valid_until IS NULL OR p.valid_until > CURRENT_DATE)
    ) AS held ON true;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0004_organisation_tables")]
    operations = [
        migrations.RunSQL(REPORTS, migrations.RunSQL.noop),
        migrations.RunSQL(FRAME, migrations.RunSQL.noop),
        regulate("people_holiday"),
        regulate("people_leave"),
        regulate("people_attribute"),
        regulate("people_attributevalue"),
        regulate("people_group"),
        regulate("people_membership"),
    ]
