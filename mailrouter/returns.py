"""What comes back about letters of ours: a server that could not deliver one, a calendar that answers an invitation.

What such a mail says is read in the cage; which letter it is about only the journal knows. So this is looked up between
understanding and promise, and written down with the promise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from mailrouter.core.identity import valid_tokens
from mailrouter.core.model import Recipient, Understanding
from mailrouter.core.routing import Official, Routing
from mailrouter.core.understand import recipients_told
from mailrouter.core.writing import letter as writing
from mailrouter.core.writing.content import short_id
from mailrouter.journal import Accepted, Invitation, Journal, Returned, Sought

log = structlog.get_logger()

_WITHIN = 10 * 86400.0
"""Seconds after which no server reports on a letter any more; most give up after five days."""
_ANSWERS = ("ACCEPTED", "DECLINED", "TENTATIVE")


@dataclass(frozen=True, slots=True)
class Returns:
    """Ties what comes back to the letter, or to the invitation, that it is about."""

    journal: Journal
    key: bytes

    def report(self, of: Understanding, mentioned: tuple[str, ...]) -> tuple[Understanding, Returned | None]:
        """The letter that a server reports on, and the mail's reasons with that said; None if it is none of ours.

        `mentioned`: the letters of ours that stand in the mail as it came. More can stand in what it encodes.
        """
        report = of.explanation.get("report")
        if of.outcome != "file" or not report:
            return of, None
        tied = self.journal.tied(self._sought(report, mentioned), _WITHIN)
        if tied is None:
            return of, None
        returned = Returned(tied.letter, report["outcome"] in ("hard", "soft"), report["outcome"], report["told"])
        log.warning("a server reports on a letter of ours; see `show`", letter=tied.letter[:12], result=returned.what)
        line = f"hij gaat over onze brief {tied.letter[:8]} aan {tied.name}, over mail {short_id(tied.fingerprint)}"
        return _because(of, line), returned

    def _sought(self, report: Mapping[str, Any], mentioned: tuple[str, ...]) -> Sought:
        encoded = valid_tokens(self.key, " ".join(report["returned_tokens"]).encode("ascii", "replace"))
        people = (
            person[which] for person in report["recipients"] for which in ("final_recipient", "original_recipient")
        )
        return Sought(
            letters=tuple(dict.fromkeys((*mentioned, *encoded))),
            message_ids=tuple(report["returned_ids"]),
            recipients=tuple({address.lower() for address in people if address}),
        )

    def answer(self, mail: Accepted, of: Understanding, mentioned: tuple[str, ...], routing: Routing) -> Understanding:
        """The answer of an official's calendar, on its way to the council that invited them.

        As it was understood if it is no such answer, or answers nothing that was forwarded to that official.
        """
        reply, sender = of.explanation.get("calendar_reply"), (of.explanation["mail"]["from"] or "").lower()
        official = next((one for one in routing.officials.values() if one.email.lower() == sender), None)
        if of.outcome != "desk" or not reply or not official or of.explanation["authentic"] == "fail":
            return of
        found = self.journal.invitation(reply["uid"], mentioned, sender)
        if found is None or reply["partstat"] not in _ANSWERS:
            return of
        return _to_council(mail, of, found, official, routing)


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
    draft = writing.answer(of.explanation["calendar_reply"], invited, official, council, routing)
    told = {
        **of.explanation,
        "outcome": "forward",
        "because": [because],
        "village": {"key": village, "certain": True, "because": [because]},
        "recipients": recipients_told(people),
        "folder": folder,
    }
    log.info("a calendar answers an invitation", mail=mail.id, invitation=invitation.mail)
    return replace(of, outcome="forward", folder=folder, recipients=people, draft=draft, explanation=told)


def _because(of: Understanding, line: str) -> Understanding:
    return replace(of, explanation={**of.explanation, "because": [*of.explanation["because"], line]})
