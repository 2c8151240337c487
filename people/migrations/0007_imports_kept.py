"""Imports, and what lets them happen, go to the trail; the policy has its one row."""

from django.db import migrations

from records.triggers import regulate

# Before the triggers: the first value is part of the release and nobody's decision.
POLICY = "INSERT INTO people_importpolicy (id, most_leaving_percent) VALUES (1, 5)"


class Migration(migrations.Migration):
    dependencies = [("people", "0006_imports_tables")]
    operations = [
        migrations.RunSQL(POLICY, migrations.RunSQL.noop),
        regulate("people_importmapping"),
        regulate("people_importtoken", hide=("token_sha256",)),
        regulate("people_importpolicy"),
        regulate("people_peopleimport"),
    ]
