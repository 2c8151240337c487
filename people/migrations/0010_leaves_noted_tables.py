"""A leave is kept as it was noted at each instant; what the trail has of earlier ones is taken over."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary
from django.db import migrations, models
from django.db.models import F, Func, Q

OF_THOSE_IN_FORCE = ExclusionConstraint(
    name="leave_one_at_a_time",
    expressions=[
        ("user", "="),
        (Func("valid_from", "valid_until", RangeBoundary(), function="DATERANGE"), "&&"),
    ],
    condition=Q(superseded_at__isnull=True),
)

FACT = """
INSERT INTO records_event (kind, verb, occurred_at, actor_name, actor_roles, subject_type, subject_id, payload,
    reason, request_id, app_version)
SELECT 'fact', 'people.leaves_rewritten', now(), 'Attest, migration', 'system', 'leave',
    '00000000-0000-0000-0000-000000000000', jsonb_build_object('leaves', count(*)), '', '', ''
FROM records_event WHERE subject_type = 'people_leave' AND kind = 'capture'
HAVING count(*) > 0 OR EXISTS (SELECT FROM people_leave);
"""
# Until now a return overwrote the day that was noted before, and a leave that was taken back was deleted: the trail
# has each, with its instant. Clocks may differ, so no instant is before the one that it follows.
NOTED = FACT + """
CREATE TEMPORARY TABLE leaves_noted ON COMMIT DROP AS
SELECT * FROM (
    SELECT subject_id::uuid AS id, verb, new->>'valid_until' AS valid_until, instant AS noted_at,
        first_value(new) OVER whole AS first_noted, lead(instant) OVER whole AS superseded_at
    FROM (
        SELECT *, max(occurred_at) OVER (PARTITION BY subject_id ORDER BY id) AS instant
        FROM records_event WHERE subject_type = 'people_leave' AND kind = 'capture'
            AND (verb IN ('inserted', 'deleted') OR new ? 'valid_until')
    ) AS told
    WINDOW whole AS (PARTITION BY subject_id ORDER BY told.id)
) AS noted WHERE verb <> 'deleted' AND first_noted ? 'valid_from' AND NOT first_noted ? 'noted_at';

INSERT INTO people_leave (id, user_id, valid_from, valid_until, reason, noted_at, superseded_at)
SELECT gen_random_uuid(), (first_noted->>'user_id')::uuid, (first_noted->>'valid_from')::date, valid_until::date,
    first_noted->>'reason', noted_at, superseded_at
FROM leaves_noted WHERE superseded_at IS NOT NULL;

UPDATE people_leave l SET noted_at = coalesce(
    (SELECT n.noted_at FROM leaves_noted n WHERE n.id = l.id AND n.superseded_at IS NULL),
    least(l.valid_from::timestamp AT TIME ZONE 'UTC', now()))
WHERE l.noted_at IS NULL;

SET CONSTRAINTS ALL IMMEDIATE;
"""
FORGOTTEN = FACT + """
DELETE FROM people_leave WHERE superseded_at IS NOT NULL;

SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0009_lean_indexes_tables"), ("records", "0002_trail")]
    operations = [
        migrations.AddField("leave", "noted_at", models.DateTimeField(null=True)),
        migrations.AddField("leave", "superseded_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("leave", "leave_one_at_a_time"),
        migrations.RunSQL(NOTED, FORGOTTEN),
        migrations.AlterField("leave", "noted_at", models.DateTimeField()),
        migrations.AddIndex(
            "leave",
            models.Index(
                fields=["user"],
                include=["valid_from", "valid_until"],
                name="leave_in_force",
                condition=Q(superseded_at__isnull=True),
            ),
        ),
        migrations.AddConstraint(
            "leave",
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("noted_at")),
                name="leave_noted_before_superseded",
            ),
        ),
        migrations.AddConstraint("leave", OF_THOSE_IN_FORCE),
    ]
