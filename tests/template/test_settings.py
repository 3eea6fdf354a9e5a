"""Each function is given the settings without which its parts can't be put together."""

from collections.abc import Callable
from typing import Any

import pytest

import bank.entry
import desk.entry
import documents.entry
import inbox.entry
import payments.entry
import sms.entry
import voice.entry
import web.entry
import web.refund_entry
from tasks.workflows import WORKFLOWS
from telekarta.adapters.environment import Environment
from tests.kit.template import FUNCTIONS, RESOURCES, TEMPLATE

# What puts a function's parts together, by its logical id: all that it may do first after a cold start.
BUILDERS: dict[str, tuple[Callable[[], Any], ...]] = {
    "VoiceFunction": (voice.entry.door,),
    "WebFunction": (web.entry.parts,),
    "PaymentsFunction": (payments.entry.parts,),
    "SmsFunction": (sms.entry.environment,),
    "InboxFunction": (inbox.entry.parts,),
    "DocumentsFunction": (documents.entry.parts,),
    "RefundFormFunction": (web.refund_entry.parts,),
    "TasksFunction": tuple(machine.connect for machine in WORKFLOWS.values()),
    "BankFunction": (bank.entry.parts,),
    "DeskFunction": (desk.entry.the_desk, desk.entry.the_front, desk.entry.the_runbooks),
}
# The apology needs nothing; each job is asked what it needs of these (tests/functions/test_timers.py).
ELSEWHERE = {"ApologyFunction", "BooksFunction", "TimersFunction"}
OF_ALL = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"].keys()


class Asked(Exception):
    """The settings were asked for, and nothing is built of them."""


def test_every_function_is_looked_at() -> None:
    assert {*BUILDERS, *ELSEWHERE} == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("function", "build"), [(name, build) for name, builders in BUILDERS.items() for build in builders]
)
def test_a_function_is_given_all_that_it_needs(
    monkeypatch: pytest.MonkeyPatch, function: str, build: Callable[[], Any]
) -> None:
    needed: set[str] = set()

    def ask(*names: str) -> Environment:
        needed.update(names)
        raise Asked

    monkeypatch.setattr(Environment, "from_os", ask)
    with pytest.raises(Asked):
        getattr(build, "__wrapped__", build)()  # what was built before is not asked for again
    given = OF_ALL | RESOURCES[function]["Properties"]["Environment"]["Variables"].keys()
    assert needed
    assert needed - given == set()
