"""A small world that lives by one seed: callers, a hostile carrier and cloud, and books that must agree.

The story is in docs/simulator.md. `python -m tests.simulation --seed N --steps M` replays one world.
"""
