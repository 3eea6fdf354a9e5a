"""The example of "A step of the simulator" in CONTRIBUTING.md, carried out as it stands there."""

from dataclasses import replace
from typing import Any

import pytest

from telekarta.domain.ledger.postings import PostingKind
from tests.kit.worked_examples import examples, is_short, misplaced
from tests.simulation import cards, world
from tests.simulation.auditor import Violation
from tests.simulation.registry import LAWS, STEPS
from tests.simulation.world import World

EXAMPLE = examples()["A step of the simulator"]
CARDS_BEFORE = 6


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The example's names, run where they would stand, and its laws in force."""
    (block,) = EXAMPLE.values()
    found = block.run(vars(cards))
    monkeypatch.setattr(world, "LAWS", {**LAWS, **found["LAWS"]})
    return found


def test_the_example_is_short_and_names_places_that_exist() -> None:
    assert is_short(EXAMPLE)
    assert misplaced(EXAMPLE) == []


def test_it_keeps_what_the_capability_exports_and_adds_its_own(names: dict[str, Any]) -> None:
    before, after = [type(step).__name__ for step in cards.STEPS], [*map(type, names["STEPS"])]
    assert [kind.__name__ for kind in after] == [*before, "ShopOrders"]
    assert names["LAWS"].items() > cards.LAWS.items()
    assert not names["LAWS"].keys() & (LAWS.keys() - cards.LAWS.keys())


def test_it_happens_among_the_others_and_every_law_holds(names: dict[str, Any]) -> None:
    lived = World(7)
    for number, step in enumerate([names["ShopOrders"](), *STEPS] * 3):
        lived.take(number, step)
    lived.take(1000, World.come_to_rest)
    assert sum("a shop orders" in line for line in lived.story) == 3
    assert len(lived.store.cards) > CARDS_BEFORE


def test_its_law_can_be_broken(names: dict[str, Any]) -> None:
    lived = World(7)
    posting = next(each for each in lived.store.booked.values() if each.kind is PostingKind.CARD_ISSUED)
    law = names["LAWS"][PostingKind.CARD_ISSUED]
    law(lived, posting, {})
    with pytest.raises(Violation, match="no card that was sold then"):
        law(lived, replace(posting, credit="card:white_phone:999999"), {})
