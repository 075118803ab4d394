"""One letter over one connection: the envelope first, and the content only to a relay that took the official.

Until the final dot has left we answer for the letter; once the relay has said 250 to it, the relay does. In between
nobody can tell, and the letter is unsure.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from mailrouter.core.model import Letter, Outcome
from mailrouter.smtp.answers import Reply, outcome_of, scope_of
from mailrouter.smtp.session import Session
from mailrouter.smtp.strict import Trouble

_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the relay said before DATA: `refusal` if it does not want the letter for the official.

    `receipt`: it takes the copy for the receipt address as well (None: none was asked).
    """

    refusal: Outcome | None = None
    receipt: bool | None = None


def usable(address: str) -> bool:
    """The address can stand in a command: ASCII, one @, nothing that ends the command or the path."""
    return _ADDRESS.fullmatch(address) is not None and address.count("@") == 1


def offer(session: Session, sender: str, letter: Letter, receipt: str | None, content: bytes) -> Envelope:
    """MAIL, RCPT for the official, then RCPT for the receipt address; a refusal has been answered with RSET.

    A refused receipt address is offered once more: without a receipt nothing could tell after a crash whether the relay
    took the letter, and many a refusal is a passing one. Refused twice, the letter goes without.

    Raises Trouble (connection closed) when the answer is about us or the relay. Nothing of the content has left.
    """
    if not usable(letter.recipient):
        return Envelope(Outcome("refused", 553, "the router cannot use this address in SMTP", "recipient"))
    limit = session.size_limit
    if limit and len(content) > limit:
        told = f"the letter has {len(content)} octets, the relay takes at most {limit}"
        return Envelope(Outcome("refused", 552, told, "message"))
    recipients = [letter.recipient, *([receipt] if receipt else [])]
    commands = [_mail(session, sender, content), *(f"RCPT TO:<{address}>" for address in recipients)]
    envelope = _ask(session, commands)
    if envelope.refusal is None and envelope.receipt is False:
        session.reset()
        envelope = _ask(session, commands)
    return envelope


def _ask(session: Session, commands: Sequence[str]) -> Envelope:
    mail, *answers = session.ask(commands, needed=2)
    if not mail.accepted:
        return Envelope(_refusal_of_mail(session, mail))
    official, *copy = answers
    if not official.accepted:
        session.reset()
        return Envelope(outcome_of("rcpt", official))
    return Envelope(receipt=copy[0].accepted if copy else None)


def hand_over(session: Session, letter: Letter, content: bytes, stop_wait: float, accept_timeout: float) -> Outcome:
    """DATA, the content, and the final dot; what became of the letter. Never raises Trouble.

    A connection that broke before the dot leaves the letter with us (`later`), after it the outcome is `unsure`; both
    have code 0. `accept_timeout` and `stop_wait`: seconds for the answer to the dot, usually and while stopping.
    """
    with _patient(session, stop_wait):
        try:
            reply = session.command("DATA")
            if reply.code != 354:
                session.reset()
                return outcome_of("data", reply)
            _write(session, content)
        except Trouble as trouble:
            return _kept(trouble)
        try:
            session.send(b".\r\n")
            reply = session.reply(accept_timeout)
        except Trouble as trouble:
            if not trouble.code:
                return _unsure(trouble.text)
            return outcome_of("dot", _as_reply(trouble), letter.id, doubted=letter.doubted)
        if 300 <= reply.code <= 399:
            session.close()
            return _unsure(f"the relay answered nonsense: {reply.code} {reply.text}")
        return outcome_of("dot", reply, letter.id, doubted=letter.doubted)


def _mail(session: Session, sender: str, content: bytes) -> str:
    """MAIL with SIZE (RFC 1870) and BODY (RFC 6152) where offered.

    8-bit content goes out unannounced to a relay without 8BITMIME: every relay in use passes it on, and changing it
    would make it another letter than was promised.
    """
    command = f"MAIL FROM:<{sender}>"
    if session.has_extn("size"):
        command += f" SIZE={len(content)}"
    if session.has_extn("8bitmime") and not content.isascii():
        command += " BODY=8BITMIME"
    return command


def _refusal_of_mail(session: Session, reply: Reply) -> Outcome:
    """MAIL was refused: too large, which is the letter's own, or else something about us."""
    session.reset()
    if scope_of("mail", reply.code, reply.text) == "host":
        session.leave()
        raise Trouble(reply.text, reply.code)
    return outcome_of("mail", reply)


def _write(session: Session, content: bytes) -> None:
    """The content, each dot at the start of a line doubled (RFC 5321 §4.5.2), up to but without the final dot."""
    if content.startswith(b"."):
        session.send(b".")
    session.send(content.replace(b"\r\n.", b"\r\n.."))
    if not content.endswith(b"\r\n"):
        session.send(b"\r\n")
    if not session.is_quiet:
        # An answer before the dot: after it we would take this one for the answer to the dot.
        early = session.reply()
        session.close()
        raise Trouble(early.text, early.code)


def _kept(trouble: Trouble) -> Outcome:
    """The connection ended before the final dot: the letter is still ours."""
    if trouble.code >= 400:
        return outcome_of("data", _as_reply(trouble))
    return Outcome("later", 0, trouble.text, "message")


def _unsure(text: str) -> Outcome:
    return Outcome("unsure", 0, text, "message")


def _as_reply(trouble: Trouble) -> Reply:
    return Reply(trouble.code, trouble.text)


@contextmanager
def _patient(session: Session, stop_wait: float) -> Iterator[None]:
    """From DATA on a stopping router waits longer: breaking off now would leave doubt."""
    usual, session.grace = session.grace, stop_wait
    try:
        yield
    finally:
        session.grace = usual
