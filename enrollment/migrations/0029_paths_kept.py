"""The cap on courses in progress is in the trail."""

from django.db import migrations

from records.triggers import regulate


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0028_paths_tables")]
    operations = [regulate("enrollment_studypolicy")]
