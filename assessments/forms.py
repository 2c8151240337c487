"""What authors type into a question, and observers about a practice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from assessments.queries.observations import Practice
from assessments.rules import LONGEST_AGO, OptionDraft, QuestionDraft, why_not_seen
from core.forms import DayField

OPTIONS_SHOWN = 4
OPTIONS_AT_MOST = 10
SPARE_OPTIONS = 2


class QuestionForm(forms.Form):
    """What is asked, how many answers it takes, and where the course says it."""

    text = forms.CharField(label=_("Question"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    takes_several = forms.TypedChoiceField(
        label=_("Answers"),
        choices=[("one", _("One is right")), ("several", _("Several are right; all of them are to be chosen"))],
        coerce=lambda choice: choice == "several",
        widget=forms.RadioSelect,
    )
    passage = forms.ChoiceField(
        label=_("Passage"), required=False, help_text=_("Where the course says it; the feedback leads there.")
    )
    revision = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, passages: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passage"].choices = [("", _("No passage")), *passages]  # type: ignore[attr-defined]


class OptionForm(forms.Form):
    """One option; without a text it is none."""

    text = forms.CharField(label=_("Option"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 1}))
    is_correct = forms.BooleanField(label=_("This is right"), required=False)
    why = forms.CharField(
        label=_("Why it is right or wrong"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("text") and (cleaned.get("why") or cleaned.get("is_correct")):
            self.add_error("text", _("Write the option, or leave its whole row empty."))
        return cleaned


class AllowForm(forms.Form):
    """Why somebody may try once more."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Kept in the record, and told to the learner: what was done so that it goes better."),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if len(reason.split()) < 2:
            raise forms.ValidationError(_("Say it in a few words."))
        return reason


def option_rows(typed: Any = None, *, draft: QuestionDraft | None = None) -> BaseFormSet[OptionForm]:
    """Return a row for each option of `draft`, and some to spare."""
    written = draft.options if draft else ()
    rows = formset_factory(
        OptionForm,
        extra=max(SPARE_OPTIONS, OPTIONS_SHOWN - len(written)),
        max_num=OPTIONS_AT_MOST,
        validate_max=True,
        absolute_max=OPTIONS_AT_MOST + SPARE_OPTIONS,
    )
    initial = [{"text": each.text, "is_correct": each.is_correct, "why": each.why} for each in written]
    return rows(typed, initial=initial, prefix="option")


def initial_of(draft: QuestionDraft | None) -> dict[str, Any]:
    """Return what stands in a QuestionForm before anything is typed."""
    if draft is None:
        return {"takes_several": "one"}
    passage = f"{draft.passage_lineage}#{draft.passage_anchor}" if draft.passage_lineage else ""
    return {
        "text": draft.text,
        "takes_several": "several" if draft.takes_several else "one",
        "passage": passage,
        "revision": draft.sha256,
    }


def _one_spelling(text: str) -> str:
    """Keep one kind of line end, so that the same text has the same hash from any browser."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def draft_from(form: QuestionForm, rows: BaseFormSet[OptionForm]) -> QuestionDraft:
    """Return the question that was typed; both have been found valid."""
    lineage, _hash, anchor = form.cleaned_data["passage"].partition("#")
    return QuestionDraft(
        text=_one_spelling(form.cleaned_data["text"]),
        takes_several=form.cleaned_data["takes_several"],
        options=tuple(
            OptionDraft(
                _one_spelling(row.cleaned_data["text"]),
                row.cleaned_data["is_correct"],
                _one_spelling(row.cleaned_data["why"]),
            )
            for row in rows
            if row.cleaned_data.get("text")
        ),
        passage_lineage=UUID(lineage) if lineage else None,
        passage_anchor=anchor,
    )


class ObserveForm(forms.Form):
    """What somebody saw of a practice, on which day, and what they say to it."""

    points = forms.TypedMultipleChoiceField(
        label=_("Tick what you saw"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    observed_on = DayField(label=_("Seen on"))
    words = forms.CharField(
        label=_("Your words"),
        required=False,
        max_length=300,
        help_text=_("What was good, and what is missing. Goes to the person, and stands in their record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    not_called_optional = ("points",)

    def __init__(self, *args: Any, practice: Practice, today: date, **kwargs: Any) -> None:
        self.practice, self.today = practice, today
        kwargs["initial"] = {"observed_on": today, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["points"].choices = list(enumerate(practice.points))  # type: ignore[attr-defined]
        days = self.fields["observed_on"].widget.attrs
        days.update({"min": (today - LONGEST_AGO).isoformat(), "max": today.isoformat()})

    @property
    def seen(self) -> Sequence[bool]:
        """Of each point whether it was seen, once the form is valid."""
        ticked = set(self.cleaned_data["points"])
        return [number in ticked for number in range(len(self.practice.points))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "observed_on" in cleaned and "points" in cleaned:
            words, on = cleaned.get("words", ""), cleaned["observed_on"]
            days = {"on": on, "begun_on": self.practice.begun_on, "today": self.today}
            dated = why_not_seen(seen=[True], words="", **days)
            if dated:
                self.add_error("observed_on", dated)
            elif refusal := why_not_seen(seen=self.seen, words=words, **days):
                self.add_error("words", refusal)
        return cleaned
