"""What the doctor says of one thing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from mailrouter.core.remedies import remedy

Verdict = Literal["ok", "warning", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is what to do when it is not well, `dutch` the same for Dutch readers."""

    part: str
    verdict: Verdict
    text: str
    remedy: str = ""
    dutch: str = ""


def ok(part: str, text: str) -> Finding:
    """All is well."""
    return Finding(part, "ok", text)


def skipped(part: str, text: str, to_do: str = "") -> Finding:
    """It could not be looked at here."""
    return Finding(part, "skipped", text, to_do)


def warning(part: str, text: str, to_do: str) -> Finding:
    """It works, but not for long or not as well as it could."""
    return Finding(part, "warning", text, to_do)


def error(part: str, text: str, to_do: str) -> Finding:
    """It does not work, or will not when it matters."""
    return Finding(part, "error", text, to_do)


def trouble(part: str, said: str) -> Finding:
    """What a server, or the line to it, said; with the remedy that we know."""
    known = remedy(said)
    if known is None:
        return error(part, said, "Ask the administrator of that server what it means.")
    return Finding(part, "error", said.removesuffix(known.english).strip(), known.english, known.dutch)


def ends(part: str, what: str, moment: datetime, within_days: float, to_do: str) -> Finding:
    """Something that is valid until a moment: an error when it is over or nearly so, a warning before."""
    left = (moment - datetime.now(UTC)).total_seconds() / 86400
    told = f"{what} {'ended' if left < 0 else 'is good until'} {moment:%Y-%m-%d} ({left:.0f} days)"
    if left < min(7.0, within_days):
        return error(part, told, to_do)
    return warning(part, told, to_do) if left < within_days else ok(part, told)
