"""Every change of a wording goes to the trail."""

from django.db import migrations

from records.triggers import regulate


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_wording_tables"), ("records", "0002_trail")]
    operations = [regulate("notifications_ownwording")]
