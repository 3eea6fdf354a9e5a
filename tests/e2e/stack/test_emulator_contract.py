"""What the product takes for granted of AWS, asked of the emulator: its own promises and our mends of it.

A test here fails when the pinned version changes what we rely on, or when a mend no longer takes.
"""

import base64
import http.client
import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from local.aws import client
from local.processes import PYTHON_RUNTIME, Emulator
from tests.kit import browsing
from tests.kit.waiting import until

pytestmark = pytest.mark.emulator

NUMBERS = count(1)  # of what is made in the emulator, which the tests share

Aws = Callable[[str], Any]

ECHO = """
import json
import os
import signal

class CardIsBusy(Exception):
    pass

def handler(event, context):
    if event.get("raise"):
        raise CardIsBusy("card 123456: in a call")
    if event.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"statusCode": 200, "headers": {"content-type": "text/xml"}, "body": json.dumps(event)}
"""

SNOOP = """
import boto3

def handler(event, context):
    return boto3.client("dynamodb").list_tables()["TableNames"]
"""


def door_template(*paths: str) -> str:
    """A SAM template: an HTTP API whose POST routes all lead to a function that echoes its event."""
    return json.dumps(
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {
                "Api": {"Type": "AWS::Serverless::HttpApi"},
                "Echo": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {
                        "Runtime": PYTHON_RUNTIME,
                        "Handler": "index.handler",
                        "InlineCode": ECHO,
                        "AutoPublishAlias": "live",
                        "Events": {
                            f"Route{number}": {
                                "Type": "HttpApi",
                                "Properties": {"ApiId": {"Ref": "Api"}, "Method": "POST", "Path": path},
                            }
                            for number, path in enumerate(paths)
                        },
                    },
                },
                "Snoop": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {
                        "Runtime": PYTHON_RUNTIME,
                        "Handler": "index.handler",
                        "InlineCode": SNOOP,
                        "Timeout": 10,
                    },
                },
            },
            "Outputs": {
                "ApiId": {"Value": {"Ref": "Api"}},
                "Echo": {"Value": {"Ref": "Echo"}},
                "Snoop": {"Value": {"Ref": "Snoop"}},
            },
        }
    )


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> Aws:
    return lambda service: client(service, emulator.endpoint_url)


@pytest.fixture(scope="module")
def door(aws: Aws) -> dict[str, str]:
    """The outputs of a deployed door; it was deployed with one route and got the others in an update."""
    cloudformation = aws("cloudformation")
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cloudformation.create_stack(
        StackName="door", TemplateBody=door_template("/voice/{node+}"), Capabilities=capabilities
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="door", WaiterConfig={"Delay": 1})
    updated = door_template("/voice/{node+}", "/voice/fallback", "/sms/incoming")
    cloudformation.update_stack(StackName="door", TemplateBody=updated, Capabilities=capabilities)
    cloudformation.get_waiter("stack_update_complete").wait(StackName="door", WaiterConfig={"Delay": 1})
    outputs = cloudformation.describe_stacks(StackName="door")["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def post(emulator: Emulator, door: dict[str, str], target: str, body: bytes = b"", **headers: str) -> Any:
    """What the function was given for a POST of exactly this request target."""
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=browsing.PATIENCE_S)
    try:
        connection.request(
            "POST", f"/_aws/execute-api/{door['ApiId']}/$default{target}", body=body, headers=headers
        )
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/xml"
        return json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("target", "route"),
    [
        ("/voice/card_pin", "POST /voice/{node+}"),
        ("/voice/a/b", "POST /voice/{node+}"),
        ("/voice/fallback", "POST /voice/fallback"),
        ("/sms/incoming", "POST /sms/incoming"),
    ],
)
def test_routes_of_an_http_api_lead_to_its_function_also_after_an_update(
    emulator: Emulator, door: dict[str, str], target: str, route: str
) -> None:
    event = post(emulator, door, target)
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", route, target)


def test_a_path_without_a_route_is_not_found(emulator: Emulator, door: dict[str, str]) -> None:
    url = f"{emulator.endpoint_url}/_aws/execute-api/{door['ApiId']}/$default/payments/payu"
    assert browsing.post(url).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["b=2&a=1&b=", "s=%2F%20+%c5%BC&empty=&bare", "x=%25&y=a%26b", "z=1;2&z='(!*)~"],
)
def test_the_query_string_arrives_byte_for_byte(emulator: Emulator, door: dict[str, str], query: str) -> None:
    assert post(emulator, door, f"/voice/step?{query}")["rawQueryString"] == query


def test_a_form_arrives_byte_for_byte_in_base64(emulator: Emulator, door: dict[str, str]) -> None:
    form = b"Digits=&From=%2B48221234567&Caller=&To=%2b48800007744&SpeechResult=za%C5%BC+a"
    event = post(emulator, door, "/voice/step", form, **{"content-type": "application/x-www-form-urlencoded"})
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == form


def test_headers_arrive_with_names_in_lower_case(emulator: Emulator, door: dict[str, str]) -> None:
    event = post(emulator, door, "/voice/step", **{"X-Twilio-Signature": "a+b/c="})
    assert event["headers"]["x-twilio-signature"] == "a+b/c="


def test_a_function_that_raises_answers_with_the_class_of_its_exception(
    aws: Aws, door: dict[str, str]
) -> None:
    response = aws("lambda").invoke(FunctionName=door["Echo"], Payload=b'{"raise": true}')
    assert response["FunctionError"]
    answer = json.load(response["Payload"])
    assert (answer["errorType"], answer["errorMessage"]) == ("CardIsBusy", "card 123456: in a call")


def test_a_function_whose_process_dies_says_so_and_the_next_one_lives(aws: Aws, door: dict[str, str]) -> None:
    response = aws("lambda").invoke(FunctionName=door["Echo"], Payload=b'{"die": true}')
    assert response["FunctionError"]
    assert json.load(response["Payload"])["errorType"] == "Runtime.ExitError"
    assert "FunctionError" not in aws("lambda").invoke(FunctionName=door["Echo"], Payload=b"{}")


def zipped(**files: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in files.items():
            target.writestr(f"{name.replace('__', '/')}.py", content)
    return archive.getvalue()


def test_functions_share_their_layers_unpacked_once(aws: Aws) -> None:
    functions, name = aws("lambda"), "layers"
    layer = functions.publish_layer_version(
        LayerName=name, Content={"ZipFile": zipped(python__place="HERE = __file__")}
    )["LayerVersionArn"]
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument='{"Statement": []}')["Role"]["Arn"]
    code = {"ZipFile": zipped(index="import place\ndef handler(*_):\n    return place.HERE")}
    for each in (f"{name}-1", f"{name}-2"):
        functions.create_function(
            FunctionName=each,
            Runtime=PYTHON_RUNTIME,
            Handler="index.handler",
            Role=role,
            Code=code,
            Layers=[layer],
        )
    first, second = (
        json.load(functions.invoke(FunctionName=each)["Payload"]) for each in (f"{name}-1", f"{name}-2")
    )
    assert first == second
    assert first.endswith("/python/place.py")


def test_a_function_may_do_only_what_its_role_allows(aws: Aws, door: dict[str, str]) -> None:
    answer = json.load(aws("lambda").invoke(FunctionName=door["Snoop"], Payload=b"{}")["Payload"])
    assert answer["errorType"] == "ClientError"
    assert "not authorized to perform: dynamodb:ListTables" in answer["errorMessage"]


# ---- Step Functions


def machine(aws: Aws, states: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    right = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
    iam, name = aws("iam"), f"machine-{next(NUMBERS)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    iam.put_role_policy(RoleName=name, PolicyName="call", PolicyDocument=json.dumps({"Statement": [right]}))
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    arn: str = aws("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role["Role"]["Arn"]
    )["stateMachineArn"]
    return arn


def run_of(aws: Aws, arn: str, given: dict[str, Any]) -> dict[str, Any]:
    """How an execution ended."""
    states = aws("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = states.describe_execution(executionArn=execution)
        return None if told["status"] == "RUNNING" else told

    return until(ended)


def callback(function: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": function,
            "Payload": {
                "raise": "{% $states.input.fails %}",
                "token": "{% $states.context.Task.Token %}",
            },
        },
        "TimeoutSeconds": "{% $states.input.wait_s %}",
        "Catch": [
            {"ErrorEquals": ["States.Timeout"], "Output": {"ended": "timeout"}, "Next": "End"},
            {"ErrorEquals": ["CardIsBusy"], "Output": {"ended": "failed"}, "Next": "End"},
        ],
        "Next": "End",
    }


END = {"Type": "Succeed", "Output": {"ended": "{% $states.input.ended %}", "well": True}}


def test_a_callback_gives_up_in_a_computed_and_scaled_time(
    emulator: Emulator, aws: Aws, door: dict[str, str]
) -> None:
    config = f"{emulator.endpoint_url}/_ministack/config"
    arn = machine(aws, {"Wait": callback(door["Echo"]), "End": END})
    try:
        browsing.post(config, json={"stepfunctions._SFN_WAIT_SCALE": 1e-6}).raise_for_status()
        month_s = 30 * 24 * 60 * 60
        told = run_of(aws, arn, {"fails": False, "wait_s": month_s})
    finally:
        browsing.post(config, json={"stepfunctions._SFN_WAIT_SCALE": 1}).raise_for_status()
    # Also: a Succeed state ends with its Output.
    assert json.loads(told["output"]) == {"ended": "timeout", "well": True}


def test_a_callback_fails_with_its_function(aws: Aws, door: dict[str, str]) -> None:
    arn = machine(aws, {"Wait": callback(door["Echo"]), "End": END})
    told = run_of(aws, arn, {"fails": True, "wait_s": 60})
    assert json.loads(told["output"]) == {"ended": "failed", "well": True}


# ---- DynamoDB


@pytest.fixture
def table(aws: Aws) -> str:
    name = f"contract-cards-{next(NUMBERS)}"
    aws("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ref", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "ref", "AttributeType": "S"},
            {"AttributeName": "pin_digest", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-pin",
                "KeySchema": [{"AttributeName": "pin_digest", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def card(ref: str, balance: int, **more: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"ref": {"S": ref}, "balance": {"N": str(balance)}, **more}


def debit(table: str, ref: str, amount: int) -> dict[str, Any]:
    """A conditional update that never goes below zero and tells what it found instead."""
    return {
        "TableName": table,
        "Key": {"ref": {"S": ref}},
        "UpdateExpression": "SET balance = balance - :amount",
        "ConditionExpression": "balance >= :amount",
        "ExpressionAttributeValues": {":amount": {"N": str(amount)}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def test_a_failed_condition_shows_the_item_that_failed_it(aws: Aws, table: str) -> None:
    dynamodb = aws("dynamodb")
    dynamodb.put_item(TableName=table, Item=card("1", 100))
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
        dynamodb.update_item(**debit(table, "1", 101))
    assert failed.value.response["Item"] == card("1", 100)


def test_a_cancelled_transaction_shows_each_reason_with_its_item_and_changes_nothing(
    aws: Aws, table: str
) -> None:
    dynamodb = aws("dynamodb")
    posting = {
        "TableName": table,
        "Item": card("posting", 0),
        "ConditionExpression": "attribute_not_exists(#r)",
    }
    posting |= {"ExpressionAttributeNames": {"#r": "ref"}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    dynamodb.put_item(TableName=table, Item=card("1", 100))
    dynamodb.put_item(TableName=table, Item=card("posting", 7))
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.transact_write_items(TransactItems=[{"Update": debit(table, "1", 50)}, {"Put": posting}])
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == card("posting", 7)
    assert dynamodb.get_item(TableName=table, Key={"ref": {"S": "1"}})["Item"] == card("1", 100)


def test_a_sparse_index_finds_only_items_that_have_its_key(aws: Aws, table: str) -> None:
    dynamodb = aws("dynamodb")
    with_pin = card("1", 100, pin_digest={"S": "d1"})
    dynamodb.put_item(TableName=table, Item=with_pin)
    dynamodb.put_item(TableName=table, Item=card("2", 100))
    found = dynamodb.query(
        TableName=table,
        IndexName="by-pin",
        KeyConditionExpression="pin_digest = :d",
        ExpressionAttributeValues={":d": {"S": "d1"}},
    )
    assert found["Items"] == [with_pin]
    assert dynamodb.scan(TableName=table, IndexName="by-pin")["Items"] == [with_pin]


def test_thirty_two_threads_spend_a_card_to_exactly_zero(aws: Aws, table: str) -> None:
    dynamodb = aws("dynamodb")
    dynamodb.put_item(TableName=table, Item=card("1", 200))

    def spend(number: int) -> int:
        posting = {"TableName": table, "Item": card(f"p{number}", 1)}
        try:
            dynamodb.transact_write_items(TransactItems=[{"Update": debit(table, "1", 1)}, {"Put": posting}])
        except dynamodb.exceptions.TransactionCanceledException:
            return 0
        return 1

    with ThreadPoolExecutor(32) as threads:
        spent = sum(threads.map(spend, range(320)))
    left = dynamodb.get_item(TableName=table, Key={"ref": {"S": "1"}})["Item"]["balance"]["N"]
    postings = dynamodb.scan(TableName=table, Select="COUNT")["Count"] - 1
    assert (spent, left, postings) == (200, "0", 200)


# ---- the process


def test_an_emulator_keeps_its_state_when_it_is_stopped_and_when_its_parent_vanishes(
    tmp_path: Path,
) -> None:
    with Emulator(tmp_path) as first:
        client("ssm", first.endpoint_url).put_parameter(Name="/a", Value="1", Type="String")
    with Emulator(tmp_path) as second:
        ssm = client("ssm", second.endpoint_url)
        assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "1"
        ssm.put_parameter(Name="/a", Value="2", Type="String", Overwrite=True)
        process = second._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()  # what the system does when the parent is killed
        process.wait(browsing.PATIENCE_S)
    with Emulator(tmp_path) as third:
        assert client("ssm", third.endpoint_url).get_parameter(Name="/a")["Parameter"]["Value"] == "2"
