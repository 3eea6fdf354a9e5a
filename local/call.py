"""``python -m local.call``: a whole White Phone call in the terminal, and the postings that it left.

The caller rings the access number of the running stack, keys in the demo card, its PIN and a number, and
talks for 65 seconds. Time is virtual, so it takes as long as the stack takes to answer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from local.aws import REGION
from local.frontdoor import stack_now
from local.network import (
    Answers,
    Call,
    CallRecords,
    Doing,
    Event,
    HttpTransport,
    Kind,
    PhoneNetwork,
    Timeline,
)
from local.network.carrier_api import RECORDS_FILE
from local.stack import CONTRACT, FunctionFailedError, Stack
from telekarta.domain.brands import HELP_LINES, LINES

CALLER = "+48221234567"
FRIEND = "601234567"
TALK_S = 65
BETWEEN_KEYS_S = 0.3
STACK_IS_DOWN = "The stack is not up: start it with `make up`, wait until it prints its links, and try again."

Card = Mapping[str, Any]


class NoDemoError(Exception):
    """The demo can't be played; the message is for the person at the terminal."""


def running_stack() -> Stack:
    """The stack that `.local/stack.json` describes, if it answers."""
    try:
        contract = json.loads(CONTRACT.read_text())
        httpx.get(contract["base_url"], trust_env=False, timeout=5)
    except (OSError, httpx.HTTPError) as missing:
        raise NoDemoError(STACK_IS_DOWN) from missing
    return Stack(
        base_url=contract["base_url"],
        aws_endpoint_url=contract["aws_endpoint_url"],
        api_id="",
        functions=contract["functions"],
        tables=contract["tables"],
        twilio_account_sid=contract["twilio"]["account_sid"],
        twilio_auth_token=contract["twilio"]["auth_token"],
        region=contract.get("region", REGION),
        demo=contract["demo"],
    )


def network_to(stack: Stack) -> PhoneNetwork:
    return PhoneNetwork(
        HttpTransport(),
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        numbers=LINES,
        verified=HELP_LINES.values(),
        timeline=Timeline(stack_now(stack)),
        records=CallRecords(RECORDS_FILE),
    )


def play(network: PhoneNetwork, demo: Mapping[str, Any]) -> Call:
    """Dial, answer what is asked, talk until the other party hangs up, listen once more and hang up."""
    network.default_party = Answers(after_s=4, hangs_up_after_s=TALK_S)
    # What is asked for -> what is keyed. The PIN's prompt may mention the card's number, so it is first.
    answers = {r"\bPIN\b": demo["pin"], r"numer telefonu": FRIEND, r"numer karty": demo["card"]}
    call = network.place(demo["access_number"], CALLER)
    asked_from = 0
    while True:
        listen(network, call)
        question = spoken_since(call, asked_from)
        known = next((prompt for prompt in answers if re.search(prompt, question)), None)
        if call.over or known is None:
            call.hang_up()
            network.settle()
            return call
        asked_from = len(call.events)
        ended_by_count = next(e for e in reversed(call.events) if e.kind is Kind.ASKED).details["num_digits"]
        for key in answers.pop(known) + ("" if ended_by_count else "#"):
            call.press(key)
            network.advance(BETWEEN_KEYS_S)


def listen(network: PhoneNetwork, call: Call) -> None:
    """Let time pass until the caller is asked for keys, or the call is over."""
    while call.doing not in {Doing.LISTENING, Doing.OVER}:
        due = network.timeline.next_due()
        if due is None:
            return
        network.timeline.run_until(due)


def spoken_since(call: Call, event: int) -> str:
    return " ".join(e.text for e in call.events[event:] if e.kind is Kind.HEARD)


def told(events: list[Event]) -> Iterator[str]:
    """The call as its caller would tell it, a line for each thing; keys of one answer are joined."""
    keys = ""
    for number, event in enumerate(events):
        match event.kind:
            case Kind.PRESSED:
                keys += event.text
                following = [e.kind for e in events[number + 1 :] if e.kind is not Kind.REQUEST]
                if following[:1] != [Kind.PRESSED]:
                    yield line(event, f"presses {keys}")
                    keys = ""
            case Kind.HEARD:
                yield line(event, f"hears   „{event.text}”")
            case Kind.PROBLEM:
                yield line(event, f"!!      {event.text}")
            case Kind.REQUEST | Kind.CALLBACK | Kind.ASKED | Kind.ANSWERED:
                pass
            case Kind.CONNECTED:
                yield line(event, "the other party answers")
            case Kind.PARTED:
                talk = (
                    "" if event.details["duration_s"] is None else f" after {event.details['duration_s']} s"
                )
                yield line(event, f"the other party's leg ends{talk}: {event.details['status']}")
            case Kind.ENDED:
                yield line(event, "the call is over")
            case _:
                yield line(event, event.text)


def line(event: Event, text: str) -> str:
    minutes, seconds = divmod(int(event.after_s), 60)
    return f"  {minutes}:{seconds:02}  {text}"


def zloty(grosze: int) -> str:
    return f"{grosze // 100}.{grosze % 100:02} zł"


def account(before: Card, after: Card) -> Iterator[str]:
    """What the call cost and the postings that are new since `before` (both as the desk shows a card)."""
    charge = before["balance_grosze"] - after["balance_grosze"]
    yield f"The call cost {zloty(charge)}; {zloty(after['balance_grosze'])} is left on the card."
    known = {posting["id"] for posting in before["postings"]}
    yield "Postings that it left:"
    for posting in after["postings"]:
        if posting["id"] not in known:
            amount = zloty(posting["amount_grosze"])
            yield f"  {posting['debit']} -> {posting['credit']}  {amount}  {posting['rule']}  {posting['id']}"


def show_card(stack: Stack, card: str) -> Card:
    shown: Card = stack.invoke("desk", {"command": "show_card", "brand": "white_phone", "card": card})
    if shown.get("outcome") != "done":
        raise NoDemoError(f"The desk does not show the demo card {card}: {shown}")
    return shown


def main() -> None:
    try:
        stack = running_stack()
        demo = stack.demo["white_phone"]
        before = show_card(stack, demo["card"])
        call = play(network_to(stack), demo)
        print(f"{CALLER} calls White Phone with the demo card {demo['card']}:")
        print("\n".join(told(call.events)))
        if not any(event.kind is Kind.CONNECTED for event in call.events):
            raise NoDemoError("Nobody was reached. If the card is used up, `make up` makes a new one.")
        print("\n".join(account(before, show_card(stack, demo["card"]))))
    except (NoDemoError, FunctionFailedError) as failure:
        raise SystemExit(str(failure)) from None


if __name__ == "__main__":
    main()
