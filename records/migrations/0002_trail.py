"""The trail keeps itself: times and numbers from the database, append-only, facts before changes."""

from django.db import migrations

from core.database import restrict_trail
from records.triggers import CAPTURE, NOTE_FACT, REFUSE, append_only, regulate

COLUMNS = """
ALTER TABLE records_event ALTER COLUMN recorded_at SET DEFAULT clock_timestamp();
ALTER TABLE records_event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial"), ("core", "0001_roles")]
    operations = [
        migrations.RunSQL(COLUMNS, "ALTER TABLE records_event DROP COLUMN xid;"),
        migrations.RunSQL(REFUSE, "DROP FUNCTION records_refuse() CASCADE;"),
        migrations.RunSQL(NOTE_FACT, "DROP FUNCTION records_note_fact() CASCADE;"),
        migrations.RunSQL(CAPTURE, "DROP FUNCTION records_capture() CASCADE;"),
        append_only("records_event"),
        append_only("records_signature"),
        append_only("records_certificate"),
        append_only("records_certificatefile"),
        append_only("records_revocation"),
        regulate("records_signature"),
        regulate("records_certificate"),
        regulate("records_certificatefile"),
        regulate("records_revocation"),
        migrations.RunPython(restrict_trail, migrations.RunPython.noop),
    ]
