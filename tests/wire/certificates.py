"""Certificates for the tests: an own authority, and servers it vouches for or not."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A PEM certificate and its key."""

    certificate: Path
    key: Path


class Certificates:
    """`ca` vouches for `localhost` (and 127.0.0.1) and `elsewhere` (another host), nobody for `self_signed`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        authority = self._make("ca", "ca", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"])
        self.ca = authority.certificate
        self._authority = authority
        here = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        self.localhost = self._make("localhost", "localhost", [here], authority)
        self.elsewhere = self._make("elsewhere", "mail.example", ["subjectAltName=DNS:mail.example"], authority)
        self.self_signed = self._make("self", "localhost", [here])

    def lasting(self, name: str, days: float) -> Certificate:
        """A certificate for this machine that ends in so many days; negative: it ended as many days ago."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        signer = x509.load_pem_x509_certificate(self._authority.certificate.read_bytes())
        signing = load_pem_private_key(self._authority.key.read_bytes(), None)
        assert isinstance(signing, EllipticCurvePrivateKey)
        key = generate_private_key(SECP256R1())
        end = datetime.now(UTC) + timedelta(days=days)
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        builder = x509.CertificateBuilder(signer.subject, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(end - timedelta(days=90)).not_valid_after(end).add_extension(names, False)
        signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        certificate = builder.add_extension(signed_by, False).sign(signing, SHA256())
        made.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made

    def rsa(self, name: str, days: int = 90) -> Certificate:
        """A certificate with an RSA key, as an app registration wants it; nobody vouches for it."""
        return self._make(name, name, [], None, days, ["-newkey", "rsa:2048", "-nodes"])

    def _make(
        self,
        name: str,
        host: str,
        extensions: list[str],
        by: Certificate | None = None,
        days: int = 2,
        key: Sequence[str] = _KEY,
    ) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        command = ["openssl", "req", "-x509", *key, "-days", str(days), "-subj", f"/CN={host}"]
        if by:
            command += ["-CA", str(by.certificate), "-CAkey", str(by.key)]
            extensions = [*extensions, "basicConstraints=critical,CA:FALSE", "authorityKeyIdentifier=keyid"]
        for extension in extensions:
            command += ["-addext", extension]
        command += ["-out", str(made.certificate), "-keyout", str(made.key)]
        subprocess.run(command, check=True, capture_output=True)
        return made
