"""Changes of the ladders go to the trail."""

from django.db import migrations

from records.triggers import regulate


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0023_ladder_tables")]
    operations = [regulate("enrollment_ladder"), regulate("enrollment_ladderstep")]
