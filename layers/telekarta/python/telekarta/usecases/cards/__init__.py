"""What operators do to a card: issuing, showing, blocking, registering lines, suspending."""
