"""The store on DynamoDB: cards, accounts, calling lines, postings, the block list, operators' commands."""

from telekarta.adapters.dynamodb.store import DynamoStore
from telekarta.adapters.dynamodb.transactions import StoreFault

__all__ = ["DynamoStore", "StoreFault"]
