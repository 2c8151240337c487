"""The e-mail with the link under which a person sets their password."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from people.models import User


def password_link(person: User) -> str:
    """Return the address, good once and for three days, under which this person sets a password."""
    key = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    return settings.BASE_URL + reverse("account_reset_password_from_key", kwargs=key)


def password_link_mail(person: User) -> EmailMultiAlternatives:
    """Return the e-mail with that link, in the language of the person."""
    with translation.override(person.language):
        subject = _("Set your password for Attest")
        context = {
            "subject": subject,
            "person": person,
            "link": password_link(person),
            "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
            "base_url": settings.BASE_URL,
            "language": person.language,
        }
        text = render_to_string("email/password_link.txt", context)
        html = render_to_string("email/password_link.html", context)
    mail = EmailMultiAlternatives(subject, text, to=[person.email], headers={"Auto-Submitted": "auto-generated"})
    mail.attach_alternative(html, "text/html")
    return mail
