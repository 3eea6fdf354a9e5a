"""What template.yaml must hold for every resource of a kind, also those that come later."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.processes import ROOT
from telekarta.domain.refunds.terms import FORGOTTEN_AFTER
from tests.kit.template import FUNCTIONS, NESTED, RESOURCES, TEMPLATE, of_type

LAYERS = of_type("AWS::Serverless::LayerVersion")
TABLES = of_type("AWS::DynamoDB::Table")


def statements(function: str) -> Iterator[dict[str, Any]]:
    """The statements of a function's policies, those under a condition too."""
    for policy in RESOURCES[function]["Properties"].get("Policies", []):
        assert isinstance(policy, dict), "no managed policy: its actions are not ours to choose"
        for statement in policy["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def in_aws(value: Any) -> Any:
    """What is there when the stage is not the local one."""
    of_local = isinstance(value, dict) and value.get("Fn::If", [""])[0] == "IsLocal"
    return value["Fn::If"][2] if of_local else value


def texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_changed_layer_reaches_the_alias_that_callers_use(layer: str) -> None:
    """Without this the alias stays on the version with the old layer when only the layer has changed."""
    assert RESOURCES[layer]["Properties"]["PublishLambdaVersion"] is True


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_of_its_own_that_forgets(function: str) -> None:
    group = RESOURCES[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] > 0
    others = [
        RESOURCES[f]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for f in FUNCTIONS if f != function
    ]
    assert group not in others


def answers_the_carrier(function: str) -> bool:
    events = RESOURCES[function]["Properties"].get("Events", {}).values()
    return any(e["Type"] == "HttpApi" and e["Properties"]["Path"].startswith("/voice/") for e in events)


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if answers_the_carrier(f)])
def test_a_function_gives_up_before_the_carrier_does(function: str) -> None:
    default = TEMPLATE["Globals"]["Function"]["Timeout"]
    assert RESOURCES[function]["Properties"].get("Timeout", default) < 15


# All objects of a bucket of ours, and all runs of runbooks or of one machine, are still named resources.
ALL_OF_ONE = re.compile(
    r"(?:Bucket\.Arn\}|-\$\{AWS::AccountId\}|:automation-execution)/([a-z]+/)?\*"
    r"|:execution:\$\{AWS::StackName\}-[a-z]+:\*"
)
# Actions to which AWS lets nobody name a resource; both only read.
OF_NO_RESOURCE = {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_named_things_to_named_resources(function: str) -> None:
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert not [action for action in texts(statement["Action"]) if "*" in action]
        if set(texts(statement["Action"])) <= OF_NO_RESOURCE:
            continue
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            assert "*" not in ALL_OF_ONE.sub("", str(in_aws(resource)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_changes_or_deletes_a_posting(function: str) -> None:
    for statement in statements(function):
        if "PostingsTable" in str(statement["Resource"]):
            assert not {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} & set(texts(statement["Action"]))


@pytest.mark.parametrize("table", TABLES)
def test_records_outlive_a_mistake(table: str) -> None:
    resource = RESOURCES[table]
    properties = resource["Properties"]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProd", True, False]}
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["SSESpecification"]["SSEEnabled"] is True


def test_the_clock_can_be_moved_in_the_local_stage_only() -> None:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["CLOCK_OFFSET_PARAMETER"] == {
        "Fn::If": ["IsLocal", "/telekarta/local/clock-offset-s", ""]
    }
    assert TEMPLATE["Conditions"]["IsLocal"] == {"Fn::Equals": [{"Ref": "Stage"}, "local"]}


def test_the_apology_shares_nothing_with_what_may_have_failed() -> None:
    properties = RESOURCES["ApologyFunction"]["Properties"]
    assert not {"Layers", "Policies", "Environment"} & set(properties)


def test_the_log_of_requests_has_no_query_string() -> None:
    """The query string carries the caller's state, the card's number with it."""
    logged = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]
    assert not [
        name for name in ("$context.path", "queryString", "$context.requestOverride") if name in logged
    ]


OF_OURS = re.compile(r"\b(\w+(?:Table|Secret|Bucket))\b")


_NAMED_ONLY = {"DeskFunction": {"PostingsTable", "PayoutsBucket"}}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_of_nothing_that_it_may_not_touch(function: str) -> None:
    """A store is made of cards and postings, so whoever has one is told of both. The desk names the bucket of
    payouts to operators, who look into it with rights of their own."""
    variables = RESOURCES[function]["Properties"].get("Environment", {}).get("Variables", {})
    told = {name for value in variables.values() for name in OF_OURS.findall(str(value))}
    may = str(list(statements(function)))
    assert not [name for name in told - _NAMED_ONLY.get(function, {"PostingsTable"}) if name not in may]
    assert ("PostingsTable" in told) <= ("CardsTable" in may)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_desk_makes_cards(function: str) -> None:
    makes = [
        each
        for each in statements(function)
        if each["Resource"] == {"Fn::GetAtt": ["CardsTable", "Arn"]}
        and "dynamodb:PutItem" in texts(each["Action"])
    ]
    assert bool(makes) == (function == "DeskFunction")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_counts_tries_changes_no_payment(function: str) -> None:
    """Counters lie beside the payments; payments are only ever put on condition of their version."""
    for each in statements(function):
        if "PaymentsTable" in str(each["Resource"]) and "dynamodb:UpdateItem" in texts(each["Action"]):
            assert texts(each["Action"]) == ["dynamodb:UpdateItem"]
            assert each["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["attempts:*"]}}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_how_often_an_event_is_repeated_is_ours_to_say(function: str) -> None:
    """Lambda by itself repeats what nobody waits for, for six hours."""
    properties = RESOURCES[function]["Properties"]
    kinds = {event["Type"] for event in properties.get("Events", {}).values()}
    assert ("EventInvokeConfig" in properties) == bool(kinds & {"S3", "ScheduleV2"})


@pytest.mark.parametrize("bucket", ["DocumentsBucket", "PayoutsBucket", "StatementsBucket"])
def test_names_and_accounts_are_forgotten_when_claims_have_lapsed(bucket: str) -> None:
    (rule,) = RESOURCES[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["ExpirationInDays"] == FORGOTTEN_AFTER.days > 6 * 366
    # What expires becomes an old version first: it goes soon after.
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= 30


def test_no_concurrency_is_reserved_unless_somebody_says_so() -> None:
    """A new account has none to reserve, and its deployment would fail."""
    assert TEMPLATE["Parameters"]["PagesConcurrency"]["Default"] == 0
    assert TEMPLATE["Conditions"]["LimitsPages"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PagesConcurrency"}, 0]}]
    }
    limit = {"Fn::If": ["LimitsPages", {"Ref": "PagesConcurrency"}, {"Ref": "AWS::NoValue"}]}
    for function in FUNCTIONS:
        assert RESOURCES[function]["Properties"].get("ReservedConcurrentExecutions", limit) == limit


@pytest.mark.parametrize("function", FUNCTIONS)
def test_visitors_of_pages_leave_room_for_callers(function: str) -> None:
    """Whatever anybody may ask for without a signature has a limit."""
    for event in RESOURCES[function]["Properties"].get("Events", {}).values():
        if event["Type"] == "HttpApi" and event["Properties"]["Method"] == "ANY":
            assert 0 < event["Properties"]["RouteSettings"]["ThrottlingRateLimit"] <= 40


def parameters_of(stack: str) -> dict[str, Any]:
    given: dict[str, Any] = TEMPLATE["Resources"][stack]["Properties"]["Parameters"]
    return given


@pytest.mark.parametrize("nested", NESTED)
def test_a_nested_stack_is_given_its_parameters_by_the_names_that_they_have_outside(
    nested: str,
) -> None:
    given = parameters_of(nested)
    assert given.keys() == NESTED[nested]["Parameters"].keys()
    for name, value in given.items():
        known = {"Ref": name}, {"Ref": f"AWS::{name}"}, {"Fn::GetAtt": [name.removesuffix("Arn"), "Arn"]}
        assert value in known


def test_no_logical_id_stands_in_two_stacks() -> None:
    stacks = [TEMPLATE, *NESTED.values()]
    assert len(RESOURCES) == sum(len(stack["Resources"]) for stack in stacks)


def test_nested_stacks_are_plain_cloudformation() -> None:
    """A transform inside a nested stack is more than the emulator and some accounts' rights bear."""
    assert not [name for name, stack in NESTED.items() if "Transform" in stack]


# Each resource stands with its capability: its heading in template.yaml, in this order.
HEADINGS = (
    *("the door", "code", "ledger", "cards", "calls", "prices", "topups", "mail", "refunds", "workflows"),
    *("bank", "books", "daily", "desk", "alarms"),
)


def test_the_template_is_in_the_order_of_capabilities() -> None:
    headings = re.findall(r"^  # -{60,} (.+)$", (ROOT / "template.yaml").read_text("utf-8"), re.MULTILINE)
    found = [re.match(r"the door|\w+", heading)[0] for heading in headings]  # type: ignore[index]
    assert list(dict.fromkeys(found)) == list(HEADINGS)
