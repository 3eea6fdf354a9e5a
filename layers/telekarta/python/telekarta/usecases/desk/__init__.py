"""Operators' commands, and the figures that the desk shows."""
