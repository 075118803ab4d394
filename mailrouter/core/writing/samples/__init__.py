"""Sample mails of an invented council, as they are read and decided: to try templates with, and to look at letters."""

from mailrouter.core.writing.samples.cases import Sample, samples
from mailrouter.core.writing.samples.routing import ROUTING

__all__ = ["ROUTING", "Sample", "samples"]
