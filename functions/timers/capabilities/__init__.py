"""The jobs, one file a capability: its `JOBS` by name."""
