"""Caller: Twilio, after the voice function failed. May touch nothing: standard library only, no layer, no table."""
