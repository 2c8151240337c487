"""What an activity rests on is kept with its progress by its hash, so that a signature covers it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_counted_from_words")]
    operations = [
        migrations.AddField(
            "progress", "evidence_sha256", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
    ]
