"""Mail knows when it is due, and may go to an address without an account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_mail_open"),
        migrations.RenameField(model_name="message", old_name="mail_changed_at", new_name="mail_due_at"),
        migrations.AddField(
            model_name="message",
            name="address",
            field=models.EmailField(blank=True, max_length=254, default=""),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="message",
            name="recipient",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("mail_state__in", ["waiting", "sending"])),
                fields=["mail_due_at"],
                name="message_mail_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address", ""), ("recipient__isnull", False)),
                    models.Q(("recipient__isnull", True), models.Q(("address", ""), _negated=True)),
                    _connector="OR",
                ),
                name="message_to_a_person_or_an_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("mail_state__in", ["waiting", "sending"]), _negated=True),
                    ("mail_due_at__isnull", False),
                    _connector="OR",
                ),
                name="message_open_mail_is_due",
            ),
        ),
    ]
