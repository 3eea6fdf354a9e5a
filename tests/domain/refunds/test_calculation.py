"""What an application for unused money is due, line by line, and what it does to the books (WP §7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.books.closing import accounts_of, card_differences, ledger_differences
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref, Status
from telekarta.domain.ledger.postings import Lot, Posting, PostingKind, Source
from telekarta.domain.refunds.application import (
    Application,
    Arrival,
    CodeCheck,
    Missing,
    Proof,
    ProofKind,
    missing,
    policy_for,
    read_account,
)
from telekarta.domain.refunds.calculation import (
    SUMS,
    Calculation,
    LineKind,
    Unmet,
    calculate,
    set_aside,
    total,
)
from telekarta.domain.refunds.money_found import Bonus, MoneyFound, look_at
from telekarta.domain.refunds.movements import held_account, hold, last_parts, release, without

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
    return Proof(f"topup:{source}:1", kind, "skan 1", source)


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
    return calculate(POLICY, applied(asked, **changes), MoneyFound(NOW, found, last_top_up_at=topped_up))


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
    gift = Lot("2", Source.PROMOTION, left, NOW, "bonus:1", "a")
    told = mixed({"a": (10_000, 2000, left)}, more=(gift,))
    assert told.payable_grosze == payable


def mixed(
    top_ups: dict[str, tuple[int, int, int]],
    asked: int | None = None,
    proven: str = "",
    more: tuple[Lot, ...] = (),
    sources: dict[str, Source] | None = None,
) -> Calculation:
    """Bank top-ups of one day by name: what is left of each, its bonus, and what is left of that."""
    own = tuple(
        Lot(f"{n}0", (sources or {}).get(name, Source.BANK), left, NOW, name)
        for n, (name, (left, _, _)) in enumerate(top_ups.items(), 1)
        if left
    )
    bonuses = tuple(Bonus(name, granted, left) for name, (_, granted, left) in top_ups.items() if granted)
    proofs = tuple(
        Proof(name, ProofKind.TRANSFER, "skan", (sources or {}).get(name, Source.BANK))
        for name in (proven or "".join(top_ups))
    )
    return calculate(POLICY, applied(asked, proofs=proofs), MoneyFound(NOW, (*own, *more), bonuses, NOW))


@pytest.mark.rule("WP §7.8")
@pytest.mark.parametrize(
    ("top_ups", "asked", "payable"),
    [
        # a bonus takes nothing of another top-up's money
        ({"a": (100, 1000, 0), "b": (4000, 0, 0)}, 4100, 2000),
        ({"a": (100, 2500, 0), "b": (4000, 0, 0)}, None, 2000),
        # what costs nothing is drawn first, though it is younger
        ({"a": (5000, 2000, 0), "b": (5000, 0, 0)}, 5000, 3000),
        ({"a": (5000, 2000, 0), "b": (5000, 0, 0)}, 6000, 3000),
        ({"a": (5000, 2000, 0), "b": (5000, 0, 0)}, 8000, 4000),
        # cheap by the grosz is not the cheapest for the amount
        ({"a": (5000, 1000, 0), "b": (3000, 300, 0)}, 5000, 2000),
        ({"a": (5000, 1000, 0), "b": (3000, 300, 0)}, None, 4700),
    ],
)
def test_a_bonus_is_deducted_from_its_own_top_up(
    top_ups: dict[str, tuple[int, int, int]], asked: int | None, payable: int
) -> None:
    assert mixed(top_ups, asked).payable_grosze == payable


def test_money_that_its_bonus_would_eat_up_stays_on_the_card() -> None:
    told = mixed({"a": (100, 1000, 0), "b": (4000, 0, 0)}, 4050)
    assert [(line.kind.value, line.amount_grosze, line.clause) for line in told.lines] == [
        ("on_card", 4100, "WP §7.5"),
        ("not_asked", -50, "WP §7.3.3"),
        ("eaten_up", -50, "WP §7.8"),
        ("refundable", 4000, "WP §7.4"),
        ("fee", -2000, "WP §7.6.1"),
        ("payable", 2000, "WP §7.6"),
    ]
    eaten = mixed({"a": (3000, 3000, 0)})
    assert (eaten.unmet, eaten.refundable_grosze) == ((Unmet.NOTHING_LEFT,), 0)


@pytest.mark.rule("WP §7.4", "WP §7.8")
def test_transfers_of_one_day_are_told_apart() -> None:
    """Both lots have the bank's day for their moment; only one had a bonus, and only one is proven."""
    both = {"x": (1000, 2000, 0), "y": (8000, 0, 0)}
    assert mixed(both, 8000).payable_grosze == 6000
    assert mixed({"x": (10_000, 0, 0), "y": (3000, 0, 0)}, None, "y").refundable_grosze == 3000


def test_the_fee_of_vouchers_alone_rests_on_their_own_clause() -> None:
    told = due(lots(plus_voucher=5000))
    assert [line.clause for line in told.lines if line.kind is LineKind.FEE] == ["WP §7.6.2"]


top_ups_drawn = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(0, 6000), st.integers(0, 3000), st.integers(0, 3000)).map(
        lambda each: (each[0], max(each[1], each[2]), min(each[1], each[2]))
    ),
    min_size=1,
)


@pytest.mark.rule("WP §7.4", "WP §7.6", "WP §7.8")
@given(
    top_ups_drawn,
    st.none() | st.integers(1, 20_000),
    st.dictionaries(st.sampled_from("abcdef"), st.just(Source.PLUS_VOUCHER)),
    st.data(),
)
def test_another_proof_never_costs_anything(
    top_ups: dict[str, tuple[int, int, int]],
    asked: int | None,
    sources: dict[str, Source],
    data: st.DataObject,
) -> None:
    names = sorted(top_ups)
    more = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    fewer = data.draw(st.lists(st.sampled_from(more), min_size=1, unique=True))
    much = mixed(top_ups, asked, "".join(more), sources=sources)
    little = mixed(top_ups, asked, "".join(fewer), sources=sources)
    assert much.payable_grosze >= little.payable_grosze


@given(
    top_ups_drawn, st.integers(1, 20_000), st.dictionaries(st.sampled_from("abcdef"), st.just(Source.PAYU))
)
def test_no_other_draws_would_give_the_holder_more(
    top_ups: dict[str, tuple[int, int, int]], asked: int, sources: dict[str, Source]
) -> None:
    """Of amounts that are asked for; checked against drawing top-ups in each order, one after the other."""
    told = mixed(top_ups, asked, sources=sources)
    best = 0
    for order in permutations(top_ups):
        left, got = asked, 0
        for name in order:
            money, granted, unspent = top_ups[name]
            drawn = min(money, left)
            left -= drawn
            got = max(got, got + drawn - min(granted - unspent, drawn))
        best = max(best, got)
    assert told.refundable_grosze - told.bonus_grosze == best


def test_of_very_many_top_ups_the_cheapest_come_first() -> None:
    many = {chr(ord("a") + n): (1000, 100 * n, 0) for n in range(12)}
    told = mixed(many, 3000)
    assert (told.refundable_grosze, told.bonus_grosze) == (3000, 300)


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
    found = MoneyFound(NOW, lots(bank=5000), last_top_up_at=at)
    told = calculate(POLICY, applied(received_on=received), found)
    assert (Unmet.TOO_LATE in told.unmet) is late


def test_telegrosik_gives_back_what_was_paid_for_without_fee_minimum_or_limit() -> None:
    old = NOW - timedelta(days=700)
    lot = Lot("1", Source.RETAIL, 150, old, "issue:x")
    receipt = Proof("issue:x", ProofKind.PURCHASE, "paragon", Source.RETAIL)
    told = calculate(OURS, applied(proofs=(receipt,)), MoneyFound(NOW, (lot,), last_top_up_at=old))
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
    assert all(line.amount_grosze <= 0 for line in told.lines[1:] if line.kind not in SUMS)
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
    lot = Lot("2", Source.PROMOTION, 400, DAY[Source.BANK], "bonus:1", "topup:bank:1")
    card = replace(card, lots=(*card.lots, replace(lot, left_grosze=150)))
    postings.append(
        Posting("bonus:1", PostingKind.BONUS, "promotions:a", str(CARD), 400, "WP §1.2.7", NOW, grants=(lot,))
    )
    assert look_at(card, postings, NOW).bonuses == (Bonus("topup:bank:1", 400, 150),)


@pytest.mark.rule("WP §7.9")
def test_the_six_months_begin_when_the_money_reached_the_card() -> None:
    """A transfer that waited for its card, and money from another card that was all bonus."""
    card, postings = loaded(bank=3000)
    credited = NOW - timedelta(days=2)
    late = [replace(postings[0], booked_at=credited)]
    assert look_at(card, late, NOW).last_top_up_at == credited
    gift = replace(
        postings[0], id="t1", kind=PostingKind.CARD_TRANSFER, debit="card:white_phone:654321", booked_at=NOW
    )
    assert look_at(card, [*late, gift], NOW).last_top_up_at == NOW
    away = replace(gift, debit=str(CARD), credit="card:white_phone:654321")
    assert look_at(card, [*late, away], NOW).last_top_up_at == credited


@pytest.mark.rule("WP §7.5")
def test_twenty_zlote_are_counted_on_the_day_on_which_the_application_came() -> None:
    card, postings = loaded(bank=2700)
    talked = Posting("call:1", PostingKind.CALL, str(CARD), "revenue:calls", 900, "WP §6.3", NOW)
    poorer = replace(card, lots=(replace(card.lots[0], left_grosze=1800),))
    came_on = TODAY - timedelta(days=2)
    found = look_at(poorer, [*postings, talked], NOW, received_on=came_on)
    assert (found.balance_grosze, found.on_arrival_grosze) == (1800, 2700)
    told = calculate(POLICY, applied(received_on=came_on), found)
    assert Unmet.BELOW_MINIMUM not in told.unmet


@given(on_cards, st.integers(1, 200_000), st.data())
def test_parts_are_parted_exactly(on_card: dict[Source, int], asked: int, data: st.DataObject) -> None:
    found = MoneyFound(NOW, lots(**{source.value: amount for source, amount in on_card.items() if amount}))
    parts = set_aside(POLICY, applied(asked), found)
    picked = last_parts(parts, data.draw(st.integers(0, total(parts))))
    assert total(without(parts, picked)) + total(picked) == total(parts)
