"""What people write to 720 507 507, and what we answer."""

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telekarta.domain.topups.sms_orders import (
    Misunderstanding,
    Misunderstood,
    Order,
    OrderNews,
    how_to_write,
    news_of,
    read_order,
)
from telekarta.domain.topups.terms import SMS_ORDER_LEAST_GROSZE

cards = st.text(string.digits, min_size=6, max_size=6)
orders = st.builds(Order, cards, st.integers(1, 99_999).map(lambda zlotys: zlotys * 100))

# The basic characters of the GSM alphabet that need no escape; 160 of them make one message.
GSM = set(string.ascii_letters + string.digits + " .,:;?!()%/+-=\"'#&*<>@_$")


@pytest.mark.rule("WP §5.3", "WP §4.1.4")
@pytest.mark.parametrize(
    "text",
    [
        "123456 20",
        "123456 20zl",
        "123456 20 zł",
        "20 zł 123456",
        "20zl123456",
        "123456;20",
        "123456/20",
        "123456-20",
        "123456 - 20",
        "123456,20",
        "20,123456",
        "123456\n20",
        "  123456\r\n\r\n20 ",
        "123456 20.-",
        "123456 20,-",
        "123456 20,00",
        "123456 20,00.",
        "123456 20 zł 00 gr",
        "WP123456 20 PLN",
        "nr 123456 = 20",
        "karta 123 456 kwota 20,00",
        "karta 123-456 20zł",
        "123 456 20",
        "20 123 456",
        "12 34 56 kwota 20",
        "1 2 3 4 5 6, 20 zl",
        "KARTA:123456 KWOTA:20",
        "Proszę doładować kartę nr 123456 kwotą 20 złotych. Dziękuję",
        "Prosze zasilic 123456 za 20 zlotych",
        "123456 123456 20",
        "I23456 20",
        "l23456 20",
        "１２３４５６ ２０",
        "123456 020",
    ],
)
def test_sloppy_writing_is_understood(text):
    assert read_order(text) == Order("123456", 2000)


@pytest.mark.rule("WP §5.3")
@pytest.mark.parametrize(
    ("text", "card", "zlotys"),
    [
        ("12O45O 5", "120450", 5),
        ("karta nr 123 456 100 zl", "123456", 100),
        ("kwota 100 karta 123 456", "123456", 100),
        ("100 zl 123 456", "123456", 100),
        ("123456 200000 zl", "123456", 200_000),
        ("kwota 200000 karta 123456", "123456", 200_000),
        ("000001 1", "000001", 1),
    ],
)
def test_an_amount_that_looks_like_a_card_is_told_apart_by_its_words(text, card, zlotys):
    assert read_order(text) == Order(card, zlotys * 100)


@pytest.mark.rule("WP §5.2", "WP §5.3")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Misunderstanding.NO_CARD),
        ("pomocy", Misunderstanding.NO_CARD),
        ("20", Misunderstanding.NO_CARD),
        ("12345 20", Misunderstanding.NO_CARD),
        ("1234567 20", Misunderstanding.NO_CARD),
        ("1234567890 20", Misunderstanding.NO_CARD),
        ("123456 zl", Misunderstanding.NO_CARD),
        ("123456", Misunderstanding.NO_AMOUNT),
        ("karta 123 456", Misunderstanding.NO_AMOUNT),
        ("123456 654321 20", Misunderstanding.SEVERAL_CARDS),
        ("123456 654321", Misunderstanding.SEVERAL_CARDS),
        ("123456 200000", Misunderstanding.SEVERAL_CARDS),
        ("123456 20 30", Misunderstanding.SEVERAL_AMOUNTS),
        ("123456 1.000 zl", Misunderstanding.SEVERAL_AMOUNTS),
        ("na 1 karte 123456 20 zl", Misunderstanding.SEVERAL_AMOUNTS),
        ("123456 20,50", Misunderstanding.AMOUNT_NOT_WHOLE),
        ("123456 20.5", Misunderstanding.AMOUNT_NOT_WHOLE),
        ("123456 20 zl 50 gr", Misunderstanding.AMOUNT_NOT_WHOLE),
        ("123456 2000 gr", Misunderstanding.AMOUNT_NOT_WHOLE),
        ("123456 0", Misunderstanding.AMOUNT_TOO_SMALL),
        ("123456 0,99", Misunderstanding.AMOUNT_TOO_SMALL),
        ("123456 20 euro", Misunderstanding.OTHER_CURRENCY),
        ("123456 20€", Misunderstanding.OTHER_CURRENCY),
        ("100 123 456", Misunderstanding.UNCLEAR),
        ("123 456 100", Misunderstanding.UNCLEAR),
        ("12 34 56 20", Misunderstanding.UNCLEAR),
        ("123456 600123456", Misunderstanding.UNCLEAR),
    ],
)
def test_anything_else_moves_no_money_and_says_what_was_missing(text, reason):
    assert read_order(text) == Misunderstood(reason)


@pytest.mark.rule("WP §5.2")
@given(cards, st.integers(1, 99_999), st.sampled_from(["{c} {a}", "{c} {a},00", "{a} zł {c}", "WP{c};{a}zl"]))
def test_every_order_in_the_advised_words_is_understood(card, zlotys, words):
    assert read_order(words.format(c=card, a=zlotys)) == Order(card, zlotys * 100)


@pytest.mark.rule("WP §5.2")
@given(st.text(alphabet="0123456789 ,.-zlOIkarta\n;/", max_size=40) | st.text(max_size=160))
@example("123456 " + "9" * 5000)
def test_no_text_orders_what_it_does_not_say(text):
    understood = read_order(text)
    if isinstance(understood, Order):
        assert understood.amount_grosze >= SMS_ORDER_LEAST_GROSZE
        assert understood.amount_grosze % 100 == 0
        digits = re.sub("[^0-9]", "", text.translate(str.maketrans("OoIiLl", "001111")))
        assert sum(map(str.isdigit, text)) >= 5 or not text.isascii()
        if text.isascii():
            assert understood.card in digits
            assert str(understood.amount_grosze // 100) in digits


@pytest.mark.parametrize(
    "order", [("12345", 100), ("1234567", 100), ("12345a", 100), ("123456", 99), ("123456", 150)]
)
def test_an_order_outside_the_rules_can_not_be_made(order):
    with pytest.raises(ValueError):
        Order(*order)


@pytest.mark.parametrize("reason", Misunderstanding)
def test_every_misunderstanding_is_answered_in_one_message(reason):
    reply = how_to_write(Misunderstood(reason))
    assert len(reply) <= 160
    assert set(reply) <= GSM


@pytest.mark.rule("WP §5.4", "WP §5.5", "WP §4.1.4")
@given(orders, st.sampled_from(OrderNews))
def test_every_order_is_answered_in_one_message(order, news):
    reply = news_of(order, news)
    assert len(reply) <= 160
    assert set(reply) <= GSM


@pytest.mark.rule("WP §5.4", "WP §5.5")
def test_the_confirmation_names_the_card_the_amount_the_time_and_that_it_is_free():
    reply = news_of(Order("123456", 2000), OrderNews.ACCEPTED)
    for words in ("20 zl", "123456", "48 godzin roboczych", "bezplatna"):
        assert words in reply
