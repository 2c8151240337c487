"""What administrators type about messages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.wording import LONGEST_ACTION, LONGEST_BODY, LONGEST_SUBJECT, MessageKind, Wording


class WordingForm(forms.Form):
    """Subject, body and button of a kind of message, with names in braces for what differs."""

    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("An empty line begins a paragraph. A paragraph that comes out empty is left out."),
    )
    action = forms.CharField(label=_("Button"), max_length=LONGEST_ACTION, required=False)

    def __init__(self, *args: Any, kind: MessageKind, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Refuse what this kind of message cannot fill, each part with a sentence."""
        cleaned = super().clean() or {}
        typed = Wording(*(cleaned.get(part, "") for part in ("subject", "body", "action")))
        for part, complaint in self.kind.complaints(typed).items():
            self.add_error(part, complaint)
        return cleaned

    @property
    def wording(self) -> Wording:
        """The templates that were typed; valid ones only."""
        return Wording(self.cleaned_data["subject"], self.cleaned_data["body"], self.cleaned_data["action"])
