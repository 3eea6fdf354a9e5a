"""Money lies in lots, is spent in one order, and every movement adds up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.calls.charging import LONGEST_CALL_S, charge_grosze, hold_for, quote, settle
from telekarta.domain.cards.card import Card, CardRefusal, Kind, Ref, Status
from telekarta.domain.cards.issuing import UnknownNominal, issue, move_onto, new_account, refusal_to_move
from telekarta.domain.ledger.postings import (
    Draw,
    LedgerError,
    Lot,
    Posting,
    PostingKind,
    Purse,
    Source,
    balance_of,
    newest_first,
    spending_order,
)
from telekarta.domain.money import NotMoney, grosze
from telekarta.domain.prices.tariff import Rate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CARD = Ref.card(Brand.WHITE_PHONE, "123456")


def lot(name: str, source: Source, left_grosze: int, days_ago: int = 0) -> Lot:
    return Lot(name, source, left_grosze, NOW - timedelta(days=days_ago), f"origin-{name}")


def rate(units_per_min: int, units_per_grosz: int = 10) -> Rate:
    return Rate("48", "Polska", "Poland", units_per_min, units_per_grosz)


@pytest.mark.parametrize("amount", [1.0, True, "5", None, 474.995])
def test_only_whole_grosze_are_money(amount: object) -> None:
    with pytest.raises(NotMoney):
        grosze(amount)


@pytest.mark.rule("WP §7.7")
def test_money_is_spent_in_the_order_that_keeps_what_could_be_asked_back() -> None:
    lots = [
        lot("bank, last week", Source.BANK, 100, 7),
        lot("voucher", Source.PLUS_VOUCHER, 100, 30),
        lot("payu, last month", Source.PAYU, 100, 30),
        lot("canteen", Source.CANTEEN, 100, 90),
        lot("bonus, today", Source.PROMOTION, 100, 0),
        lot("from a friend", Source.CARD_TRANSFER, 100, 5),
    ]
    assert [each.id for each in spending_order(lots)] == [
        "bonus, today",
        "canteen",
        "from a friend",
        "voucher",
        "payu, last month",
        "bank, last week",
    ]


def test_every_source_has_its_place_in_the_order() -> None:
    assert len(spending_order([lot(source, source, 1) for source in Source])) == len(Source)


amounts = st.integers(min_value=1, max_value=100_000)
purses = st.lists(amounts, min_size=1, max_size=8).map(
    lambda parts: Purse(7, tuple((str(n), part) for n, part in enumerate(parts)))
)


@given(purses, st.data())
def test_what_is_spent_is_what_the_lots_lose(purse: Purse, data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, purse.balance_grosze))
    after, draws = purse.spend(amount)
    assert sum(draw.amount_grosze for draw in draws) == amount
    assert after.balance_grosze == purse.balance_grosze - amount
    assert after.version == purse.version + 1
    before = dict(purse.lots)
    assert all(draw.amount_grosze + draw.left_grosze == before[draw.lot] for draw in draws)
    # In order: a later lot is only touched when every earlier one is empty.
    assert [draw.left_grosze for draw in draws[:-1]] == [0] * len(draws[:-1])


@pytest.mark.parametrize("amount", [-1, 301])
def test_a_purse_never_gives_what_it_does_not_hold(amount: int) -> None:
    with pytest.raises(LedgerError):
        Purse(1, (("1", 300),)).spend(amount)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_grosze": 0},
        {"amount_grosze": -5},
        {"credit": "card:white_phone:123456"},
        {"draws": (Draw("1", 4, 0),)},
        {"grants": (lot("1", Source.BANK, 6),)},
    ],
)
def test_a_posting_that_does_not_add_up_cannot_be_made(wrong: dict[str, object]) -> None:
    right = Posting("call:1", PostingKind.CALL, str(CARD), "revenue:calls", 5, "WP §6.3", NOW)
    with pytest.raises(LedgerError):
        replace(right, **wrong)  # type: ignore[arg-type]


@pytest.mark.rule("WP §3.6.2", "TG §4.2", "TG §6.4")
@given(st.integers(0, 50_000), st.integers(1, 100_000), st.sampled_from([1, 10, 100]))
def test_a_quote_is_the_longest_call_that_the_balance_pays_for(
    balance: int, units_per_min: int, scale: int
) -> None:
    price = rate(units_per_min, scale)
    quoted = quote(price, balance)
    if quoted is None:
        assert price.price_grosze(1) > balance
        return
    assert price.price_grosze(quoted.limit_s) == quoted.hold_grosze <= balance
    assert quoted.limit_s == LONGEST_CALL_S or price.price_grosze(quoted.limit_s + 1) > balance


@pytest.mark.rule("WP §3.5", "WP §6.1", "WP §6.3", "TG §6.1", "TG §6.4", "TG §6.5")
@pytest.mark.parametrize(
    ("units_per_min", "duration_s", "charge"),
    [
        (290, 60, 29),
        (290, 65, 32),  # 31.41... rounds up once
        (290, 1, 1),
        (290, 0, 0),
        (95, 3600, 570),
        (95, 3599, 570),
    ],
)
def test_a_call_costs_each_started_second_rounded_up_once(
    units_per_min: int, duration_s: int, charge: int
) -> None:
    assert charge_grosze(rate(units_per_min), duration_s, held_grosze=2000) == charge


def test_a_second_beyond_the_limit_is_not_the_callers() -> None:
    assert charge_grosze(rate(600), duration_s=121, held_grosze=120) == 120


@given(purses, st.integers(1, 2000), st.integers(0, 20_000))
def test_a_settled_call_leaves_a_posting_of_exactly_its_price(
    purse: Purse, units_per_min: int, duration_s: int
) -> None:
    price = rate(units_per_min)
    quoted = quote(price, purse.balance_grosze)
    if quoted is None:
        return
    hold = hold_for("CA1-1", "CA1", "+48221112233", price, "v1", quoted, NOW)
    after, posting = settle(CARD, purse, hold, price, duration_s, "CA2", NOW)
    expected = min(price.price_grosze(duration_s), quoted.hold_grosze)
    if posting is None:
        assert expected == 0
        assert after == purse.touched()
        return
    assert posting.amount_grosze == expected == purse.balance_grosze - after.balance_grosze
    assert posting.id == "call:CA1-1"
    assert posting.debit == str(CARD)
    assert posting.details["duration_s"] == duration_s


def test_a_hold_outlives_ringing_and_the_longest_talk() -> None:
    quoted = quote(rate(290), 2000)
    assert quoted is not None
    hold = hold_for("CA1-1", "CA1", "+48221112233", rate(290), "v1", quoted, NOW)
    assert hold.expires_at > NOW + timedelta(seconds=quoted.limit_s + 45)


@pytest.mark.rule("WP §2.6", "TG §2.9", "TG §2.17", "TG §6.3", "WP §1.2.15", "TG §2.18")
@pytest.mark.parametrize(
    ("ref", "nominal", "source"),
    [
        (Ref.card(Brand.WHITE_PHONE, "123456"), 300, Source.CANTEEN),
        (Ref.card(Brand.WHITE_PHONE, "123456"), 5000, Source.CANTEEN),
        (Ref.card(Brand.TELEGROSIK, "1234567890"), 1500, Source.RETAIL),
    ],
)
def test_a_new_card_holds_its_nominal(ref: Ref, nominal: int, source: Source) -> None:
    card, posting = issue(ref, nominal, "digest", "A", None, NOW)
    assert card.balance_grosze == nominal == balance_of(str(ref), [posting])
    assert [each.source for each in card.lots] == [source]


@pytest.mark.rule("WP §2.6")
@pytest.mark.parametrize("nominal", [0, 100, 1500, 299, -300])
def test_a_nominal_that_is_not_sold_cannot_be_issued(nominal: int) -> None:
    with pytest.raises(UnknownNominal):
        issue(CARD, nominal, "digest", "A", None, NOW)


def telegrosik(**changes: object) -> Card:
    card, _ = issue(Ref.card(Brand.TELEGROSIK, "1234567890"), 2000, "digest", "A", None, NOW)
    return replace(card, **changes)  # type: ignore[arg-type]


@pytest.mark.rule("TG §2.7", "TG §5.3")
def test_moving_a_card_uses_it_up_and_keeps_where_its_money_came_from() -> None:
    card = telegrosik(
        lots=(
            lot("1", Source.RETAIL, 1400, 40),
            lot("2", Source.PROMOTION, 100, 3),
            lot("3", Source.BANK, 0, 9),
        )
    )
    account = new_account("+48221234567", NOW)
    richer, used_up, posting = move_onto(account, card, NOW)
    assert (richer.balance_grosze, used_up.balance_grosze) == (1500, 0)
    assert used_up.status is Status.USED_UP
    assert posting.amount_grosze == 1500
    assert {each.source: each.left_grosze for each in richer.lots} == {
        Source.RETAIL: 1400,
        Source.PROMOTION: 100,
    }
    assert {each.granted_at for each in richer.lots} == {each.granted_at for each in card.lots[:2]}
    assert balance_of(str(richer.ref), [posting]) == richer.balance_grosze


def test_two_cards_moved_onto_one_account_do_not_mix_their_lots() -> None:
    account = new_account("+48221234567", NOW)
    once, _, _ = move_onto(account, telegrosik(), NOW)
    twice, _, _ = move_onto(once, telegrosik(ref=Ref.card(Brand.TELEGROSIK, "2222222222")), NOW)
    assert [each.id for each in twice.lots] == ["1", "2"]
    assert twice.balance_grosze == 4000


@pytest.mark.rule("TG §5.3")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"status": Status.BLOCKED}, CardRefusal.BLOCKED),
        ({"status": Status.USED_UP}, CardRefusal.USED_UP),
        ({"lots": ()}, CardRefusal.USED_UP),
        ({"first_used_at": NOW - timedelta(days=400)}, CardRefusal.EXPIRED),
        (
            {"hold": hold_for("x", "CA", "+48221112233", rate(290), "v1", quote(rate(290), 100), NOW)},  # type: ignore[arg-type]
            CardRefusal.IN_A_CALL,
        ),
    ],
)
def test_what_cannot_be_moved(changes: dict[str, object], refusal: CardRefusal | None) -> None:
    assert refusal_to_move(telegrosik(**changes), NOW) is refusal


def booked(posting_id: str, kind: PostingKind, debit: str, credit: str, *, later_us: int = 0) -> Posting:
    return Posting(posting_id, kind, debit, credit, 100, "WP §4.8", NOW + timedelta(microseconds=later_us))


# From the oldest to the newest. Sorted by their ids alone, most would stand the other way round.
ONE_AFTER_THE_OTHER = (
    booked("issue:1", PostingKind.CARD_ISSUED, "sales", str(CARD), later_us=-1),
    booked("z:topup", PostingKind.TOP_UP, "incoming:payu", str(CARD)),
    booked("bonus:a", PostingKind.BONUS, "promotions:1", str(CARD)),
    booked("bonus:b", PostingKind.BONUS, "promotions:2", str(CARD)),
    booked("call:1", PostingKind.CALL, str(CARD), "revenue"),
    booked("transfer:1", PostingKind.CARD_TRANSFER, str(CARD), "card:white_phone:654321"),
    booked("fee:1", PostingKind.TRANSFER_FEE, str(CARD), "revenue"),
    booked("a:later", PostingKind.TOP_UP, "incoming:payu", str(CARD), later_us=1),
)


@given(st.permutations(ONE_AFTER_THE_OTHER))
def test_postings_of_one_moment_have_one_order_what_came_is_older_than_what_went(
    postings: list[Posting],
) -> None:
    assert newest_first(str(CARD), postings) == ONE_AFTER_THE_OTHER[::-1]


def test_the_same_posting_came_for_one_card_and_went_for_the_other() -> None:
    other = "card:white_phone:654321"
    there = booked("a", PostingKind.CARD_TRANSFER, str(CARD), other)
    back = booked("b", PostingKind.CARD_TRANSFER, other, str(CARD))
    assert newest_first(str(CARD), [there, back]) == (there, back)
    assert newest_first(other, [there, back]) == (back, there)


def test_a_reference_is_read_back_from_its_key() -> None:
    for ref in (CARD, Ref.account("+48221234567")):
        assert Ref.parse(str(ref)) == ref
    assert Ref.account("+48221234567").kind is Kind.ACCOUNT
