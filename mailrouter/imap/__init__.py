"""The intake: arrivals in, filed when done; woken by IDLE.

Until `Mailbox.move` returns, the server answers for a mail: nothing here marks it read, and a broken connection leaves
it where it was. The journal must have a mail, and every letter of it settled, before it is moved: after that the folder
it was moved to is only an archive.

    Exception
    └── Trouble            the connection failed; connect again, with a backoff
        ├── LoginRefused   our credentials were refused; wait long, and call people
        └── Refused        the server would not do this one thing; the connection is as good as before
"""

from mailrouter.imap.connection import LoginRefused, Refused, Trouble
from mailrouter.imap.door import Door
from mailrouter.imap.mailbox import FolderReader, FolderState, Listed, Mailbox
from mailrouter.imap.waker import Waker

__all__ = ["Door", "FolderReader", "FolderState", "Listed", "LoginRefused", "Mailbox", "Refused", "Trouble", "Waker"]
