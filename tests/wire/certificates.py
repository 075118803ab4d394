"""Certificates for the tests, made by the openssl command: an own authority, and servers it vouches for or not."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

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

    def _make(self, name: str, host: str, extensions: list[str], by: Certificate | None = None) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        command = ["openssl", "req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={host}"]
        if by:
            command += ["-CA", str(by.certificate), "-CAkey", str(by.key)]
            extensions = [*extensions, "basicConstraints=critical,CA:FALSE", "authorityKeyIdentifier=keyid"]
        for extension in extensions:
            command += ["-addext", extension]
        command += ["-out", str(made.certificate), "-keyout", str(made.key)]
        subprocess.run(command, check=True, capture_output=True)
        return made
