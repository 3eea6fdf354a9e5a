"""Operators' commands: JSON in, JSON out; it is the only way in for a command.

`capabilities` has one `Spec` for each command, the `registry` collects them, and `pages` are what operators
see on their dashboard. What a command does is a use case, found through its spec.
"""
