"""How often the garbage collector looks for what is in a cycle and out of use."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Let a process that has imported all that it needs collect garbage seldom; called before it forks.

    What is imported stays for good and need not be looked at again and again, and pages and jobs make
    and drop many objects in no cycle. Measured: 8 % of a page's CPU, a third of what computing whom a
    requirement reaches takes for 100,000 people.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
