"""The parts that holds are looked at with, put together for the timers."""

from dataclasses import dataclass

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.price_lists import prices_of
from telekarta.adapters.aws.secrets import TwilioSecret
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import OF_CARDS, Environment
from telekarta.adapters.twilio.carrier import TwilioCarrier
from telekarta.usecases.calls.lost_hangups import HoldDeps
from telekarta.usecases.ports import Clock

# The environment variables without which no hold can be looked at.
HOLDS_NEEDED = (*OF_CARDS, "DESK_TABLE", "PRICE_LISTS_BUCKET", "TWILIO_SECRET")


@dataclass(frozen=True, slots=True)
class HoldJobDeps:
    """What the timers' jobs need that look at holds."""

    holds: HoldDeps
    clock: Clock


def hold_job_deps(environment: Environment, store: DynamoStore) -> HoldJobDeps:
    """Nothing is connected before it is asked, and no secret is read."""
    return HoldJobDeps(
        HoldDeps(store, twilio_carrier(environment), prices_of(environment)),
        clock(environment),
    )


def twilio_carrier(environment: Environment) -> TwilioCarrier:
    """The carrier's records; its credentials are read at the first request."""
    secret = TwilioSecret(environment.twilio_secret, environment.region)
    return TwilioCarrier(secret.credentials, environment.twilio_api_base_url)
