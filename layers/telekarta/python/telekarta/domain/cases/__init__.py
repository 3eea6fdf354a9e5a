"""Work items for a person: what was found, by when it must be answered, and how it ended."""
