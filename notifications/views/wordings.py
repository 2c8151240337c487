"""The wording of messages, as an administrator reads and changes it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.views import requires
from notifications import actions
from notifications.forms import WordingForm
from notifications.queries import own_wordings
from notifications.wording import MessageKind, Wording, kind_of, kinds
from people.permissions import administrator_everywhere, administrator_or_auditor
from people.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Place:
    """Which wording: of a kind, for one of its cases, in a language."""

    kind: MessageKind
    variant: str = ""
    language: str = settings.LANGUAGE_CODE

    @property
    def url(self) -> str:
        return f"{reverse('notifications:wording', args=[self.kind.code])}{self.query}"

    @property
    def query(self) -> str:
        parts = [f"{name}={value}" for name, value in (("case", self.variant), ("language", self._other)) if value]
        return "?" + "&".join(parts) if parts else ""

    @property
    def _other(self) -> str:
        return "" if self.language == settings.LANGUAGE_CODE else self.language

    @property
    def case(self) -> str:
        """The case in words; nothing for the usual one."""
        return str(self.kind.variants[self.variant][0]) if self.variant else ""

    def default(self) -> Wording:
        with translation.override(self.language):
            return self.kind.default(self.variant)

    def filled(self, wording: Wording) -> Wording:
        """Return the wording with the example of each field. Raises BadWording."""
        with translation.override(self.language):
            return wording.filled(self.kind.examples())


@require_safe
@requires(administrator_or_auditor)
def wordings(request: PersonRequest) -> HttpResponse:
    """List every kind of message with what it is for, whom it tells and whether its wording is our own."""
    everything = kinds()
    own = {code for code, _variant, _language in own_wordings([kind.code for kind in everything])}
    rows = [{"kind": kind, "is_own": kind.code in own, "url": Place(kind).url} for kind in everything]
    context = {"rows": rows, "may_edit": administrator_everywhere(request.user)}
    return render(request, "notifications/wordings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(administrator_everywhere)
def wording(request: PersonRequest, code: str) -> HttpResponse:
    """Show one wording beside how it reads, and change it."""
    place = _place(request, code)
    own = own_wordings([code]).get((code, place.variant, place.language))
    current = own or place.default()
    initial = {part: str(getattr(current, part)) for part in ("subject", "body", "action")}
    form = WordingForm(request.POST if request.method == "POST" else None, kind=place.kind, initial=initial)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "preview":
        actions.set_wording(
            kind=place.kind, variant=place.variant, language=place.language, wording=form.wording, by=request.user,
            at=now(),
        )  # fmt: skip
        messages.success(request, _("Saved. Messages say it from now on."))
        return redirect(place.url)
    shown = form.wording if form.is_bound and form.is_valid() else current
    context = {
        "place": place,
        "kind": place.kind,
        "form": form,
        "is_own": own is not None,
        "preview": place.filled(shown) if not form.errors else None,
        "default": place.default(),
        "fields": place.kind.examples(),
        "cases": _cases(place),
        "languages": _languages(place),
        "trail": [(_("Wording"), reverse("notifications:wordings")), (str(place.kind.label), "")],
    }
    return render(request, "notifications/wording.html", context, status=422 if form.errors else 200)


@require_POST
@requires(administrator_everywhere)
def wording_preview(request: PersonRequest, code: str) -> HttpResponse:
    """Answer with what is being typed as its readers would see it; nothing is kept."""
    place = _place(request, code)
    form = WordingForm(request.POST, kind=place.kind)
    preview = place.filled(form.wording) if form.is_valid() else None
    return render(request, "notifications/_wording_preview.html", {"preview": preview, "form": form})


@require_POST
@requires(administrator_everywhere)
def reset_wording(request: PersonRequest, code: str) -> HttpResponse:
    """Go back to the wording that Attest brings."""
    place = _place(request, code)
    if actions.reset_wording(
        kind=place.kind, variant=place.variant, language=place.language, by=request.user, at=now()
    ):
        messages.success(request, _("The wording is what Attest brings again."))
    return redirect(place.url)


def _place(request: PersonRequest, code: str) -> Place:
    kind = kind_of(code)
    variant = request.GET.get("case", "")
    language = request.GET.get("language", "") or settings.LANGUAGE_CODE
    if kind is None or (variant and variant not in kind.variants) or language not in dict(settings.LANGUAGES):
        raise Http404(code)
    return Place(kind, variant, language)


def _cases(place: Place) -> list[tuple[str, str, None, bool]]:
    """Return the cases of a kind as tabs; nothing where there is one."""
    if not place.kind.variants:
        return []
    every = ["", *place.kind.variants]
    named = [(Place(place.kind, variant, place.language), variant) for variant in every]
    return [(each.case or _("Usually"), each.url, None, variant == place.variant) for each, variant in named]


def _languages(place: Place) -> list[tuple[str, str, None, bool]]:
    if len(settings.LANGUAGES) == 1:
        return []
    return [
        (str(name), Place(place.kind, place.variant, code).url, None, code == place.language)
        for code, name in settings.LANGUAGES
    ]
