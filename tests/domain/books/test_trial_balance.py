"""The trial balance: books that are in order say so, and nothing that was tampered with goes unnamed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.books.closing import (
    Account,
    Closing,
    Difference,
    Mismatch,
    accounts_of,
    awaited,
    card_differences,
    closings_of,
    ledger_differences,
)
from telekarta.domain.books.corrections import Reason, charge_more, give_back, lots_by_id
from telekarta.domain.books.trial_balance import Row, as_document, as_text_page, statement, zlote
from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.issuing import issue, move_onto, new_account
from telekarta.domain.ledger.postings import Draw, Hold, Posting, PostingKind, Source
from telekarta.domain.prices.tariff import Rate

DAY = date(2026, 11, 17)
BEFORE = date(2026, 11, 16)
FIRST = datetime(2026, 11, 15, 12, tzinfo=UTC)
MADE_AT = datetime(2026, 11, 18, 4, tzinfo=UTC)
RATE = Rate("48", "Polska", "Poland", 290, 10)


def a_hold(number: int, amount_grosze: int, now: datetime) -> Hold:
    return Hold(
        id=f"CA{number}-1",
        amount_grosze=amount_grosze,
        placed_at=now,
        expires_at=now + timedelta(hours=1),
        call_sid=f"CA{number}",
        destination="+48221234567",
        tariff_version="2026-09",
        rate_prefix="48",
        limit_s=600,
    )


@dataclass
class Shop:
    """A few days of a small operator: cards issued, calls, moves and corrections, each by the real rules."""

    chance: Random

    def __post_init__(self) -> None:
        self.cards: dict[Ref, Card] = {}
        self.postings: list[Posting] = []
        self.now = FIRST
        for number in range(3):
            ref = Ref.card(Brand.TELEGROSIK, f"123456789{number}")
            card, posting = issue(ref, self.chance.choice((500, 2000, 5000)), "digest", "A", None, self.now)
            self.keep(card, posting)
        account = new_account("+48600100200", self.now)
        self.cards[account.ref] = account

    def keep(self, card: Card, posting: Posting) -> None:
        self.cards[card.ref] = card
        self.postings.append(posting)

    def live(self, steps: int) -> None:
        for number in range(steps):
            self.now += timedelta(minutes=self.chance.randrange(1, 300))
            card = self.chance.choice(list(self.cards.values()))
            {"call": self.call, "move": self.move, "back": self.back, "more": self.more}[
                self.chance.choice(("call", "call", "call", "move", "back", "more"))
            ](card, number)

    def call(self, card: Card, number: int) -> None:
        hold = a_hold(number, card.balance_grosze, self.now)
        purse, posting = settle(card.ref, card.purse, hold, RATE, self.chance.randrange(400), "CB", self.now)
        if posting is not None:
            self.keep(card.with_purse(purse), posting)

    def move(self, card: Card, number: int) -> None:
        account = self.cards[Ref.account("+48600100200")]
        if card.ref != account.ref and card.balance_grosze:
            richer, used_up, posting = move_onto(account, card, self.now)
            self.cards[account.ref] = richer
            self.keep(used_up, posting)

    def calls_of(self, card: Card) -> list[Posting]:
        return [
            each for each in self.postings if each.kind is PostingKind.CALL and each.debit == str(card.ref)
        ]

    def back(self, card: Card, number: int) -> None:
        calls = self.calls_of(card)
        if calls:
            call, already = self.corrected(self.chance.choice(calls))
            left = call.amount_grosze + sum(
                each.amount_grosze * (-1 if each.debit == call.credit else 1) for each in already
            )
            if left:
                amount = self.chance.randint(1, left)
                reason = Reason("anna", "reklamacja", f"r{number}", self.now)
                self.keep(*give_back(card, lots_by_id(card), call, already, amount, reason, {}))

    def more(self, card: Card, number: int) -> None:
        calls = self.calls_of(card)
        if calls and card.balance_grosze:
            call, already = self.corrected(self.chance.choice(calls))
            amount = self.chance.randint(1, card.balance_grosze)
            done = charge_more(card, call, already, amount, Reason("anna", "why", "", self.now), {})
            assert isinstance(done, tuple)
            self.keep(*done)

    def corrected(self, call: Posting) -> tuple[Posting, list[Posting]]:
        return call, [each for each in self.postings if each.details.get("corrects") == call.id]


def shop(seed: int, steps: int = 12) -> Shop:
    shop = Shop(Random(seed))
    shop.live(steps)
    return shop


def look(
    cards: Iterable[Card], postings: Sequence[Posting], closed_with: Sequence[Posting] | None = None
) -> list[Difference]:
    """Everything that differs, with the day before closed by what the postings were then."""
    opening = closings_of(accounts_of(closed_with or postings, BEFORE, None), BEFORE, ())
    accounts = accounts_of(postings, DAY, opening)
    found = list(ledger_differences(accounts, opening))
    for card in cards:
        found.extend(card_differences(card, accounts.get(str(card.ref), Account())))
    return found


SEEDS = st.integers(0, 10**9)


# ---------------------------------------------------------------- books in order


@given(SEEDS)
def test_books_that_were_kept_by_the_rules_balance(seed: int) -> None:
    life = shop(seed)
    assert look(life.cards.values(), life.postings) == []


@given(SEEDS)
def test_opening_and_movements_make_the_closing_of_every_account(seed: int) -> None:
    life = shop(seed)
    opening = closings_of(accounts_of(life.postings, BEFORE, None), BEFORE, ())
    accounts = accounts_of(life.postings, DAY, opening)
    closing = closings_of(accounts, DAY, ())
    at_once = closings_of(accounts_of(life.postings, DAY, None), DAY, ())
    assert closing == at_once
    assert sum(each.balance_grosze for each in closing.accounts.values()) == 0
    assert all(each.balance_grosze >= 0 for name, each in closing.accounts.items() if "card:" in name)


# ---------------------------------------------------------------- tampering


@given(SEEDS, st.data())
def test_a_dropped_posting_is_found(seed: int, data: st.DataObject) -> None:
    life = shop(seed)
    gone = data.draw(st.sampled_from(life.postings))
    found = look(life.cards.values(), [each for each in life.postings if each is not gone], life.postings)
    sides = {side for side in (gone.debit, gone.credit) if side in map(str, life.cards)}
    assert sides <= {each.account for each in found}


@given(SEEDS, st.data())
def test_a_posting_that_was_made_up_is_found(seed: int, data: st.DataObject) -> None:
    life = shop(seed)
    told = data.draw(st.sampled_from(life.postings))
    assert look(life.cards.values(), [*life.postings, replace(told, id="call:CA999-1")], life.postings)


def changed_by(posting: Posting, grosze: int) -> Posting:
    """The posting with another amount, and its parts made to match, so that it is a posting still."""
    draws, grants = posting.draws, posting.grants
    if draws:
        first, *others = draws
        draws = (replace(first, amount_grosze=first.amount_grosze + grosze), *others)
    if grants:
        lot, *more = grants
        grants = (replace(lot, left_grosze=lot.left_grosze + grosze), *more)
    return replace(posting, amount_grosze=posting.amount_grosze + grosze, draws=draws, grants=grants)


@given(SEEDS, st.integers(1, 10_000), st.data())
def test_a_changed_amount_is_found(seed: int, grosze: int, data: st.DataObject) -> None:
    life = shop(seed)
    told = data.draw(st.sampled_from(life.postings))
    changed = [changed_by(each, grosze) if each is told else each for each in life.postings]
    assert look(life.cards.values(), changed, life.postings)


@given(SEEDS, st.integers(1, 10_000), st.data())
def test_a_changed_lot_is_found_on_its_card(seed: int, grosze: int, data: st.DataObject) -> None:
    life = shop(seed)
    card = data.draw(st.sampled_from([card for card in life.cards.values() if card.lots]))
    lot = data.draw(st.sampled_from(card.lots))
    richer = replace(lot, left_grosze=lot.left_grosze + grosze)
    changed = replace(card, lots=tuple(richer if each is lot else each for each in card.lots))
    found = look((life.cards | {card.ref: changed}).values(), life.postings)
    assert [(each.account, each.found_grosze - each.expected_grosze) for each in found] == [
        (str(card.ref), grosze)
    ]


@given(SEEDS, st.data())
def test_money_that_was_called_by_another_name_is_found(seed: int, data: st.DataObject) -> None:
    """The balance is right, but a promotion can't be refunded and a bank transfer can (WP §7)."""
    life = shop(seed)
    card = data.draw(st.sampled_from([card for card in life.cards.values() if card.lots]))
    lot = data.draw(st.sampled_from(card.lots))
    other = data.draw(st.sampled_from([source for source in Source if source is not lot.source]))
    lots = tuple(replace(each, source=other) if each is lot else each for each in card.lots)
    found = look((life.cards | {card.ref: replace(card, lots=lots)}).values(), life.postings)
    assert [(each.account, each.mismatch, each.note) for each in found] == [
        (str(card.ref), Mismatch.LOT, f"lot {lot.id}")
    ]


# ---------------------------------------------------------------- each difference by its name

REF = Ref.card(Brand.TELEGROSIK, "1234567890")
CARD, ISSUED = issue(REF, 2000, "digest", "A", None, FIRST)


def called(cost: int, at: datetime, posting_id: str = "call:CA1-1") -> Posting:
    return Posting(
        posting_id,
        PostingKind.CALL,
        str(REF),
        "revenue:calls:telegrosik",
        cost,
        "TG §6.5",
        at,
        draws=(Draw("1", cost, 2000 - cost),),
    )


def left(grosze: int) -> Card:
    return replace(CARD, lots=(replace(CARD.lots[0], left_grosze=grosze),))


TODAY = datetime(2026, 11, 17, 12, tzinfo=UTC)
# After midnight in Warsaw, though not yet in UTC.
TOMORROW = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("card", "postings", "named"),
    [
        (left(2000), [ISSUED], []),
        (left(1900), [ISSUED, called(100, TODAY)], []),
        (left(1900), [ISSUED, called(100, TOMORROW)], []),
        (left(1899), [ISSUED, called(100, TODAY)], [(Mismatch.BALANCE, 1900, 1899)]),
        (left(1899), [ISSUED, called(100, TOMORROW)], [(Mismatch.BALANCE, 1900, 1899)]),
        (left(1899), [ISSUED], [(Mismatch.CHANGED_WITHOUT_POSTING, 2000, 1899)]),
        (
            replace(left(1900), hold=a_hold(2, 1901, TODAY)),
            [ISSUED, called(100, TODAY)],
            [(Mismatch.HELD_ABOVE_BALANCE, 1900, 1901)],
        ),
        (
            left(0),
            [ISSUED, called(1000, TODAY), called(1100, TODAY, "call:CA2-1")],
            [(Mismatch.BELOW_ZERO, 0, -100), (Mismatch.BALANCE, -100, 0)],
        ),
    ],
)
def test_a_difference_has_a_name_and_amounts(
    card: Card, postings: list[Posting], named: list[tuple[Mismatch, int, int]]
) -> None:
    found = look([card], postings)
    assert [(each.mismatch, each.expected_grosze, each.found_grosze) for each in found] == named
    assert {each.account for each in found} <= {str(REF)}


YESTERDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("then", "now", "mismatch", "amounts"),
    [
        ([], [called(100, YESTERDAY)], Mismatch.BOOKED_INTO_CLOSED_DAY, {2000: 1900, 0: 100}),
        ([called(100, YESTERDAY)], [], Mismatch.CLOSED_DAY_CHANGED, {1900: 2000, 100: 0}),
        (
            [called(100, YESTERDAY)],
            [called(200, YESTERDAY)],
            Mismatch.CLOSED_DAY_CHANGED,
            {1900: 1800, 100: 200},
        ),
    ],
)
def test_a_closed_day_does_not_change_even_if_the_card_was_made_to_match(
    then: list[Posting], now: list[Posting], mismatch: Mismatch, amounts: dict[int, int]
) -> None:
    spent = sum(each.amount_grosze for each in now)
    found = look([left(2000 - spent)], [ISSUED, *now], [ISSUED, *then])
    assert {each.mismatch for each in found} == {mismatch}
    assert {each.expected_grosze: each.found_grosze for each in found} == amounts


def test_a_lost_hang_up_that_was_awaited_is_a_movement_of_the_day_that_heard_of_it() -> None:
    """It is booked for the moment when the call ended, which may be in the closed day (WP §6.3)."""
    held = replace(CARD, hold=a_hold(1, 100, YESTERDAY))
    opening = closings_of(accounts_of([ISSUED], BEFORE, None), BEFORE, awaited([held], set()))
    assert opening.awaited == {"call:CA1-1"}
    late = called(100, YESTERDAY)
    accounts = accounts_of([ISSUED, late], DAY, opening)
    assert ledger_differences(accounts, opening) == ()
    assert (accounts[str(REF)].opening_grosze, accounts[str(REF)].debits_grosze) == (2000, 100)
    closing = closings_of(accounts, DAY, ())
    next_day = accounts_of([ISSUED, late], date(2026, 11, 18), closing)
    assert ledger_differences(next_day, closing) == ()


def test_what_is_booked_already_is_awaited_no_more() -> None:
    held = replace(CARD, hold=a_hold(1, 100, YESTERDAY))
    assert list(awaited([held, CARD], {"call:CA1-1"})) == []


def test_debits_and_credits_are_summed_apart() -> None:
    accounts = {"revenue:calls:telegrosik": Account(credits_grosze=5), str(REF): Account(debits_grosze=4)}
    found = [each.mismatch for each in ledger_differences(accounts, None)]
    assert found == [Mismatch.DEBITS_AND_CREDITS, Mismatch.BELOW_ZERO]


# ---------------------------------------------------------------- the report


def report_of(*differences: Difference) -> tuple[dict[str, object], str]:
    postings = [ISSUED, called(100, YESTERDAY), called(150, TODAY, "call:CA2-1")]
    opening = closings_of(accounts_of(postings, BEFORE, None), BEFORE, ())
    report = statement(
        DAY,
        BEFORE,
        accounts_of(postings, DAY, opening),
        differences,
        cards_on_file=1,
        read_again=0,
        made_at=MADE_AT,
    )
    return as_document(report), as_text_page(report)


def test_the_page_reads_like_a_bank_statement() -> None:
    _, page = report_of()
    assert (
        page
        == """\
TRIAL BALANCE  2026-11-17  (złote; a balance is credits less debits)
opening: as closed on 2026-11-16; made at 2026-11-18T04:00:00.000000+00:00

account                    opening  debits  credits  closing
------------------------------------------------------------
revenue:calls:telegrosik      1.00    0.00     1.50     2.50
sales:nominals:telegrosik   -20.00    0.00     0.00   -20.00
all cards and accounts       19.00    1.50     0.00    17.50
------------------------------------------------------------
total                         0.00    1.50     1.50     0.00

cards and accounts on file: 1; read again: 0
differences: none
"""
    )


def test_the_page_names_what_differs() -> None:
    _, page = report_of(Difference(str(REF), Mismatch.LOT, 1750, 1751, "lot 1"))
    assert "DIFFERENCES: 1\n  lot: card:telegrosik:1234567890: expected 17.50, found 17.51 (lot 1)" in page


def test_a_page_with_everything_wrong_stays_a_page() -> None:
    _, page = report_of(*(Difference(f"card:{n}", Mismatch.BALANCE, 1, 2) for n in range(1000)))
    assert "and 950 more, see the JSON" in page


def test_the_document_has_a_schema_and_whole_grosze() -> None:
    document, _ = report_of(Difference(str(REF), Mismatch.BALANCE, 1750, 1751))
    row = {"opening_grosze": 100, "debits_grosze": 0, "credits_grosze": 150, "closing_grosze": 250}
    assert document["schema"] == 1
    assert document["balances"] is False
    assert document["accounts"][0] == {"account": "revenue:calls:telegrosik"} | row  # type: ignore[index]
    assert document["cards"]["closing_grosze"] == 1750  # type: ignore[index]
    assert document["differences"] == [
        {
            "account": str(REF),
            "mismatch": "balance",
            "expected_grosze": 1750,
            "found_grosze": 1751,
            "note": "",
        }
    ]


def test_a_row_adds_up() -> None:
    assert Row("a", 100, 30, 7).closing_grosze == 77
    assert Closing(1, 2) != Closing(1, 3)


@pytest.mark.parametrize(
    ("grosze", "shown"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1 234.56"), (-100000000, "-1 000 000.00")],
)
def test_amounts_are_shown_with_two_places(grosze: int, shown: str) -> None:
    assert zlote(grosze) == shown
