"""What an administrator types about learning in general."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.exceptions import WhyField


class StudyPolicyForm(forms.Form):
    """How many courses one may have in progress at once, and why that changes."""

    most_active = forms.IntegerField(
        label=_("Most courses in progress at once, for one person"),
        required=False,
        min_value=1,
        max_value=99,
        help_text=_(
            "Empty: no cap. What is overdue or due within 7 days may always be begun, and all that it asks for, "
            "so that the cap makes nobody miss a due day. A program is not counted, its courses are."
        ),
    )
    reason = WhyField()
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
