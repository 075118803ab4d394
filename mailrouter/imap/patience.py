"""Sockets that lose patience with a server that keeps talking and gets nowhere.

The timeout of an ordinary socket is the longest silence it bears. A server, or a line to it, that lets through an octet
a second is never silent, and one mail would take it days.
"""

import imaplib
import socket
import ssl
import time
from typing import Any

SLOWEST = 1_000.0
"""Octets a second; the time by which an answer comes slower than this counts as silence."""


class PatientSocket(socket.socket):
    """A socket whose timeout also ends an answer that comes too slowly. A new command brings new patience."""

    _wasted = 0.0

    def sendall(self, *args: Any) -> None:
        self._wasted = 0.0
        super().sendall(*args)

    def recv_into(self, *args: Any) -> int:
        began = time.monotonic()
        got = super().recv_into(*args)
        self._count(got, time.monotonic() - began)
        return got

    def recv(self, *args: Any) -> bytes:
        began = time.monotonic()
        got = super().recv(*args)
        self._count(len(got), time.monotonic() - began)
        return got

    def _count(self, octets: int, seconds: float) -> None:
        self._wasted = max(0.0, self._wasted + seconds - octets / SLOWEST)
        limit = self.gettimeout()
        if limit and self._wasted > limit:
            raise OSError(f"the answer comes too slowly, at less than {SLOWEST:.0f} octets a second")


class PatientTLSSocket(PatientSocket, ssl.SSLSocket):
    """The same inside TLS (`ssl.SSLContext.sslsocket_class`)."""


class PlainIMAP4(imaplib.IMAP4):
    """A connection without TLS, or before STARTTLS."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout)
        patient = PatientSocket(fileno=plain.detach())
        patient.settimeout(timeout)
        return patient
