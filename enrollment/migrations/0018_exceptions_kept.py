"""The policy of exceptions is in the trail, and a waiver keeps its signature and its reasons."""

from django.db import migrations

from records.triggers import FROZEN, regulate

_STAYS = """
CREATE OR REPLACE FUNCTION enrollment_waiver_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.requirement_id, NEW.user_id, NEW.valid_from, NEW.valid_until, NEW.reason, NEW.evidence_id,
        NEW.proposed_at, NEW.proposed_by_id) IS DISTINCT FROM (OLD.requirement_id, OLD.user_id, OLD.valid_from,
        OLD.valid_until, OLD.reason, OLD.evidence_id, OLD.proposed_at, OLD.proposed_by_id)
        OR (OLD.decided_at IS NOT NULL AND ({new}) IS DISTINCT FROM ({old}))
        OR OLD.state IN ('returned', 'withdrawn') THEN
        RAISE EXCEPTION 'a waiver that was proposed does not change' USING ERRCODE = '{frozen}';
    END IF;
    RETURN NEW;
END $$;
"""
DECIDED = ("decided_at", "decided_by_id", "decision")


def _stays(*columns: str) -> str:
    """Return the trigger that lets these columns stay as they are once a waiver is decided."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    return _STAYS.format(new=new, old=old, frozen=FROZEN)


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0017_exceptions_tables")]
    operations = [
        regulate("enrollment_exceptionpolicy"),
        migrations.RunSQL(_stays(*DECIDED, "signature_id"), _stays(*DECIDED)),
    ]
