"""What a visitor types or drops to check a certificate."""

from __future__ import annotations

import hashlib

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from records.rules import CODE_LENGTH, code_as_typed, serial_as_typed

FILE_AT_MOST = 5 * 1024 * 1024


class NumberForm(forms.Form):
    """The number and the code that stand on a certificate, as read to somebody over the telephone."""

    serial = forms.CharField(
        label=_("Number"),
        max_length=24,
        help_text=_("Ten letters and figures, such as 7KQ4-M2XD-9R. Letters I, L, O and U are never used."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=24,
        help_text=_("The twelve figures and letters that stand behind the number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_serial(self) -> str:
        serial = serial_as_typed(self.cleaned_data["serial"])
        if len(serial) != 12:
            raise forms.ValidationError(_("A number has ten letters and figures, such as 7KQ4-M2XD-9R."))
        return serial

    def clean_code(self) -> str:
        code = code_as_typed(self.cleaned_data["code"])
        if len(code) != CODE_LENGTH:
            raise forms.ValidationError(_("A code has twelve figures and letters from a to f."))
        return code


class FileForm(forms.Form):
    """A certificate's file. Only its fingerprint is used; the file is not kept."""

    file = forms.FileField(
        label=_("Certificate file"), widget=forms.FileInput(attrs={"accept": "application/pdf", "class": "file"})
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > FILE_AT_MOST:
            raise forms.ValidationError(_("This file is larger than 5 MB, so it is no certificate of ours."))
        return file

    def sha256(self) -> str:
        """Return the fingerprint of the file, without keeping the file."""
        digest = hashlib.sha256()
        for chunk in self.cleaned_data["file"].chunks():
            digest.update(chunk)
        return digest.hexdigest()
