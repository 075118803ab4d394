"""A server that says what the script tells it: for what no real server does on demand."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from types import TracebackType

Script = Callable[["Conversation"], None]


class Conversation:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self._socket = connection
        self._lines = connection.makefile("rb")
        self._heard = heard

    def say(self, *lines: str | bytes) -> None:
        """Send each line, with CR LF."""
        for line in lines:
            self._socket.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def hear(self) -> bytes:
        """The next line of the client; EOFError when it hung up."""
        line = self._lines.readline()
        if not line:
            raise EOFError
        self._heard.append(line.rstrip())
        return line.rstrip()

    def answer(self, **answers: list[str]) -> None:
        """Answer commands by their name (UID is skipped) until the client hangs up; others get a plain OK.

        The last line of an answer is the tagged one, "OK …" or "NO …"; none at all: say nothing for ever.
        """
        while True:
            tag, *words = self.hear().decode().split()
            name = (words[1] if words[0] == "UID" else words[0]).lower()
            *untagged, last = answers.get(name, ["OK done"]) or [""]
            self.say(*untagged)
            if last:
                self.say(f"{tag} {last}")

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def hang_up(self) -> None:
        """End the connection from another thread."""
        with suppress(OSError):  # it has ended already
            self._socket.shutdown(socket.SHUT_RDWR)


class ScriptedServer:
    """Runs `script` for every connection, one after another; `heard` has every line of the clients."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self.connections = 0
        self._conversation: Conversation | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._conversation:
            self._conversation.hang_up()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._conversation = Conversation(connection, self.heard)
            with closing(self._conversation), suppress(EOFError, OSError):
                self._script(self._conversation)
