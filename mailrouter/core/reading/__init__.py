"""Reading: from raw bytes to a mail, and the plain signs in its headers."""
