"""One spec is all that a command needs: everything else about it follows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from desk import fields
from desk.answers import Json
from desk.documentation import describe
from desk.registry import REGISTRY, Registry
from desk.runbooks import of_runbooks
from desk.spec import Invalid, Spec
from telekarta.usecases.cards.changing import CardRefusal
from telekarta.usecases.commands import CommandRefused, Outcome, record
from telekarta.usecases.desk.deps import DeskDeps
from tests.kit.desk import StoppedClock, a_desk
from tests.kit.memory_store import MemoryStore
from tools import desk as tool
from tools import runbooks

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


# ---------------------------------------------------------------- a command that is new


@dataclass(frozen=True, slots=True)
class CountCards:
    series: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class CardsCounted:
    count: int


class CountRefusal(StrEnum):
    UNKNOWN_SERIES = "unknown_series"


def count_cards(deps: DeskDeps, command: CountCards) -> CardsCounted | CommandRefused[CountRefusal]:
    record(deps, "count_cards", command, command.series)
    if command.series != "2026-11":
        return CommandRefused(CountRefusal.UNKNOWN_SERIES)
    return CardsCounted(3)


def counted(answer: CardsCounted) -> Json:
    return {"outcome": Outcome.DONE, "count": answer.count}


NEW = Spec(
    "count_cards",
    CountCards,
    (fields.Field("series", fields.text(40), "name of the series"), *fields.SIGNED),
    "Counts the cards of a series.",
    {"series": "2026-11", **fields.SIGNATURE},
    carry_out=count_cards,
    respond=counted,
    refusals={CountRefusal.UNKNOWN_SERIES: "There is no such series."},
)
WITH_NEW = Registry((*REGISTRY.specs, NEW))


def answers(event: Json) -> Json:
    command = WITH_NEW.read(event)
    assert not isinstance(command, Invalid)
    return WITH_NEW.answered(a_desk(MemoryStore(), StoppedClock(NOW)), command)


def test_a_spec_that_is_registered_is_a_command_that_is_answered() -> None:
    assert answers(NEW.payload) == {"outcome": "done", "count": 3}
    assert isinstance(WITH_NEW.read(NEW.payload | {"who": " "}), Invalid)
    assert isinstance(REGISTRY.read(NEW.payload), Invalid)


def test_its_refusal_is_told_in_its_own_words() -> None:
    refused = answers(NEW.payload | {"series": "1999-01"})
    assert refused == {
        "outcome": "refused",
        "reason": "unknown_series",
        "message": "There is no such series.",
    }


def test_its_payload_its_page_and_its_runbook_are_made() -> None:
    before, after = tool.generated(), tool.generated(WITH_NEW)
    (payload,) = after.keys() - before.keys()
    assert payload.name == "count_cards.json"
    assert json.loads(after[payload]) == NEW.payload
    assert "## count_cards\n\nCounts the cards of a series." in after[tool.PAGE]
    assert "| `unknown_series` | There is no such series. |" in describe(WITH_NEW)
    assert runbooks.runbook(NEW) in after[tool.RUNBOOKS]
    assert NEW in of_runbooks(WITH_NEW)


def test_a_command_is_registered_once() -> None:
    with pytest.raises(AssertionError, match="there twice"):
        Registry((*REGISTRY.specs, REGISTRY.specs[0]))


# ---------------------------------------------------------------- those that there are


def test_what_is_made_of_the_specs_is_as_it_is_made_now() -> None:
    stale = [path.name for path, text in tool.generated().items() if path.read_text() != text]
    assert stale == [], "make docs"


def reasons_in(annotation: Any) -> Iterator[type[StrEnum]]:
    """The kinds of reasons in an answer's type: those of a `CommandRefused`, and of a refusal of its own."""
    if get_origin(annotation) is CommandRefused:
        (reason,) = get_args(annotation)
        yield from get_args(reason) or (reason,)
    elif is_dataclass(annotation) and annotation.__name__.endswith("Refused"):
        yield get_type_hints(annotation)["reason"]
    else:
        for each in get_args(annotation):
            yield from reasons_in(each)


def reasons_of(spec: Spec[Any, Any]) -> set[StrEnum]:
    answer = get_type_hints(spec.carry_out)["return"]
    return {reason for kind in reasons_in(answer) for reason in kind}


def test_the_reasons_of_a_command_are_read_from_its_use_case() -> None:
    assert reasons_of(NEW) == {CountRefusal.UNKNOWN_SERIES}
    assert reasons_of(REGISTRY["block_card"]) == set(CardRefusal)
    assert sum(bool(reasons_of(spec)) for spec in REGISTRY.specs) > 20


@pytest.mark.parametrize("spec", REGISTRY.specs, ids=lambda spec: spec.name)
def test_every_reason_that_a_command_may_give_has_words(spec: Spec[Any, Any]) -> None:
    assert reasons_of(spec) <= spec.refusals.keys()
    assert all(words.endswith(".") for words in spec.refusals.values())
