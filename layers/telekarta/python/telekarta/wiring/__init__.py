"""The parts put together, one file a capability: the floor between the functions and the adapters."""
