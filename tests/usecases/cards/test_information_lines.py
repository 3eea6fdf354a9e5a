"""Information lines are registered for a card, and removed."""

from dataclasses import replace

import pytest

from telekarta.domain.cards.card import Ref
from telekarta.domain.prices.dialling import DialRefusal
from telekarta.usecases.cards.changing import CardChanged
from telekarta.usecases.cards.information_lines import (
    LineRefusal,
    RegisterInformationLine,
    RemoveInformationLine,
)
from telekarta.usecases.commands import CommandRefused, Outcome
from tests.kit.desk import ANNA, WP, carry_out, desk, store_with, white_phone_card

BANK_LINE = "+48800302302"


@pytest.mark.rule("WP §2.8")
@pytest.mark.parametrize("keyed", ["800302302", "800 302 302", "+48800302302", "0048800302302"])
def test_a_banks_line_is_registered_however_it_was_written(keyed: str) -> None:
    store = store_with(white_phone_card())
    answer = carry_out(desk(store), RegisterInformationLine("123456", keyed, *ANNA))
    assert isinstance(answer, CardChanged)
    assert answer.outcome is Outcome.DONE
    assert store.cards[Ref.card(WP, "123456")].information_lines == {BANK_LINE}


@pytest.mark.rule("WP §2.8")
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+48600700866", LineRefusal.NOT_REGISTRABLE),
        ("+48800007744", LineRefusal.NOT_REGISTRABLE),
        ("700123456", DialRefusal.PREMIUM_NUMBER),
        ("112", DialRefusal.EMERGENCY_NUMBER),
        ("80030", DialRefusal.SHORT_NUMBER),
    ],
)
def test_nothing_but_an_information_line_is_registered(
    number: str, reason: LineRefusal | DialRefusal
) -> None:
    card = white_phone_card()
    store = store_with(card)
    assert carry_out(desk(store), RegisterInformationLine("123456", number, *ANNA)) == CommandRefused(reason)
    assert store.cards[card.ref] == card


@pytest.mark.rule("WP §2.8")
def test_a_line_is_registered_once_and_removed_once() -> None:
    store = store_with(white_phone_card())
    register = RegisterInformationLine("123456", BANK_LINE, *ANNA)
    remove = RemoveInformationLine("123456", "800 302 302", *ANNA)
    story = [carry_out(desk(store), command) for command in (register, register, remove, remove)]
    assert [a.outcome for a in story if isinstance(a, CardChanged)] == [
        Outcome.DONE,
        Outcome.UNCHANGED,
        Outcome.DONE,
        Outcome.UNCHANGED,
    ]
    assert store.cards[Ref.card(WP, "123456")].information_lines == frozenset()


def test_a_line_that_the_numbering_plan_forgot_can_still_be_removed() -> None:
    forgotten = "+48700111222"
    store = store_with(replace(white_phone_card(), information_lines=frozenset({forgotten})))
    carry_out(desk(store), RemoveInformationLine("123456", forgotten, *ANNA))
    assert store.cards[Ref.card(WP, "123456")].information_lines == frozenset()
