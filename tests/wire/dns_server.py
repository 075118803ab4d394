"""A DNS server on this machine that knows the text records it is told."""

import socket
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class DnsServer:
    """Answers for the names in `texts` (name → its text records); of all others it says that there are none."""

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        self.texts = dict(texts)
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while packet := self._socket.recvfrom(4096):
            if not packet[0]:
                return
            self._socket.sendto(self._answer(packet[0]), packet[1])

    def _answer(self, packet: bytes) -> bytes:
        query = dns.message.from_wire(packet)
        answer = dns.message.make_response(query, recursion_available=True)
        name = query.question[0].name
        self.asked.append(name.to_text(omit_final_dot=True))
        if texts := self.texts.get(self.asked[-1]):
            quoted = [" ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text) or 1, 200)) for text in texts]
            answer.answer.append(dns.rrset.from_text(name, 60, dns.rdataclass.IN, dns.rdatatype.TXT, *quoted))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
