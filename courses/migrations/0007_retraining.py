"""The approver says within how many days, up to which version and who must learn a new version."""

import importlib

from django.db import migrations, models

_BEFORE: str = importlib.import_module("courses.migrations.0006_effective_zone").GUARD
_DECIDED = "'retraining'];"
GUARD = _BEFORE.replace(_DECIDED, "'retraining', 'retraining_within_days', 'retraining_up_to', 'retraining_of'];")


class Migration(migrations.Migration):
    dependencies = [("courses", "0006_effective_zone")]
    operations = [
        migrations.AddField(
            "courseversion",
            "retraining_within_days",
            models.PositiveSmallIntegerField(default=30, db_default=30),
        ),
        migrations.AddField("courseversion", "retraining_up_to", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "courseversion", "retraining_of", models.JSONField(blank=True, default=dict, db_default={})
        ),
        migrations.RunSQL(GUARD, _BEFORE),
    ]
