"""Tokens that read who is qualified go to the trail, without their secret; they are kept."""

from django.db import migrations

from records.triggers import regulate

KEPT = """
CREATE TRIGGER only_kept BEFORE DELETE ON enrollment_readingtoken
    FOR EACH ROW EXECUTE FUNCTION enrollment_only_forward();
"""


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0019_reading_tokens_tables")]
    operations = [
        regulate("enrollment_readingtoken", hide=("token_sha256",)),
        migrations.RunSQL(KEPT, "DROP TRIGGER only_kept ON enrollment_readingtoken"),
    ]
