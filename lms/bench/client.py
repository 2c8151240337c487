"""A small HTTP/1.1 client that costs little, so that what is measured is the server."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(slots=True)
class Answer:
    """One answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def token(self) -> str:
        """Return the CSRF token of the first form on the page."""
        found = TOKEN.search(self.body)
        return found.group(1).decode() if found else ""


@dataclass(slots=True)
class Visitor:
    """One browser: an address, cookies, and a connection that is kept while the server keeps it."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _socket: socket.socket | None = None
    _left: bytes = b""

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, form: dict[str, str] | list[tuple[str, str]], **headers: str) -> Answer:
        """Post a form; headers may be given with underscores."""
        headers.setdefault("content_type", "application/x-www-form-urlencoded")
        return self._ask("POST", path, urlencode(form).encode(), headers)

    def post_json(self, path: str, body: bytes, **headers: str) -> Answer:
        return self._ask("POST", path, body, {"content_type": "application/json", **headers})

    def follow(self, answer: Answer) -> Answer:
        """Follow redirects to their end."""
        while answer.status in (301, 302, 303):
            answer = self.get(answer.headers["location"])
        return answer

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        message = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        for fresh in (self._socket is None, True):
            if fresh:
                self.close()
                self._socket = socket.create_connection((self.host, self.port), timeout=30)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            assert self._socket is not None
            try:
                self._socket.sendall(message)
                return self._read()
            except (ConnectionError, EOFError):
                if fresh:
                    raise
        raise AssertionError("unreachable")

    def _read(self) -> Answer:
        head, self._left = self._until(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in rest:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "set-cookie":
                cookie, _, kept = value.split(";", 1)[0].partition("=")
                self.cookies[cookie] = kept
            else:
                headers[name] = value
        if "content-length" in headers:
            body = self._exactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = self._to_end()
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def _more(self) -> bytes:
        assert self._socket is not None
        received = self._socket.recv(262144)
        if not received:
            raise EOFError("the server closed the connection")
        return received

    def _until(self, mark: bytes) -> tuple[bytes, bytes]:
        have = self._left
        while mark not in have:
            have += self._more()
        before, _, after = have.partition(mark)
        return before, after

    def _exactly(self, length: int) -> bytes:
        parts, have = [self._left], len(self._left)
        while have < length:
            received = self._more()
            parts.append(received)
            have += len(received)
        whole = b"".join(parts)
        self._left = whole[length:]
        return whole[:length]

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size, self._left = self._until(b"\r\n")
            length = int(size.split(b";")[0], 16)
            body += self._exactly(length)
            self._exactly(2)
            if length == 0:
                return body

    def _to_end(self) -> bytes:
        body = self._left
        try:
            while True:
                body += self._more()
        except EOFError:
            self.close()
        return body

    def close(self) -> None:
        """Give the connection back."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._left = None, b""
