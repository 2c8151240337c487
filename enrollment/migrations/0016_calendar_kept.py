"""Making and ending the address of a calendar goes to the trail, without its secret."""

from django.db import migrations

from records.triggers import regulate


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0015_calendar_tables"), ("records", "0002_trail")]
    operations = [regulate("enrollment_calendarfeed", hide=("token_sha256",))]
