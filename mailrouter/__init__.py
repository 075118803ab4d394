"""mailrouter: forwards the mail of village councils to the officials it is meant for."""
