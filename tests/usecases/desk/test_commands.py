"""Operators' commands, given to a desk with a store in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.brands import Access, Brand
from telekarta.domain.calls.charging import LONGEST_CALL_S
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.codes import same, telegrosik_pin_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue, new_account
from telekarta.domain.cards.terms import NOMINALS_GROSZE
from telekarta.domain.ledger.postings import Hold, Source, balance_of
from telekarta.domain.prices.dialling import DialRefusal
from telekarta.domain.topups.claims import voucher_claim_id, voucher_posting_id
from telekarta.domain.topups.topup import TopUp
from telekarta.usecases.calls.numbers import (
    BlockListChanged,
    BlockListShown,
    BlockNumber,
    ListBlockedNumbers,
    QuoteRate,
    RateQuoted,
    UnblockNumber,
)
from telekarta.usecases.cards.changing import BlockCard, CardChanged, CardRefusal, UnblockCard
from telekarta.usecases.cards.information_lines import (
    LineRefusal,
    RegisterInformationLine,
    RemoveInformationLine,
)
from telekarta.usecases.cards.issuing import CardsIssued, IssueCards, IssuedBefore, IssueRefusal
from telekarta.usecases.cards.showing import CardShown, ShowCard
from telekarta.usecases.commands import CommandRefused, Outcome
from telekarta.usecases.desk.deps import DeskDeps
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.crediting import TopUps, credit
from telekarta.usecases.topups.desk import CheckVoucherCode, TopUpDeskRefusal, VoucherFound
from tests.kit.desk import StoppedClock, a_desk, carry_out
from tests.kit.memory_refunds import RefundMemory
from tests.kit.memory_store import Faults, MemoryStore, When, no_faults

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
PEPPER = b"pepper"
ANNA = ("anna.kowalska", "Zgłoszenie 2026/11/17")
WP, TG = Brand.WHITE_PHONE, Brand.TELEGROSIK
BANK_LINE = "+48800302302"


def store_with(*cards: Card, faults: Faults = no_faults) -> RefundMemory:
    return RefundMemory(faults=faults, cards={card.ref: card for card in cards})


def just_before(operation: str, act: Callable[[], None]) -> Faults:
    """Somebody else, or a fault, gets in just before the operation."""

    def faults(when: When, name: str) -> None:
        if (when, name) == (When.BEFORE, operation):
            act()

    return faults


def down() -> None:
    raise StoreUnavailable("down")


@dataclass
class Drawn:
    """Chance that draws what the test says, then counts up from a number of its own."""

    first: Iterable[str] = ()
    tokens: int = 0
    _script: Iterator[str] = field(init=False)
    _counted: int = 0

    def __post_init__(self) -> None:
        self._script = iter(self.first)

    def digits(self, length: int, *, leading_zero: bool) -> str:
        drawn = next(self._script, None)
        if drawn is None:
            self._counted += 1
            drawn = str(10 ** (length - 1) + self._counted)
        assert len(drawn) == length
        assert leading_zero or not drawn.startswith("0")
        return drawn

    def token(self) -> str:
        self.tokens += 1
        return f"token-{self.tokens}"


class Pepper:
    def pepper(self) -> bytes:
        return PEPPER


def desk(store: MemoryStore, *draws: str) -> DeskDeps:
    return a_desk(store, StoppedClock(NOW), pepper=Pepper(), chance=Drawn(draws))


def white_phone_card(number: str = "123456", balance_grosze: int = 2000) -> Card:
    return issue(Ref.card(WP, number), balance_grosze, "digest", "2026-11", None, NOW)[0]


def order(count: int = 1, brand: Brand = WP, nominal_grosze: int = 2000, request_id: str = "") -> IssueCards:
    return IssueCards(brand, nominal_grosze, count, *ANNA, series="2026-11", request_id=request_id)


def issued(answer: object) -> CardsIssued:
    assert isinstance(answer, CardsIssued)
    return answer


# ---------------------------------------------------------------- issuing


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


# ---------------------------------------------------------------- who and why

CHANGES = [
    (order(), "issue_cards"),
    (BlockCard(WP, "123456", *ANNA), "block_card"),
    (UnblockCard(WP, "123456", *ANNA), "unblock_card"),
    (RegisterInformationLine("123456", BANK_LINE, *ANNA), "register_information_line"),
    (RemoveInformationLine("123456", BANK_LINE, *ANNA), "remove_information_line"),
    (BlockNumber("+48700", *ANNA), "block_number"),
    (UnblockNumber("+48700", *ANNA), "unblock_number"),
]


@pytest.mark.parametrize(("command", "name"), CHANGES)
def test_every_change_is_recorded_with_who_and_why(command: object, name: str) -> None:
    store = store_with(white_phone_card())
    carry_out(desk(store), command)
    (record,) = store.commands.values()
    assert (record.command, record.who, record.why, record.at) == (name, *ANNA, NOW)
    assert any(about in record.subject for about in ("123456", "+48700", "2000"))


@pytest.mark.parametrize(("command", "name"), CHANGES)
def test_a_change_that_cannot_be_recorded_is_not_made(command: object, name: str) -> None:
    card = white_phone_card()
    store = store_with(card, faults=just_before("record", down))
    with pytest.raises(StoreUnavailable):
        carry_out(desk(store), command)
    assert (store.cards, store.blocked) == ({card.ref: card}, {})


@pytest.mark.parametrize(
    "command", [ShowCard(WP, "123456"), ListBlockedNumbers(), QuoteRate(WP, "+48600700866")]
)
def test_looking_is_not_recorded(command: object) -> None:
    store = store_with(white_phone_card())
    carry_out(desk(store), command)
    assert not store.commands


# ---------------------------------------------------------------- cards


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


# ---------------------------------------------------------------- information lines


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


# ---------------------------------------------------------------- numbers and prices


@pytest.mark.rule("WP §10.7")
def test_a_number_is_blocked_with_its_reason_and_let_go() -> None:
    store = store_with()
    block, unblock = BlockNumber("+48221234567", *ANNA), UnblockNumber("+48221234567", *ANNA)
    assert carry_out(desk(store), block) == BlockListChanged(Outcome.DONE, "+48221234567")
    assert carry_out(desk(store), block) == BlockListChanged(Outcome.UNCHANGED, "+48221234567")
    assert carry_out(desk(store), ListBlockedNumbers()) == BlockListShown({"+48221234567": ANNA[1]})
    assert carry_out(desk(store), unblock) == BlockListChanged(Outcome.DONE, "+48221234567")
    assert carry_out(desk(store), unblock) == BlockListChanged(Outcome.UNCHANGED, "+48221234567")
    assert carry_out(desk(store), ListBlockedNumbers()) == BlockListShown({})


@pytest.mark.rule("WP §10.7")
def test_letting_a_number_go_tells_of_prefixes_that_still_block_it() -> None:
    store = store_with()
    store.blocked |= {"+4822": "fala", "+48221234567": "nadużycie", "+4833": "inne"}
    answer = carry_out(desk(store), UnblockNumber("+48221234567", *ANNA))
    assert answer == BlockListChanged(Outcome.DONE, "+48221234567", ("+4822",))


@pytest.mark.rule("WP §6.1", "TG §6.4")
@pytest.mark.parametrize("brand", Brand)
def test_a_quoted_price_is_the_price_lists_own(brand: Brand) -> None:
    answer = carry_out(desk(store_with()), QuoteRate(brand, "600700866", duration_s=61, balance_grosze=1000))
    assert isinstance(answer, RateQuoted)
    prices = load_price_book().version(brand, answer.tariff_version)
    rate = prices.rate_for("+48600700866")
    assert prices == load_price_book().current(brand, NOW.date())
    assert rate == answer.rate
    assert (answer.price_grosze, answer.longest_s) == (rate.price_grosze(61), rate.longest_s(1000))


@pytest.mark.rule("WP §3.2")
@pytest.mark.parametrize(
    ("brand", "balance", "longest_s"),
    [(WP, 19, 0), (TG, 0, 0), (WP, 10_000_000, LONGEST_CALL_S), (TG, 10_000_000, LONGEST_CALL_S)],
)
def test_too_small_a_balance_buys_nothing_and_a_large_one_the_longest_call(
    brand: Brand, balance: int, longest_s: int
) -> None:
    answer = carry_out(desk(store_with()), QuoteRate(brand, "600700866", balance_grosze=balance))
    assert isinstance(answer, RateQuoted)
    assert answer.longest_s == longest_s


@pytest.mark.rule("WP §2.7", "WP §10.7", "TG §4.2")
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (QuoteRate(WP, "112"), DialRefusal.EMERGENCY_NUMBER),
        (QuoteRate(WP, "700123456"), DialRefusal.PREMIUM_NUMBER),
        (QuoteRate(WP, BANK_LINE), DialRefusal.INFORMATION_LINE),
        (QuoteRate(WP, "+48221234567"), DialRefusal.BLOCKED_NUMBER),
        (QuoteRate(TG, "600700866", access=Access.LOCAL), DialRefusal.INTERNATIONAL_ONLY_HERE),
        (QuoteRate(TG, "+12645551234"), DialRefusal.NO_SUCH_NUMBER),
        (QuoteRate(TG, "+12644971234"), DialRefusal.UNPRICED_DESTINATION),
    ],
)
def test_what_is_not_connected_is_not_priced(command: QuoteRate, reason: DialRefusal) -> None:
    store = store_with()
    store.blocked |= {"+4822123": "nadużycie"}
    assert carry_out(desk(store), command) == CommandRefused(reason)


# ---------------------------------------------------------------- vouchers

VOUCHER, OTHER_VOUCHER = "12345678901234", "43210987654321"


@pytest.mark.rule("WP §7.3.4")
def test_a_voucher_is_found_by_its_code_on_the_card_that_it_topped_up() -> None:
    store = store_with(white_phone_card("123456"), white_phone_card("654321"))
    for number, code in (("123456", VOUCHER), ("654321", OTHER_VOUCHER)):
        money = TopUp(Source.PLUS_VOUCHER, voucher_claim_id(PEPPER, code), 5000, NOW)
        credit(TopUps(store, ()), Ref.card(WP, number), money, NOW)

    def asked(card: str, code: str) -> object:
        return carry_out(desk(store), CheckVoucherCode(WP, card, code))

    found = asked("123456", VOUCHER)
    assert isinstance(found, VoucherFound)
    assert (found.posting.id, found.posting.amount_grosze) == (voucher_posting_id(PEPPER, VOUCHER), 5000)
    assert asked("123456", OTHER_VOUCHER) == CommandRefused(TopUpDeskRefusal.OTHER_VOUCHER)
    assert asked("999999", VOUCHER) == CommandRefused(CardRefusal.UNKNOWN_CARD)
    # Spent or set aside, it is the card's all the same; and where its money went, it is known too.
    first, second = (store.cards[Ref.card(WP, number)] for number in ("123456", "654321"))
    lot = first.lots[-1]
    store.cards[first.ref] = replace(first, lots=first.lots[:-1])
    store.cards[second.ref] = replace(second, lots=(*second.lots, lot.moved_by("card_transfer:1")))
    assert asked("123456", VOUCHER) == asked("654321", VOUCHER) == found
    assert not store.commands
    assert VOUCHER not in repr(CheckVoucherCode(WP, "123456", VOUCHER))
