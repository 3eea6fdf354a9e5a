"""Money that comes: into a lot of its own, with its bonus beside it, once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.adapters.files.promotions import load_promotions, read_promotions
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref, Status, valid_through
from telekarta.domain.cards.issuing import issue
from telekarta.domain.ledger.postings import Source, balance_of
from telekarta.domain.topups.promotions import BadPromotion, Promotion, bonuses
from telekarta.domain.topups.topup import TopUp, TopUpRefusal, bonus_id, refusal_to_top_up, top_up

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 21)


def a_card(brand: Brand = Brand.WHITE_PHONE, **changes: object) -> Card:
    number = "123456" if brand is Brand.WHITE_PHONE else "1234567890"
    card, _ = issue(Ref.card(brand, number), 2000, "digest", "A", None, NOW - timedelta(days=30))
    return replace(card, **changes)  # type: ignore[arg-type]


def a_promotion(**changes: object) -> Promotion:
    base = Promotion("p", Brand.WHITE_PHONE, DAY, DAY, 1000, "Bonus", "Bonus", percent=10)
    return replace(base, **changes)  # type: ignore[arg-type]


amounts = st.integers(1, 1_000_000)


@pytest.mark.rule("WP §1.2.6", "WP §1.2.7", "WP §4.2", "TG §2.6")
@given(amounts, st.integers(0, 50), st.sampled_from([Source.BANK, Source.PAYU, Source.PRZELEWY24]))
def test_a_top_up_and_its_bonus_lie_apart_and_add_up(amount: int, percent: int, source: Source) -> None:
    card = a_card()
    promotions = [a_promotion(percent=percent)] if percent else []
    money = TopUp(source, "order-1", amount, NOW)
    earned = bonuses(promotions, card.ref.brand, source, amount, DAY)
    richer, postings = top_up(card, money, NOW, earned)
    bonus = amount * percent // 100 if amount >= 1000 else 0
    assert richer.balance_grosze == 2000 + amount + bonus
    assert 2000 + balance_of(str(card.ref), postings) == richer.balance_grosze
    assert [lot.source for lot in richer.lots[1:]] == [source] + [Source.PROMOTION] * (bonus > 0)
    assert len({lot.id for lot in richer.lots}) == len(richer.lots)
    assert richer.version == card.version + 1


@pytest.mark.rule("WP §4.4", "WP §4.6.2")
def test_a_top_up_starts_the_twelve_months_anew() -> None:
    richer, _ = top_up(
        a_card(last_active_at=NOW - timedelta(days=300)), TopUp(Source.BANK, "1", 500, NOW), NOW
    )
    assert valid_through(richer) == date(2027, 11, 21)


def test_money_that_is_told_of_late_is_booked_now_and_keeps_its_day() -> None:
    came = NOW - timedelta(days=3)
    richer, (posting,) = top_up(a_card(), TopUp(Source.BANK, "1", 500, came), NOW)
    assert posting.booked_at == NOW == richer.last_active_at
    assert richer.lots[-1].granted_at == came


@pytest.mark.rule("TG §6.12")
def test_a_top_up_does_not_prolong_a_telegrosik_card() -> None:
    card = a_card(Brand.TELEGROSIK, first_used_at=NOW - timedelta(days=300))
    richer, _ = top_up(card, TopUp(Source.BANK, "1", 500, NOW), NOW)
    assert valid_through(richer) == valid_through(card)


@pytest.mark.rule("WP §4.4", "TG §5.3")
@pytest.mark.parametrize(
    ("card", "refusal"),
    [
        (a_card(), None),
        (a_card(status=Status.BLOCKED), None),
        (a_card(status=Status.USED_UP), TopUpRefusal.USED_UP),
        (a_card(last_active_at=NOW - timedelta(days=400)), TopUpRefusal.EXPIRED),
    ],
)
def test_which_card_takes_money(card: Card, refusal: TopUpRefusal | None) -> None:
    assert refusal_to_top_up(card, NOW) is refusal


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_is_no_top_up(amount: int) -> None:
    with pytest.raises(ValueError, match="brings something"):
        TopUp(Source.BANK, "1", amount, NOW)


@pytest.mark.rule("WP §1.2.7")
@pytest.mark.parametrize(
    ("changes", "amount", "source", "day", "bonus"),
    [
        ({}, 1000, Source.BANK, DAY, 100),
        ({}, 999, Source.BANK, DAY, 0),
        ({}, 1009, Source.BANK, DAY, 100),
        ({"percent": 0, "fixed_grosze": 300}, 1000, Source.PAYU, DAY, 300),
        ({}, 1000, Source.CARD_TRANSFER, DAY, 0),
        ({}, 1000, Source.BANK, DAY - timedelta(days=1), 0),
        ({}, 1000, Source.BANK, DAY + timedelta(days=1), 0),
        ({"brand": Brand.TELEGROSIK}, 1000, Source.BANK, DAY, 0),
    ],
)
def test_what_a_promotion_gives(
    changes: dict[str, object], amount: int, source: Source, day: date, bonus: int
) -> None:
    earned = bonuses([a_promotion(**changes)], Brand.WHITE_PHONE, source, amount, day)
    assert sum(grosze for _, grosze in earned) == bonus


def test_a_promotion_that_is_granted_once_per_card_has_one_id_per_card() -> None:
    once, always = a_promotion(once_per_card=True), a_promotion()
    first, second = (TopUp(Source.BANK, origin, 1000, NOW) for origin in "12")
    card = a_card()
    assert bonus_id(card, once, first) == bonus_id(card, once, second)
    assert bonus_id(card, always, first) != bonus_id(card, always, second)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": 0},
        {"fixed_grosze": 100},
        {"percent": -1, "fixed_grosze": 5},
        {"until": DAY - timedelta(days=1)},
        {"minimum_grosze": -1},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadPromotion):
        a_promotion(**wrong)


def test_the_promotions_file_is_sound() -> None:
    assert {promotion.brand for promotion in load_promotions()} == set(Brand)


@pytest.mark.parametrize(
    "text",
    [
        '[[promotion]]\nid = "x"',
        '[[promotion]]\nid = "x"\nbrand = "other"',
        '[[promotion]]\nid = "x"\nbrand = "telegrosik"\ngift = 5',
    ],
)
def test_a_broken_promotions_file_says_where(text: str) -> None:
    with pytest.raises(BadPromotion, match="x"):
        read_promotions(text)
