"""Operators' commands: JSON in, JSON out. It may change cards, the block list and the command record,
and it is the only way in for a command."""
