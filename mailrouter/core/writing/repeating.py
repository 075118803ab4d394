"""A rule of repetition in Dutch: "elke maand op de eerste dinsdag, tot en met 30 juni 2027"."""

from datetime import UTC

from mailrouter.core.reading.calendars.repeats import Rule
from mailrouter.core.writing import dutch

_UNITS = {
    "DAILY": ("elke dag", "dagen"),
    "WEEKLY": ("elke week", "weken"),
    "MONTHLY": ("elke maand", "maanden"),
    "YEARLY": ("elk jaar", "jaar"),
}
_DAYS = {
    "MO": "maandag", "TU": "dinsdag", "WE": "woensdag", "TH": "donderdag", "FR": "vrijdag", "SA": "zaterdag",
    "SU": "zondag",
}  # fmt: skip
_ORDINALS = {"1": "eerste", "2": "tweede", "3": "derde", "4": "vierde", "5": "vijfde", "-1": "laatste"}


def words(rule: Rule) -> str:
    """How often, on which days, and until when."""
    one, many = _UNITS[rule.frequency]
    interval = int(rule.parts.get("INTERVAL", "1"))
    every = one if interval == 1 else f"elke {interval} {many}"
    return f"{every}{_on(rule)}{_end(rule)}"


def _on(rule: Rule) -> str:
    if days := rule.parts.get("BYDAY", ""):
        return f" op {dutch.listed([_day(day, rule.parts.get('BYSETPOS', '')) for day in days.split(',')])}"
    if rule.frequency == "WEEKLY":
        return f" op {dutch.day(rule.start.date()).partition(' ')[0]}"
    if rule.frequency == "MONTHLY":
        day = rule.parts.get("BYMONTHDAY", str(rule.start.day))
        return " op de laatste dag" if day == "-1" else f" op dag {day}"
    return f" op {dutch.short_day(rule.start.date()).rpartition(' ')[0]}" if rule.frequency == "YEARLY" else ""


def _end(rule: Rule) -> str:
    if "COUNT" in rule.parts:
        return f", {rule.parts['COUNT']} keer"
    until = rule.until(UTC)
    return f", tot en met {dutch.short_day(until.date())}" if until else ""


def _day(written: str, position: str) -> str:
    ordinal = written[:-2].lstrip("+") or position
    named = _DAYS[written[-2:]]
    return f"de {_ORDINALS.get(ordinal, ordinal)} {named}" if ordinal else named
