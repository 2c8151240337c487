"""The policy of mail, and what people prefer, go to the trail."""

from django.db import migrations

from records.triggers import regulate


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_digest_tables"), ("records", "0002_trail")]
    operations = [
        regulate("notifications_mailpolicy"),
        regulate("notifications_readerway"),
        regulate("notifications_readerhour"),
    ]
