"""Titles are compared one by one: there are too few of them for an index to pay."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_reviewers")]
    operations = [migrations.RemoveIndex("courseversion", "version_title_like")]
