"""Cards and accounts are shown, blocked and let be used again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.issuing import new_account
from telekarta.domain.ledger.postings import Hold, balance_of
from telekarta.usecases.cards.changing import BlockCard, CardChanged, CardRefusal, UnblockCard
from telekarta.usecases.cards.information_lines import (
    RegisterInformationLine,
    RemoveInformationLine,
)
from telekarta.usecases.cards.showing import CardShown, ShowCard
from telekarta.usecases.commands import CommandRefused, Outcome
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.desk import (
    ANNA,
    NOW,
    TG,
    WP,
    carry_out,
    desk,
    just_before,
    order,
    store_with,
    white_phone_card,
)

BANK_LINE = "+48800302302"


def test_a_card_is_shown_with_its_postings() -> None:
    store = store_with()
    carry_out(desk(store, "123456"), order())
    shown = carry_out(desk(store), ShowCard(WP, "123456"))
    assert isinstance(shown, CardShown)
    assert shown.card.balance_grosze == balance_of(str(shown.card.ref), shown.postings) == 2000


def test_a_line_with_its_plus_shows_its_account() -> None:
    account = new_account("+48600700866", NOW)
    assert carry_out(desk(store_with(account)), ShowCard(TG, "+48600700866")) == CardShown(account, (), NOW)


@pytest.mark.parametrize(
    "command",
    [
        ShowCard(WP, "999999"),
        BlockCard(WP, "999999", *ANNA),
        UnblockCard(TG, "+48600700866", *ANNA),
        RegisterInformationLine("999999", BANK_LINE, *ANNA),
        RemoveInformationLine("999999", BANK_LINE, *ANNA),
    ],
)
def test_a_card_that_is_not_there_is_refused_by_name(command: object) -> None:
    assert carry_out(desk(store_with(white_phone_card())), command) == CommandRefused(
        CardRefusal.UNKNOWN_CARD
    )


@pytest.mark.rule("WP §16.1", "TG §10.2")
@pytest.mark.parametrize(
    ("card", "brand", "number"),
    [(white_phone_card(), WP, "123456"), (new_account("+48600700866", NOW), TG, "+48600700866")],
)
def test_a_card_is_blocked_once_and_unblocked_once(card: Card, brand: Brand, number: str) -> None:
    store = store_with(card)
    block, unblock = BlockCard(brand, number, *ANNA), UnblockCard(brand, number, *ANNA)
    story = [carry_out(desk(store), command) for command in (block, block, unblock, unblock)]
    assert [(a.outcome, a.card.status) for a in story if isinstance(a, CardChanged)] == [
        (Outcome.DONE, Status.BLOCKED),
        (Outcome.UNCHANGED, Status.BLOCKED),
        (Outcome.DONE, Status.ACTIVE),
        (Outcome.UNCHANGED, Status.ACTIVE),
    ]
    assert store.cards[card.ref] == replace(card, version=3)


@pytest.mark.rule("WP §16.1")
def test_blocking_leaves_a_call_in_progress_its_hold() -> None:
    hold = Hold("CA1-1", 500, NOW, NOW + timedelta(hours=1), "CA1", "+48600700866", "2026-09", "48600", 900)
    store = store_with(replace(white_phone_card(), hold=hold))
    carry_out(desk(store), BlockCard(WP, "123456", *ANNA))
    card = store.cards[Ref.card(WP, "123456")]
    assert (card.status, card.hold) == (Status.BLOCKED, hold)


@pytest.mark.parametrize("command", [BlockCard, UnblockCard])
def test_a_used_up_card_stays_used_up(command: type[BlockCard] | type[UnblockCard]) -> None:
    used_up = replace(white_phone_card(), status=Status.USED_UP)
    store = store_with(used_up)
    assert carry_out(desk(store), command(WP, "123456", *ANNA)) == CommandRefused(CardRefusal.CARD_USED_UP)
    assert store.cards[used_up.ref] == used_up


def test_a_change_that_meets_another_is_decided_anew_on_what_the_other_left() -> None:
    card = white_phone_card()
    store = store_with(card)
    topped_up = replace(card, version=2, information_lines=frozenset({"+48800111222"}))
    meanwhile = iter([topped_up])
    store.faults = just_before("write", lambda: store.cards.update({c.ref: c for c in meanwhile}))
    carry_out(desk(store), RegisterInformationLine("123456", BANK_LINE, *ANNA))
    changed = store.cards[card.ref]
    assert changed.information_lines == {"+48800111222", BANK_LINE}
    assert changed.version == 3


def test_a_card_that_never_holds_still_is_given_up_in_the_end() -> None:
    store = store_with(white_phone_card())
    ref = Ref.card(WP, "123456")

    def somebody_else() -> None:
        store.cards[ref] = replace(store.cards[ref], version=store.cards[ref].version + 1)

    store.faults = just_before("write", somebody_else)
    with pytest.raises(StoreUnavailable):
        carry_out(desk(store), BlockCard(WP, "123456", *ANNA))
