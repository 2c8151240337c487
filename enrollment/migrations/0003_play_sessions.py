"""A play session keeps what slack and how many beats it has left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0002_regulated")]
    operations = [
        migrations.AddField(
            "playback", "spare_seconds", models.DecimalField(max_digits=5, decimal_places=3, default=0)
        ),
        migrations.AddField("playback", "spare_beats", models.DecimalField(max_digits=5, decimal_places=3, default=0)),
    ]
