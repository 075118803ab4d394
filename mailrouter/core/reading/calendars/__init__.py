"""Calendar parts as they arrive: their lines, their time zones, and the events in them."""
