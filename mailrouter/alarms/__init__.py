"""No silence: what keeps the router from its work is said in the log, in `status`, and in a mail to the desk.

`figures` reads what there is to know, `active` tells which alarms follow from it (`conditions`). `Watch` does both
every minute and says what is new. Whom to mail when is decided in `told`, and the mail is written in
`mailrouter.core.writing.alarm`. An alarm mail is not in the journal: a note, made before it goes, keeps it from ever
going twice. Letters do not wait for it.
"""

from mailrouter.alarms.conditions import Alarm, Figures, active, unread_after
from mailrouter.alarms.figures import LAST_POLL, figures, keep_expiry, keep_poll, keep_unread
from mailrouter.alarms.watch import Watch

__all__ = [
    "LAST_POLL", "Alarm", "Figures", "Watch", "active", "figures", "keep_expiry", "keep_poll", "keep_unread",
    "unread_after",
]  # fmt: skip
