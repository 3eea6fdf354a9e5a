"""Orders by text message."""
