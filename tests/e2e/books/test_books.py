"""A day of calls on the deployed stack is closed and compared with the carrier's records."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from local.frontdoor import move_clock, stack_now
from local.network import Answers, CallRecords, HttpTransport, PhoneNetwork, Timeline
from local.stack import Stack
from telekarta.domain.calendar.deadlines import day_of
from tests.kit.phone import Phone
from tests.kit.stack_time import in_the_morning

pytestmark = pytest.mark.emulator

WHITE_PHONE, WARSAW = "+48800007744", "+48221112233"
BY_US = {"who": "test", "why": "the books"}
# The stack is shared: other tests leave calls behind that their carrier forgot. Ours are told apart by sid.
DAY_S = 24 * 60 * 60


def issued(stack: Stack) -> Mapping[str, Any]:
    order = {"command": "issue_cards", "brand": "white_phone", "nominal_grosze": 2000, "count": 1, **BY_US}
    (card,) = stack.invoke("desk", order)["cards"]
    return {"brand": "white_phone", **card}


def shown(stack: Stack, card: Mapping[str, Any]) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = stack.invoke(
        "desk", {"command": "show_card", "brand": card["brand"], "card": card["card"]}
    )
    return answer


def calls(stack: Stack, card: Mapping[str, Any], seconds: int, records: CallRecords | None = None) -> str:
    """A whole call, by which the carrier's records are kept; its sid."""
    network = PhoneNetwork(
        HttpTransport(),
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        timeline=Timeline(stack_now(stack)),
        **({} if records is None else {"records": records}),
    )
    call = Phone(network, tolerant=True).knows(WARSAW, Answers(4)).dials(WHITE_PHONE)
    call.hears("numer karty").presses(card["card"]).hears("PIN").presses(card["pin"])
    call.hears("wybrać numer").presses("221112233#").hears("Łączymy").talks(seconds).hangs_up()
    return call.call.sid


def to_the_next_morning(stack: Stack) -> date:
    """Past the end of the day and the margin; the day that is over now."""
    day = day_of(stack_now(stack))
    move_clock(stack, DAY_S + 6 * 60 * 60)
    return day


def kept(stack: Stack, key: str) -> str:
    s3 = stack.client("s3")
    (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"] if "reports" in each["Name"]]
    text: str = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


def cases_about(stack: Stack, subject: str) -> list[str]:
    found = stack.invoke("desk", {"command": "list_cases"})["cases"]
    return [case["kind"] for case in found if case["subject"] == subject]


def test_a_day_is_closed_and_a_card_that_somebody_spoilt_is_named(
    stack: Stack, carrier_records: CallRecords
) -> None:
    in_the_morning(stack)
    card, spoilt = issued(stack), issued(stack)
    calls(stack, card, 65, carrier_records)
    day = to_the_next_morning(stack)
    closing = {"job": "trial_balance", "day": str(day)}

    ours = f"card:white_phone:{spoilt['card']}"
    before = stack.invoke("books", closing)
    stack.client("dynamodb").update_item(
        TableName=stack.tables["cards"],
        Key={"ref": {"S": ours}},
        UpdateExpression="SET lots.#one.left_grosze = :more",
        ExpressionAttributeNames={"#one": "1"},
        ExpressionAttributeValues={":more": {"N": "2007"}},
    )
    after = stack.invoke("books", closing)
    assert stack.invoke("books", closing) == after

    assert after["differences"] == before["differences"] + 1
    assert cases_about(stack, ours) == ["balance_differs"]
    latest = stack.invoke("desk", {"command": "trial_balance"})
    (named,) = [each for each in latest["differences"] if each["account"] == ours]
    assert (named["expected_grosze"], named["found_grosze"]) == (2000, 2007)
    assert json.loads(kept(stack, f"trial-balance/{day}.json"))["differences"] == latest["differences"]
    assert f"{ours}: expected 20.00, found 20.07" in kept(stack, f"trial-balance/{day}.txt")


def test_a_call_is_compared_with_the_carriers_records_and_put_right(
    stack: Stack, carrier_records: CallRecords
) -> None:
    in_the_morning(stack)
    good, forgotten = issued(stack), issued(stack)
    fits = calls(stack, good, 65, carrier_records)
    unknown = calls(stack, forgotten, 65, CallRecords())
    day = to_the_next_morning(stack)
    for _ in range(2):
        told = stack.invoke("books", {"job": "reconciliation", "day": str(day)})
    assert told["charged"] >= 1
    assert cases_about(stack, fits) == []
    assert cases_about(stack, unknown) == ["posting_without_call"]
    assert unknown in kept(stack, f"reconciliation/{day}.json")

    (charge,) = [each for each in shown(stack, forgotten)["postings"] if each["kind"] == "call"]
    undo = {"command": "reverse_posting", "posting": charge["id"], "request_id": "r1", **BY_US}
    assert stack.invoke("desk", undo)["outcome"] == "done"
    assert stack.invoke("desk", undo)["outcome"] == "already_done"
    assert shown(stack, forgotten)["balance_grosze"] == 2000


def test_a_day_that_is_not_over_is_not_closed(stack: Stack) -> None:
    today = day_of(stack_now(stack) + timedelta(days=1))
    with pytest.raises(Exception, match="DayNotOver"):
        stack.invoke("books", {"job": "trial_balance", "day": str(today)})
