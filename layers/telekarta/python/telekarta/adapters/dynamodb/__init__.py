"""The store on DynamoDB: cards, accounts, calling lines, postings, the block list, operators' commands."""

from telekarta.adapters.dynamodb.gateway import StoreFault
from telekarta.adapters.dynamodb.store import DynamoStore

__all__ = ["DynamoStore", "StoreFault"]
