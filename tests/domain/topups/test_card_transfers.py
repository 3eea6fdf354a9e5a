"""Money between cards: what may move, what it costs, and what it is afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.cards.issuing import issue
from telekarta.domain.ledger.postings import Lot, Source
from telekarta.domain.topups.card_transfers import (
    CardTransfer,
    CardTransferRefusal,
    decide,
    fee_grosze,
    transfer,
)
from telekarta.domain.topups.terms import CARD_TRANSFER_LEAST_GROSZE
from tests.kit.store import a_hold

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_card(
    number: str = "1234567890", lots: tuple[tuple[Source, int], ...] = ((Source.RETAIL, 2000),)
) -> Card:
    card, _ = issue(Ref.card(Brand.TELEGROSIK, number), 2000, "digest", "A", None, NOW)
    placed = tuple(
        Lot(str(n), source, left, NOW - timedelta(days=n), f"p{n}")
        for n, (source, left) in enumerate(lots, 1)
    )
    return replace(card, lots=placed)


GIVER, TAKER = a_card(), a_card("1234567891")


@pytest.mark.rule("TG §2.19")
@pytest.mark.parametrize(
    ("wanted", "has_fee", "moved"),
    [
        (0, False, CardTransfer(2000, 0)),
        (0, True, CardTransfer(1950, 50)),
        (500, True, CardTransfer(500, 50)),
        (1950, True, CardTransfer(1950, 50)),
        (1951, True, CardTransferRefusal.NOT_ENOUGH),
        (2000, False, CardTransfer(2000, 0)),
        (2001, False, CardTransferRefusal.NOT_ENOUGH),
        (99, False, CardTransferRefusal.NOT_ENOUGH),
    ],
)
def test_a_part_or_all_moves_and_the_fee_comes_besides(
    wanted: int, has_fee: bool, moved: CardTransfer | CardTransferRefusal
) -> None:
    assert decide(GIVER, TAKER, wanted, NOW, has_fee=has_fee) == moved


@pytest.mark.rule("WP §4.1.3")
@pytest.mark.parametrize(
    ("giver", "taker", "why"),
    [
        (GIVER, GIVER, CardTransferRefusal.SAME_CARD),
        (replace(GIVER, status=Status.BLOCKED), TAKER, CardTransferRefusal.BLOCKED),
        (replace(GIVER, status=Status.USED_UP), TAKER, CardTransferRefusal.USED_UP),
        (replace(GIVER, first_used_at=NOW - timedelta(days=800)), TAKER, CardTransferRefusal.EXPIRED),
        (replace(GIVER, hold=a_hold()), TAKER, CardTransferRefusal.IN_A_CALL),
        (GIVER, replace(TAKER, status=Status.USED_UP), CardTransferRefusal.OTHER_CARD_UNUSABLE),
        (
            GIVER,
            replace(TAKER, first_used_at=NOW - timedelta(days=800)),
            CardTransferRefusal.OTHER_CARD_UNUSABLE,
        ),
    ],
)
def test_what_can_not_give_or_take_moves_nothing(giver: Card, taker: Card, why: CardTransferRefusal) -> None:
    assert decide(giver, taker, 500, NOW, has_fee=False) is why


def test_a_blocked_card_can_be_given_money() -> None:
    blocked = replace(TAKER, status=Status.BLOCKED)
    assert decide(GIVER, blocked, 500, NOW, has_fee=False) == CardTransfer(500, 0)


@pytest.mark.parametrize(
    ("day", "fee"), [(date(2023, 6, 30), 0), (date(2023, 7, 1), 50), (date(2030, 1, 1), 50)]
)
def test_the_fee_is_dated(day: date, fee: int) -> None:
    assert fee_grosze(Brand.TELEGROSIK, day) == fee
    assert fee_grosze(Brand.WHITE_PHONE, day) == 0


@pytest.mark.rule("WP §7.7.1")
def test_moved_money_is_moved_money_and_a_bonus_stays_one() -> None:
    giver = a_card(lots=((Source.BANK, 1000), (Source.PROMOTION, 300), (Source.PLUS_VOUCHER, 700)))
    _, richer, _ = transfer(giver, TAKER, CardTransfer(1500, 0), "t", NOW)
    new = richer.lots[len(TAKER.lots) :]
    assert [(lot.source, lot.left_grosze) for lot in new] == [
        (Source.PROMOTION, 300),
        (Source.CARD_TRANSFER, 700),
        (Source.CARD_TRANSFER, 500),
    ]


@given(
    st.lists(st.tuples(st.sampled_from(list(Source)), st.integers(1, 5000)), min_size=1, max_size=5),
    st.integers(0, 20_000),
    st.booleans(),
)
def test_no_grosz_comes_or_goes(lots: list[tuple[Source, int]], wanted: int, has_fee: bool) -> None:
    giver = a_card(lots=tuple(lots))
    moved = decide(giver, TAKER, wanted, NOW, has_fee=has_fee)
    assume(isinstance(moved, CardTransfer))
    assert isinstance(moved, CardTransfer)
    assert moved.amount_grosze >= CARD_TRANSFER_LEAST_GROSZE
    poorer, richer, postings = transfer(giver, TAKER, moved, "t", NOW)
    assert poorer.balance_grosze == giver.balance_grosze - moved.amount_grosze - moved.fee_grosze
    assert richer.balance_grosze == TAKER.balance_grosze + moved.amount_grosze
    assert sum(posting.amount_grosze for posting in postings) == moved.amount_grosze + moved.fee_grosze
    assert (poorer.version, richer.version) == (giver.version + 1, TAKER.version + 1)
    assert len({lot.id for lot in richer.lots}) == len(richer.lots)
    promised = sum(lot.left_grosze for lot in poorer.lots + richer.lots if lot.source is Source.PROMOTION)
    assert promised >= sum(left for source, left in lots if source is Source.PROMOTION) - moved.fee_grosze
