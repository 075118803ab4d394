"""Automatic mail told apart from what people write."""
