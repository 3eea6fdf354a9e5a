"""Who may do what with price lists."""

from typing import Any

import pytest

from tests.template.test_deployment import FUNCTIONS, RESOURCES, statements, texts


def of_price_lists(function: str) -> list[dict[str, Any]]:
    return [each for each in statements(function) if "PriceListsBucket" in str(each["Resource"])]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_desk_publishes_and_nobody_removes(function: str) -> None:
    actions = {action for each in of_price_lists(function) for action in texts(each["Action"])}
    assert actions <= {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}
    assert ("s3:PutObject" in actions) == (function == "DeskFunction")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_is_told_of_the_bucket_may_read_it_and_nobody_else(function: str) -> None:
    variables = RESOURCES[function]["Properties"].get("Environment", {}).get("Variables", {})
    assert ("PRICE_LISTS_BUCKET" in variables) == bool(of_price_lists(function))


def test_published_lists_outlive_the_stack_and_every_overwriting() -> None:
    bucket = RESOURCES["PriceListsBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_nobody_else_of_the_account_changes_what_was_published() -> None:
    (denied,) = RESOURCES["PriceListsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"} == set(denied["Action"])
    spared = denied["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert len(spared) == 2
    assert all("DeskFunctionRole" in str(each) for each in spared)
