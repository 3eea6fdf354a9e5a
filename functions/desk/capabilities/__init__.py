"""What operators can command, one file a capability: its commands, their fields, answers and refusals."""
