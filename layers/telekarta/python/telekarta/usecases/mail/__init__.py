"""E-mails that arrive become cases, without the codes that were in them."""
