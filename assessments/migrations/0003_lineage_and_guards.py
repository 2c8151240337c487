"""Questions keep their lineage; a save waits for a submit under way, and then finds the attempt closed."""

import django.contrib.postgres.fields
from django.db import migrations, models

import core.ids
from records.triggers import FROZEN

GUARDS = f"""
CREATE OR REPLACE FUNCTION assessments_submitted_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['state', 'submitted_at', 'score', 'max_score', 'passed'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'submitted' THEN
        RAISE EXCEPTION 'an attempt is kept as it was submitted' USING ERRCODE = '{FROZEN}';
    END IF;
    IF (to_jsonb(NEW) - may_change) IS DISTINCT FROM (to_jsonb(OLD) - may_change) THEN
        RAISE EXCEPTION 'what an attempt shows does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION assessments_guard_response() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    attempt assessments_attempt;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'responses are kept' USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.attempt_id, NEW.question_id) IS DISTINCT FROM (OLD.attempt_id, OLD.question_id) THEN
        RAISE EXCEPTION 'a response stays with its question' USING ERRCODE = '{FROZEN}';
    END IF;
    -- The lock makes a save wait for a submit that has not committed yet.
    SELECT * INTO attempt FROM assessments_attempt WHERE id = NEW.attempt_id FOR SHARE;
    IF attempt.state = 'submitted' THEN
        RAISE EXCEPTION 'the attempt is submitted; its responses do not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM assessments_question WHERE id = NEW.question_id AND quiz_id = attempt.quiz_id) THEN
        RAISE EXCEPTION 'the question belongs to another quiz' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_frozen"), ("courses", "0003_lineage_and_revisions")]
    operations = [
        migrations.RemoveField("question", "passage"),
        migrations.AddField("question", "lineage", models.UUIDField(default=core.ids.new_id)),
        migrations.AddField("question", "passage_lineage", models.UUIDField(blank=True, null=True)),
        migrations.AddField(
            "response",
            "seen_keys",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64), default=list, size=None
            ),
        ),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
