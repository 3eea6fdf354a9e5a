"""The parts that orders by SMS are made of, put together for the functions that take part in them."""

from telekarta.adapters.aws.secrets import SecretPepper
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.attempts import DynamoAttempts
from telekarta.adapters.environment import Environment
from telekarta.usecases.topups.sms import NewsDeps, SmsDeps
from telekarta.wiring.claims import claim_deps
from telekarta.wiring.messages import messengers
from telekarta.wiring.stores import store_of


def sms_deps(environment: Environment) -> SmsDeps:
    """What taking a message needs."""
    store = store_of(environment)
    return SmsDeps(
        claims=claim_deps(environment, store),
        attempts=DynamoAttempts(store.tables),
        pepper=SecretPepper(environment.pepper_secret, environment.region),
    )


def news_deps(environment: Environment, store: DynamoStore) -> NewsDeps:
    """What finishing claims, and telling of their ends, needs."""
    return NewsDeps(claim_deps(environment, store), messengers(environment))
