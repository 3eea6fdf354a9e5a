"""`make call`: the demo caller finds the way by what is asked, and the account is read from the desk."""

import pytest

from local import call
from tests.kit.phone import phone_network
from tests.network.fake_app import app

DEMO = {"access_number": "+48800007744", "card": "123456", "pin": "87654321", "balance": 2000}


def asks(text, then, digits=""):
    count = f'numDigits="{digits}"' if digits else ""
    return f'<Gather {count} action="/voice/{then}"><Say language="pl-PL">{text}</Say></Gather><Hangup/>'


def white_phone():
    return app(
        asks("Witamy. Proszę podać sześciocyfrowy numer karty.", "card", digits="6"),
        card=asks("Proszę podać ośmiocyfrowy PIN. Aby zmienić numer karty: gwiazdka.", "pin", digits="8"),
        pin=asks(
            "Na karcie: dwadzieścia złotych. Proszę wybrać numer telefonu i nacisnąć krzyżyk.", "number"
        ),
        number='<Dial action="/voice/after" timeLimit="600">+48601234567</Dial>',
        after=asks("Koszt rozmowy: dwadzieścia groszy.", "number"),
    )


def test_a_demo_call_from_dialling_to_its_cost():
    product = white_phone()
    made = call.play(phone_network(product), DEMO)
    assert [form["Digits"] for form in (product.forms("/voice/card") + product.forms("/voice/pin"))] == [
        "123456",
        "87654321",
    ]
    assert product.forms("/voice/number")[0]["Digits"] == "601234567"
    assert product.forms("/voice/after")[0]["DialCallDuration"] == "65"
    assert made.over
    story = list(call.told(made.events))
    assert "  0:04  presses 123456" in story
    assert any("hears   „Koszt rozmowy: dwadzieścia groszy.”" in line for line in story)
    assert story[-1].endswith("the call is over")


def test_a_refused_card_ends_the_demo():
    product = app("<Say>Ta karta jest zablokowana.</Say>")
    made = call.play(phone_network(product), DEMO)
    assert made.over
    assert made.child is None


def test_the_account_shows_only_what_is_new():
    def card(balance_grosze, *ids):
        posting = {"debit": "card", "credit": "calls", "amount_grosze": 33, "rule": "WP §6.3"}
        return {"balance_grosze": balance_grosze, "postings": [{**posting, "id": name} for name in ids]}

    assert list(call.account(card(2000, "old"), card(1967, "old", "new"))) == [
        "The call cost 0.33 zł; 19.67 zł is left on the card.",
        "Postings that it left:",
        "  card -> calls  0.33 zł  WP §6.3  new",
    ]


def test_one_clear_line_without_a_stack(tmp_path, monkeypatch):
    monkeypatch.setattr(call, "CONTRACT", tmp_path / "stack.json")
    with pytest.raises(SystemExit, match="make up"):
        call.main()
