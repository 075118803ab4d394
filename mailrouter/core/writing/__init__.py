"""Writing: the letters, from facts to the last byte."""
