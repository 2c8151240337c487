"""Job roles and departments become audiences, what is in force is kept as wordings, and standings are filled."""

from django.db import migrations

from records.triggers import FROZEN, append_only, regulate

# What was in force keeps its words for good; a change of them is a new wording with the next number.
TERMS_STAY = f"""
CREATE OR REPLACE FUNCTION enrollment_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (NEW.course_id, NEW.number, NEW.switched_on_at)
        IS DISTINCT FROM (OLD.course_id, OLD.number, OLD.switched_on_at) THEN
        RAISE EXCEPTION 'a requirement that was switched on does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state <> 'draft' AND NEW.terms_number = OLD.terms_number AND (
        NEW.site_id, NEW.audience, NEW.counted_from, NEW.due_within_days, NEW.due_in_working_days, NEW.due_fixed_on,
        NEW.grace_days, NEW.renewal, NEW.validity_months, NEW.anchor_month, NEW.anchor_day, NEW.window_days,
        NEW.minimum_active_days, NEW.renewal_days, NEW.refreshers
    ) IS DISTINCT FROM (
        OLD.site_id, OLD.audience, OLD.counted_from, OLD.due_within_days, OLD.due_in_working_days, OLD.due_fixed_on,
        OLD.grace_days, OLD.renewal, OLD.validity_months, OLD.anchor_month, OLD.anchor_day, OLD.window_days,
        OLD.minimum_active_days, OLD.renewal_days, OLD.refreshers
    ) THEN
        RAISE EXCEPTION 'terms that were in force do not change without a new number' USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state = 'off' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a requirement that was switched off does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""
TERMS_STAYED = f"""
CREATE OR REPLACE FUNCTION enrollment_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (
        NEW.course_id, NEW.job_role_id, NEW.site_id, NEW.department_id, NEW.due_within_days, NEW.counted_from,
        NEW.validity_months, NEW.number, NEW.switched_on_at
    ) IS DISTINCT FROM (
        OLD.course_id, OLD.job_role_id, OLD.site_id, OLD.department_id, OLD.due_within_days, OLD.counted_from,
        OLD.validity_months, OLD.number, OLD.switched_on_at
    ) THEN
        RAISE EXCEPTION 'a requirement that was switched on does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state = 'off' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a requirement that was switched off does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""
# The triggers that keep what has ended would refuse the new spelling of its terms.
REWRITTEN = """
INSERT INTO records_event (kind, verb, occurred_at, actor_name, actor_roles, subject_type, subject_id, payload,
    reason, request_id, app_version)
SELECT 'fact', 'enrollment.requirements_rewritten', now(), 'Attest, migration', 'system', 'requirement',
    '00000000-0000-0000-0000-000000000000', jsonb_build_object('requirements', count(*)), '', '', ''
FROM enrollment_requirement HAVING count(*) > 0;

ALTER TABLE enrollment_requirement DISABLE TRIGGER terms_stay;
UPDATE enrollment_requirement SET
    audience = jsonb_build_object('all', (
        SELECT coalesce(jsonb_agg(part), '[]') FROM (VALUES
            (CASE WHEN job_role_id IS NOT NULL
                THEN jsonb_build_object('field', 'job_role', 'is', jsonb_build_array(job_role_id)) END),
            (CASE WHEN department_id IS NOT NULL
                THEN jsonb_build_object('field', 'department', 'is', jsonb_build_array(department_id)) END)
        ) AS parts (part) WHERE part IS NOT NULL)),
    renewal = CASE WHEN validity_months IS NULL THEN 'course' ELSE 'completion' END;
ALTER TABLE enrollment_requirement ENABLE TRIGGER terms_stay;

INSERT INTO enrollment_requirementterms (id, requirement_id, number, terms, in_force_at, reason, put_in_force_by_id)
SELECT gen_random_uuid(), id, 1, jsonb_build_object(
        'site', site_id, 'audience', audience, 'counted_from', counted_from, 'due_within_days', due_within_days,
        'due_in_working_days', due_in_working_days, 'due_fixed_on', due_fixed_on, 'grace_days', grace_days,
        'renewal', renewal, 'validity_months', validity_months, 'anchor_month', anchor_month,
        'anchor_day', anchor_day, 'window_days', window_days, 'minimum_active_days', minimum_active_days,
        'renewal_days', renewal_days, 'refreshers', to_jsonb(refreshers)),
    switched_on_at, reason, switched_on_by_id
FROM enrollment_requirement WHERE switched_on_at IS NOT NULL;
"""
# As the first release reckoned it: a completion counts until its validity ends, else the due day decides.
STANDINGS = """
INSERT INTO enrollment_standing (assignment_id, requirement_id, user_id, course_id, takes_id, zone, days, statuses,
    rounds_done, completion_id, completed_on, valid_until, due_on, late_on, window_on, why, is_extended, is_moved)
SELECT a.id, a.requirement_id, a.user_id, a.course_id, a.course_id, a.zone,
    CASE WHEN c.id IS NULL THEN ARRAY[date '0001-01-01', a.due_on - 7, a.due_on + 1]
        WHEN c.valid_until IS NULL THEN ARRAY[date '0001-01-01']
        ELSE ARRAY[date '0001-01-01', c.valid_until + 1] END,
    CASE WHEN c.id IS NULL THEN ARRAY[CASE WHEN e.id IS NULL THEN 'todo' ELSE 'doing' END, 'soon', 'late']
        WHEN c.valid_until IS NULL THEN ARRAY['done']
        ELSE ARRAY['done', 'expired'] END,
    (SELECT count(*) FROM enrollment_completion d WHERE d.user_id = a.user_id AND d.course_id = a.course_id),
    c.id, c.completed_on, c.valid_until,
    CASE WHEN c.id IS NULL THEN a.due_on ELSE c.valid_until END,
    CASE WHEN c.id IS NULL THEN a.due_on ELSE c.valid_until END + 1,
    c.valid_until - 60, CASE WHEN c.id IS NULL THEN 'first' ELSE 'renewal' END, false, false
FROM enrollment_assignment a
LEFT JOIN enrollment_enrollment e ON e.user_id = a.user_id AND e.course_id = a.course_id AND e.state = 'open'
LEFT JOIN LATERAL (
    SELECT c.id, c.completed_on, c.valid_until FROM enrollment_completion c
    WHERE c.user_id = a.user_id AND c.course_id = a.course_id ORDER BY c.completed_at DESC LIMIT 1
) c ON true
WHERE a.ended_at IS NULL;
"""
WAIVER_STAYS = f"""
CREATE FUNCTION enrollment_waiver_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.requirement_id, NEW.user_id, NEW.valid_from, NEW.valid_until, NEW.reason, NEW.evidence_id,
        NEW.proposed_at, NEW.proposed_by_id) IS DISTINCT FROM (OLD.requirement_id, OLD.user_id, OLD.valid_from,
        OLD.valid_until, OLD.reason, OLD.evidence_id, OLD.proposed_at, OLD.proposed_by_id)
        OR (OLD.decided_at IS NOT NULL AND (NEW.decided_at, NEW.decided_by_id, NEW.decision)
            IS DISTINCT FROM (OLD.decided_at, OLD.decided_by_id, OLD.decision))
        OR OLD.state IN ('returned', 'withdrawn') THEN
        RAISE EXCEPTION 'a waiver that was proposed does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER waiver_stays BEFORE UPDATE ON enrollment_waiver
    FOR EACH ROW EXECUTE FUNCTION enrollment_waiver_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_waiver
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0007_engine_tables"), ("people", "0005_organisation_kept")]
    operations = [
        migrations.RunSQL(TERMS_STAY, TERMS_STAYED),
        regulate("enrollment_requirementterms"),
        append_only("enrollment_requirementterms"),
        regulate("enrollment_extension"),
        append_only("enrollment_extension"),
        regulate("enrollment_retrainingdue"),
        append_only("enrollment_retrainingdue"),
        regulate("enrollment_waiver"),
        migrations.RunSQL(WAIVER_STAYS, "DROP FUNCTION enrollment_waiver_stays() CASCADE;"),
        migrations.RunSQL(REWRITTEN, migrations.RunSQL.noop),
        migrations.RunSQL(STANDINGS, migrations.RunSQL.noop),
    ]
