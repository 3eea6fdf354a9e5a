"""Sandboxes of PayU and Przelewy24: their REST APIs below `/pay`, with pages where a person pays."""

from local.payments.sandbox_state import Book
from local.payments.serving import routes

__all__ = ["Book", "routes"]
