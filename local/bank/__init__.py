"""The bank and the accountant: statements put into the bucket exactly as in AWS, and the reports there."""

from local.bank.serving import put_statement, read_report, routes

__all__ = ["put_statement", "read_report", "routes"]
