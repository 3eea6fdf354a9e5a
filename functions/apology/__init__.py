"""Called by Twilio after the voice function failed. May touch nothing: no layer, no table, no secret."""
