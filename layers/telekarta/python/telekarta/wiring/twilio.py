"""What Twilio is known by, for every function that it asks."""

from telekarta.adapters.aws.secrets import TwilioSecret
from telekarta.adapters.environment import Environment

Twilio = TwilioSecret


def twilio_secret(environment: Environment) -> Twilio:
    """What Twilio signs its webhooks with, read at the first one."""
    return TwilioSecret(environment.twilio_secret, environment.region)
