"""The function `timers`: what is done by the clock, one job an event."""
