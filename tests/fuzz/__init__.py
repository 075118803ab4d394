"""Fuzzing: every parser is fed damaged input by the thousand, and must come back with a result within limits."""
