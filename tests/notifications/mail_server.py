"""A real mail server on this machine that can refuse, hang up, or take what it is given."""

from __future__ import annotations

import email
import socket
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """Collects what it accepted; `answers` says what RCPT is told, and `hangs_up` cuts off after DATA."""

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.senders: list[str] = []  # on the envelopes
        self.answers: list[str] = []
        self.hangs_up = False
        self.port = _free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        if self._controller.server is not None:
            self._controller.stop()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        self.accepted.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.senders.append(str(envelope.mail_from))
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
