"""Whom we believe on the other side of a connection, and where TLS may be left out: the same for every server."""

import ipaddress
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Certificate and host name are verified, TLS 1.2 is the least (RFC 9325 §3.1.1).

    `ca_file` (PEM) replaces the system's certificate authorities. Raises OSError when it cannot be read.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def certificate_ends(connected: socket.socket) -> datetime | None:
    """When the certificate that the other side showed ends; None without TLS."""
    shown = connected.getpeercert() if isinstance(connected, ssl.SSLSocket) else None
    end = (shown or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, without asking the DNS."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
