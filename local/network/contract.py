"""What the network must know of a stack: where its webhooks are and which account signs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Contract:
    """The telephone's part of `.local/stack.json`; `demo` is as it stands there."""

    base_url: str
    account_sid: str
    auth_token: str
    demo: Mapping[str, Mapping[str, Any]]


def contract(stack: Mapping[str, Any]) -> Contract:
    twilio = stack["twilio"]
    return Contract(stack["base_url"], twilio["account_sid"], twilio["auth_token"], stack.get("demo", {}))


def contract_of(connection: HTTPConnection) -> Contract:
    """From `app.state.stack`: the content of `stack.json`, or an object whose `contract()` gives it."""
    stack = connection.app.state.stack
    return contract(stack if isinstance(stack, Mapping) else stack.contract())
