"""What the companies of the benchmarks were built with."""

import hashlib

from lms.local.house import ROOT


def stamp_of(sources: str) -> str:
    """Return a hash over the migrations and over what builds a company: the files that match a pattern."""
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), ROOT / "records/triggers.py", *ROOT.glob(sources)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
