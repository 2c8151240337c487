"""A watch on a browser page: whatever goes wrong in it fails its test, also when the page looks right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP refused ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""
# A form that comes back with its errors is an answer, not a failure; the browser's console thinks otherwise.
_EXPECTED = re.compile(r"status of 422")


@dataclass
class Watch:
    """Collects CSP violations, console errors, uncaught exceptions and failed requests of one test."""

    problems: list[str] = field(default_factory=list)
    forgiven: list[re.Pattern[str]] = field(default_factory=lambda: [_EXPECTED])

    def over(self, context: BrowserContext) -> None:
        """Watch every page of this browser context."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def forgive(self, pattern: str) -> None:
        """Let a journey that provokes a failure, such as a page of somebody else, say so."""
        self.forgiven.append(re.compile(pattern))

    def unforgiven(self) -> list[str]:
        """Return the problems that nobody expected."""
        return [words for words in self.problems if not any(known.search(words) for known in self.forgiven)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console on {message.page.url if message.page else '?'}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser itself gave up, for a download or the next page
            self.problems.append(f"failed: {request.method} {request.url} ({request.failure})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != 422:
            self.problems.append(f"status of {response.status}: {response.request.method} {response.url}")
