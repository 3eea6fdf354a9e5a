"""What the rest of ``local`` and the tests know about a running stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws import REGION, client
from local.processes import ROOT, LocalStackError

STACK_NAME = "telekarta-local"
CONTRACT = ROOT / ".local/stack.json"


class FunctionFailedError(LocalStackError):
    """A function raised: the emulator's answer with ``errorType`` and ``errorMessage``."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{answer.get('errorType')}: {answer.get('errorMessage')}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployed stack and the account at Twilio that it believes in.

    ``functions`` and ``tables`` go from our short name (``voice``, ``cards``) to the name in AWS; ``demo`` is
    the part of that name in ``stack.json`` (DESIGN §6).
    """

    base_url: str
    aws_endpoint_url: str
    api_id: str
    functions: Mapping[str, str]
    tables: Mapping[str, str]
    twilio_account_sid: str
    twilio_auth_token: str
    region: str = REGION
    state_machines: Mapping[str, str] = field(default_factory=dict)
    demo: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return client(service, self.aws_endpoint_url)

    def invoke(self, function: str, payload: object) -> Any:
        """Call one of ``functions`` and return its answer; raises FunctionFailedError if it raised."""
        response = self.client("lambda").invoke(
            FunctionName=self.functions[function], Payload=json.dumps(payload).encode()
        )
        answer = json.load(response["Payload"])
        if "FunctionError" in response:
            raise FunctionFailedError(answer)
        return answer

    def contract(self) -> dict[str, Any]:
        """The content of ``stack.json``."""
        return {
            "base_url": self.base_url,
            "aws_endpoint_url": self.aws_endpoint_url,
            "region": self.region,
            "twilio": {"account_sid": self.twilio_account_sid, "auth_token": self.twilio_auth_token},
            "functions": dict(self.functions),
            "state_machines": dict(self.state_machines),
            "tables": dict(self.tables),
            "demo": {name: dict(entry) for name, entry in self.demo.items()},
        }

    def write_contract(self, path: Path = CONTRACT) -> None:
        """Write ``stack.json`` at once, so that whoever waits for the file never reads half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        unfinished.write_text(json.dumps(self.contract(), indent=2) + "\n")
        unfinished.replace(path)
