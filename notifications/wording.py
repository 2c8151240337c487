"""What can be said to people: every room declares its kinds of message here, with their wording.

A wording is a template such as "Overdue: {course}". It is filled by this module alone: a name in braces
is replaced by a text, and nothing else is possible, so that whoever edits a wording reaches no attribute
of anything and no format of Python's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from notifications.choices import Audience

Text = str | Promise
LONGEST_SUBJECT = 200
LONGEST_BODY = 4000
LONGEST_ACTION = 60


class BadWording(ValueError):
    """A template cannot be used; the words say why."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject, body and button of a message as templates, or as the words that they became.

    Paragraphs of the body stand apart by an empty line; one that comes out empty is left out.
    """

    subject: Text
    body: Text
    action: Text = ""

    def filled(self, fields: Mapping[str, str]) -> Wording:
        """Return the words, with every field in its place. Raises BadWording for a field that is not there."""
        paragraphs = (fill(part, fields).strip() for part in str(self.body).replace("\r\n", "\n").split("\n\n"))
        subject = " ".join(fill(str(self.subject), fields).split())
        return Wording(
            subject=subject[:LONGEST_SUBJECT],
            body="\n\n".join(part for part in paragraphs if part),
            action=fill(str(self.action), fields)[:LONGEST_ACTION],
        )


def names_in(template: str) -> set[str]:
    """Return the names in braces. Raises BadWording for a brace alone, and for anything but a name in braces."""
    return {name for _text, name in _parts(template) if name}


def fill(template: str, fields: Mapping[str, str]) -> str:
    """Return the template with the text of each field in its place. What a field says is never filled again."""
    filled = []
    for text, name in _parts(template):
        filled.append(text)
        if name and name not in fields:
            raise BadWording(_("There is no field {name}.").format(name="{" + name + "}"))
        if name:
            filled.append(str(fields[name]))
    return "".join(filled)


def _parts(template: str) -> list[tuple[str, str]]:
    """Return a template as (text, name of the field after it)."""
    parts = []
    try:
        for text, name, spec, conversion in Formatter().parse(template):
            if name is not None and (spec or conversion or not (name.isidentifier() and name.isascii())):
                braces = "{" + name + "}"
                raise BadWording(_("{braces} is not a field: a name stands alone in braces.").format(braces=braces))
            parts.append((text, name or ""))
    except ValueError as error:
        if isinstance(error, BadWording):
            raise
        alone = _("A brace stands alone. Write {{ or }} where you mean a brace itself.")
        raise BadWording(alone) from error
    return parts


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message: what it is for, whom it tells, and its wording.

    `fields` holds an example for each field that a wording may use; `variants` are wordings for another
    case of the same kind, by a short name, each with the case in words. Mail of an urgent kind does not
    wait for the digest; mail at any hour does not even wait for the morning. What is mandatory comes by
    mail whatever its reader prefers. A kind with `by_mail` off stays in the inbox.
    """

    code: str
    label: Text
    purpose: Text
    audience: Audience
    wording: Wording
    fields: Mapping[str, Text] = field(default_factory=dict)
    variants: Mapping[str, tuple[Text, Wording]] = field(default_factory=dict)
    urgent: bool = False
    any_hour: bool = False
    mandatory: bool = False
    by_mail: bool = True

    def default(self, variant: str = "") -> Wording:
        """Return the wording that Attest brings, as templates in the active language."""
        own = self.variants[variant][1] if variant else self.wording
        return Wording(str(own.subject), str(own.body), str(own.action))

    def may_reach(self, roles: Collection[str], has_reports: bool) -> bool:
        """Say whether messages of this kind concern somebody with these access roles, or who leads others."""
        if self.audience in (Audience.ADMINISTRATOR, Audience.AUTHOR, Audience.APPROVER, Audience.COORDINATOR):
            return self.audience.value in roles
        if self.audience in (Audience.MANAGER, Audience.SECOND_MANAGER):
            return has_reports
        if self.audience == Audience.ASKER:
            return has_reports or bool(roles)
        return True

    def examples(self) -> dict[str, str]:
        """Return an example of each field, in the active language."""
        return {name: str(example) for name, example in self.fields.items()}

    def complaints(self, wording: Wording) -> dict[str, str]:
        """Return what is wrong with a wording, by its part; nothing where it can be used."""
        found = {}
        for part in ("subject", "body", "action"):
            try:
                unknown = sorted(names_in(str(getattr(wording, part))) - set(self.fields))
            except BadWording as error:
                found[part] = str(error)
            else:
                if unknown:
                    found[part] = self._unknown_words(unknown)
        return found

    def _unknown_words(self, unknown: list[str]) -> str:
        spelled = ", ".join("{" + name + "}" for name in unknown)
        known = ", ".join("{" + name + "}" for name in self.fields) or _("none")
        return _("This message has no field {unknown}. Its fields are: {known}.").format(unknown=spelled, known=known)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message that lists things: its words, and links of its own as (label, path on this site)."""

    text: str
    links: tuple[tuple[str, str], ...] = ()

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"text": self.text, "links": [list(link) for link in self.links]}


@dataclass(frozen=True, slots=True)
class Notice:
    """What one message says: its kind, the texts of its fields, and where it leads.

    The texts are made in the language of the reader.
    """

    kind: MessageKind
    fields: Mapping[str, str] = field(default_factory=dict)
    glyph: str = "todo"
    variant: str = ""
    path: str = ""
    lines: tuple[Line, ...] = ()  # below the words, each with its own links

    def said(self, own: Wording | None = None) -> Wording:
        """Return the words, by the organisation's own wording where there is one that fits."""
        if own is not None:
            try:
                return own.filled(self.fields)
            except BadWording:  # written for fields that a later version no longer has
                pass
        return self.kind.default(self.variant).filled(self.fields)

    @property
    def subject(self) -> str:
        return str(self.said().subject)

    @property
    def body(self) -> str:
        return str(self.said().body)

    @property
    def action(self) -> str:
        return str(self.said().action)


_kinds: dict[str, MessageKind] = {}


def declare(code: str, **details: Any) -> MessageKind:
    """Make a kind of message known; `details` are those of MessageKind. Raises ValueError when the code is taken."""
    if code in _kinds:
        raise ValueError(f"the kind of message {code} is declared twice")
    _kinds[code] = MessageKind(code=code, **details)
    return _kinds[code]


def kind_of(code: str) -> MessageKind | None:
    """Return the kind of this code; nothing for one that an earlier version declared."""
    return _kinds.get(code)


def kinds() -> list[MessageKind]:
    """Return every kind, by room and code."""
    return [_kinds[code] for code in sorted(_kinds)]


def label_of(code: str) -> str:
    """Return a kind in words, or its code where it is no longer known."""
    kind = kind_of(code)
    return str(kind.label) if kind else code
