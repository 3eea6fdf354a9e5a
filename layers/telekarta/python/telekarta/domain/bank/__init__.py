"""The bank account: statements, transfers by their titles, and the reports of what became of them."""
