"""Nobody approves what they wrote on; the approver sets the next review, and then nothing changes."""

from django.db import migrations

from records.triggers import FROZEN, append_only

GUARD = f"""
CREATE OR REPLACE FUNCTION courses_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := ARRAY['draft>in_review', 'in_review>draft', 'in_review>approved', 'approved>effective',
        'approved>retired', 'effective>superseded', 'effective>retired'];
    decisions text[] := ARRAY['submitted_at', 'submitted_by_id', 'approved_at', 'approved_by_id', 'effective_on',
        'content_sha256', 'next_review_on', 'retraining'];
    may_change text[] := ARRAY['state', 'returned_note', 'ended_at'] || decisions;
    now_has jsonb := to_jsonb(NEW);
    had jsonb := to_jsonb(OLD);
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'version % is %, and can not be deleted', OLD.id, OLD.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state) = ANY (moves) THEN
        RAISE EXCEPTION 'a version can not go from % to %', OLD.state, NEW.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state <> 'draft' AND (now_has - may_change) IS DISTINCT FROM (had - may_change) THEN
        RAISE EXCEPTION 'version % is %, and can not change', OLD.id, OLD.state USING ERRCODE = '{FROZEN}';
    END IF;
    IF OLD.state NOT IN ('draft', 'in_review') AND EXISTS (
        SELECT 1 FROM unnest(decisions) AS name WHERE now_has -> name IS DISTINCT FROM had -> name) THEN
        RAISE EXCEPTION 'the approval of version % can not change', OLD.id USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.approved_by_id IS NOT NULL AND OLD.approved_by_id IS NULL AND EXISTS (
        SELECT 1 FROM courses_contributor WHERE version_id = NEW.id AND user_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'who wrote on version % can not approve it', OLD.id USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_lineage_and_revisions"), ("records", "0002_trail")]
    operations = [
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        append_only("courses_contributor"),
    ]
