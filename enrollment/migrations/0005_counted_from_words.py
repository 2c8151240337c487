"""The day on which a requirement is switched on is called so, before and after."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0004_requirements_kept")]
    operations = [
        migrations.AlterField(
            "requirement",
            "counted_from",
            models.CharField(
                choices=[
                    ("role", "entering the role"),
                    ("hire", "being hired"),
                    ("switch_on", "the day it is switched on"),
                ],
                default="role",
                max_length=12,
            ),
        )
    ]
