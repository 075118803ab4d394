"""The pure core: values in, values out; no clock, no network, no files."""
