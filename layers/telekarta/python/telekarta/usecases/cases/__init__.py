"""Cases: what the books, the bank or a workflow left for a person to decide."""
