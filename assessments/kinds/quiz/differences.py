"""What a reviewer reads about a changed quiz: question by question, with its options and their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.rules import QuestionDraft, percent
from courses.kinds.base import Change, text_change, value_change

Content = Mapping[str, Any]


def quiz_changes(before: Content, after: Content) -> list[Change]:
    """Return what differs between two canonical contents of a quiz; questions are matched by their lineage."""
    changes = [
        value_change(_("Needed to pass"), _percent(before), _percent(after)),
        value_change(_("Attempts"), _attempts(before), _attempts(after)),
        value_change(_("Order changes each time"), before.get("shuffle"), after.get("shuffle")),
    ]
    old, new = _by_lineage(before), _by_lineage(after)
    for number, (lineage, question) in enumerate(new.items(), start=1):
        label = _("Question {number}") if lineage in old else _("Question {number}, new")
        earlier = _spelled(old[lineage]) if lineage in old else ""
        changes.append(text_change(format_lazy(label, number=number), earlier, _spelled(question)))
    for number, (lineage, question) in enumerate(old.items(), start=1):
        if lineage not in new:
            label = format_lazy(_("Question {number}, removed"), number=number)
            changes.append(text_change(label, _spelled(question), ""))
    stayed = [[lineage for lineage in order if lineage in old and lineage in new] for order in (old, new)]
    if stayed[0] != stayed[1]:
        was, now = ([old[lineage]["text"] for lineage in order] for order in stayed)
        changes.append(text_change(_("Order of the questions"), "\n".join(was), "\n".join(now)))
    return [change for change in changes if change]


def _by_lineage(content: Content) -> dict[str, Content]:
    return {question["lineage"]: question for question in content.get("questions", ())}


def _spelled(question: Content) -> str:
    """Return a question as lines of text: what is asked, then each option with its key and its reason."""
    lines = [question["text"]]
    if question["kind"] == "multiple":
        lines.append(gettext("Several answers"))
    for option in question["options"]:
        key = gettext("Right") if option["is_correct"] else gettext("Wrong")
        lines.append(f"{key}: {option['text']} – {option['why']}")
    if question.get("anchor"):
        lines.append(gettext("Passage: #{anchor}").format(anchor=question["anchor"]))
    return "\n".join(lines)


def spelled(draft: QuestionDraft) -> str:
    """Return a question that is being written as the same lines of text."""
    kind = "multiple" if draft.takes_several else "single"
    return _spelled({**draft.as_record(), "kind": kind, "anchor": draft.passage_anchor})


def _percent(content: Content) -> str | None:
    ratio = content.get("pass_ratio")
    return None if ratio is None else percent(ratio)


def _attempts(content: Content) -> Any:
    if "attempts_allowed" not in content:
        return None
    return content["attempts_allowed"] or _("as many as it takes")
