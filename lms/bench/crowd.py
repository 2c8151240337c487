"""A crowd of 100,000 people and three million standings, written by the database itself.

The rows are those that the product writes, without their trail: what is measured is written by the
product, trail and all. Completions are imported ones, which have no signature. The first nightly
check must find that every standing is as the product computes it.
"""

from __future__ import annotations

from enrollment.choices import Why
from enrollment.rules import default_ladder
from lms.local.services import Postgres

PEOPLE = 100_000
ROLES = 60
REQUIREMENTS = 200
COVERED = 9  # job roles that each requirement asks for: 30 requirements for each person

# Ids that are made of a number, in the order of the numbers as real ones are in the order of time.
_UUID = """
CREATE FUNCTION pg_temp.made(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(kind), 12, '0'))::uuid
$$;
"""
_OFF = """
CREATE TEMP TABLE written AS
    SELECT relname::text AS rel FROM pg_class WHERE relkind = 'r' AND relname ~ '^(people|enrollment|courses)_';
CREATE TEMP TABLE guards AS
    SELECT tgrelid::regclass::text AS rel, tgname::text AS name FROM pg_trigger
    WHERE NOT tgisinternal AND tgenabled = 'A' AND tgrelid::regclass::text IN (SELECT rel FROM written);
DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT rel FROM written LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', t.rel);
    END LOOP;
END $$;
"""
_ON = """
DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT rel FROM written LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER ALL', t.rel);
    END LOOP;
    FOR t IN SELECT * FROM guards LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.rel, t.name);
    END LOOP;
END $$;
"""
_ORGANISATION = f"""
INSERT INTO people_site (id, name, time_zone, country)
SELECT pg_temp.made(1, n), 'Site ' || n,
    (ARRAY['Europe/Zurich', 'America/New_York', 'Asia/Tokyo', 'Europe/London', 'America/Chicago'])[n], 'CH'
FROM generate_series(1, 5) AS n;
INSERT INTO people_department (id, name, parent_id)
SELECT pg_temp.made(2, n), 'Department ' || n, CASE WHEN n > 8 THEN pg_temp.made(2, 1 + n % 8) END
FROM generate_series(1, 40) AS n;
INSERT INTO people_jobrole (id, name) SELECT pg_temp.made(3, n), 'Job role ' || n FROM generate_series(1, {ROLES}) AS n;
INSERT INTO people_user (id, password, email, name, employee_number, language, time_zone, theme, shortcuts_on,
    is_active, hired_on, created_at)
SELECT pg_temp.made(4, n), '!', 'crowd' || n || '@demo.test', 'Person ' || lpad(n::text, 6, '0'), 'C' || n, 'en', '',
    'system', true, true, date '2024-01-01' + (n % 600)::int, timestamptz '2024-01-01'
FROM generate_series(1, {PEOPLE}) AS n;
INSERT INTO people_position (id, user_id, site_id, department_id, job_role_id, manager_id, valid_from)
SELECT pg_temp.made(5, n), pg_temp.made(4, n), pg_temp.made(1, 1 + n % 5), pg_temp.made(2, 1 + n % 40),
    pg_temp.made(3, 1 + n % {ROLES}), CASE WHEN n > 1 THEN pg_temp.made(4, greatest(n / 20, 1)) END,
    date '2024-01-01' + (n % 600)::int
FROM generate_series(1, {PEOPLE}) AS n;
"""
_COURSES = f"""
INSERT INTO courses_course (id, code, created_at, created_by_id)
SELECT pg_temp.made(6, n), 'CRD-' || lpad(n::text, 3, '0'), timestamptz '2024-01-01', pg_temp.made(4, 1)
FROM generate_series(1, {REQUIREMENTS} + 1) AS n;
INSERT INTO courses_courseversion (id, course_id, number, label, title, summary, objectives, topics, "references",
    language, change_summary, returned_note, details_revision, minutes, state, owner_id, created_at, edited_at,
    revision, submitted_at, submitted_by_id, approved_at, approved_by_id, effective_on, effective_zone, retraining,
    content_sha256, validity_months)
SELECT pg_temp.made(7, n), pg_temp.made(6, n), 1, '1.0', 'Course ' || n, '', '{{}}', '{{}}', '{{}}',
    'en', '', '', 1, 10, 'effective', pg_temp.made(4, 1), timestamptz '2024-01-01', timestamptz '2024-01-01', 1,
    timestamptz '2024-01-01', pg_temp.made(4, 1), timestamptz '2024-01-01', pg_temp.made(4, 2),
    date '2024-01-01', 'UTC', 'keep',
    repeat('0', 64), 12
FROM generate_series(1, {REQUIREMENTS} + 1) AS n;
"""
_REQUIRED = f"""
CREATE TEMP TABLE covered AS
    SELECT n, pg_temp.made(3, 1 + (n + 7 * j) % {ROLES}) AS job_role
    FROM generate_series(1, {REQUIREMENTS}) AS n, generate_series(0, {COVERED} - 1) AS j;
INSERT INTO enrollment_requirement (id, number, course_id, audience, counted_from, due_within_days, renewal,
    validity_months, state, reason, created_at, created_by_id, revision, switched_on_at, switched_on_by_id, off_reason)
SELECT pg_temp.made(8, n), 100000 + n, pg_temp.made(6, n),
    jsonb_build_object('all', jsonb_build_array(jsonb_build_object('field', 'job_role', 'is', jsonb_agg(job_role)))),
    'role', 30, 'completion', 12, 'on', 'crowd', timestamptz '2024-01-01', pg_temp.made(4, 1), 1,
    timestamptz '2024-01-01', pg_temp.made(4, 1), ''
FROM covered GROUP BY n;
INSERT INTO enrollment_assignment (id, requirement_id, user_id, course_id, since_on, because, due_on, zone,
    assigned_at, ended_because)
SELECT pg_temp.made(100 + c.n, who.n), pg_temp.made(8, c.n), p.user_id, pg_temp.made(6, c.n), p.valid_from,
    jsonb_build_object('job_role', 'Job role', 'since', p.valid_from), p.valid_from + 30, s.time_zone,
    timestamptz '2024-01-01', ''
FROM generate_series(1, {PEOPLE}) AS who (n)
JOIN people_position p ON p.id = pg_temp.made(5, who.n)
JOIN covered c ON c.job_role = p.job_role_id JOIN people_site s ON s.id = p.site_id;
"""
# Three of four were completed, on days spread over the last fourteen months.
_COMPLETED = """
INSERT INTO enrollment_completionimport (id, file_name, storage_key, sha256, size_bytes, headings, columns, date_order,
    owner_id, state, planned, made, words, created_at, loaded_at)
VALUES (pg_temp.made(9, 1), 'crowd.csv', 'crowd', '', 0, '{}', '{}', 'ymd', pg_temp.made(4, 1), 'applied', '{}',
    '{}', '', now(), now());
INSERT INTO enrollment_completion (id, user_id, course_id, version_id, completed_at, recorded_at, completed_on, zone,
    valid_until, source, imported_from_id, imported_line)
SELECT gen_random_uuid(), a.user_id, a.course_id,
    (left(a.course_id::text, 24) || '000000000007')::uuid, d.day + time '10:00', now(), d.day, a.zone,
    (d.day + interval '12 months')::date, 'imported', pg_temp.made(9, 1), row_number() OVER ()
FROM enrollment_assignment a
CROSS JOIN LATERAL (SELECT hashtext(a.id::text) AS h) AS r
CROSS JOIN LATERAL (SELECT (CURRENT_DATE - 1 - abs(r.h) % 425) AS day) AS d
WHERE abs(r.h) % 100 < 75;
"""
_STANDINGS = """
INSERT INTO enrollment_standing (assignment_id, requirement_id, user_id, course_id, takes_id, zone, days, statuses,
    rounds_done, completion_id, completed_on, valid_until, due_on, late_on, window_on, why, is_extended, is_moved)
SELECT a.id, a.requirement_id, a.user_id, a.course_id, a.course_id, a.zone,
    CASE WHEN c.id IS NULL THEN ARRAY[date '0001-01-01', a.due_on - 7, a.due_on + 1]
        ELSE ARRAY[date '0001-01-01', c.valid_until + 1] END,
    CASE WHEN c.id IS NULL THEN ARRAY['todo', 'soon', 'late'] ELSE ARRAY['done', 'expired'] END,
    (c.id IS NOT NULL)::int, c.id, c.completed_on, c.valid_until, coalesce(c.valid_until, a.due_on),
    coalesce(c.valid_until, a.due_on) + 1, c.valid_until - 60,
    CASE WHEN c.id IS NULL THEN 'first' ELSE 'renewal' END, false, false
FROM enrollment_assignment a
LEFT JOIN enrollment_completion c ON c.user_id = a.user_id AND c.course_id = a.course_id;
"""
# What the ladder of messages has taken in the last year: every step whose day has come, but those of the
# people at one site, where the day has just begun. The sweep that is measured finds these.
_STEPS = ", ".join(
    f"('{why.value}', '{step.key}', '{step.anchor.value}', {step.days})" for why in Why for step in default_ladder(why)
)
_REMINDED = f"""
INSERT INTO enrollment_remindersent (assignment_id, due_on, step, sent_at, skipped)
SELECT s.assignment_id, CASE p.anchor WHEN 'window' THEN s.valid_until ELSE s.due_on END, p.key,
    least(g.day + time '06:00', now()), false
FROM enrollment_standing s
JOIN (VALUES {_STEPS}) AS p (why, key, anchor, days) ON p.why = s.why
CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE s.zone)::date AS today, CASE p.anchor
    WHEN 'window' THEN s.window_on + p.days WHEN 'late' THEN s.late_on + p.days - 1 ELSE s.due_on + p.days END AS day
) AS g
WHERE g.day BETWEEN g.today - 365 AND g.today AND NOT (g.day = g.today AND s.zone = 'Europe/Zurich');
"""


def build_crowd(postgres: Postgres, *, database: str) -> None:
    """Fill an empty, migrated database; some minutes."""
    script = (_UUID, _OFF, _ORGANISATION, _COURSES, _REQUIRED, _COMPLETED, _STANDINGS, _REMINDED, _ON)
    postgres.psql("BEGIN; SET CONSTRAINTS ALL IMMEDIATE;" + "".join(script) + "COMMIT;", database=database)
    postgres.psql("VACUUM ANALYZE", database=database)
