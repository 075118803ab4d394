"""Our clock, held against those of servers."""

from mailrouter.doctor.finding import Finding, error, ok, warning

_NOTICEABLE, _HARMFUL = 30.0, 120.0
"""Seconds."""


def compared(ahead: float, whose: str) -> Finding:
    """`ahead`: seconds that our clock is ahead of that of `whose`."""
    told = f"our clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} that of {whose}"
    to_do = "Have the time of this machine kept: timedatectl set-ntp true. Dates in letters and TLS depend on it."
    if abs(ahead) < _NOTICEABLE:
        return ok("clock", f"our clock agrees with that of {whose}")
    return (error if abs(ahead) >= _HARMFUL else warning)("clock", told, to_do)
