"""Meetings that come back (RRULE, RFC 5545 §3.3.10): when the next one is.

A rule that could keep us busy is not worked out; its event then stands on its first day.
"""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import cast

_BOUNDS = {
    "INTERVAL": re.compile(r"[1-9]\d{0,2}"),
    "COUNT": re.compile(r"[1-9]\d{0,3}"),
    "UNTIL": re.compile(r"(\d{8})(?:T(\d{4})\d\dZ?)?"),
    "WKST": re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": re.compile(r"[+-]?[1-5]?(?:MO|TU|WE|TH|FR|SA|SU)(?:,[+-]?[1-5]?(?:MO|TU|WE|TH|FR|SA|SU)){0,6}"),
    "BYMONTHDAY": re.compile(r"-?(?:[12]?[1-9]|[123]0|31)"),
    "BYMONTH": re.compile(r"1[0-2]|[1-9]"),
    "BYSETPOS": re.compile(r"-?[1-5]"),
}
_ALLOWED = {
    "DAILY": {"INTERVAL", "COUNT", "UNTIL", "WKST"},
    "WEEKLY": {"INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"},
    "MONTHLY": {"INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"},
}
_HORIZON = timedelta(days=3 * 366)


class Rule:
    """A rule that is simple enough to be worked out; ValueError for any other."""

    def __init__(self, value: str, start: datetime) -> None:
        """`start` is the first occurrence, on the clock of the event's own zone and without that zone."""
        pairs = (piece.partition("=") for piece in value.strip().upper().split(";"))
        self.parts = {name: setting for name, _, setting in pairs if name}
        self.frequency = self.parts.pop("FREQ", "")
        self.start = start
        allowed = _ALLOWED.get(self.frequency, set())
        for name, setting in self.parts.items():
            if name not in allowed or not _BOUNDS[name].fullmatch(setting):
                raise ValueError(f"{name}={setting} is not worked out")
        if not allowed or ("BYSETPOS" in self.parts and "BYDAY" not in self.parts):
            raise ValueError(f"{value} is not worked out")

    def next(self, on: date, zone: tzinfo, without: Collection[datetime]) -> datetime | None:
        """The first occurrence that is not over before the day `on`; None if there is none within three years."""
        from dateutil.rrule import rrulestr

        until = self.until(zone)
        last = datetime.combine(on, datetime.min.time()) + _HORIZON
        settings = {name: setting for name, setting in self.parts.items() if name != "UNTIL"}
        written = ";".join(f"{name}={setting}" for name, setting in {"FREQ": self.frequency, **settings}.items())
        for moment in rrulestr(written, dtstart=self.start):
            if moment > last or (until and moment > until):
                return None
            if moment.date() >= on and moment not in without:
                return cast(datetime, moment)
        return None

    def until(self, zone: tzinfo) -> datetime | None:
        """The last moment, on the clock of the event."""
        match = _BOUNDS["UNTIL"].fullmatch(self.parts.get("UNTIL", ""))
        if not match:
            return None
        moment = datetime.strptime(match[1] + (match[2] or "2359"), "%Y%m%d%H%M")  # noqa: DTZ007  # a clock's time
        return moment if match[2] is None else _on_clock(moment, self.parts["UNTIL"].endswith("Z"), zone)


def _on_clock(moment: datetime, is_utc: bool, zone: tzinfo) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if is_utc else moment
