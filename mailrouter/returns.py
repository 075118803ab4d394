"""What comes back about letters of ours: a server that could not deliver one, a calendar that answers an invitation.

What such a mail says is read in the cage; which letter it is about only the journal knows. So this is looked up between
understanding and promise, and written down with the promise.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from mailrouter.core.decide import to_desk
from mailrouter.core.identity import valid_tokens
from mailrouter.core.model import Recipient, Understanding
from mailrouter.core.routing import Official, Routing
from mailrouter.core.understand import recipients_told, told_to_desk
from mailrouter.core.writing import letter as writing
from mailrouter.core.writing.content import short_id
from mailrouter.journal import Accepted, Invitation, Journal, Mark, Returned, Sought

log = structlog.get_logger()

_WITHIN = 10 * 86400.0
"""Seconds after which no server reports on a letter any more; most give up after five days."""
_DAY = 86400.0
_ANSWERS = ("ACCEPTED", "DECLINED", "TENTATIVE")
_MOST_ANSWERS = 3
"""Of one official to one invitation: people change their minds, and forgers do not stop."""
_UNTIED, _ANSWERED = "report not tied", "answers an invitation"


@dataclass(frozen=True, slots=True)
class Return:
    """A mail as it is to be promised, the letter it reports on, and what is to be known of it later."""

    understanding: Understanding
    returned: Returned | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Returns:
    """Ties what comes back to the letter, or to the invitation, that it is about."""

    journal: Journal
    key: bytes

    def tie(self, mail: Accepted, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Return:
        """What a mail that comes back leads to; any other mail is left as it was understood.

        `mentioned`: the letters of ours that stand in the mail as it came. More can stand in what it encodes.
        """
        if of.outcome == "file" and of.explanation.get("report"):
            return self._report(mail, of, mentioned, routing)
        if of.outcome == "desk" and of.explanation.get("calendar_reply"):
            return self._answer(mail, of, mentioned, routing)
        return Return(of)

    def _report(self, mail: Accepted, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Return:
        """A server's report: written in its letter's history; what failed and cannot be tied the desk looks at."""
        report, what = of.explanation["report"], of.explanation["report"]["outcome"]
        failed = what in ("hard", "soft")
        sought = self._sought(report, mentioned)
        if tied := self.journal.tied(sought, _WITHIN):
            log.warning(
                "a server reports on a letter of ours; see `show`", letter=tied.letter[:12], what=report["outcome"]
            )
            line = f"hij gaat over onze brief {tied.letter[:8]} aan {tied.name}, over mail {short_id(tied.fingerprint)}"
            return Return(_because(of, line), Returned(tied.letter, failed, what, report["told"]))
        ours = _ours(sought, routing)
        if not failed or not ours:
            return Return(of)
        mark = Mark(_UNTIED, hashlib.sha256(ours.encode()).hexdigest()[:12])
        if self.journal.marked(mark.what, mark.detail, _DAY):
            return Return(of)
        log.warning("a server reports on a letter of ours, and it does not show which; the desk looks", mail=mail.id)
        return Return(_untied_to_desk(mail, of, routing), mark=mark)

    def _sought(self, report: Mapping[str, Any], mentioned: tuple[str, ...]) -> Sought:
        encoded = valid_tokens(self.key, " ".join(report["returned_tokens"]).encode("ascii", "replace"))
        people = (
            person[which] for person in report["recipients"] for which in ("final_recipient", "original_recipient")
        )
        return Sought(
            letters=tuple(dict.fromkeys((*mentioned, *encoded))),
            message_ids=tuple(report["returned_ids"]),
            recipients=tuple(dict.fromkeys(address.lower() for address in people if address)),
            subject=report["subject"],
        )

    def _answer(self, mail: Accepted, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Return:
        """The answer of an official's calendar, on its way to the council that invited them; said twice, it goes once.

        It goes to the desk if it answers nothing that was forwarded to that official, or changes too often.
        """
        reply, sender = of.explanation["calendar_reply"], (of.explanation["mail"]["from"] or "").lower()
        key = next((key for key, one in routing.officials.items() if one.email.lower() == sender), "")
        if not key or of.explanation["authentic"] == "fail" or reply["partstat"] not in _ANSWERS:
            return Return(of)
        found = self.journal.invitation(reply["uid"], mentioned, sender)
        if found is None:
            return Return(of)
        about = f"{short_id(found.fingerprint)} {key} "
        given = self.journal.marked(_ANSWERED, about, _WITHIN)
        if given and given[-1].detail == about + reply["partstat"]:
            return Return(_filed(of, routing))
        if len(given) >= _MOST_ANSWERS:
            return Return(_because(of, "deze uitnodiging werd al drie keer anders beantwoord"))
        sent_on = _to_council(mail, of, found, routing.officials[key], routing)
        return Return(sent_on, mark=Mark(_ANSWERED, about + reply["partstat"]) if sent_on is not of else None)


def _ours(sought: Sought, routing: Routing) -> str:
    """What makes an untied report ours: an id that only we can make, or an address that we write to; "" if nothing."""
    known = {official.email.lower() for official in routing.officials.values()} | {
        desk.lower() for desk in routing.desk
    }
    return next((address for address in sought.recipients if address in known), next(iter(sought.letters), ""))


def _untied_to_desk(mail: Accepted, of: Understanding, routing: Routing) -> Understanding:
    because = (f"een mail van ons kwam terug, en het is niet duidelijk welke: {of.explanation['report']['told']}",)
    decision = to_desk(routing, because)
    told = told_to_desk(of.explanation, because, decision.recipients, decision.folder)
    whole = mail.raw if mail.size <= len(mail.raw) else b""
    draft = writing.untied(told, whole, of.explanation["report"]["told"], routing, decision.folder)
    people = decision.recipients
    return replace(of, outcome="desk", folder=decision.folder, recipients=people, draft=draft, explanation=told)


def _filed(of: Understanding, routing: Routing) -> Understanding:
    folder = routing.folders.automatic
    line = "hetzelfde antwoord is al doorgegeven aan de dorpsraad"
    told = {**of.explanation, "outcome": "file", "because": [line], "recipients": [], "folder": folder}
    return replace(of, outcome="file", folder=folder, recipients=(), draft=None, explanation=told)


def _to_council(
    mail: Accepted, of: Understanding, invitation: Invitation, official: Official, routing: Routing
) -> Understanding:
    invited = json.loads(invitation.explanation)
    village, address = invited["village"]["key"], invited["mail"]["from"]
    if village not in routing.villages or not address:
        return of
    council = routing.villages[village].council_name
    because = f"de agenda van {official.name} antwoordt op de uitnodiging in mail {short_id(invitation.fingerprint)}"
    people = (Recipient("council", "council", council, address, "to", because),)
    folder = routing.folders.done.format(village=village, name=routing.villages[village].name)
    reply = of.explanation["calendar_reply"]
    # Words of somebody who may be another are not sent on in the name of the municipality.
    said = reply if of.explanation["authentic"] == "pass" else {**reply, "comment": ""}
    told = {
        **of.explanation,
        "outcome": "forward",
        "because": [because],
        "village": {"key": village, "certain": True, "because": [because]},
        "recipients": recipients_told(people),
        "folder": folder,
    }
    log.info("a calendar answers an invitation", mail=mail.id, invitation=invitation.mail)
    draft = writing.answer(said, invited, official, council, routing)
    return replace(of, outcome="forward", folder=folder, recipients=people, draft=draft, explanation=told)


def _because(of: Understanding, line: str) -> Understanding:
    return replace(of, explanation={**of.explanation, "because": [*of.explanation["because"], line]})
