"""Account numbers, and the bank's files."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.working_days import customers_last_day, easter, is_public_holiday
from telekarta.domain.nrb import NotAnNrb, grouped, masked, normalised
from telekarta.domain.refunds.payment_orders import (
    PAYERS,
    OrderFormat,
    Party,
    PaymentOrder,
    elixir0,
    elixir0_line,
    in_lines,
    order_file,
    pain001,
)

NRB = "75109000046599000000001010"
KNOWN = (NRB, "61109010140000071219812874", "27114020040000300201355387")


@pytest.mark.rule("WP §4.1.1")
@pytest.mark.parametrize("nrb", KNOWN)
def test_known_accounts_are_accounts(nrb: str) -> None:
    assert normalised(f"PL {grouped(nrb)}") == nrb


@pytest.mark.parametrize("text", ["", "1", "7510900004659900000000101", "GB82WEST12345698765432", NRB + "0"])
def test_other_texts_are_none(text: str) -> None:
    with pytest.raises(NotAnNrb) as refused:
        normalised(text)
    assert not text or text not in str(refused.value)


@given(st.sampled_from(KNOWN), st.integers(0, 25), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(nrb: str, at: int, off: int) -> None:
    wrong = nrb[:at] + str((int(nrb[at]) + off) % 10) + nrb[at + 1 :]
    with pytest.raises(NotAnNrb):
        normalised(wrong)


@given(st.sampled_from(KNOWN), st.integers(0, 24))
def test_two_digits_in_the_wrong_order_are_noticed(nrb: str, at: int) -> None:
    swapped = nrb[:at] + nrb[at + 1] + nrb[at] + nrb[at + 2 :]
    if swapped != nrb:
        with pytest.raises(NotAnNrb):
            normalised(swapped)


def test_a_masked_account_is_known_to_its_owner_only() -> None:
    assert masked(NRB) == "75 **** 1010"


def transfer(name: str = "Jan Żółć", title: str = "Zwrot środków z karty White Phone 123456") -> PaymentOrder:
    payee = Party("61109010140000071219812874", (name,))
    return PaymentOrder(PAYERS[Brand.WHITE_PHONE], payee, 3000, title, "ZW0123456789AB", date(2026, 11, 20))


def test_an_elixir_line() -> None:
    assert elixir0_line(transfer()) == (
        "110,20261120,3000,10900004,0,"
        f'"{NRB}","61109010140000071219812874",'
        '"Telestrada S.A.|al. Krakowska 22A|02-284 Warszawa|","Jan Żółć|||",0,10901014,'
        '"ZW0123456789AB|Zwrot środków z karty White Phone|123456|","","","51"'
    )


def test_the_file_is_in_the_banks_letters_and_line_ends() -> None:
    assert elixir0([transfer()]).endswith(b'"51"\r\n')
    assert "Żółć".encode("cp1250") in elixir0([transfer()])


@pytest.mark.rule("WP §7.3.5")
@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_that_a_person_wrote_breaks_a_file(name: str, title: str) -> None:
    order = transfer(name, title)
    line = elixir0([order])
    assert line.count(b"\r\n") == line.count(b"\n") == 1
    assert line.count(b'"') == 16
    texts = line.decode("cp1250").split('"')[5:12:2]
    assert all(len(part) <= 35 for text in texts for part in text.split("|"))
    ElementTree.fromstring(pain001([order], "M1", datetime(2026, 11, 20, tzinfo=UTC)))


def test_long_names_are_broken_at_words() -> None:
    assert in_lines(["Przedsiębiorstwo Wielobranżowe Kowalski i Synowie"]) == (
        "Przedsiębiorstwo Wielobranżowe",
        "Kowalski i Synowie",
    )


def test_pain001_says_the_amount_with_two_places() -> None:
    told = pain001([transfer()], "M1", datetime(2026, 11, 20, tzinfo=UTC)).decode()
    assert '<InstdAmt Ccy="PLN">30.00</InstdAmt>' in told
    assert "<IBAN>PL61109010140000071219812874</IBAN>" in told


def test_the_holidays_of_a_year() -> None:
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(365))
    assert [f"{day:%d.%m}" for day in days if is_public_holiday(day) and day.weekday() != 6] == [
        "01.01",
        "06.01",
        "06.04",
        "01.05",
        "04.06",
        "15.08",
        "11.11",
        "24.12",
        "25.12",
        "26.12",
    ]


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2024, date(2024, 3, 31)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize(
    ("counted", "last"),
    [
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2024, 12, 24), date(2024, 12, 24)),
        (date(2026, 11, 21), date(2026, 11, 23)),
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 6, 4), date(2026, 6, 5)),
    ],
)
def test_a_customers_last_day_moves_to_a_working_day(counted: date, last: date) -> None:
    assert customers_last_day(counted) == last


@pytest.mark.parametrize("order_format", list(OrderFormat))
def test_an_order_made_twice_is_the_same_file(order_format: OrderFormat) -> None:
    order = transfer()
    name, content = order_file(order_format, order)
    assert order_file(order_format, order) == (name, content)
    assert name.startswith(f"{order_format}/{order.reference}.")
    assert order.reference.encode() in content
    assert order_file(order_format, replace(order, reference="ZW000000000002"))[0] != name
