"""An operator puts a posting right: once, whatever gets lost, and never by changing it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.books.corrections import CorrectionRefusal
from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import settle
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.issuing import issue, move_onto, new_account
from telekarta.domain.ledger.postings import Hold, balance_of
from telekarta.usecases.books.correcting import (
    CorrectCall,
    Corrected,
    CorrectionOutcome,
    ReversePosting,
    correct_call,
    reverse_posting,
)
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.memory_store import MemoryStore, When

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
REF = Ref.card(Brand.TELEGROSIK, "1234567890")
NUMBER = "+48221234567"
PRICES = load_price_book()
LIST = PRICES.current(Brand.TELEGROSIK, date(2026, 11, 17))
RATE = LIST.rate_for(NUMBER)
CALL = "call:CA1-1"
DONE, UNCHANGED, ALREADY_DONE = CorrectionOutcome


@dataclass
class Counter:
    """A desk with one card, which has made one call of 120 s."""

    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        card, posting = issue(REF, 2000, "digest", "A", None, NOW)
        assert self.store.issue(card, posting)
        self.call(120)

    def call(self, duration_s: int, number: int = 1) -> None:
        assert RATE is not None
        card = self.card()
        terms = Hold(f"CA{number}-1", 1500, NOW, NOW, f"CA{number}", NUMBER, LIST.version, RATE.prefix, 600)
        held = self.store.place_hold(REF, card.purse, terms, "")
        assert isinstance(held, Card)
        _, posting = settle(REF, held.purse, terms, RATE, duration_s, f"CB{number}", NOW)
        assert posting is not None
        assert self.store.settle(REF, held.purse, terms.id, posting) is None

    def card(self, ref: Ref = REF) -> Card:
        return self.store.cards[ref]

    def reverses(self, amount: int | None = None, request: str = "r1", posting: str = CALL) -> object:
        command = ReversePosting(posting, request, "anna", "reklamacja", amount)
        return told(reverse_posting(self.store, command, NOW))

    def corrects(self, duration_s: int, posting: str = CALL) -> object:
        return told(correct_call(self.store, PRICES, CorrectCall(posting, duration_s, "anna", "why"), NOW))

    def in_order(self) -> bool:
        return all(
            card.balance_grosze == balance_of(str(ref), self.store.booked.values())
            for ref, card in self.store.cards.items()
        )


def told(answer: Corrected | CorrectionRefusal) -> object:
    return (answer.outcome, answer.standing_grosze) if isinstance(answer, Corrected) else answer


def price(duration_s: int) -> int:
    assert RATE is not None
    return RATE.price_grosze(duration_s)


@pytest.fixture
def counter() -> Counter:
    return Counter()


COST = price(120)


def test_a_call_is_given_back_whole_and_only_once(counter: Counter) -> None:
    assert counter.reverses() == (DONE, 0)
    assert counter.reverses() == (ALREADY_DONE, 0)
    assert counter.reverses(request="r2") == (UNCHANGED, 0)
    assert counter.card().balance_grosze == 2000
    assert counter.in_order()
    assert counter.store.booked[CALL].amount_grosze == COST  # the posting itself stays as it was


def test_parts_are_given_back_up_to_what_was_paid(counter: Counter) -> None:
    assert counter.reverses(5, "a") == (DONE, COST - 5)
    assert counter.reverses(5, "a") == (ALREADY_DONE, COST - 5)
    assert counter.reverses(6, "a") is CorrectionRefusal.REQUEST_DIFFERS
    assert counter.reverses(5, "b") == (DONE, COST - 10)
    assert counter.reverses(COST - 9, "c") is CorrectionRefusal.MORE_THAN_BOOKED
    assert counter.reverses(None, "d") == (DONE, 0)
    assert counter.card().balance_grosze == 2000


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize("duration_s", [0, 1, 60, 100, 130, 600])
def test_a_call_is_made_to_cost_what_its_real_duration_costs(counter: Counter, duration_s: int) -> None:
    assert counter.corrects(duration_s) == (DONE, price(duration_s))
    assert counter.corrects(duration_s) == (UNCHANGED, price(duration_s))
    assert counter.card().balance_grosze == 2000 - price(duration_s)
    assert counter.corrects(120) == (DONE, COST)
    assert counter.card().balance_grosze == 2000 - COST
    assert counter.in_order()


def test_a_call_is_charged_more_only_if_the_money_is_there_and_not_held(counter: Counter) -> None:
    card = counter.card()
    terms = Hold("CA9-1", card.balance_grosze - 10, NOW, NOW, "CA9", NUMBER, LIST.version, "48", 600)
    assert isinstance(counter.store.place_hold(REF, card.purse, terms, ""), Card)
    assert counter.corrects(600) is CorrectionRefusal.NOT_ENOUGH_MONEY
    assert counter.card().balance_grosze == 2000 - COST


def test_money_comes_back_while_another_call_goes_on_and_that_call_is_settled_all_the_same(
    counter: Counter,
) -> None:
    card = counter.card()
    terms = Hold("CA9-1", 100, NOW, NOW, "CA9", NUMBER, LIST.version, "48", 600)
    assert isinstance(counter.store.place_hold(REF, card.purse, terms, ""), Card)
    assert counter.reverses() == (DONE, 0)
    assert counter.card().hold == terms


def moved(counter: Counter) -> Ref:
    account = new_account("+48600100200", NOW)
    assert counter.store.open_account(account)
    richer, used_up, posting = move_onto(account, counter.card(), NOW)
    assert counter.store.move_card(used_up, richer, posting) is None
    return account.ref


@pytest.mark.rule("TG §5.3")
def test_after_a_move_the_money_is_given_back_where_the_card_went(counter: Counter) -> None:
    account = moved(counter)
    assert counter.reverses(10) == (DONE, COST - 10)
    assert counter.corrects(240) == (DONE, price(240))
    assert counter.reverses(None, "r2") == (DONE, 0)
    assert counter.card().balance_grosze == 0
    assert counter.card(account).balance_grosze == 2000
    assert counter.in_order()


@pytest.mark.rule("TG §5.3")
def test_a_move_is_final_and_a_correction_is_corrected_through_its_posting(counter: Counter) -> None:
    moved(counter)
    counter.reverses(10)
    assert counter.reverses(posting=f"move:{REF}") is CorrectionRefusal.NOT_CORRECTABLE
    assert counter.reverses(posting=f"correct:{CALL}:1") is CorrectionRefusal.NOT_CORRECTABLE
    assert counter.corrects(5, f"issue:{REF}") is CorrectionRefusal.NOT_CORRECTABLE
    assert counter.reverses(posting="call:CA7-1") is CorrectionRefusal.UNKNOWN_POSTING


def test_an_issue_by_mistake_is_taken_back_from_what_is_left(counter: Counter) -> None:
    issued = f"issue:{REF}"
    assert counter.reverses(posting=issued) is CorrectionRefusal.NOT_ENOUGH_MONEY
    assert counter.reverses(2000 - COST, posting=issued) == (DONE, COST)
    assert counter.card().balance_grosze == 0
    assert counter.in_order()


def test_a_blocked_card_gets_its_money_and_stays_blocked(counter: Counter) -> None:
    card = counter.card()
    assert counter.store.write(card, replace(card, status=Status.BLOCKED)) is None
    assert counter.reverses() == (DONE, 0)
    assert counter.card().status is Status.BLOCKED


# ---------------------------------------------------------------- what goes wrong


def at(
    operation: str, moment: When, act: Callable[[], object], times: int = 1
) -> Callable[[When, str], None]:
    left = [times]

    def faults(when: When, name: str) -> None:
        if (when, name) == (moment, operation) and left[0]:
            left[0] -= 1
            act()

    return faults


def lost() -> None:
    raise StoreUnavailable("the answer got lost")


@pytest.mark.parametrize("moment", When)
def test_a_lost_answer_and_a_second_telling_give_back_once(counter: Counter, moment: When) -> None:
    counter.store.faults = at("book", moment, lost)
    with pytest.raises(StoreUnavailable):
        counter.reverses(10)
    assert counter.reverses(10) in [(DONE, COST - 10), (ALREADY_DONE, COST - 10)]
    assert counter.card().balance_grosze == 2000 - COST + 10


def test_of_two_operators_at_once_both_are_counted_and_the_sum_stays_within_what_was_paid(
    counter: Counter,
) -> None:
    other = lambda: counter.reverses(COST - 5, "other")  # noqa: E731
    counter.store.faults = at("book", When.BEFORE, other)
    assert counter.reverses(10, "mine") is CorrectionRefusal.MORE_THAN_BOOKED
    assert counter.card().balance_grosze == 2000 - 5


def test_two_operators_on_a_card_that_moves_meanwhile_do_not_give_back_twice(counter: Counter) -> None:
    def other() -> None:
        moved(counter)
        counter.reverses(request="other")

    counter.store.faults = at("book", When.BEFORE, other)
    assert counter.reverses(request="mine") == (UNCHANGED, 0)
    assert counter.in_order()
    assert sum(card.balance_grosze for card in counter.store.cards.values()) == 2000


def test_a_card_that_never_stops_changing_is_given_up_for_now(counter: Counter) -> None:
    calls = iter(range(2, 99))
    counter.store.faults = at("book", When.BEFORE, lambda: counter.call(1, next(calls)), times=99)
    with pytest.raises(StoreUnavailable):
        counter.reverses()
    assert counter.store.posting(f"correct:{CALL}:1") is None


def test_a_correction_says_who_and_why_and_when(counter: Counter) -> None:
    counter.reverses(10)
    booked = counter.store.booked[f"correct:{CALL}:1"]
    assert booked.details == {"corrects": CALL, "who": "anna", "why": "reklamacja", "request_id": "r1"}
    assert booked.booked_at == NOW
