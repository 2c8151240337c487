"""Drafts of requirements say who changed them; what is on, and what has ended, stays as it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from core.constraints import both_or_neither
from records.triggers import FROZEN

KEPT = f"""
CREATE FUNCTION enrollment_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER terms_stay BEFORE UPDATE ON enrollment_requirement
    FOR EACH ROW EXECUTE FUNCTION enrollment_terms_stay();

CREATE FUNCTION enrollment_assignment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an assignment that has ended does not change' USING ERRCODE = '{FROZEN}';
    END IF;
    IF (NEW.requirement_id, NEW.user_id, NEW.course_id, NEW.assigned_at)
        IS DISTINCT FROM (OLD.requirement_id, OLD.user_id, OLD.course_id, OLD.assigned_at) THEN
        RAISE EXCEPTION 'an assignment stays with its person' USING ERRCODE = '{FROZEN}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_stays BEFORE UPDATE ON enrollment_assignment
    FOR EACH ROW EXECUTE FUNCTION enrollment_assignment_stays();
"""

BACK = """
DROP FUNCTION enrollment_terms_stay() CASCADE;
DROP FUNCTION enrollment_assignment_stays() CASCADE;
"""


def somebody() -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+"
    )


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0003_play_sessions")]
    operations = [
        migrations.AddField("remindersent", "skipped", models.BooleanField(default=False)),
        migrations.AddField("requirement", "revision", models.PositiveIntegerField(default=1)),
        migrations.AddField("requirement", "edited_at", models.DateTimeField(null=True)),
        migrations.AddField("requirement", "edited_by", somebody()),
        migrations.AddField("requirement", "switched_off_by", somebody()),
        migrations.AddField("requirement", "off_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddIndex(
            "assignment",
            models.Index(fields=["assigned_at"], condition=Q(ended_at__isnull=True), name="assignment_recent"),
        ),
        migrations.AddIndex(
            "completion",
            models.Index(fields=["valid_until"], condition=Q(valid_until__isnull=False), name="completion_ending"),
        ),
        migrations.AddConstraint(
            "requirement", both_or_neither("edited_at", "edited_by", name="requirement_edited_by_somebody")
        ),
        migrations.AddConstraint(
            "requirement",
            both_or_neither("switched_off_at", "switched_off_by", name="requirement_switched_off_by_somebody"),
        ),
        migrations.AddConstraint(
            "requirement",
            models.CheckConstraint(
                condition=Q(state="off", switched_off_at__isnull=False)
                | (~Q(state="off") & Q(switched_off_at__isnull=True)),
                name="requirement_off_dated",
            ),
        ),
        migrations.RunSQL(KEPT, BACK),
    ]
