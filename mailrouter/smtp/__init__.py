"""The delivery: one letter out, an outcome back."""

from mailrouter.smtp.lane import Ledger
from mailrouter.smtp.relay import Relay

__all__ = ["Ledger", "Relay"]
