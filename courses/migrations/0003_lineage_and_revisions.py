"""What ties a part to its copies in other versions, and in which revision each part last changed."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_frozen")]
    operations = [
        migrations.AddField("module", "lineage", models.UUIDField(default=core.ids.new_id)),
        migrations.AddField("module", "revision", models.PositiveIntegerField(default=1)),
        migrations.AddField("activity", "lineage", models.UUIDField(default=core.ids.new_id)),
        migrations.AddField("activity", "revision", models.PositiveIntegerField(default=1)),
        migrations.AddField("asset", "details", models.JSONField(blank=True, default=dict)),
        migrations.AddField("courseversion", "details_revision", models.PositiveIntegerField(default=1)),
        migrations.AddField("courseversion", "minutes", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "courseversion",
            "retraining",
            models.CharField(
                choices=[("keep", "Keep their completion"), ("repeat", "Complete the new version")],
                default="keep",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            "courseversion",
            models.CheckConstraint(
                condition=models.Q(("retraining__in", ["keep", "repeat"])), name="version_retraining_known"
            ),
        ),
        migrations.AddIndex(
            "courseversion",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("title", name="gin_trgm_ops"),
                condition=models.Q(("state", "effective")),
                name="version_title_like",
            ),
        ),
    ]
