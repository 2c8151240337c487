"""Names of sites, departments and job roles in a list of people, against those that the organisation has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

PATH = " / "
LONGEST_NAME = 120


@dataclass(slots=True)
class Places:
    """The places of the organisation by their spelling without capitals; `new` are those that a file brings.

    A department is named by its path from the top, such as "Quality / Laboratory", or by its name where
    only one has it.
    """

    sites: dict[str, str] = field(default_factory=dict)
    job_roles: dict[str, str] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)  # by path
    by_name: dict[str, list[str]] = field(default_factory=dict)  # the paths of departments of a name
    new: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, *, sites: Iterable[str], job_roles: Iterable[str], departments: Iterable[str]) -> Places:
        """Return the places of these names; departments by their paths."""
        places = cls(
            {name.casefold(): name for name in sites},
            {name.casefold(): name for name in job_roles},
            {path.casefold(): path for path in departments},
        )
        for path in places.departments.values():
            places.by_name.setdefault(path.split(PATH)[-1].casefold(), []).append(path)
        return places

    def site(self, typed: str, *, creates: bool) -> str:
        """Return the site's own spelling; a new one where those may be created. Raises ValueError with a reason."""
        return self._of("site", self.sites, typed, _("There is no site “{name}”."), creates=creates)

    def job_role(self, typed: str, *, creates: bool) -> str:
        """Return the job role's own spelling; otherwise as `site`."""
        return self._of("job_role", self.job_roles, typed, _("There is no job role “{name}”."), creates=creates)

    def department(self, typed: str, *, creates: bool) -> str:
        """Return the path of a department, otherwise as `site`; a name that several have is refused."""
        path = PATH.join(part for part in (each.strip() for each in re.split(r"\s+/\s+|^/|/$", typed)) if part)
        key = path.casefold()
        if key in self.departments:
            return self.departments[key]
        named = self.by_name.get(key, [])
        if len(named) > 1:
            words = _("Several departments are called “{name}”. Write the path, such as “{path}”.")
            raise ValueError(words.format(name=typed[:80], path=sorted(named)[0]))
        if named:
            return named[0]
        if not creates:
            raise ValueError(_("There is no department “{name}”.").format(name=typed[:80]))
        parts = path.split(PATH)
        if not path or any(len(part) > LONGEST_NAME for part in parts):
            raise ValueError(_("The name of a department has at most {count} characters.").format(count=LONGEST_NAME))
        above = ""
        for part in parts:
            above = f"{above}{PATH}{part}" if above else part
            if above.casefold() not in self.departments:
                self.departments[above.casefold()] = above
                self.new.add(("department", above))
            above = self.departments[above.casefold()]
        return above

    def _of(self, kind: str, known: dict[str, str], typed: str, missing: str, *, creates: bool) -> str:
        key = typed.casefold()
        if key not in known:
            if not creates:
                raise ValueError(missing.format(name=typed[:80]))
            known[key] = typed
            self.new.add((kind, typed))
        return known[key]


def ancestors(path: str) -> list[str]:
    """Return the paths from the top down to this one."""
    parts = path.split(PATH)
    return [PATH.join(parts[: count + 1]) for count in range(len(parts))]
