"""A correction is a new posting: it gives back what a call took, lot by lot, or takes the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.books.closing import Account, accounts_of, card_differences
from telekarta.domain.books.corrections import (
    CorrectionRefusal,
    Reason,
    charge_more,
    corrected_price_grosze,
    give_back,
    holder_of,
    lots_by_id,
    standing_grosze,
    take_back,
)
from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.issuing import issue, move_onto, new_account
from telekarta.domain.ledger.postings import Hold, Lot, Posting, PostingKind, Source
from telekarta.domain.prices.tariff import Rate

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
REF = Ref.card(Brand.WHITE_PHONE, "123456")
GROSZ_A_SECOND = Rate("48", "Polska", "Poland", 60, 1)
ANNA = Reason("anna.kowalska", "Zgłoszenie 2026/11/17", "r1", NOW)


def card_with(**sources_grosze: int) -> tuple[Card, Posting]:
    card, posting = issue(REF, 2000, "digest", "A", None, NOW)
    lots = tuple(
        Lot(str(n), Source(source), grosze, NOW + timedelta(days=n), posting.id)
        for n, (source, grosze) in enumerate(sources_grosze.items(), start=1)
    )
    return replace(card, lots=lots), replace(posting, amount_grosze=sum(sources_grosze.values()), grants=lots)


def after_call(card: Card, duration_s: int, held_grosze: int = 10_000) -> tuple[Card, Posting]:
    hold = Hold(
        id="CA1-1",
        amount_grosze=held_grosze,
        placed_at=NOW,
        expires_at=NOW,
        call_sid="CA1",
        destination="+48221234567",
        tariff_version="2026-09",
        rate_prefix="48",
        limit_s=600,
    )
    purse, posting = settle(card.ref, card.purse, hold, GROSZ_A_SECOND, duration_s, "CB1", NOW)
    assert posting is not None
    return card.with_purse(purse), posting


def money(card: Card) -> dict[str, int]:
    """What is on the card by source."""
    found: dict[str, int] = {}
    for lot in card.lots:
        if lot.left_grosze:
            found[lot.source] = found.get(lot.source, 0) + lot.left_grosze
    return found


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(
    ("amount", "afterwards"),
    [
        # The call took promotion 100, canteen 200 and 50 of the bank's 300: the bank's come back first.
        (1, {"bank": 251}),
        (50, {"bank": 300}),
        (51, {"bank": 300, "canteen": 1}),
        (250, {"bank": 300, "canteen": 200}),
        (350, {"bank": 300, "canteen": 200, "promotion": 100}),
    ],
)
def test_what_was_spent_last_comes_back_first(amount: int, afterwards: dict[str, int]) -> None:
    card, call = after_call(card_with(bank=300, canteen=200, promotion=100)[0], 350)
    richer, correction = give_back(card, lots_by_id(card), call, (), amount, ANNA, {})
    assert money(richer) == afterwards
    assert (correction.debit, correction.credit) == (call.credit, call.debit)
    assert correction.amount_grosze == amount
    assert correction.details["corrects"] == call.id
    assert (correction.details["who"], correction.details["why"]) == (ANNA.who, ANNA.why)


def test_what_comes_back_keeps_its_source_and_date_and_says_where_it_came_from() -> None:
    card, call = after_call(card_with(bank=300, canteen=200)[0], 250)
    richer, correction = give_back(card, lots_by_id(card), call, (), 250, ANNA, {})
    old = {(lot.source, lot.granted_at) for lot in card.lots}
    assert {(lot.source, lot.granted_at) for lot in correction.grants} == old
    assert {lot.origin for lot in correction.grants} == {"correct:call:CA1-1:1"}
    assert [lot.id for lot in richer.lots] == ["1", "2", "3", "4"]


amounts = st.integers(1, 1000)


@pytest.mark.rule("WP §6.3")
@given(
    st.fixed_dictionaries({"bank": amounts, "canteen": amounts, "promotion": amounts}),
    st.lists(st.tuples(st.booleans(), st.integers(0, 3000)), max_size=8),
    st.integers(1, 3000),
)
def test_however_a_call_is_corrected_lots_and_postings_agree(
    sources: dict[str, int], wishes: list[tuple[bool, int]], duration_s: int
) -> None:
    """And when all is given back, each source has what it had."""
    start, issued = card_with(**sources)
    total = start.balance_grosze
    card, call = after_call(start, min(duration_s, total))
    corrections: list[Posting] = []
    for gives, wish in wishes:
        standing = standing_grosze(call, corrections)
        if gives and standing:
            amount = 1 + wish % standing
            card, booked = give_back(card, lots_by_id(card), call, corrections, amount, ANNA, {})
            corrections.append(booked)
        elif not gives and card.balance_grosze:
            amount = 1 + wish % card.balance_grosze
            done = charge_more(card, call, corrections, amount, ANNA, {})
            assert isinstance(done, tuple)
            card, booked = done
            corrections.append(booked)
        assert card.balance_grosze + standing_grosze(call, corrections) == total
    account = accounts_of([issued, call, *corrections], NOW.date(), None)[str(REF)]
    assert card_differences(card, account) == ()
    assert isinstance(account, Account)
    standing = standing_grosze(call, corrections)
    if standing:
        card, _ = give_back(card, lots_by_id(card), call, corrections, standing, ANNA, {})
    assert money(card) == sources


def test_the_money_of_a_card_that_was_moved_goes_to_its_account_with_source_and_date() -> None:
    ref = Ref.card(Brand.TELEGROSIK, "1234567890")
    card, _ = issue(ref, 2000, "digest", "A", None, NOW)
    card, call = after_call(card, 100)
    account, used_up, _ = move_onto(new_account("+48600100200", NOW), card, NOW + timedelta(days=1))
    richer, correction = give_back(account, lots_by_id(used_up, account), call, (), 100, ANNA, {})
    assert richer.balance_grosze == 2000
    assert (richer.lots[-1].source, richer.lots[-1].granted_at) == (Source.RETAIL, NOW)
    assert correction.credit == str(account.ref)


def test_a_correction_wakes_no_card() -> None:
    card, call = after_call(card_with(canteen=500)[0], 100)
    blocked = replace(card, status=Status.BLOCKED)
    richer, _ = give_back(blocked, lots_by_id(card), call, (), 100, ANNA, {})
    assert (richer.status, richer.last_active_at) == (Status.BLOCKED, blocked.last_active_at)


def test_held_money_pays_no_correction() -> None:
    card, call = after_call(card_with(canteen=500)[0], 100)
    hold = Hold("CA2-1", 300, NOW, NOW, "CA2", "+48221234567", "2026-09", "48", 60)
    busy = replace(card, hold=hold)
    assert charge_more(busy, call, (), 101, ANNA, {}) is CorrectionRefusal.NOT_ENOUGH_MONEY
    done = charge_more(busy, call, (), 100, ANNA, {})
    assert isinstance(done, tuple)
    assert done[0].balance_grosze == 300


def test_an_issue_is_taken_back_from_its_own_lots_only() -> None:
    card, posting = card_with(canteen=500)
    bank = Lot("2", Source.BANK, 700, NOW, "bank:1")
    card, _ = after_call(replace(card, lots=(*card.lots, bank)), 100)
    assert take_back(card, posting, (), 401, ANNA) is CorrectionRefusal.NOT_ENOUGH_MONEY
    done = take_back(card, posting, (), 400, ANNA)
    assert isinstance(done, tuple)
    poorer, correction = done
    assert money(poorer) == {"bank": 700}
    assert (correction.debit, correction.credit) == (posting.credit, posting.debit)
    assert standing_grosze(posting, [correction]) == 100


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(("duration_s", "price"), [(0, 0), (99, 99), (300, 300), (301, 300)])
def test_a_corrected_call_never_costs_more_than_was_set_aside(duration_s: int, price: int) -> None:
    _, call = after_call(card_with(canteen=500)[0], 100, held_grosze=300)
    assert corrected_price_grosze(call, GROSZ_A_SECOND, duration_s) == price


def test_only_calls_and_issues_are_corrected() -> None:
    card, issued = card_with(canteen=500)
    _, call = after_call(card, 100)
    assert (holder_of(call), holder_of(issued)) == (REF, REF)
    for kind in (PostingKind.CARD_TO_ACCOUNT, PostingKind.CORRECTION):
        assert holder_of(replace(call, kind=kind)) is None
