"""What administrators type about messages, and what people choose for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from core.reasons import is_reason
from notifications.choices import MailState, Way
from notifications.queries import LogFilters
from notifications.rules import Policy, is_quiet
from notifications.wording import LONGEST_ACTION, LONGEST_BODY, LONGEST_SUBJECT, MessageKind, Wording, kinds

HOUR = timedelta(hours=1)
_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


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


class PolicyForm(forms.Form):
    """When mail may go out."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=_CLOCK)
    quiet_until = forms.TimeField(
        label=_("Quiet until"), widget=_CLOCK, help_text=_("The same time twice means that no hour is quiet.")
    )
    on_free_days = forms.BooleanField(
        label=_("Also on days on which the site does not work"),
        required=False,
        help_text=_("Weekends and holidays are those of the site of somebody's main position."),
    )
    digest_at = forms.TimeField(label=_("Hour of the daily digest"), widget=_CLOCK)
    longest_wait_hours = forms.IntegerField(
        label=_("Longest wait, in hours"),
        min_value=24,
        max_value=24 * 21,
        help_text=_("After it mail goes out on a day off too, so that nothing is told too late."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("Kept in the trail with your name. At least two words.")
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not is_reason(reason):
            raise ValidationError(_("Say why in at least two words."), code="reason")
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and is_quiet(self.policy, self.policy.digest_at):
            self.add_error("digest_at", _("This hour is quiet. Choose one at which mail may go out."))
        return cleaned

    @property
    def policy(self) -> Policy:
        """What was typed; valid times only."""
        typed = self.cleaned_data
        return Policy(
            quiet_from=typed["quiet_from"],
            quiet_until=typed["quiet_until"],
            on_free_days=typed["on_free_days"],
            digest_at=typed["digest_at"],
            longest_wait=typed["longest_wait_hours"] * HOUR,
        )

    @staticmethod
    def of(policy: Policy) -> dict[str, Any]:
        """Return what the form begins with."""
        return {
            "quiet_from": policy.quiet_from,
            "quiet_until": policy.quiet_until,
            "on_free_days": policy.on_free_days,
            "digest_at": policy.digest_at,
            "longest_wait_hours": policy.longest_wait // HOUR,
        }


class WaysForm(forms.Form):
    """How somebody wants to have each kind of message that they may choose about, and the hour of their digest."""

    asks_for_nothing = True  # so no field of it is called optional

    hour = forms.TypedChoiceField(label=_("Hour of your daily digest"), required=False, empty_value=None)

    def __init__(
        self,
        *args: Any,
        kinds: Iterable[MessageKind],
        chosen: Mapping[str, str],
        policy: Policy,
        zone: str,
        **kwargs: Any,
    ) -> None:
        self.kinds = list(kinds)
        super().__init__(*args, **kwargs)
        usual = gettext("As everyone, at {clock}").format(clock=policy.digest_at.strftime("%H:%M"))
        clocks = [time(hour) for hour in range(24)]
        loud = [(each.strftime("%H:%M"), each.strftime("%H:%M")) for each in clocks if not is_quiet(policy, each)]
        hour: Any = self.fields["hour"]
        hour.help_text = gettext("In the time zone {zone}, on working days. At most one digest comes a day.").format(
            zone=zone.replace("_", " ")
        )
        hour.choices, hour.coerce = [("", usual), *loud], time.fromisoformat
        for kind in self.kinds:
            words = Way.AT_ONCE.label if kind.urgent else Way.DIGEST.label
            usual = gettext("As usual: {way}").format(way=str(words)[:1].lower() + str(words)[1:])
            self.fields[kind.code] = forms.ChoiceField(
                label=str(kind.label),
                help_text=str(kind.purpose),
                required=False,
                choices=[("", usual), *Way.choices],
                initial=chosen.get(kind.code, ""),
            )

    @property
    def ways(self) -> dict[str, str]:
        """The ways that were chosen, by code of kind."""
        return {kind.code: self.cleaned_data[kind.code] for kind in self.kinds if self.cleaned_data[kind.code]}


class LogForm(forms.Form):
    """What is looked for in the log of messages."""

    q = forms.CharField(required=False, max_length=100, label=_("Search the log"))
    kind = forms.ChoiceField(required=False, label=_("Kind"))
    state = forms.ChoiceField(
        required=False,
        label=_("State"),
        choices=[("", _("Any state")), *(pair for pair in MailState.choices if pair[0] != MailState.DIGESTED)],
    )
    since = DayField(required=False, label=_("From"))
    until = DayField(required=False, label=_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["kind"]
        known.choices = [("", _("Any kind")), *((kind.code, kind.label) for kind in kinds())]
        for name in ("kind", "state"):
            self.fields[name].widget.attrs["data-submit"] = ""

    def filters(self) -> LogFilters:
        """Return what was understood; a field that was not counts as empty."""
        self.is_valid()
        return LogFilters(**{name: value for name, value in self.cleaned_data.items() if value})

    def chips(self) -> list[tuple[str, str, str]]:
        """Return (field, its label, the chosen value in words) for each filter that is on."""
        on = []
        for name in ("q", "kind", "state", "since", "until"):
            value = self.cleaned_data.get(name)
            if value:
                options = dict(getattr(self.fields[name], "choices", ()))
                on.append((name, str(self.fields[name].label), str(options.get(value, value))))
        return on
