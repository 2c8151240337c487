"""The day on which a version takes effect begins at midnight where its approver is."""

import importlib

from django.db import migrations, models

_BEFORE: str = importlib.import_module("courses.migrations.0004_reviewers").GUARD
_DECIDED = "'effective_on',"
GUARD = _BEFORE.replace(_DECIDED, f"{_DECIDED} 'effective_zone',")


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_no_title_trigrams")]
    operations = [
        migrations.AddField(
            "courseversion",
            "effective_zone",
            models.CharField(default="UTC", db_default="UTC", max_length=64),
        ),
        migrations.RunSQL(GUARD, _BEFORE),
    ]
