"""The stores on DynamoDB: one connection with our tables, small stores over it, and the writes that they
combine in their transactions."""

from telekarta.adapters.dynamodb.store import DynamoStore
from telekarta.adapters.dynamodb.tables import StoreFault, TableNames, Tables

__all__ = ["DynamoStore", "StoreFault", "TableNames", "Tables"]
