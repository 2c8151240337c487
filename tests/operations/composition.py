"""Reads docker-compose.yml as the container engine would: anchors, variables, and what a service runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from lms.local.house import ROOT

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:[-?])(?P<words>[^}]*))?\}")


class MissingVariable(LookupError):
    """A variable without which the file can not be used; the words say what it is."""


def composition(variables: dict[str, str], *, path: Path = ROOT / "docker-compose.yml") -> dict[str, Any]:
    """Return the file with its variables filled in. Raises MissingVariable."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if given or match["how"] is None:
            return given
        if match["how"] == ":?":
            raise MissingVariable(f"{match['name']}: {match['words']}")
        return match["words"] or ""

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, path.read_text()))
    return loaded


def variables_of(path: Path) -> dict[str, str]:
    """Return the variables of an .env file."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
