"""What every store promises, asked of the one in memory and of the one on DynamoDB.

So a use case that works with the one in tests works with the other in calls.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from telekarta.adapters.dynamodb import DynamoStore
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import CallingLine, Card, Ref, Status
from telekarta.domain.cards.codes import Tries
from telekarta.domain.cards.issuing import move_onto, new_account
from telekarta.domain.ledger.postings import Draw, balance_of
from telekarta.domain.money import NotMoney
from telekarta.usecases.ports import CommandRecord, Replayed, Stale
from tests.kit.memory_store import MemoryStore
from tests.kit.store import (
    NOW,
    Store,
    a_hold,
    call_posting,
    held,
    issued,
    moto,
    new_card,
    new_tables,
    opened,
    with_lots,
)
from tests.kit.store_life import live_alike

NOBODY = Ref.card(Brand.WHITE_PHONE, "000000")
LINE = "+48600100200"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    with moto():
        yield


def on_dynamodb() -> DynamoStore:
    return DynamoStore(new_tables())


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    return MemoryStore() if request.param == "memory" else on_dynamodb()


@pytest.fixture
def card(store: Store) -> Card:
    return issued(store, Brand.WHITE_PHONE)


def balance_by_postings(store: Store, ref: Ref) -> int:
    return balance_of(str(ref), store.postings(ref))


# ---------------------------------------------------------------------- issuing and finding


@pytest.mark.parametrize("brand", Brand)
def test_an_issued_card_is_found_as_it_was_issued_with_its_posting(store: Store, brand: Brand) -> None:
    card, posting = new_card(brand, "0000123456")
    assert store.issue(card, posting)
    assert store.card(card.ref) == card
    assert store.postings(card.ref) == (posting,)


def test_a_number_is_issued_once(store: Store, card: Card) -> None:
    again, posting = new_card(Brand.WHITE_PHONE, card.ref.number, nominal_grosze=5000)
    assert not store.issue(again, posting)
    assert store.card(card.ref) == card
    assert balance_by_postings(store, card.ref) == 2000


@pytest.mark.rule("TG §2.10")
def test_a_pin_that_names_its_card_is_issued_once(store: Store) -> None:
    first = issued(store, Brand.TELEGROSIK, "0000000001")
    second, posting = new_card(Brand.TELEGROSIK, "0000000002")
    assert not store.issue(replace(second, pin_digest=first.pin_digest), posting)
    assert store.card(second.ref) is None
    assert store.postings(second.ref) == ()


def test_two_white_phone_cards_may_have_the_same_pin(store: Store, card: Card) -> None:
    other, posting = new_card(Brand.WHITE_PHONE, "654321")
    assert store.issue(replace(other, pin_digest=card.pin_digest), posting)


@pytest.mark.rule("TG §2.10")
def test_a_telegrosik_card_is_found_by_its_pin(store: Store) -> None:
    card = issued(store, Brand.TELEGROSIK, "0000000001")
    assert store.card_by_pin(card.pin_digest) == card
    assert store.card_by_pin("digest-of-nothing") is None


@pytest.mark.rule("WP §1.2.10")
def test_no_white_phone_card_is_found_by_its_pin_alone(store: Store, card: Card) -> None:
    assert store.card_by_pin(card.pin_digest) is None


def test_a_card_that_nobody_issued_is_not_there(store: Store) -> None:
    assert store.card(NOBODY) is None
    assert store.postings(NOBODY) == ()


# ---------------------------------------------------------------------- the hold


@pytest.mark.rule("WP §3.6")
def test_a_hold_is_placed_on_the_card_as_it_was_seen(store: Store, card: Card) -> None:
    tried = Tries(2, NOW)
    assert store.count_wrong_code(card.ref, Tries(), tried, puk=False) is None
    assert store.count_wrong_code(card.ref, Tries(), tried, puk=True) is None
    answer = store.place_hold(card.ref, card.purse, a_hold(), "line-mark")
    expected = replace(card, version=2, hold=a_hold(), puk_tries=tried, known_lines=frozenset({"line-mark"}))
    assert answer == expected
    assert store.card(card.ref) == expected


def test_known_lines_add_up_and_a_known_caller_adds_none(store: Store, card: Card) -> None:
    for version, mark in enumerate(("first", "second", "first", "")):
        on_hold = held(store, store.card(card.ref), f"CA{version}:1", mark)  # type: ignore[arg-type]
        assert store.release_hold(card.ref, on_hold.purse, f"CA{version}:1") is None
    after = store.card(card.ref)
    assert after is not None
    assert after.known_lines == {"first", "second"}


def test_a_second_call_finds_the_card_held(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    assert store.place_hold(card.ref, on_hold.purse, a_hold("CA2:1"), "") == Stale(on_hold)
    assert store.card(card.ref) == on_hold


def test_a_hold_on_a_card_that_moved_on_is_stale(store: Store, card: Card) -> None:
    assert store.write(card, replace(card, status=Status.BLOCKED)) is None
    blocked = replace(card, version=2, status=Status.BLOCKED)
    assert store.place_hold(card.ref, card.purse, a_hold(), "") == Stale(blocked)


def test_a_hold_on_no_card_at_all_leaves_nothing_behind(store: Store, card: Card) -> None:
    assert store.place_hold(NOBODY, card.purse, a_hold(), "mark") == Stale(None)
    assert store.card(NOBODY) is None


def test_a_released_hold_charges_nothing_and_starts_no_clock(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    assert store.release_hold(card.ref, on_hold.purse, "CA1:1") is None
    assert store.card(card.ref) == replace(card, version=3, closed_hold="CA1:1")


@pytest.mark.parametrize("hold_id", ["CA1:2", "CA2:1"])
def test_only_the_own_hold_can_be_released(store: Store, card: Card, hold_id: str) -> None:
    on_hold = held(store, card)
    assert store.release_hold(card.ref, on_hold.purse, hold_id) == Stale(on_hold)


def test_a_hold_is_released_once(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    store.release_hold(card.ref, on_hold.purse, "CA1:1")
    released = store.card(card.ref)
    assert store.release_hold(card.ref, on_hold.purse, "CA1:1") == Stale(released)
    assert store.release_hold(NOBODY, on_hold.purse, "CA1:1") == Stale(None)


# ---------------------------------------------------------------------- the settlement


@pytest.mark.rule("WP §6.3", "TG §6.5")
@pytest.mark.parametrize(
    ("cost", "promotion", "canteen", "voucher", "bank"),
    [
        # Spent in this order; by hand: 100 + 200 + 300 + 400 = 1000.
        (1, 99, 200, 300, 400),
        (100, 0, 200, 300, 400),
        (101, 0, 199, 300, 400),
        (450, 0, 0, 150, 400),
        (999, 0, 0, 0, 1),
        (1000, 0, 0, 0, 0),
    ],
)
def test_a_settled_call_takes_its_price_out_of_the_lots(
    store: Store, cost: int, promotion: int, canteen: int, voucher: int, bank: int
) -> None:
    card, posting = with_lots(
        new_card(Brand.WHITE_PHONE, "123456")[0], bank=400, plus_voucher=300, canteen=200, promotion=100
    )
    assert store.issue(card, posting)
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", cost, LATER)

    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) is None

    after = store.card(card.ref)
    assert after is not None
    left = {str(lot.source): lot.left_grosze for lot in after.lots}
    assert left == {"promotion": promotion, "canteen": canteen, "plus_voucher": voucher, "bank": bank}
    assert after.balance_grosze == 1000 - cost == balance_by_postings(store, card.ref)
    assert store.postings(card.ref)[0] == call
    assert (after.version, after.hold, after.closed_hold) == (3, None, "CA1:1")


@pytest.mark.rule("WP §4.4", "TG §6.12")
def test_the_first_call_starts_the_clocks_and_the_next_moves_one_of_them(store: Store, card: Card) -> None:
    seen = card
    for number, now in enumerate((NOW, LATER), start=1):
        on_hold = held(store, seen, f"CA{number}:1")
        call = call_posting(card.ref, on_hold.purse, f"CA{number}:1", 10, now)
        assert store.settle(card.ref, on_hold.purse, f"CA{number}:1", call) is None
        seen = store.card(card.ref)  # type: ignore[assignment]
    assert (seen.first_used_at, seen.last_active_at) == (NOW, LATER)


def test_a_call_told_twice_is_booked_once_and_answered_with_what_was_booked(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    first = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    store.settle(card.ref, on_hold.purse, "CA1:1", first)
    settled = store.card(card.ref)

    second = call_posting(card.ref, on_hold.purse, "CA1:1", 40)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", second) == Replayed(first, settled)
    assert store.card(card.ref) == settled
    assert balance_by_postings(store, card.ref) == 1970


def test_a_call_told_again_during_the_next_call_leaves_that_call_alone(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    first = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    store.settle(card.ref, on_hold.purse, "CA1:1", first)
    in_next_call = held(store, store.card(card.ref), "CA2:1")  # type: ignore[arg-type]

    assert store.settle(card.ref, on_hold.purse, "CA1:1", first) == Replayed(first, in_next_call)
    assert store.card(card.ref) == in_next_call


@pytest.mark.parametrize("hold_id", ["CA1:2", ""])
def test_only_the_held_call_is_settled(store: Store, card: Card, hold_id: str) -> None:
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA9:1", 30)
    assert store.settle(card.ref, on_hold.purse, hold_id, call) == Stale(on_hold)
    assert len(store.postings(card.ref)) == 1


def test_a_settlement_by_an_old_purse_is_stale_and_books_nothing(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    store.write(on_hold, replace(on_hold, status=Status.BLOCKED))
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    now = replace(on_hold, version=3, status=Status.BLOCKED)
    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) == Stale(now)
    assert balance_by_postings(store, card.ref) == 2000
    assert store.settle(NOBODY, on_hold.purse, "CA1:1", call) == Stale(None)


@pytest.mark.parametrize(
    "draw",
    [
        Draw("1", 30, 1969),  # the lot has 2000: one grosz would get lost
        Draw("1", 30, 9970),
        Draw("2", 30, 0),  # there is no such lot
    ],
)
def test_a_draw_that_does_not_fit_its_lot_changes_nothing(store: Store, card: Card, draw: Draw) -> None:
    on_hold = held(store, card)
    call = replace(call_posting(card.ref, on_hold.purse, "CA1:1", 30), draws=(draw,))
    assert store.settle(card.ref, on_hold.purse, "CA1:1", call) == Stale(on_hold)
    assert balance_by_postings(store, card.ref) == 2000


def test_fractions_of_a_grosz_are_refused(store: Store, card: Card) -> None:
    with pytest.raises(NotMoney):
        store.place_hold(card.ref, card.purse, replace(a_hold(), amount_grosze=474.5), "")  # type: ignore[arg-type]
    on_hold = held(store, card)
    call = call_posting(card.ref, on_hold.purse, "CA1:1", 30)
    for draw in (Draw("1", 30.0, 1970), Draw("1", 30, 1970.0)):  # type: ignore[arg-type]
        with pytest.raises(NotMoney):
            store.settle(card.ref, on_hold.purse, "CA1:1", replace(call, draws=(draw,)))
    with pytest.raises(NotMoney):
        store.settle(card.ref, on_hold.purse, "CA1:1", replace(call, details={"duration_s": 1.5}))  # type: ignore[dict-item]
    other, posting = new_card(Brand.WHITE_PHONE, "654321")
    with pytest.raises(NotMoney):
        store.issue(replace(other, nominal_grosze=20.0), posting)  # type: ignore[arg-type]
    assert store.card(card.ref) == on_hold
    assert store.card(other.ref) is None


# ---------------------------------------------------------------------- accounts and moves


@pytest.mark.rule("TG §2.8", "TG §2.11")
def test_a_line_opens_one_account(store: Store) -> None:
    account = opened(store, LINE)
    assert store.line(LINE) == CallingLine(LINE, Tries(), account)
    assert store.card(account.ref) == account
    assert not store.open_account(new_account(LINE, LATER))
    assert store.line(LINE).account == account


def test_a_line_without_an_account_is_a_line_nevertheless(store: Store) -> None:
    assert store.line(LINE) == CallingLine(LINE)
    assert store.card(Ref.account(LINE)) is None


@pytest.mark.rule("TG §2.7", "TG §5.3")
def test_a_card_is_moved_onto_an_account_with_its_lots(store: Store) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), opened(store)
    richer, used_up, posting = move_onto(account, card, LATER)

    assert store.move_card(used_up, richer, posting) is None

    assert store.card(card.ref) == used_up
    assert store.line(account.ref.number).account == richer
    assert store.postings(account.ref) == (posting,)
    assert store.postings(card.ref)[0] == posting
    assert (balance_by_postings(store, card.ref), balance_by_postings(store, account.ref)) == (0, 2000)


@pytest.mark.rule("TG §5.3")
def test_a_moved_account_pays_calls_out_of_the_lots_it_was_given(store: Store) -> None:
    account = opened(store)
    for number in ("0000000001", "0000000002"):
        card = issued(store, Brand.TELEGROSIK, number)
        account, used_up, posting = move_onto(account, card, NOW)
        assert store.move_card(used_up, account, posting) is None
    on_hold = held(store, account)
    call = call_posting(account.ref, on_hold.purse, "CA1:1", 2500, LATER)
    assert store.settle(account.ref, on_hold.purse, "CA1:1", call) is None
    after = store.line(account.ref.number).account
    assert after is not None
    assert [lot.left_grosze for lot in after.lots] == [0, 1500]
    assert balance_by_postings(store, account.ref) == after.balance_grosze == 1500


@pytest.mark.rule("TG §5.3")
def test_a_move_told_twice_happens_once(store: Store) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), opened(store)
    richer, used_up, posting = move_onto(account, card, NOW)
    store.move_card(used_up, richer, posting)
    assert store.move_card(used_up, richer, posting) == Replayed(posting, richer)
    assert store.card(account.ref) == richer


@pytest.mark.rule("TG §5.3")
def test_a_card_moved_onto_one_account_is_not_moved_onto_another(store: Store) -> None:
    card = issued(store, Brand.TELEGROSIK, "0000000001")
    mine, yours = opened(store, LINE), opened(store, "+48600999999")
    richer, used_up, posting = move_onto(mine, card, NOW)
    store.move_card(used_up, richer, posting)
    richer, used_up, other_posting = move_onto(yours, card, NOW)
    assert store.move_card(used_up, richer, other_posting) == Replayed(posting, yours)
    assert store.card(yours.ref) == yours


def test_money_in_a_call_is_not_moved(store: Store) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), opened(store)
    on_hold = held(store, card)
    for seen in (card, on_hold):  # whether the call was known of or not
        richer, used_up, posting = move_onto(account, seen, NOW)
        assert store.move_card(used_up, richer, posting) == Stale(account)
    assert store.card(card.ref) == on_hold
    assert balance_by_postings(store, account.ref) == 0


def test_a_move_onto_an_account_that_changed_is_stale(store: Store) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), opened(store)
    richer, used_up, posting = move_onto(account, card, NOW)
    store.write(account, account)
    assert store.move_card(used_up, richer, posting) == Stale(replace(account, version=2))
    assert store.card(card.ref) == card


def test_a_move_onto_no_account_is_stale(store: Store) -> None:
    card, account = issued(store, Brand.TELEGROSIK, "0000000001"), new_account(LINE, NOW)
    richer, used_up, posting = move_onto(account, card, NOW)
    assert store.move_card(used_up, richer, posting) == Stale(None)
    assert store.line(LINE) == CallingLine(LINE)


# ---------------------------------------------------------------------- wrong codes


@pytest.mark.rule("WP §1.2.10", "WP §1.2.11")
@pytest.mark.parametrize("puk", [False, True])
def test_wrong_codes_are_counted_one_by_one(store: Store, card: Card, puk: bool) -> None:
    one, two = Tries(1, NOW), Tries(2, LATER)
    assert store.count_wrong_code(card.ref, Tries(), one, puk=puk) is None
    assert store.count_wrong_code(card.ref, one, two, puk=puk) is None
    after = store.card(card.ref)
    assert after == replace(card, **{"puk_tries" if puk else "pin_tries": two})


@pytest.mark.parametrize("seen", [Tries(), Tries(1, LATER), Tries(2, NOW)])
def test_a_count_that_changed_is_counted_anew(store: Store, card: Card, seen: Tries) -> None:
    store.count_wrong_code(card.ref, Tries(), Tries(1, NOW), puk=False)
    counted = store.card(card.ref)
    assert store.count_wrong_code(card.ref, seen, Tries(9, NOW), puk=False) == Stale(counted)
    assert store.card(card.ref) == counted


def test_nothing_is_counted_on_a_card_that_is_not_there(store: Store) -> None:
    assert store.count_wrong_code(NOBODY, Tries(), Tries(1, NOW), puk=False) == Stale(None)
    assert store.card(NOBODY) is None


def test_wrong_codes_do_not_make_the_seen_purse_old(store: Store, card: Card) -> None:
    store.count_wrong_code(card.ref, Tries(), Tries(1, NOW), puk=False)
    assert isinstance(store.place_hold(card.ref, card.purse, a_hold(), ""), Card)


@pytest.mark.parametrize("with_account", [False, True])
def test_wrong_codes_are_counted_on_the_line(store: Store, with_account: bool) -> None:
    account = opened(store, LINE) if with_account else None
    one, two = Tries(1, NOW), Tries(2, LATER)
    assert store.count_wrong_line(LINE, Tries(), one) is None
    assert store.count_wrong_line(LINE, Tries(), two) == CallingLine(LINE, one, account)
    assert store.count_wrong_line(LINE, one, two) is None
    assert store.line(LINE) == CallingLine(LINE, two, account)


def test_a_line_keeps_its_wrong_codes_when_it_opens_an_account(store: Store) -> None:
    store.count_wrong_line(LINE, Tries(), Tries(3, NOW))
    account = opened(store, LINE)
    assert store.line(LINE) == CallingLine(LINE, Tries(3, NOW), account)


# ---------------------------------------------------------------------- a holder's own settings


def test_language_and_pace_are_remembered(store: Store, card: Card) -> None:
    store.remember(card.ref, "en", True)
    assert store.card(card.ref) == replace(card, language="en", slow=True)
    store.remember(card.ref, "pl", False)
    assert store.card(card.ref) == replace(card, language="pl", slow=False)


def test_nothing_is_remembered_of_a_card_that_is_not_there(store: Store) -> None:
    store.remember(NOBODY, "en", True)
    store.propose_puk(NOBODY, "digest")
    assert not store.confirm_puk(NOBODY, "digest")
    assert store.card(NOBODY) is None


@pytest.mark.rule("WP §1.2.11")
def test_a_puk_becomes_the_cards_own_when_it_is_confirmed(store: Store, card: Card) -> None:
    store.count_wrong_code(card.ref, Tries(), Tries(2, NOW), puk=True)
    store.propose_puk(card.ref, "new")
    assert not store.confirm_puk(card.ref, "other")
    assert store.confirm_puk(card.ref, "new")
    assert store.card(card.ref) == replace(card, puk_digest="new")


def test_a_confirmation_told_twice_says_yes_twice(store: Store, card: Card) -> None:
    store.propose_puk(card.ref, "new")
    assert [store.confirm_puk(card.ref, digest) for digest in ("new", "new", "old")] == [True, True, False]


def test_the_old_puk_does_not_confirm_the_new_one(store: Store, card: Card) -> None:
    store.propose_puk(card.ref, "old")
    store.confirm_puk(card.ref, "old")
    store.propose_puk(card.ref, "new")
    assert not store.confirm_puk(card.ref, "old")


def test_nothing_is_confirmed_where_nothing_was_proposed(store: Store, card: Card) -> None:
    assert not store.confirm_puk(card.ref, "new")
    assert store.card(card.ref) == card


# ---------------------------------------------------------------------- operators


@pytest.mark.rule("WP §2.8")
def test_an_operator_writes_status_and_information_lines(store: Store, card: Card) -> None:
    lines = frozenset({"+48221111111", "+48222222222"})
    changed = replace(card, status=Status.BLOCKED, information_lines=lines)
    assert store.write(card, changed) is None
    assert store.card(card.ref) == replace(changed, version=2)
    assert store.write(replace(card, version=2), card) is None
    assert store.card(card.ref) == replace(card, version=3)


def test_an_operator_writes_nothing_else(store: Store, card: Card) -> None:
    store.write(card, replace(card, lots=(), nominal_grosze=1, language="en"))
    assert store.card(card.ref) == replace(card, version=2)


def test_an_operator_who_saw_an_old_card_writes_nothing(store: Store, card: Card) -> None:
    on_hold = held(store, card)
    assert store.write(card, replace(card, status=Status.BLOCKED)) == Stale(on_hold)
    assert store.write(replace(card, ref=NOBODY), card) == Stale(None)
    assert store.card(card.ref) == on_hold


@pytest.mark.rule("WP §10.7")
def test_prefixes_are_blocked_for_a_reason_and_let_go(store: Store) -> None:
    assert (store.block_list(), store.blocked_prefixes()) == ({}, frozenset())
    store.change_block_list("48700", "premium numbers")
    store.change_block_list("247", "fraud, ticket 12")
    assert store.block_list() == {"48700": "premium numbers", "247": "fraud, ticket 12"}
    store.change_block_list("247", "fraud, ticket 13")
    store.change_block_list("48700", None)
    store.change_block_list("999", None)
    assert store.block_list() == {"247": "fraud, ticket 13"}
    assert store.blocked_prefixes() == {"247"}


def test_a_command_is_recorded_once(store: Store) -> None:
    record = CommandRecord("c1", "block_card", "anna", "reported lost", NOW, "card:white_phone:123456")
    assert store.record(record)
    assert not store.record(record)
    assert not store.record(replace(record, who="jan"))
    assert store.record(replace(record, id="c2"))


def test_postings_come_newest_first(store: Store, card: Card) -> None:
    seen = card
    for number in range(
        5
    ):  # the first in the moment in which the card was issued, before which it had nothing
        on_hold = held(store, seen, f"CA{number}:1")
        now = NOW + timedelta(microseconds=number)
        call = call_posting(card.ref, on_hold.purse, f"CA{number}:1", 1 + number, now)
        store.settle(card.ref, on_hold.purse, f"CA{number}:1", call)
        seen = store.card(card.ref)  # type: ignore[assignment]
    assert [posting.amount_grosze for posting in store.postings(card.ref)] == [5, 4, 3, 2, 1, 2000]


# ---------------------------------------------------------------------- both stores, told the same


@pytest.mark.parametrize("seed", range(6))
def test_both_stores_answer_alike_and_every_balance_is_the_sum_of_its_postings(aws: None, seed: int) -> None:
    live_alike(on_dynamodb(), seed, steps=60)
