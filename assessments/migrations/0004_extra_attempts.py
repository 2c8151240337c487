"""One more attempt than the quiz has, for one person, with a reason; given once, it stays given."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.ids
from records.triggers import append_only, regulate


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0003_lineage_and_guards"),
        ("enrollment", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ExtraAttempt",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=300)),
                ("allowed_at", models.DateTimeField()),
                (
                    "allowed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrollment.enrollment"
                    ),
                ),
                (
                    "quiz",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="assessments.quiz"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="extra_attempt_has_reason"
                    )
                ]
            },
        ),
        append_only("assessments_extraattempt"),
        regulate("assessments_extraattempt"),
    ]
