"""What a telephone call does: admission, quote, hold, settlement, and what is done in its menus."""
