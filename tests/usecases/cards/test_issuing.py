"""Cards are issued: the only time that PINs are shown."""

from dataclasses import replace

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.codes import same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.terms import NOMINALS_GROSZE
from telekarta.domain.ledger.postings import balance_of
from telekarta.usecases.cards.issuing import CardsIssued, IssuedBefore, IssueRefusal
from telekarta.usecases.commands import CommandRefused, Outcome
from tests.kit.desk import (
    PEPPER,
    TG,
    WP,
    carry_out,
    desk,
    down,
    just_before,
    order,
    store_with,
    white_phone_card,
)


def issued(answer: object) -> CardsIssued:
    assert isinstance(answer, CardsIssued)
    return answer


@pytest.mark.rule("WP §1.2.9", "WP §2.6")
def test_a_white_phone_card_is_born_with_a_number_a_pin_and_its_nominal() -> None:
    store = store_with()
    answer = issued(carry_out(desk(store, "654321", "00000042"), order()))
    assert [(card.card, card.pin) for card in answer.cards] == [("654321", "00000042")]
    card = store.cards[Ref.card(WP, "654321")]
    assert (card.balance_grosze, card.nominal_grosze, card.series) == (2000, 2000, "2026-11")
    assert same(card.pin_digest, white_phone_pin_digest(PEPPER, "654321", "00000042"))
    assert balance_of(str(card.ref), store.booked.values()) == 2000


@pytest.mark.rule("TG §2.9", "TG §2.10", "TG §6.12")
def test_a_telegrosik_card_has_a_serial_and_is_found_by_its_pin_alone() -> None:
    store = store_with()
    command = replace(order(brand=TG), valid_months=6)
    answer = issued(carry_out(desk(store, "1234567890", "234567890123"), command))
    assert [(card.card, card.pin) for card in answer.cards] == [("1234567890", "234567890123")]
    card = store.cards[Ref.card(TG, "1234567890")]
    assert card.pin_digest == telegrosik_pin_digest(PEPPER, "234567890123")
    assert card.valid_months == 6


@pytest.mark.rule("WP §2.6", "TG §2.9")
@pytest.mark.parametrize(("brand", "nominal"), [(b, n) for b in Brand for n in NOMINALS_GROSZE[b]])
def test_every_nominal_of_a_brand_can_be_issued(brand: Brand, nominal: int) -> None:
    store = store_with()
    assert issued(carry_out(desk(store), order(1, brand, nominal))).outcome is Outcome.DONE
    assert [card.balance_grosze for card in store.cards.values()] == [nominal]


def test_a_taken_number_is_drawn_again_and_nobody_loses_their_card() -> None:
    owned = white_phone_card("111111", 500)
    store = store_with(owned)
    answer = issued(carry_out(desk(store, "111111", "222222"), order()))
    assert [card.card for card in answer.cards] == ["222222"]
    assert store.cards[owned.ref] == owned


def test_one_batch_never_draws_a_number_twice() -> None:
    answer = issued(carry_out(desk(store_with(), "111111", "111111", "222222"), order(2)))
    assert [card.card for card in answer.cards] == ["111111", "222222"]


def test_when_numbers_run_out_nothing_is_issued_and_nothing_recorded() -> None:
    store = store_with(white_phone_card("111111"))
    assert carry_out(desk(store, *["111111"] * 20), order()) == CommandRefused(IssueRefusal.OUT_OF_NUMBERS)
    assert not store.commands


@pytest.mark.rule("TG §2.10")
def test_a_telegrosik_pin_that_another_card_has_is_drawn_again() -> None:
    store = store_with()
    taken, free = "999999999999", "888888888888"
    carry_out(desk(store, "1111111111", taken), order(brand=TG))
    answer = issued(carry_out(desk(store, "2222222222", taken, free), order(brand=TG)))
    assert [(card.card, card.pin) for card in answer.cards] == [("2222222222", free)]


def test_a_request_told_twice_makes_one_batch_and_shows_its_pins_once() -> None:
    store = store_with()
    first = carry_out(desk(store), order(3, request_id="kantyna-118"))
    again = carry_out(desk(store, "555555", "666666", "777777"), order(3, request_id="kantyna-118"))
    assert issued(first).outcome is Outcome.DONE
    assert again == IssuedBefore("issue_cards:kantyna-118")
    assert len(store.cards) == 3


def test_the_record_of_a_batch_names_its_numbers_and_none_of_its_pins() -> None:
    store = store_with()
    answer = issued(carry_out(desk(store), order(3, request_id="kantyna-118")))
    subject = store.commands["issue_cards:kantyna-118"].subject
    assert all(card.card in subject and card.pin not in subject for card in answer.cards)


def test_a_store_that_fails_amid_a_batch_costs_no_pin_that_was_made() -> None:
    answered = iter([1, 2])

    def fail_the_third() -> None:
        if next(answered, None) is None:
            down()

    store = store_with(faults=just_before("issue", fail_the_third))
    numbers = ("111111", "222222", "333333", "444444")
    answer = issued(carry_out(desk(store, *numbers), order(4)))
    assert answer.outcome is Outcome.PARTLY_DONE
    assert [card.card for card in answer.cards] == ["111111", "222222"]
    assert answer.uncertain == ("333333",)


def test_issuing_stops_while_there_is_time_to_show_the_pins() -> None:
    time_left_s = iter([10.0, 5.0, 1.9])
    answer = issued(carry_out(replace(desk(store_with()), time_left_s=lambda: next(time_left_s)), order(5)))
    assert answer.outcome is Outcome.PARTLY_DONE
    assert len(answer.cards) == 2
    assert answer.uncertain == ()


def test_a_number_taken_between_the_draw_and_the_issue_is_told_as_uncertain() -> None:
    store = store_with()
    somebodys = white_phone_card("111111", 500)
    store.faults = just_before("issue", lambda: store.cards.update({somebodys.ref: somebodys}))
    answer = issued(carry_out(desk(store, "111111", "222222"), order(2)))
    assert (answer.outcome, answer.uncertain) == (Outcome.PARTLY_DONE, ("111111",))
    assert [card.card for card in answer.cards] == ["222222"]
    assert store.cards[somebodys.ref] == somebodys
