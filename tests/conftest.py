"""What holds for every test: no example of hypothesis is against the clock, for a busy machine is not a fault."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
