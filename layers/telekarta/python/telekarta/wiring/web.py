"""The parts that the web pages are made of, put together for the functions that serve them."""

from collections.abc import Callable

from telekarta.adapters.aws.price_lists import prepared_prices
from telekarta.adapters.aws.secrets import SecretPepper, secret_text
from telekarta.adapters.chance import SystemChance
from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.dynamodb.attempts import DynamoAttempts
from telekarta.adapters.environment import Environment
from telekarta.domain.prices.tariff import Prices
from telekarta.usecases.attempts import AttemptStore
from telekarta.usecases.ports import Chance, Pepper

_SECRET_MAX_AGE_S = 24 * 60 * 60


def attempts_of(store: DynamoStore) -> AttemptStore:
    """Counts how often somebody tries, so that nobody finds cards out by trying."""
    return DynamoAttempts(store.tables)


def pepper_of(environment: Environment) -> Pepper:
    """The key of all digests of codes, read at the first one."""
    return SecretPepper(environment.pepper_secret, environment.region)


def chance() -> Chance:
    """Chance that is fit for secrets."""
    return SystemChance()


def price_reader(environment: Environment) -> Callable[[], Prices]:
    """Reads the price lists anew each time it is called, or knows that they can't have changed."""
    return lambda: prepared_prices(environment)


def page_secret(environment: Environment) -> Callable[[], bytes]:
    """What a visitor's answers are sealed with: read when it is first asked for, and once a day."""
    return lambda: secret_text(environment.web_secret, environment.region, _SECRET_MAX_AGE_S).encode()
