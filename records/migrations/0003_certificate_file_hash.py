"""A certificate is found by the hash of the file in somebody's hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0002_trail")]
    operations = [
        migrations.AddIndex(
            model_name="certificatefile",
            index=models.Index(fields=["sha256"], name="certificate_file_hash"),
        ),
    ]
