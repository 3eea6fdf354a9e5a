"""What an application for unused money is due, line by line, and what it does to the books (WP §7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.books import accounts_of, card_differences, ledger_differences
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Card, Ref, Status
from telekarta.domain.ledger import Lot, Posting, PostingKind, Source
from telekarta.domain.refunds import (
    SUMS,
    Application,
    Arrival,
    Bonus,
    Calculation,
    CodeCheck,
    Found,
    LineKind,
    Missing,
    Proof,
    ProofKind,
    Unmet,
    calculate,
    held_account,
    hold,
    last_parts,
    look_at,
    missing,
    policy_for,
    read_account,
    release,
    set_aside,
    total,
    without,
)

CARD = Ref.card(Brand.WHITE_PHONE, "123456")
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
NRB = "75109000046599000000001010"
POLICY = policy_for(Brand.WHITE_PHONE, TODAY)
OURS = policy_for(Brand.TELEGROSIK, TODAY)
DAY = {source: NOW - timedelta(days=30 + n) for n, source in enumerate(Source)}


def lots(**sources_grosze: int) -> tuple[Lot, ...]:
    return tuple(
        Lot(str(n), Source(name), amount, DAY[Source(name)], f"topup:{name}:1")
        for n, (name, amount) in enumerate(sources_grosze.items(), 1)
    )


def proof(source: Source) -> Proof:
    kind = ProofKind.VOUCHER if source is Source.PLUS_VOUCHER else ProofKind.TRANSFER
    return Proof(f"topup:{source}:1", kind, "skan 1", source, DAY[source])


ALL_PROOFS = tuple(proof(source) for source in POLICY.refundable)


def applied(asked: int | None = None, **changes: object) -> Application:
    whole = Application(
        ref=CARD,
        arrived=Arrival.LETTER,
        received_on=TODAY,
        asked_grosze=asked,
        pin=CodeCheck.RIGHT,
        puk=CodeCheck.NOT_NEEDED,
        proofs=ALL_PROOFS,
        nrb=NRB,
        owner="Jan Kowalski",
        signed=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def due(found: tuple[Lot, ...], asked: int | None = None, **changes: object) -> Calculation:
    topped_up = max((lot.granted_at for lot in found), default=None)
    return calculate(POLICY, applied(asked, **changes), Found(NOW, found, last_top_up_at=topped_up))


# ---------------------------------------------------------------- the amount

CASES = [
    # what is on the card, asked, refundable, fee, payable
    ({"bank": 5000}, 5000, 5000, 2000, 3000),
    ({"bank": 5000}, None, 5000, 2000, 3000),
    ({"bank": 5000}, 9000, 5000, 2000, 3000),
    ({"bank": 5000}, 3000, 3000, 2000, 1000),
    ({"payu": 5000, "przelewy24": 1000}, 6000, 6000, 2000, 4000),
    ({"plus_voucher": 5000}, 5000, 5000, 2500, 2500),
    ({"plus_voucher": 5009}, 5009, 5009, 2500, 2509),
    ({"bank": 3000, "plus_voucher": 2000}, 5000, 5000, 2200, 2800),
    ({"bank": 3000, "plus_voucher": 2000}, 3000, 3000, 2000, 1000),
    ({"canteen": 5000, "bank": 2500}, 7500, 2500, 2000, 500),
    ({"card_transfer": 5000, "lajt": 900, "bank": 2500}, 9000, 2500, 2000, 500),
    ({"promotion": 1000, "bank": 2500}, 3500, 2500, 2000, 500),
]


@pytest.mark.rule(
    "WP §7.3.3", "WP §7.6", "WP §7.6.1", "WP §7.6.2", "WP §7.7", "WP §7.7.1", "WP §7.7.2", "WP §7.7.3"
)
@pytest.mark.parametrize(("on_card", "asked", "refundable", "fee", "payable"), CASES)
def test_what_is_due(
    on_card: dict[str, int], asked: int | None, refundable: int, fee: int, payable: int
) -> None:
    told = due(lots(**on_card), asked)
    assert (told.refundable_grosze, told.fee_grosze, told.payable_grosze) == (refundable, fee, payable)
    assert told.unmet == ()


@pytest.mark.rule("WP §7.4")
def test_money_without_proof_stays_on_the_card() -> None:
    told = due(lots(bank=3000, payu=4000), 7000, proofs=(proof(Source.PAYU),))
    assert told.refundable_grosze == 4000
    assert (LineKind.UNPROVEN, -3000, "WP §7.4") in [(x.kind, x.amount_grosze, x.clause) for x in told.lines]


def test_every_line_names_its_clause() -> None:
    told = due(lots(canteen=500, lajt=300, promotion=200, bank=5000, plus_voucher=1000), 5500)
    assert [(line.kind.value, line.amount_grosze, line.clause) for line in told.lines] == [
        ("on_card", 7000, "WP §7.5"),
        ("canteen", -500, "WP §7.7.2"),
        ("transferred", -300, "WP §7.7.1"),
        ("promotion", -200, "WP §7.7.3"),
        ("not_asked", -500, "WP §7.3.3"),
        ("refundable", 5500, "WP §7.4"),
        ("fee", -2000, "WP §7.6.1"),
        ("voucher_fee", -50, "WP §7.6.2"),
        ("payable", 3450, "WP §7.6"),
    ]


@pytest.mark.rule("WP §7.8")
@pytest.mark.parametrize(("left", "payable"), [(2000, 8000), (500, 6500), (0, 6000)])
def test_the_bonus_of_a_refunded_top_up_is_deducted_once_spent_or_not(left: int, payable: int) -> None:
    money = Lot("1", Source.BANK, 10_000, NOW, "topup:bank:1")
    gift = Lot("2", Source.PROMOTION, left, NOW, "bonus:1")
    proofs = (Proof("topup:bank:1", ProofKind.TRANSFER, "skan", Source.BANK, NOW),)
    found = Found(NOW, (money, gift), (Bonus(NOW, 2000, left),), NOW)
    told = calculate(POLICY, applied(None, proofs=proofs), found)
    assert told.payable_grosze == payable


@pytest.mark.rule("WP §7.5")
@pytest.mark.parametrize(("balance", "unmet"), [(1999, True), (2000, False)])
def test_less_than_twenty_zlote_on_the_card_are_not_refunded(balance: int, unmet: bool) -> None:
    assert (Unmet.BELOW_MINIMUM in due(lots(bank=balance)).unmet) is unmet


def test_a_fee_that_eats_up_all_leaves_the_money_on_the_card() -> None:
    assert due(lots(bank=2000)).unmet == (Unmet.NOTHING_LEFT,)
    assert due(lots(bank=2001)).unmet == ()


@pytest.mark.rule("WP §7.9")
@pytest.mark.parametrize(
    ("topped_up", "received", "late"),
    [
        (date(2026, 5, 20), date(2026, 11, 20), False),
        (date(2026, 5, 20), date(2026, 11, 21), True),
        (date(2026, 5, 21), date(2026, 11, 21), False),  # a Saturday: Monday is in time
        (date(2026, 5, 21), date(2026, 11, 23), False),
        (date(2026, 5, 21), date(2026, 11, 24), True),
        (date(2026, 8, 31), date(2027, 3, 1), False),  # the last of February is a Sunday
        (date(2026, 6, 24), date(2026, 12, 28), False),  # Christmas Eve, Christmas, a weekend
        (date(2026, 6, 24), date(2026, 12, 29), True),
    ],
)
def test_six_months_from_the_last_top_up(topped_up: date, received: date, late: bool) -> None:
    at = datetime(topped_up.year, topped_up.month, topped_up.day, 10, tzinfo=UTC)
    found = Found(NOW, lots(bank=5000), last_top_up_at=at)
    told = calculate(POLICY, applied(received_on=received), found)
    assert (Unmet.TOO_LATE in told.unmet) is late


def test_telegrosik_gives_back_what_was_paid_for_without_fee_minimum_or_limit() -> None:
    old = NOW - timedelta(days=700)
    lot = Lot("1", Source.RETAIL, 150, old, "issue:x")
    receipt = Proof("issue:x", ProofKind.PURCHASE, "paragon", Source.RETAIL, old)
    told = calculate(OURS, applied(proofs=(receipt,)), Found(NOW, (lot,), last_top_up_at=old))
    assert (told.payable_grosze, told.fee_grosze, told.unmet) == (150, 0, ())
    assert {line.clause for line in told.lines} == {""}


amounts = st.integers(0, 50_000)
on_cards = st.dictionaries(st.sampled_from(list(Source)), amounts, max_size=len(Source))


@pytest.mark.rule("WP §7.6.1", "WP §7.6.2")
@given(on_cards, st.none() | st.integers(1, 200_000), st.sets(st.sampled_from(sorted(POLICY.refundable))))
def test_the_lines_add_up_to_the_grosz(
    on_card: dict[Source, int], asked: int | None, proven: set[Source]
) -> None:
    found = lots(**{source.value: amount for source, amount in on_card.items() if amount})
    told = due(found, asked, proofs=tuple(proof(source) for source in proven))
    before = after = 0
    for line in told.lines:
        if line.kind is LineKind.REFUNDABLE:
            assert line.amount_grosze == before
        if line.kind not in SUMS:
            before += line.amount_grosze
            after += line.amount_grosze
    assert told.payable_grosze == max(after, 0)
    assert total(told.draws) == told.refundable_grosze <= min(asked or 10**9, sum(on_card.values()))
    assert {part.source for part in told.draws} <= proven
    assert told.payable_grosze <= told.refundable_grosze - told.fee_grosze or told.payable_grosze == 0


# ---------------------------------------------------------------- completeness


@pytest.mark.rule(
    "WP §7.1", "WP §7.2", "WP §7.2.1", "WP §7.2.2", "WP §7.2.3", "WP §7.3", "WP §7.3.1", "WP §7.3.2",
    "WP §7.3.3", "WP §7.3.4", "WP §7.3.5", "WP §7.3.6",
)  # fmt: skip
@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, ()),
        ({"pin": CodeCheck.NOT_GIVEN}, (Missing.PIN,)),
        ({"pin": CodeCheck.WRONG, "puk": CodeCheck.WRONG}, (Missing.PIN_WRONG, Missing.PUK_WRONG)),
        ({"puk": CodeCheck.NOT_GIVEN}, (Missing.PUK,)),
        ({"asked_grosze": None}, (Missing.AMOUNT,)),
        ({"proofs": ()}, (Missing.PROOF,)),
        ({"nrb": ""}, (Missing.ACCOUNT,)),
        ({"nrb": "", "nrb_is_wrong": True}, (Missing.ACCOUNT_WRONG,)),
        ({"owner": ""}, (Missing.OWNER,)),
        ({"signed": False}, (Missing.SIGNATURE,)),
        ({"signed": False, "arrived": Arrival.IN_PERSON}, (Missing.SIGNATURE,)),
        ({"signed": False, "arrived": Arrival.EMAIL}, ()),
        ({"nrb": "", "owner": "", "same_way": True, "proofs": (proof(Source.PAYU),)}, ()),
        ({"nrb": "", "same_way": True, "proofs": (proof(Source.BANK),)}, (Missing.ACCOUNT,)),
    ],
)
def test_what_an_application_lacks(changes: dict[str, object], lacks: tuple[Missing, ...]) -> None:
    assert missing(applied(**{"asked": 5000} | changes)) == lacks  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("75 1090 0004 6599 0000 0000 1010", (NRB, False)),
        ("PL75109000046599000000001010", (NRB, False)),
        ("75 1090 0004 6599 0000 0000 1011", ("", True)),
        ("moje konto", ("", True)),
        ("  ", ("", False)),
    ],
)
def test_the_account_is_checked(text: str, read: tuple[str, bool]) -> None:
    assert read_account(text) == read


# ---------------------------------------------------------------- the books


def loaded(**sources_grosze: int) -> tuple[Card, list[Posting]]:
    own = lots(**sources_grosze)
    postings = [
        Posting(
            lot.origin, PostingKind.TOP_UP, f"incoming:{lot.source}", str(CARD), lot.left_grosze,
            "WP §4.1.1", lot.granted_at, grants=(lot,),
        )
        for lot in own
    ]  # fmt: skip
    return Card(CARD, 1, Status.ACTIVE, NOW - timedelta(days=90), own), postings


def test_held_money_is_off_the_card_and_comes_back_as_it_was() -> None:
    card, postings = loaded(canteen=500, bank=3000, payu=4000)
    found = look_at(card, postings, NOW)
    parts = set_aside(POLICY, applied(5000), found)
    held, taking = hold(card, "refund-1", parts, "WP §7.1", NOW)
    assert held.balance_grosze == 2500
    back, giving = release(held, "refund-1", parts, "WP §7.1", NOW)
    assert back.balance_grosze == 7500
    accounts = accounts_of([*postings, taking, giving], TODAY, None)
    assert card_differences(back, accounts[str(CARD)]) == ()
    assert ledger_differences(accounts, None) == ()
    assert accounts[held_account("refund-1")].balance_grosze == 0
    assert set_aside(POLICY, applied(5000), look_at(back, postings, NOW))[0].granted_at in DAY.values()
    again = calculate(POLICY, applied(7000), look_at(back, postings, NOW))
    assert again.refundable_grosze == 7000


def test_a_bonus_is_known_by_its_posting() -> None:
    card, postings = loaded(bank=3000)
    lot = Lot("2", Source.PROMOTION, 400, DAY[Source.BANK], "bonus:1")
    card = replace(card, lots=(*card.lots, replace(lot, left_grosze=150)))
    postings.append(
        Posting("bonus:1", PostingKind.BONUS, "promotions:a", str(CARD), 400, "WP §1.2.7", NOW, grants=(lot,))
    )
    assert look_at(card, postings, NOW).bonuses == (Bonus(DAY[Source.BANK], 400, 150),)


@given(on_cards, st.integers(1, 200_000), st.data())
def test_parts_are_parted_exactly(on_card: dict[Source, int], asked: int, data: st.DataObject) -> None:
    found = Found(NOW, lots(**{source.value: amount for source, amount in on_card.items() if amount}))
    parts = set_aside(POLICY, applied(asked), found)
    picked = last_parts(parts, data.draw(st.integers(0, total(parts))))
    assert total(without(parts, picked)) + total(picked) == total(parts)
