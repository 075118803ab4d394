"""Meaning: what a mail is about: village, kind, topics, and the facts in its Dutch."""
