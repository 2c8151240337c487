"""Committed files name no package index and no path of somebody's machine."""

from __future__ import annotations

import subprocess

import pytest

from tests.house.walls import ROOT, betrayals_in


def committed() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_committed_files_betray_nothing() -> None:
    found = {}
    for name in committed():
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        try:
            betrayals = betrayals_in(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue
        if betrayals:
            found[name] = betrayals
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "--index-url https://pypi" + ".org/simple",
        "resolved: https://registry.npm" + "js.org/x",
        "cd /ro" + "ot/attest",
    ],
)
def test_betrayal_is_found(planted: str) -> None:
    assert len(betrayals_in(planted)) == 1


def test_everyday_paths_are_left_alone() -> None:
    assert betrayals_in("/usr/bin/env python; https://example.com/home/; {{ root }}/work") == []
