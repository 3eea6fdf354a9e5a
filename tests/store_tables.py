"""Tables as the template declares them, so that the store is tested on the keys and indexes it will have."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import botocore.session
import yaml

TEMPLATE = Path(__file__).parent.parent / "template.yaml"
REGION = "eu-central-1"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short functions as None: no key or index of a table depends on one."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def create_tables(endpoint_url: str | None = None) -> tuple[str, str, str]:
    """New tables for cards, postings and the desk, under names of their own."""
    client = botocore.session.get_session().create_client("dynamodb", REGION, endpoint_url=endpoint_url)
    resources = yaml.load(TEMPLATE.read_text(), _Loader)["Resources"]  # noqa: S506
    mark = uuid4().hex[:8]
    cards, postings, desk = (
        _create(client, f"{name}-{mark}", resources[name]["Properties"])
        for name in ("CardsTable", "PostingsTable", "DeskTable")
    )
    return cards, postings, desk


def _create(client: Any, name: str, properties: dict[str, Any]) -> str:
    declared = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=name, **{key: properties[key] for key in declared if key in properties})
    if "TimeToLiveSpecification" in properties:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
        )
    return name
