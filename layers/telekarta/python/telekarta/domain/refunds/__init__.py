"""Unused money that goes back to its holder (WP §7): the application, its calculation, its way."""
