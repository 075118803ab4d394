"""No trace of what was thrown away: not in the write-ahead log, not in free pages, not in the corners of pages.

`secure_delete` overwrites what is deleted where it stands. But SQLite moves rows from page to page as these fill, and
what it leaves behind in the unused part of a page is out of reach of that. Only VACUUM writes every page anew. It keeps
others from writing for as long as the whole journal takes to copy, so the write-ahead log is emptied each time, and a
large journal is written anew once a day.
"""

from typing import Any

import sqlalchemy as sa

SMALL = 100_000_000
"""Octets that are written anew in about a second."""
_PATIENCE_MS = 2000
"""How long to wait for others that are reading; they keep the log from being emptied."""


def octets(connection: sa.Connection) -> int:
    """How large the journal is, free pages left out."""
    pages, free, size = (
        int(connection.exec_driver_sql(f"pragma {name}").scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def sweep(connection: sa.Connection, anew: bool) -> bool:
    """Empty the write-ahead log, and write all pages anew if so asked; whether the log is empty. In no transaction.

    False: somebody was reading for long, so it must be done again later.
    """
    driver: Any = connection.connection.driver_connection
    usual = driver.execute("pragma busy_timeout").fetchone()[0]
    if anew:
        driver.execute("vacuum")
    driver.execute(f"pragma busy_timeout={_PATIENCE_MS}")
    try:
        busy, _, _ = driver.execute("pragma wal_checkpoint(truncate)").fetchone()
    finally:
        driver.execute(f"pragma busy_timeout={usual}")
    return not busy
