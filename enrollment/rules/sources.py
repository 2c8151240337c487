"""How it is known that something was completed: in words, wherever a completion is shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from enrollment.choices import CompletionSource


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a completion comes from; of the names only those of its source are filled."""

    source: CompletionSource
    file: str = ""
    line: int = 0
    owner: str = ""  # who brought the list
    reference: str = ""
    provider: str = ""
    verifier: str = ""
    recorder: str = ""
    confirmer: str = ""

    @property
    def sentence(self) -> str:
        """Say it in plain words; nothing for what was taken here."""
        if self.source == CompletionSource.IMPORTED:
            words = _("Imported from {file}, line {line}, by {owner}")
            said = words.format(file=self.file, line=self.line, owner=self.owner)
            return (
                f"{said}. {_('Paper record: {reference}').format(reference=self.reference)}" if self.reference else said
            )
        if self.source == CompletionSource.EXTERNAL:
            words = _("Learned elsewhere: {provider}, verified by {verifier}")
            return words.format(provider=self.provider, verifier=self.verifier)
        if self.source == CompletionSource.PROXY:
            words = _("Recorded by {recorder}, confirmed by {confirmer}")
            return words.format(recorder=self.recorder, confirmer=self.confirmer)
        return ""

    @property
    def instead(self) -> str:
        """Say what stands for it instead of a certificate of this house; nothing for what was taken here."""
        return {
            CompletionSource.IMPORTED: _("The list stands for it"),
            CompletionSource.EXTERNAL: _("The proof stands for it"),
            CompletionSource.PROXY: _("The sign-in sheet stands for it"),
            CompletionSource.TAKEN: "",
        }[self.source]


def through_said(code: str, title: str) -> str:
    """Say that a completion counts because the course that it is of is as good."""
    return _("Counts through {title} ({code})").format(title=title, code=code)
