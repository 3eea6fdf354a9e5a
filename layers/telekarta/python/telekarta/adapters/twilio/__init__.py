"""Twilio: its signed webhooks, TwiML, its REST API for calls, and text messages."""
