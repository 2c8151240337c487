"""Documents say what is so: the settings that there are, and files that exist."""

from __future__ import annotations

import re

from tests.house.walls import ROOT


def test_every_setting_is_documented() -> None:
    source = (ROOT / "lms" / "settings.py").read_text() + (ROOT / "lms" / "server.py").read_text()
    read = set(re.findall(r"(?:env(?:\.\w+)?|required|environ\.get)\(\s*\"([A-Z_]+)\"", source)) | {"DATABASE_URL"}
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert documented == read


def test_links_between_documents_lead_somewhere() -> None:
    links = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    lost = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in links.findall(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert lost == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))
    assert {"demo", "demo-reset", "test", "check", "bench", "requirements", "lock", "assets"} <= targets
