"""The parts that a call is answered with, put together for the voice webhooks.

Whatever is imported here every cold start of a call waits for.
"""

from telekarta.adapters.aws.clock import clock
from telekarta.adapters.aws.hold_checker import TimersHoldChecker
from telekarta.adapters.aws.price_lists import prepared_prices
from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.environment import Environment
from telekarta.usecases.calls.calling import CallDeps
from telekarta.usecases.calls.settling import SettledLately
from telekarta.wiring.claims import NEEDED as CLAIMS_NEEDED
from telekarta.wiring.claims import claim_deps
from telekarta.wiring.stores import store_of

# The environment variables without which no call is answered.
NEEDED = (
    *CLAIMS_NEEDED,
    "PEPPER_SECRET",
    "PRICE_LISTS_BUCKET",
    "TIMERS_FUNCTION",
    "TWILIO_SECRET",
)


def call_deps(environment: Environment) -> CallDeps:
    """What a call needs. The connection to the store and the price lists are made at once, as long as Lambda
    starts us; no secret is read."""
    store = store_of(environment)
    store.tables.prepare()
    return CallDeps(
        store=store,
        clock=clock(environment),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
        prices=prepared_prices(environment),
        settled=SettledLately(),
        claims=claim_deps(environment, store),
        hold_checker=TimersHoldChecker(environment.timers_function, environment.region),
    )
