"""The text of a calendar file (RFC 5545)."""

import re

from mailrouter.core.reading import charset
from mailrouter.core.reading.files.page import ENOUGH

_LINE = re.compile(r"(?i)(SUMMARY|LOCATION|DESCRIPTION|DTSTART)(?:;(?:[^\":]|\"[^\"]*\")*)?:(.*)")
_ESCAPE = re.compile(r"\\(.)")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d)?")


def text_of(content: bytes) -> str:
    """What an event is about, where, when (as it stands there: UTC times are left out), and its description."""
    unfolded = re.sub(r"\r?\n[ \t]", "", charset.decode(content[: 4 * ENOUGH]))
    told: list[str] = []
    for line in unfolded.splitlines():
        match = _LINE.fullmatch(line)
        if match and (value := _value(match[1].upper(), match[2])):
            told.append(value)
    return "\n".join(told)


def _value(field: str, value: str) -> str:
    if not field.startswith("DT"):
        text = _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
        return f"Locatie: {text}" if field == "LOCATION" and text else text
    moment = _MOMENT.fullmatch(value)
    if moment is None:
        return ""
    year, month, day, hour, minute = moment.groups()
    return f"Datum: {day}-{month}-{year}" + (f", {hour}.{minute} uur" if hour else "")
