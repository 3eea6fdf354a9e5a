"""E-mails as they come over the wire."""
