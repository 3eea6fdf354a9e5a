"""Demo cards and a demo account: made as customers get them, and kept while their balance is as stated.

They are remembered in the emulator (an SSM parameter), so they are always those of the stack that is there.
"""

import contextlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local.frontdoor import clock_offset_s
from local.network import Doing, HttpTransport, PhoneNetwork, Timeline
from local.processes import LocalStackError
from local.stack import FunctionFailedError, Stack
from telekarta.domain.brands import LINES

DEMO_PARAMETER = "/telekarta/local/demo"
WHITE_PHONE_NUMBER = "+48800007744"
TELEGROSIK_NUMBER = "+48800901900"
ACTIVATION_NUMBER = "+48800801919"
LONGEST_PROMPTS_S = 600
BY_US = {"who": "demo", "why": "demo data"}

Entry = dict[str, Any]


def load_demo(stack: Stack) -> dict[str, Entry]:
    """The ``demo`` part of ``stack.json`` (DESIGN §6); what is missing or was used is made anew.

    The front door must be open: the account is opened by a telephone call.
    """
    kept = _remembered(stack)
    makers = {"white_phone": white_phone, "telegrosik": telegrosik, "telegrosik_account": telegrosik_account}
    entries = {
        name: kept[name] if name in kept and is_as_stated(stack, kept[name]) else make(stack)
        for name, make in makers.items()
    }
    if entries != kept:
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


def white_phone(stack: Stack) -> Entry:
    card = issue(stack, "white_phone", 2000)
    return {"access_number": WHITE_PHONE_NUMBER, "card": card["card"], "pin": card["pin"], "balance": 2000}


def telegrosik(stack: Stack) -> Entry:
    card = issue(stack, "telegrosik", 2000)
    return {"access_number": TELEGROSIK_NUMBER, "card": card["card"], "pin": card["pin"], "balance": 2000}
