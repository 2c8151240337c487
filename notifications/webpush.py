"""How a message reaches a browser that is not looking: Web Push (RFC 8030), encrypted (RFC 8291), signed (RFC 8292).

The address of a browser comes from that browser, so Attest speaks to none but the push services that the
settings name, follows no redirection, and reads nothing but the status of the answer.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

CURVE = ec.SECP256R1()
POINT_BYTES, AUTH_BYTES = 65, 16
LONGEST_ADDRESS = 1000
TIMEOUT_SECONDS = 10
KEPT_FOR = timedelta(days=1)  # by the push service, for a browser that is off
TOKEN_LASTS = timedelta(hours=12)


class NotAsked(Exception):
    """The push service was not reached, so nothing was sent."""


class NoAnswer(Exception):
    """The push service was asked and did not answer: nobody knows whether it took the message."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a browser can be reached, and the keys with which to encrypt for it."""

    endpoint: str
    p256dh: str
    auth: str


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def _key(spelled: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(spelled)), CURVE)


def is_on() -> bool:
    """Say whether this installation has a key to sign with."""
    return bool(settings.WEB_PUSH_KEY)


def public_key() -> str:
    """Return the public half of the key, as browsers want it; nothing where the feature is off."""
    return _public(_key(settings.WEB_PUSH_KEY)) if is_on() else ""


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    return encoded(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def new_key() -> str:
    """Return a new private key, as the setting spells it."""
    return encoded(ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32))


def is_usable(address: Address) -> bool:
    """Say whether a browser's address is one of a push service that we speak to, with keys that are keys."""
    try:
        point, auth = decoded(address.p256dh), decoded(address.auth)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except ValueError:
        return False
    sound = len(point) == POINT_BYTES and len(auth) == AUTH_BYTES and len(address.endpoint) <= LONGEST_ADDRESS
    return sound and _service_of(address.endpoint) is not None


def _service_of(endpoint: str) -> SplitResult | None:
    """Return the parts of an address at a push service of the settings, such as https://*.push.apple.com."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return None
    if parts.username or parts.password or not parts.hostname or not endpoint.isascii() or not endpoint.isprintable():
        return None
    for allowed in settings.WEB_PUSH_SERVICES:
        known = urlsplit(allowed.replace("*.", "any."))
        same_host = parts.hostname == known.hostname
        if "*." in allowed:
            same_host = parts.hostname.endswith("." + (known.hostname or "").removeprefix("any."))
        if same_host and parts.scheme == known.scheme and port == known.port:
            return parts
    return None


def send(address: Address, payload: dict[str, str], *, urgent: bool, at: datetime) -> int:
    """Ask the push service to wake a browser; return the status of its answer.

    Raises NotAsked when it was certainly not asked, and NoAnswer when nobody can know.
    """
    parts = _service_of(address.endpoint)
    if parts is None or parts.hostname is None:
        raise NotAsked("no push service of the settings")
    try:
        body = _encrypted(json.dumps(payload).encode(), address)
        headers = {
            "Authorization": f"vapid t={_token(parts, at=at)}, k={public_key()}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(KEPT_FOR.total_seconds())),
            "Urgency": "high" if urgent else "normal",
        }
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        connection.connect()
    except Exception as error:
        raise NotAsked(f"{type(error).__name__}: {error}") from error
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=headers)
        return connection.getresponse().status
    except Exception as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _encrypted(content: bytes, address: Address) -> bytes:
    body: bytes = http_ece.encrypt(
        content,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(CURVE),
        dh=decoded(address.p256dh),
        auth_secret=decoded(address.auth),
        version="aes128gcm",
    )
    return body


def _token(parts: SplitResult, *, at: datetime) -> str:
    """Return the signed token that says who asks (RFC 8292, 2): a JWT with ES256."""
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((at + TOKEN_LASTS).timestamp()),
        "sub": f"mailto:{settings.WEB_PUSH_CONTACT}",
    }
    head = {"typ": "JWT", "alg": "ES256"}
    signed = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    r, s = decode_dss_signature(_key(settings.WEB_PUSH_KEY).sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"
