"""Topping up by telephone, from the first key to the new balance, on the real voice function."""

from datetime import date, timedelta

import pytest

from local.network import HOSTILE
from local.partners.sandbox_state import Mood
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref, Status
from telekarta.domain.ledger.postings import PostingKind, Source, balance_of
from telekarta.domain.topups.claims import voucher_posting_id
from telekarta.domain.topups.promotions import Promotion
from telekarta.usecases.topups.claims import finish_claims
from tests.kit.house import CARD, LONG_PIN, PEPPER, PIN, SERIAL, House
from tests.kit.phone import PhoneCall

WHITE_PHONE, TELEGROSIK = "+48800007744", "+48800901900"
OTHER, OTHER_PIN = "654321", "87654321"
OTHER_SERIAL, OTHER_LONG_PIN = "1234567891", "481516234213"
CODE = "11112222333344"


@pytest.fixture
def house() -> House:
    return House()


def at_the_menu(house: House) -> PhoneCall:
    call = house.phone.dials(WHITE_PHONE).hears("numer karty").presses(CARD).hears("PIN").presses(PIN)
    return call.hears("wybrać numer").presses("0#").hears("Doładowanie karty: sześć")


def giving(house: House) -> PhoneCall:
    call = house.phone.dials(TELEGROSIK, "anonymous").hears("PIN").presses(LONG_PIN).hears("wybrać numer")
    return call.presses("0#").hears("Przelew środków na inną kartę: sześć").presses("6").hears("Ile złotych")


def is_sound(house: House, *refs: Ref) -> bool:
    return all(house.balance(ref) == balance_of(str(ref), house.store.postings(ref)) for ref in refs)


# ---------------------------------------------------------------- from another card


@pytest.mark.rule("WP §4.1.3")
def test_a_part_of_another_white_phone_card_is_moved_here(house: House) -> None:
    mine, other = house.white_phone(1000), house.white_phone(2000, OTHER, OTHER_PIN)
    call = at_the_menu(house).presses("6").hears("Przelew z innej karty: jeden").presses("1")
    call.hears("Ile złotych przelać").presses("5#").hears(
        "Aby potwierdzić przelew", "nie można potem zwrócić"
    )
    call.presses(f"{OTHER}{OTHER_PIN}#").hears("przelano: pięć złotych", "Na karcie: piętnaście złotych")
    assert (house.balance(mine), house.balance(other)) == (1500, 1500)
    assert house.card(mine).lots[-1].source is Source.CARD_TRANSFER
    assert is_sound(house, mine, other)


@pytest.mark.rule("WP §4.1.3")
def test_all_of_a_telegrosik_card_is_moved_here(house: House) -> None:
    mine, other = house.white_phone(1000), house.telegrosik(2000)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile złotych").presses("00#")
    call.hears("potwierdzić").presses(f"{LONG_PIN}#").hears("dwadzieścia złotych", "trzydzieści złotych")
    assert (house.balance(mine), house.balance(other)) == (3000, 0)
    assert is_sound(house, mine, other)


def test_the_new_money_can_be_talked_away_at_once(house: House) -> None:
    mine = house.white_phone(300)
    house.white_phone(2000, OTHER, OTHER_PIN)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses("10#")
    call.hears("potwierdzić").presses(f"{OTHER}{OTHER_PIN}#").hears("wybrać numer")
    call.presses("221112233#").hears("Łączymy").talks(65).hangs_up()
    assert len(house.charges(mine)) == 1
    assert is_sound(house, mine)


def test_a_wrong_pin_is_a_wrong_try_of_the_other_card(house: House) -> None:
    house.white_phone(1000)
    other = house.white_phone(2000, OTHER, OTHER_PIN)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses("5#")
    call.hears("potwierdzić").presses(f"{OTHER}11111111#").hears("błędny")
    assert house.card(other).pin_tries.count == 1
    assert house.balance(other) == 2000


@pytest.mark.parametrize(
    ("changes", "amount", "words"),
    [
        ({"status": Status.BLOCKED}, "5", "zablokowana"),
        ({}, "21", "nie ma dość środków"),
        ({}, "0005", "pięć złotych"),
    ],
)
def test_the_other_card_may_be_unable_to_give(
    house: House, changes: dict[str, object], amount: str, words: str
) -> None:
    house.white_phone(1000)
    house.white_phone(2000, OTHER, OTHER_PIN, **changes)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses(f"{amount}#")
    call.hears("potwierdzić").presses(f"{OTHER}{OTHER_PIN}#").hears(words)


def test_the_card_itself_is_no_other_card(house: House) -> None:
    mine = house.white_phone(1000)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses("5#")
    call.hears("potwierdzić").presses(f"{CARD}{PIN}#").hears("ta sama karta")
    assert house.balance(mine) == 1000


def test_a_carrier_that_repeats_everything_moves_the_money_once() -> None:
    house = House()
    house.network.behaviour = HOSTILE
    mine, other = house.white_phone(1000), house.white_phone(2000, OTHER, OTHER_PIN)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses("5#")
    call.hears("potwierdzić").presses(f"{OTHER}{OTHER_PIN}#").hears("pięć złotych")
    request = next(each for each in reversed(house.answers) if each.facts.get("effect") == "TakeMoney")
    assert request.facts["outcome"] == "moved"
    assert (house.balance(mine), house.balance(other)) == (1500, 1500)


def test_no_code_is_in_an_address_or_a_log(house: House) -> None:
    house.white_phone(1000)
    house.white_phone(2000, OTHER, OTHER_PIN)
    call = at_the_menu(house).presses("6").hears("jeden").presses("1").hears("Ile").presses("5#")
    call.hears("potwierdzić").presses(f"{OTHER}{OTHER_PIN}#").hears("pięć złotych").presses("0#")
    call.hears("sześć").presses("6").hears("dwa").presses("2").hears("kodu").presses(CODE).hears("doładowano")
    written = repr(house.answers) + repr(house.store.booked) + repr(house.store.claiming)
    assert not [each for each in (OTHER_PIN, PIN, CODE) if each in written]


# ---------------------------------------------------------------- vouchers


def keys_voucher(house: House, code: str = CODE) -> PhoneCall:
    return (
        at_the_menu(house)
        .presses("6")
        .hears("Plus: dwa")
        .presses("2")
        .hears("czternaście cyfr")
        .presses(code)
    )


@pytest.mark.rule("WP §4.1.5")
def test_a_voucher_is_on_the_card_at_once(house: House) -> None:
    mine = house.white_phone(1000)
    keys_voucher(house).hears("doładowano kwotą: dwadzieścia złotych", "Na karcie: trzydzieści złotych")
    lot = house.card(mine).lots[-1]
    assert (lot.source, lot.top_up) == (Source.PLUS_VOUCHER, voucher_posting_id(PEPPER, CODE))
    assert is_sound(house, mine)


@pytest.mark.rule("WP §1.2.7")
def test_a_bonus_is_spoken(house: House) -> None:
    autumn = Promotion(
        "autumn",
        Brand.WHITE_PHONE,
        date(2020, 1, 1),
        date(2040, 1, 1),
        1000,
        "Jesień",
        "Autumn",
        10,
        sources=frozenset({Source.PLUS_VOUCHER}),
    )
    house.promotions = (autumn,)
    house.door = house.new_process()
    house.white_phone(1000)
    keys_voucher(house).hears("dwadzieścia złotych", "Bonus: dwa złote", "trzydzieści dwa złote")


def test_the_same_voucher_is_worth_nothing_on_a_second_card(house: House) -> None:
    house.white_phone(1000)
    keys_voucher(house).hears("doładowano").hangs_up()
    keys_voucher(house).hears("doładowano").hangs_up()
    other = house.white_phone(1000, OTHER, OTHER_PIN)
    call = house.phone.dials(WHITE_PHONE).hears("numer karty").presses(OTHER).hears("PIN").presses(OTHER_PIN)
    call.hears("wybrać numer").presses("0#").hears("sześć").presses("6").hears("dwa").presses("2")
    call.hears("kodu").presses(CODE).hears("już wykorzystany")
    assert house.balance(other) == 1000


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("99999999999999", "Nie ma takiego kodu"),
        ("44445555666677", "już wykorzystany"),
        ("55556666777788", "Ważność tego kodu"),
    ],
)
def test_a_voucher_that_is_no_good_says_why(house: House, code: str, words: str) -> None:
    mine = house.white_phone(1000)
    keys_voucher(house, code).hears(words)
    assert house.balance(mine) == 1000


def test_who_guesses_vouchers_is_let_go_and_then_not_heard(house: House) -> None:
    house.white_phone(1000)
    call = keys_voucher(house, "99999999999991").hears("Nie ma takiego kodu").presses("99999999999992")
    call.hears("Nie ma takiego kodu").presses("99999999999993").hears("kończymy połączenie")


@pytest.mark.rule("WP §4.1.5")
def test_a_voucher_whose_answer_got_lost_comes_by_itself(house: House) -> None:
    mine = house.white_phone(1000)
    house.plus.moods["plus"] = Mood.LOSES_ANSWERS
    keys_voucher(house).hears("środki pojawią się na karcie same").hangs_up()
    assert house.balance(mine) == 1000
    house.clock.ahead = timedelta(minutes=10)
    claims = house.call_deps.claims
    assert claims is not None
    finish_claims(claims)
    assert house.balance(mine) == 3000
    assert house.plus.vouchers[CODE].is_used


# ---------------------------------------------------------------- Telegrosik gives


@pytest.mark.rule("TG §2.19")
def test_a_part_goes_to_another_card_and_the_fee_is_said_before(house: House) -> None:
    mine, other = house.telegrosik(2000), house.telegrosik(1000, OTHER_SERIAL, OTHER_LONG_PIN)
    call = giving(house).presses("5#").hears("numeru seryjnego").presses(OTHER_SERIAL)
    call.hears("Przelew: pięć złotych", "Opłata: pięćdziesiąt groszy", "Aby potwierdzić").presses("1")
    call.hears("Przelano: pięć złotych", "Na karcie: czternaście złotych pięćdziesiąt groszy")
    assert (house.balance(mine), house.balance(other)) == (1450, 1500)
    kinds = {posting.kind: posting for posting in house.store.postings(mine)}
    assert kinds[PostingKind.TRANSFER_FEE].credit == "revenue:transfers:telegrosik"
    assert kinds[PostingKind.TRANSFER_FEE].rule == "TG §2.19"
    assert is_sound(house, mine, other)


@pytest.mark.rule("TG §2.19")
def test_all_of_it_goes_but_the_fee(house: House) -> None:
    mine, other = house.telegrosik(2000), house.telegrosik(1000, OTHER_SERIAL, OTHER_LONG_PIN)
    call = giving(house).presses("00#").hears("numeru seryjnego").presses(OTHER_SERIAL)
    call.hears("dziewiętnaście złotych pięćdziesiąt groszy").presses("1").hears("Przelano")
    assert (house.balance(mine), house.balance(other)) == (0, 2950)


def test_nothing_moves_until_the_caller_says_so(house: House) -> None:
    mine, other = house.telegrosik(2000), house.telegrosik(1000, OTHER_SERIAL, OTHER_LONG_PIN)
    call = giving(house).presses("5#").hears("seryjnego").presses(OTHER_SERIAL).hears("potwierdzić")
    call.presses("2").hears("Nic nie przelano")
    giving(house).presses("5#").hears("seryjnego").presses(OTHER_SERIAL).hears("potwierdzić").hangs_up()
    assert (house.balance(mine), house.balance(other)) == (2000, 1000)


def test_a_serial_that_is_nobodys_counts_as_a_wrong_code(house: House) -> None:
    house.telegrosik(2000)
    call = giving(house).presses("5#").hears("seryjnego").presses("1111111111").hears("Nie ma karty")
    call.presses("2222222222").hears("Nie ma karty").presses("3333333333").hears("kończymy połączenie")
    assert house.store.line("hidden").tries.count == 3


@pytest.mark.parametrize(
    ("amount", "serial", "words"),
    [
        ("5", SERIAL, "ta sama karta"),
        ("20", OTHER_SERIAL, "nie ma dość środków"),
        ("12345", "", "cztery cyfry"),
    ],
)
def test_what_can_not_be_given_is_said(house: House, amount: str, serial: str, words: str) -> None:
    house.telegrosik(2000)
    house.telegrosik(1000, OTHER_SERIAL, OTHER_LONG_PIN)
    call = giving(house).presses(f"{amount}#")
    if serial:
        call = call.hears("seryjnego").presses(serial)
    call.hears(words)
