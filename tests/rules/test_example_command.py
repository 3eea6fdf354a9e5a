"""The example of an operator's command in CONTRIBUTING.md, carried out as it stands there."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from desk.capabilities import cards
from desk.registry import REGISTRY, Registry
from desk.runbooks import of_runbooks
from desk.spec import Spec
from local.processes import ROOT
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.issuing import issue
from telekarta.usecases.cards import information_lines
from tests.kit.desk import StoppedClock, a_desk
from tests.kit.memory_store import MemoryStore
from tools import desk as tool

PACKAGE = ROOT / "layers/telekarta/python/telekarta"
NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
CARD = Ref.card(Brand.WHITE_PHONE, "123456")


def section() -> str:
    _, _, rest = (ROOT / "CONTRIBUTING.md").read_text().partition("### An operator's command\n")
    return re.split(r"^##", rest, maxsplit=1, flags=re.M)[0]


CODE = re.findall(r"```python\n(.*?)```", section(), re.S)


@pytest.fixture(scope="module")
def spec() -> Spec[Any, Any]:
    """The example's spec: its use case is run as a part of the module that it names, and so is the spec."""
    use_case, capability = CODE
    told: dict[str, Any] = dict(vars(information_lines))
    exec(use_case, told)
    told = {**told, **vars(cards)}
    exec(capability, told)
    (found,) = (each for each in told["SPECS"] if isinstance(each, Spec))
    return found


@pytest.fixture(scope="module")
def commands(spec: Spec[Any, Any]) -> Registry:
    return Registry((*REGISTRY.specs, spec))


def test_the_example_is_short_and_names_where_it_belongs() -> None:
    assert sum(len(each.splitlines()) for each in CODE) <= 30
    named = [each.removeprefix("# ").partition("\n")[0] for each in CODE]
    assert [path for path in named if not any((folder / path).exists() for folder in (ROOT, PACKAGE))] == []


def test_the_example_does_what_it_says(commands: Registry, spec: Spec[Any, Any]) -> None:
    card, posting = issue(CARD, 2000, "digest", "2026-11", None, NOW)
    store = MemoryStore()
    assert store.issue(replace(card, information_lines=frozenset({"+48800302302"})), posting)

    def answer(event: Mapping[str, Any]) -> Mapping[str, Any]:
        return commands.answered(a_desk(store, StoppedClock(NOW)), commands.read(event))

    assert answer(spec.payload)["outcome"] == "done"
    assert store.cards[CARD].information_lines == frozenset()
    assert answer(spec.payload)["outcome"] == "unchanged"
    assert answer(spec.payload | {"card": "654321"})["reason"] == "unknown_card"
    assert {record.command for record in store.commands.values()} == {spec.name}


def test_its_payload_its_page_and_its_runbook_follow(commands: Registry, spec: Spec[Any, Any]) -> None:
    made = tool.generated(commands)
    assert tool.PAYLOADS / f"{spec.name}.json" in made
    assert f"## {spec.name}" in made[tool.PAGE]
    assert "ClearInformationLinesRunbook" in made[tool.RUNBOOKS]
    assert spec in of_runbooks(commands)
