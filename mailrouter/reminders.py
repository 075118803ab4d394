"""What lies with the desk and nobody handled is said once more, after `desk.remind`."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from mailrouter.alarms.desk import DeskFolder, lying_in
from mailrouter.imap import Trouble
from mailrouter.journal import Journal, concerns, orders
from mailrouter.promises import Promises

log = structlog.get_logger()


def remind(
    journal: Journal,
    promises: Promises,
    intake: DeskFolder,
    after: timedelta,
    clock: Callable[[], float] = time.time,
) -> int:
    """Repeat the letters of the desk that are older than `after` and were never repeated; returns how many.

    Only of mails that nobody decided and that still lie in the folder of the desk: who took one out handled it.
    """
    before = clock() - after.total_seconds()
    waiting = set(journal.ask(orders.unhandled, before))
    if not waiting:
        return 0
    given = [mail for mail in journal.ask(concerns.given_to_desk, clock()) if mail.id in waiting]
    try:
        lying = lying_in(intake, promises.routing.folders.desk, given)
    except Trouble as trouble:
        log.warning("the folder of the desk was not looked into; nobody is reminded now", reason=str(trouble))
        return 0
    reminded = sum(promises.remind(mail) for mail in lying)
    if reminded:
        log.info("the desk is reminded", mails=reminded)
    return reminded
