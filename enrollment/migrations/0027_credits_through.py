"""A function that finds what counts for a course because another counts as it; nothing, at once, where none does."""

from django.db import migrations

THROUGH = """
CREATE FUNCTION enrollment_credits_through(users uuid[], courses uuid[], known_at timestamptz, until date)
RETURNS TABLE (user_id uuid, course_id uuid, completion_id uuid, number integer, completed_on date, valid_until date,
    completed_at timestamptz) LANGUAGE plpgsql STABLE ROWS 10 AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM enrollment_equivalence q WHERE q.counts_as_id = ANY (courses)) THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT c.user_id, q.counts_as_id, c.id,
        coalesce((SELECT max(w.number) FROM courses_courseversion w WHERE w.course_id = q.counts_as_id
            AND w.state IN ('effective', 'superseded', 'retired') AND w.effective_on <= c.completed_on), 1),
        c.completed_on, c.valid_until, c.completed_at
    FROM enrollment_equivalence q
    JOIN enrollment_completion c ON c.course_id = q.course_id AND c.user_id = ANY (users)
    JOIN courses_courseversion v ON v.id = c.version_id AND v.number >= q.from_number
    WHERE q.counts_as_id = ANY (courses)
        AND (known_at IS NULL OR (q.added_at <= known_at AND coalesce(c.recorded_at, c.completed_at) <= known_at))
        AND (until IS NULL OR c.completed_on <= until)
        AND c.completed_on >= q.valid_from
        AND c.completed_on < coalesce(
            CASE WHEN known_at IS NULL OR q.ended_at <= known_at THEN q.ended_on END, q.valid_until, 'infinity')
        AND NOT EXISTS (SELECT FROM records_certificate k JOIN records_revocation r ON r.certificate_id = k.id
            WHERE k.completion_id = c.id AND (known_at IS NULL OR r.revoked_at <= known_at));
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0026_completions_kept"),
        ("records", "0001_initial"),
        ("courses", "0007_retraining"),
    ]
    operations = [migrations.RunSQL(THROUGH, "DROP FUNCTION enrollment_credits_through")]
