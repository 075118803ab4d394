"""The crash sweeps: the daemon is killed at every effect it has, started again, and counted at the relay."""
