"""A signed statement instead of a client secret (RFC 7523 §2.2, RFC 7515), and how long a certificate is good for.

The libraries are imported where they are needed: who logs in otherwise does not wait for them.
"""

import base64
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mailrouter.core.settings import OAuth

if TYPE_CHECKING:
    from cryptography import x509

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GOOD_FOR = 600
"""Seconds that a statement holds, as Microsoft advises."""


def signed(client_id: str, audience: str, certificate: Path, key: str) -> str:
    """A JWT that says we are `client_id`, for `audience`, signed (PS256) with the key (PEM) of `certificate` (PEM).

    Raises ValueError when certificate or key cannot be used, or do not belong together; nothing of the key is in it.
    """
    import jwt
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    public = _read(certificate)
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("oauth.private_key is no unencrypted key in PEM") from None
    if not isinstance(private, RSAPrivateKey):
        raise ValueError("oauth.private_key is no RSA key")
    if private.public_key() != public.public_key():
        raise ValueError("oauth.private_key is not the key of oauth.certificate")
    now = int(time.time())
    claims = {
        "iss": client_id, "sub": client_id, "aud": audience, "jti": str(uuid.uuid4()),
        "iat": now, "nbf": now, "exp": now + _GOOD_FOR,
    }  # fmt: skip
    thumbprint = base64.urlsafe_b64encode(public.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    return jwt.encode(claims, private, algorithm="PS256", headers={"x5t#S256": thumbprint})


def expires(settings: OAuth, certificate: Path | None) -> datetime | None:
    """When our credential ends: what the certificate says, or the settings; None when neither can be read."""
    if certificate is None:
        day = settings.secret_expires
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    try:
        return _read(certificate).not_valid_after_utc
    except ValueError:
        return None


def _read(certificate: Path) -> "x509.Certificate":
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        raise ValueError(f"oauth.certificate {certificate} is no certificate in PEM, or cannot be read") from None
