"""Demo cards and a demo account: made as customers get them, and kept while their balance is as stated.

They are remembered in the emulator (an SSM parameter), so they are always those of the stack that is there.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from local.frontdoor import stack_now
from local.network import Call, Doing, HttpTransport, Kind, PhoneNetwork, Timeline
from local.processes import LocalStackError
from local.stack import Stack

DEMO_PARAMETER = "/telekarta/local/demo"
WHITE_PHONE_NUMBER = "+48800007744"
TELEGROSIK_NUMBER = "+48800901900"
ACTIVATION_NUMBER = "+48800801919"
FIRST_CALLER = 48601100200
CARD_GROSZE = 2000
ACCOUNT_GROSZE = 1500
LONGEST_PROMPT_S = 120
BY_US = {"who": "local stack", "why": "demo data"}

Entry = dict[str, Any]


def load_demo(stack: Stack) -> dict[str, Entry]:
    """The ``demo`` part of ``stack.json`` (DESIGN §6); what is missing or was used is made anew.

    The front door must be open: the account is opened by a telephone call.
    """
    kept = _remembered(stack)
    entries = {name: _kept_or_made(stack, kept.get(name), make) for name, make in MAKERS.items()}
    if entries != kept:
        print("Made demo data.", flush=True)
        stack.client("ssm").put_parameter(
            Name=DEMO_PARAMETER, Value=json.dumps(entries), Type="String", Overwrite=True
        )
    return entries


def _remembered(stack: Stack) -> dict[str, Entry]:
    ssm = stack.client("ssm")
    with contextlib.suppress(ssm.exceptions.ParameterNotFound):
        kept: dict[str, Entry] = json.loads(ssm.get_parameter(Name=DEMO_PARAMETER)["Parameter"]["Value"])
        return kept
    return {}


def _kept_or_made(stack: Stack, kept: Entry | None, make: Callable[[Stack, Entry | None], Entry]) -> Entry:
    return kept if kept is not None and _is_as_stated(stack, kept) else make(stack, kept)


def _is_as_stated(stack: Stack, entry: Entry) -> bool:
    """Whether the card or account can still be used for all that its entry promises."""
    shown = _show(stack, entry)
    return (shown.get("status"), shown.get("balance_grosze")) == ("active", entry["balance"])


def _show(stack: Stack, entry: Entry) -> Mapping[str, Any]:
    brand = "white_phone" if entry["access_number"] == WHITE_PHONE_NUMBER else "telegrosik"
    card = entry.get("caller") or entry["card"]
    shown: Mapping[str, Any] = stack.invoke("desk", {"command": "show_card", "brand": brand, "card": card})
    return shown


def _issue(stack: Stack, brand: str, nominal_grosze: int) -> Entry:
    """A new card: ``card`` and ``pin``."""
    what = {"command": "issue_cards", "brand": brand, "nominal_grosze": nominal_grosze, "count": 1}
    answer = stack.invoke("desk", what | BY_US)
    if answer.get("outcome") != "done":
        raise LocalStackError(f"The desk issued no demo card: {answer}")
    card: Entry = answer["cards"][0]
    return card


def _white_phone(stack: Stack, _before: Entry | None) -> Entry:
    card = _issue(stack, "white_phone", CARD_GROSZE)
    return {"access_number": WHITE_PHONE_NUMBER, **_codes(card), "balance": CARD_GROSZE}


def _telegrosik(stack: Stack, _before: Entry | None) -> Entry:
    card = _issue(stack, "telegrosik", CARD_GROSZE)
    return {"access_number": TELEGROSIK_NUMBER, **_codes(card), "balance": CARD_GROSZE}


def _codes(card: Entry) -> Entry:
    return {"card": card["card"], "pin": card["pin"]}


def _telegrosik_account(stack: Stack, before: Entry | None) -> Entry:
    """Open an account from a number that has none, and load it with a card, as a customer does (TG §2.2)."""
    number = int(before["caller"]) + 1 if before else FIRST_CALLER
    entry: Entry = {"caller": f"+{number}", "access_number": TELEGROSIK_NUMBER, "balance": ACCOUNT_GROSZE}
    network = PhoneNetwork(
        HttpTransport(),
        base_url=stack.base_url,
        account_sid=stack.twilio_account_sid,
        auth_token=stack.twilio_auth_token,
        timeline=Timeline(stack_now(stack)),
    )
    call = network.place(ACTIVATION_NUMBER, entry["caller"])
    for keys in ("1", _issue(stack, "telegrosik", ACCOUNT_GROSZE)["pin"]):
        _listen(network, until=(Doing.LISTENING, Doing.OVER))
        for key in keys:
            call.press(key)
    network.settle()
    if not _is_as_stated(stack, entry):
        raise LocalStackError(f"No demo account was opened. The call went like this:\n{_story(call)}")
    return entry


def _story(call: Call) -> str:
    """What happened in a call, with what our functions answered when they failed."""
    answers = (event.details for event in call.events if event.kind in (Kind.REQUEST, Kind.CALLBACK))
    faults = (str(answer["body"]) for answer in answers if answer["status"] >= 500)
    return "\n".join([*map(str, call.events), *faults])


def _listen(network: PhoneNetwork, until: tuple[Doing, ...]) -> None:
    """Let time pass until the caller is asked for keys, or the call is over."""
    call = network.calls[-1]
    for _ in range(LONGEST_PROMPT_S):
        if call.doing in until:
            return
        network.advance(1)


MAKERS: Mapping[str, Callable[[Stack, Entry | None], Entry]] = {
    "white_phone": _white_phone,
    "telegrosik": _telegrosik,
    "telegrosik_account": _telegrosik_account,
}
