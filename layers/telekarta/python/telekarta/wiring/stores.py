"""The store on DynamoDB: one for each process, however many parts are made of it."""

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.adapters.environment import Environment

Store = DynamoStore


def store_of(environment: Environment) -> Store:
    """The store with the tables that this function is told of. Nothing is connected before it is asked."""
    return DynamoStore.from_environment(environment)
