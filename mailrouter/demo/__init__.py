"""The demo: everything on this machine, no config, no root."""
