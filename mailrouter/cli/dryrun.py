"""`run --dry-run`: the mailbox read-only, nothing written, decisions printed."""

import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from mailrouter.cli import explaining
from mailrouter.config import Config
from mailrouter.imap import Mailbox, Trouble
from mailrouter.once import EX_OK, EX_UNAVAILABLE, tell
from mailrouter.wiring import mailbox_of, router_key


def dry_run(config: Config) -> int:
    """Print what would be decided about each message in the inbox, one line each; returns the exit code."""
    mailbox = mailbox_of(config, readonly=True)
    try:
        for told in explaining.explain(_questions(mailbox, config), config.routing, router_key(config)):
            people = ", ".join(person["address"] for person in told["recipients"]) or "-"
            sys.stdout.write(f"{told['file']}\t{told['outcome']}\t{people}\t{'; '.join(told['because'])}\n")
    except Trouble as trouble:
        tell(f"the mailbox is out of reach: {trouble}")
        return EX_UNAVAILABLE
    finally:
        mailbox.close()
    return EX_OK


def _questions(mailbox: Mailbox, config: Config) -> Iterator[explaining.Question]:
    inbox = config.settings.mailbox.inbox
    state = mailbox.uids(inbox)
    limit = config.settings.limits.mail
    since, zone = config.settings.mailbox.since, ZoneInfo(config.routing.timezone)
    for listed in list(mailbox.list(inbox, state.uids)):
        if since and listed.received.astimezone(zone).date() < since:
            continue
        if listed.size > limit:
            bodies = [(listed.uid, mailbox.fetch_header(inbox, listed.uid))]
        else:
            bodies = list(mailbox.fetch(inbox, [listed.uid]))
        for uid, raw in bodies:
            size = listed.size if listed.size > limit else len(raw)
            yield explaining.Question(f"{inbox}/{uid}", raw, size, listed.received)
