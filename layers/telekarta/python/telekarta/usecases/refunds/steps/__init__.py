"""The steps of a refund's workflow: what a state of the machine does, one kind of work a file."""
