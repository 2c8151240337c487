"""Claims, sessions, equivalences and lists of completions go to the trail, and what was signed stays as it is."""

from django.db import migrations

from records.triggers import FROZEN, regulate

STAYS = f"""
CREATE FUNCTION enrollment_claim_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.user_id, NEW.course_id, NEW.version_id, NEW.completed_on, NEW.valid_until, NEW.provider, NEW.words,
        NEW.proof_id, NEW.claimed_at) IS DISTINCT FROM (OLD.user_id, OLD.course_id, OLD.version_id, OLD.completed_on,
        OLD.valid_until, OLD.provider, OLD.words, OLD.proof_id, OLD.claimed_at) OR OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'a claim does not change once it was made or decided' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_claim FOR EACH ROW EXECUTE FUNCTION enrollment_claim_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_claim
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

CREATE FUNCTION enrollment_session_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.course_id, NEW.version_id, NEW.held_on, NEW.place, NEW.trainer, NEW.sheet_id, NEW.user_ids,
        NEW.recorded_at, NEW.recorded_by_id) IS DISTINCT FROM (OLD.course_id, OLD.version_id, OLD.held_on, OLD.place,
        OLD.trainer, OLD.sheet_id, OLD.user_ids, OLD.recorded_at, OLD.recorded_by_id)
        OR (OLD.signature_id IS NOT NULL AND NEW.signature_id IS DISTINCT FROM OLD.signature_id)
        OR OLD.state IN ('confirmed', 'returned', 'discarded') THEN
        RAISE EXCEPTION 'a session does not change once it was recorded' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_recordedsession
    FOR EACH ROW EXECUTE FUNCTION enrollment_session_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_recordedsession
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

CREATE FUNCTION enrollment_equivalence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.course_id, NEW.from_number, NEW.counts_as_id, NEW.valid_from, NEW.valid_until, NEW.reason, NEW.added_at,
        NEW.added_by_id) IS DISTINCT FROM (OLD.course_id, OLD.from_number, OLD.counts_as_id, OLD.valid_from,
        OLD.valid_until, OLD.reason, OLD.added_at, OLD.added_by_id) OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'an equivalence ends, and is otherwise kept as it was' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON enrollment_equivalence
    FOR EACH ROW EXECUTE FUNCTION enrollment_equivalence_stays();
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_equivalence
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();

CREATE FUNCTION enrollment_known_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.claim_id IS NOT NULL AND NOT EXISTS (SELECT FROM enrollment_claim c
        WHERE c.id = NEW.claim_id AND c.state = 'verified' AND c.user_id = NEW.user_id
            AND c.version_id = NEW.version_id AND c.completed_on = NEW.completed_on) THEN
        RAISE EXCEPTION 'this claim was not verified for this completion' USING ERRCODE = '{FROZEN}';
    END IF;
    IF NEW.session_id IS NOT NULL AND NOT EXISTS (SELECT FROM enrollment_recordedsession s
        WHERE s.id = NEW.session_id AND s.state = 'confirmed' AND NEW.user_id = ANY (s.user_ids)
            AND s.version_id = NEW.version_id AND s.held_on = NEW.completed_on) THEN
        RAISE EXCEPTION 'this session was not confirmed for this completion' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER known_otherwise BEFORE INSERT ON enrollment_completion
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL OR NEW.session_id IS NOT NULL)
    EXECUTE FUNCTION enrollment_known_otherwise();
"""
BACK = """
DROP FUNCTION enrollment_claim_stays() CASCADE;
DROP FUNCTION enrollment_session_stays() CASCADE;
DROP FUNCTION enrollment_equivalence_stays() CASCADE;
DROP FUNCTION enrollment_known_otherwise() CASCADE;
DROP TRIGGER only_kept ON enrollment_claim;
DROP TRIGGER only_kept ON enrollment_recordedsession;
DROP TRIGGER only_kept ON enrollment_equivalence;
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0025_completions_tables")]
    operations = [
        regulate("enrollment_claim"),
        regulate("enrollment_recordedsession"),
        regulate("enrollment_equivalence"),
        regulate("enrollment_completionimport"),
        migrations.RunSQL(STAYS, BACK),
    ]
