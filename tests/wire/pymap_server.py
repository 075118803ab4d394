"""The demo's own IMAP server, as a server under the wire tests."""

from mailrouter.demo.imap_server import ImapServer
from tests.wire.mailserver import MailServer


class Pymap(MailServer):
    """pymap in a thread. Its mail lives in memory, so a restart is a kick."""

    def __init__(self) -> None:
        self._server = ImapServer(self.user, self.password)
        self.port = self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def restart(self) -> None:
        self.kick()

    def kick(self) -> None:
        self._server.kick()
