"""Whose money a transfer is, and how a booking is known again."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.bank.statements import Booking, StatementDoubt, name_entries, statement
from telekarta.domain.bank.titles import Ambiguous, Assigned, NotACard, Unmatched, decide, match_title
from telekarta.domain.brands import Brand
from telekarta.domain.nrb import is_nrb, nrb_in
from telekarta.domain.text import plain

OURS = "75109000046599000000001010"  # WP §4.1.1
ANNAS = "75102055610000008200012345"
DAY = date(2026, 11, 20)


def numbers(title):
    return [each.number for each in match_title(title).candidates]


@pytest.mark.rule("WP §4.1.1")
@pytest.mark.parametrize(
    "title",
    [
        "123456",
        "123 456",
        "123-456",
        "12 34 56",
        "12-34-56",
        "1 2 3 4 5 6",
        "WP123456",
        "WP-123456",
        "wp 123 456",
        "#123456",
        "nr:123456",
        "dla 123456",
        "DLA123456",
        "Karta nr 123456",
        "karta  nr.  123456",
        "Doładowanie karty White Phone 123456",
        "doladowanie telefonu 123456 Jan K.",
        "karta telefoniczna 123456 100 zl",
        "Numer karty 123456, kwota 50,00 zł",
        "123456 50 zł",
        "123 456 50 zl",
        "123 456 zl",
        "123 456 20",
        "20 zł 123 456",
        "50,00 PLN karta 123456",
        "123456,50 zl",
        "kwota 20 123 456",
        "I23456",
        "l23456",
        "123456 123456",
        "123456 / 123 456",
        "１２３４５６",
        "123456zl",
        "Za listopad 2026: 123456",
        "FV 12/2026 123456",
        "02-284 Warszawa, 123456",
        "00-950 123 456",
        "z dnia 20.11.2026 123456",
        "2026-11-20 123456",
        "tel. 600 123 456, karta 123456",
        "tel 600123456 123456",
        "+48 600 123 456 karta 123456",
        "PESEL 90010112345 karta 123456",
        "NIP 631-228-36-37 karta 123456",
        "75 1090 0004 6599 0000 0000 1010 123456",
        "faktura nr 987654, karta 123456",
        "/VAT/23,00/IDC/6312283637/INV/987654/TXT/123456",
        "karta 123456 pin 12345678",
    ],
)
def test_one_card_is_found_among_whatever_people_write(title):
    assert numbers(title) == ["123456"]


@pytest.mark.rule("WP §4.1.1")
def test_letters_among_digits_are_slips_of_the_finger():
    (candidate,) = match_title("karta 12O45O").candidates
    assert (candidate.number, candidate.written, candidate.brand) == ("120450", "12O45O", Brand.WHITE_PHONE)


@pytest.mark.rule("TG §2.6")
@pytest.mark.parametrize(
    "title",
    [
        "1234567890",
        "Telegrosik 1234567890",
        "12345 67890",
        "123 456 7890",
        "1234-567-890",
        "1234 5678 90",
        "serial 1234567890 25 zl",
        "NIP 6312283637 karta 1234567890",
    ],
)
def test_a_telegrosik_serial_is_found_likewise(title):
    assert [(each.number, each.brand) for each in match_title(title).candidates] == [
        ("1234567890", Brand.TELEGROSIK)
    ]


@pytest.mark.rule("WP §4.9")
@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("75 1090 0004 6599 0000 0000 1010", NotACard.ACCOUNT),
        ("PL75109000046599000000001010", NotACard.ACCOUNT),
        ("tel. 600 123 456", NotACard.TELEPHONE),
        ("600-123-456", NotACard.TELEPHONE),
        ("+48 22 118 00 66", NotACard.TELEPHONE),
        ("22 118 80 66", NotACard.TELEPHONE),
        ("PESEL 900101 12345", NotACard.PERSON),
        ("ABA300000", NotACard.PERSON),
        ("dowód ABC 123456", NotACard.PERSON),
        ("NIP 631-228-36-37", NotACard.COMPANY),
        ("NIP 6312283637", NotACard.COMPANY),
        ("REGON 276637953", NotACard.COMPANY),
        ("20.11.2026", NotACard.DATE),
        ("20-11-26", NotACard.DATE),
        ("26-11-20", NotACard.DATE),
        ("dnia 201126", NotACard.DATE),
        ("11/2026", NotACard.DATE),
        ("50,00 zł", NotACard.AMOUNT),
        ("1 000 zl", NotACard.AMOUNT),
        ("kwota 100000", NotACard.AMOUNT),
        ("02-284 Warszawa", NotACard.POSTAL_CODE),
        ("faktura 123456", NotACard.PAPER),
        ("ref 123456", NotACard.PAPER),
        ("123456/26", NotACard.PAPER),
        ("600123456", NotACard.OTHER_NUMBER),
        ("90010112345", NotACard.OTHER_NUMBER),
        ("90 01 01 12345", NotACard.OTHER_NUMBER),
        ("0123456789", NotACard.OTHER_NUMBER),
        ("12345", NotACard.OTHER_NUMBER),
        ("1234567", NotACard.OTHER_NUMBER),
        ("A1B123456C", NotACard.OTHER_NUMBER),
        ("WPO12345", NotACard.OTHER_NUMBER),
    ],
)
def test_what_is_something_else_is_no_card(title, kind):
    match = match_title(title)
    assert match.candidates == ()
    assert kind in match.ignored


@pytest.mark.rule("WP §4.1.1", "WP §4.9")
@pytest.mark.parametrize(
    ("title", "existing", "decision"),
    [
        ("123456", {"123456"}, "123456"),
        ("123456", {"654321"}, Unmatched),
        ("Wszystkiego najlepszego", {"123456"}, Unmatched),
        ("", {"123456"}, Unmatched),
        ("123456 lub 654321", {"654321", "999999"}, "654321"),
        ("123456 654321", {"123456", "654321"}, Ambiguous),
        ("123456 i 1234567890", {"123456", "1234567890"}, Ambiguous),
        ("123456 201126", {"123456"}, "123456"),
    ],
)
def test_the_money_is_the_only_existing_cards_or_waits_for_a_person(title, existing, decision):
    decided = decide(match_title(title), existing)
    if isinstance(decision, str):
        assert isinstance(decided, Assigned)
        assert decided.card.number == decision
    else:
        assert isinstance(decided, decision)


@given(st.text(max_size=140) | st.text(alphabet="0123456789 -./,OIlzKARTnr", max_size=60))
def test_no_title_brings_anything_but_well_formed_numbers_in_it(title):
    match = match_title(title)
    for each in match.candidates:
        assert len(each.number) == (6 if each.brand is Brand.WHITE_PHONE else 10)
        assert each.number.isdigit()
        assert each.written in " ".join(plain(title).split(" ")) or "  " in plain(title)
    assert len({each.number for each in match.candidates}) == len(match.candidates)


@given(
    st.integers(0, 999_999).map(lambda number: f"{number:06}"),
    st.sampled_from(["{}", "karta nr {}", "WP{}", "Doładowanie {} dla taty", "{} 50 zł", "za 11.2026 {}"]),
)
def test_every_card_can_be_paid_for(card, words):
    assert numbers(words.format(card)) == [card]


def test_a_title_longer_than_any_banks_waits_for_a_person():
    assert match_title("karta 123456 " + "a" * 1000).candidates == ()
    assert match_title("1 " * 500_000).candidates == ()


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (OURS, True),
        ("75 1090 0004 6599 0000 0000 1010", True),
        ("PL75 1090 0004 6599 0000 0000 1010", True),
        ("61109010140000071219812874", True),  # the example in the IBAN registry
        ("27114020040000300201355387", True),
        ("57109000046599000000001010", False),
        ("75109000046599000000001011", False),
        ("7510900004659900000000101", False),
        ("DE89370400440532013000", False),
        ("", False),
        ("٧٥109000046599000000001010", False),
    ],
)
def test_an_account_number_is_checked(text, valid):
    assert is_nrb(text) is valid


@given(st.integers(0, 10**24 - 1))
def test_an_account_without_check_digits_gets_the_right_ones(number):
    nrb = nrb_in(f"{number:024}")
    assert nrb is not None
    assert is_nrb(nrb)
    assert nrb.endswith(f"{number:024}")


@given(st.integers(0, 25), st.integers(1, 9))
def test_one_wrong_digit_is_seen(place, off_by):
    wrong = OURS[:place] + str((int(OURS[place]) + off_by) % 10) + OURS[place + 1 :]
    assert not is_nrb(wrong)


def booking(**changes):
    told = {
        "booked_on": DAY,
        "amount_grosze": 5000,
        "currency": "PLN",
        "title": "karta 123456",
        "sender_nrb": ANNAS,
    }
    return Booking(**(told | changes))


def references(*bookings):
    return [each.reference for each in name_entries(OURS, bookings)]


def test_a_booking_is_named_by_the_banks_own_reference():
    assert references(booking(bank_reference="WBK-0001")) == [f"{OURS}/WBK0001/5000"]


def test_a_banks_reference_holds_whatever_else_a_format_tells_differently():
    mt940 = booking(bank_reference="WBK0001", title="DOLADOWANIE 123456", booked_on=date(2026, 11, 19))
    camt = booking(bank_reference="wbk0001", title="Doładowanie 123456")
    assert references(mt940) == references(camt)


def test_without_one_it_is_named_by_what_it_says_however_that_is_written():
    shouted = booking(title="DOLADOWANIE KARTY 123 456", sender_name="WISNIEWSKA ANNA")
    written = booking(title="Doładowanie  karty 123456", sender_name="Anna Wiśniewska, ul. Łączna 1")
    assert references(shouted) == references(written)


@pytest.mark.parametrize(
    "change",
    [
        {"booked_on": date(2026, 11, 21)},
        {"amount_grosze": 5001},
        {"amount_grosze": -5000},
        {"currency": "EUR"},
        {"title": "karta 654321"},
        {"sender_nrb": OURS},
    ],
)
def test_another_booking_has_another_name(change):
    assert references(booking()) != references(booking(**change))


def test_twins_are_counted_and_a_banks_reference_for_two_movements_tells_them_apart():
    assert len(set(references(booking(), booking(), booking()))) == 3
    fee = booking(bank_reference="BR7", amount_grosze=-250)
    assert len(set(references(booking(bank_reference="BR7"), fee, booking(bank_reference="BR7")))) == 3


@pytest.mark.parametrize(
    ("change", "is_top_up"),
    [
        ({}, True),
        ({"amount_grosze": -5000}, False),
        ({"amount_grosze": 0}, False),
        ({"currency": "EUR"}, False),
        ({"is_reversal": True}, False),
    ],
)
def test_only_our_currency_that_came_and_did_not_come_back_tops_up(change, is_top_up):
    (entry,) = name_entries(OURS, [booking(**change)])
    assert entry.is_top_up is is_top_up


@pytest.mark.parametrize(
    ("opening", "closing", "bookings", "problems"),
    [
        (1000, 6000, [booking()], ()),
        (1000, 6001, [booking()], (StatementDoubt.DOES_NOT_ADD_UP,)),
        (1000, 1000, [], ()),
        (None, 6000, [booking()], (StatementDoubt.NO_OPENING_BALANCE,)),
        (1000, None, [booking()], (StatementDoubt.NO_CLOSING_BALANCE,)),
        (1000, 1000, [booking(currency="EUR")], (StatementDoubt.MIXED_CURRENCIES,)),
    ],
)
def test_a_statement_is_believed_if_it_leads_from_its_opening_to_its_closing(
    opening, closing, bookings, problems
):
    assert statement(OURS, "1", DAY, "PLN", opening, closing, bookings).problems == problems
