"""What forms say of a value that cannot be taken."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from core.forms import DayField


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (forms.CharField(), "", "This is empty. Fill it in."),
        (forms.CharField(max_length=1), "ab", "At most 1 character; this has 2."),
        (forms.CharField(min_length=3), "ab", "At least 3 characters; this has 2."),
        (forms.IntegerField(min_value=1), "0", "At least 1."),
        (forms.IntegerField(max_value=31), "32", "At most 31."),
        (forms.IntegerField(), "x", "Give a whole number."),
        (forms.DecimalField(), "x", "Give a number."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "That is not offered. Choose from the list."),
        (forms.TypedChoiceField(choices=[("a", "A")]), "", "Nothing is chosen yet. Choose one."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), [], "Nothing is chosen yet. Choose at least one."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), ["b"], "That is not offered. Choose from the list."),
        (forms.UUIDField(), "b", "That is not offered. Choose from the list."),
        (DayField(), "31.2.2026", "Give a day that exists, such as 2026-11-03."),
        (forms.TimeField(), "noon", "Give a time, such as 16:30."),
        (forms.FileField(), None, "No file is chosen yet. Choose one."),
        (forms.BooleanField(), False, "Tick this to go on."),
        (forms.CharField(error_messages={"required": "Say why."}), "", "Say why."),
    ],
)
def test_every_field_says_what_would_be_right(field: forms.Field, value: Any, words: str) -> None:
    with pytest.raises(forms.ValidationError) as refusal:
        field.clean(value)
    assert refusal.value.messages == [words]


def test_forms_of_libraries_speak_alike() -> None:
    from people.forms import SignInForm

    form = SignInForm({"login": "", "password": ""})
    assert not form.is_valid()
    assert form.errors["password"] == ["This is empty. Fill it in."]
