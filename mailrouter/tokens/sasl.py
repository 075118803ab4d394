"""How a token is shown to a mail server: XOAUTH2 (Google's and Microsoft's) and OAUTHBEARER (RFC 7628)."""

from collections.abc import Collection

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
"""The first that the server offers is taken: where both are, XOAUTH2 is the one that is in use everywhere."""


def choose(offered: Collection[str]) -> str | None:
    """The mechanism for a server that offers these."""
    return next((name for name in MECHANISMS if name in offered), None)


class Bearer:
    """One login with a token, as a conversation. `refusal` is what the server said before it refused, if it did."""

    def __init__(self, mechanism: str, user: str, token: str, host: str, port: int) -> None:
        self.mechanism = mechanism
        self.refusal = ""
        self._first = _xoauth2(user, token) if mechanism == "XOAUTH2" else _oauthbearer(user, token, host, port)
        self._said = False

    def __call__(self, challenge: bytes) -> bytes:
        """The answer to a challenge: the token first; then the server says why not, and wants to hear us out."""
        if not self._said:
            self._said = True
            return self._first
        self.refusal = challenge.decode("utf-8", "replace")
        return b"" if self.mechanism == "XOAUTH2" else b"\x01"


def _xoauth2(user: str, token: str) -> bytes:
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()


def _oauthbearer(user: str, token: str, host: str, port: int) -> bytes:
    """RFC 7628 §3.1; the name as in RFC 5801 §4."""
    name = user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()
