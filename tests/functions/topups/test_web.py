"""The web pages as a browser would ask for them, without one."""

import json
import re
import string
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import given
from hypothesis import strategies as st

from telekarta.adapters.files.promotions import load_promotions
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.prices.tariff import PriceBook
from telekarta.domain.topups.amounts import AmountRefusal, typed_amount
from telekarta.domain.topups.payments import Method, Payment, PaymentStage
from telekarta.usecases.topups.payment_start import StartRefusal
from telekarta.usecases.topups.ports import GatewayUnavailable
from tests.kit.paying import CANCELED, CARD, COMPLETED, EMAIL, NOW, Till
from tests.kit.prices import a_list
from tests.kit.web import Context, Counters, Visitor
from web import entry, rendering
from web.exchange import OF_AN_ADDRESS
from web.topup.routes import TopUpRoutesDeps
from web.topup.visit import Question, Visit
from web.visit_seals import seal, unseal
from web.words import EN, PL

SECRET = b"a key for tests"
HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "strict-transport-security",
    "cache-control",
)


class Pepper:
    def pepper(self) -> bytes:
        return b"pepper"


class Payer(Visitor):
    """A visitor of the shop whose till it is."""

    def __init__(self, till: Till) -> None:
        super().__init__(entry.handler)
        self.till = till

    def answers(self, number: str = CARD.number, method: str = "payu", email: str = "") -> "Payer":
        self.opens("/topup").form(card="white_phone").form(number=number).form(amount="25")
        return self.form(method=method).form(email=email)


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    till = Till(promotions=load_promotions())
    parts = TopUpRoutesDeps(
        payments=till.deps,
        cards=till.store,
        attempts=Counters(),
        pepper=Pepper(),
        prices=load_price_book,
        secret=lambda: SECRET,
        providers=("https://secure.payu.com", "https://secure.przelewy24.pl"),
    )
    monkeypatch.setattr(entry, "parts", lambda: parts)
    return till


@pytest.fixture
def visitor(till: Till) -> Payer:
    return Payer(till)


@pytest.mark.rule("WP §4.1.2", "TG §2.6")
@pytest.mark.parametrize("method", list(Method))
def test_a_payer_answers_and_is_sent_to_the_provider(visitor: Payer, method: Method) -> None:
    visitor.answers(method=method, email=EMAIL).form()
    assert visitor.status == 303
    assert visitor.headers["location"].startswith("https://provider.test/")
    [payment] = visitor.till.store.paying.values()
    assert (payment.ref, payment.amount_grosze, payment.method) == (CARD, 2500, method)
    assert (payment.email, payment.receipt) == (EMAIL, True)


def test_a_button_pressed_twice_starts_one_payment(visitor: Payer) -> None:
    visitor.answers()
    check = visitor.page
    first = visitor.form().headers["location"]
    visitor.page = check
    assert visitor.form().headers["location"] == first
    assert len(visitor.till.store.paying) == 1


@pytest.mark.rule("TG §2.10")
def test_a_pin_is_in_no_address_and_no_page_and_finds_its_card_only_at_the_end(visitor: Payer) -> None:
    visitor.opens("/topup").form(card="telegrosik")
    visitor.form(number="1234 5678 9012").form(amount="25").form(method="payu").form(email="")
    assert "123456789012" not in visitor.address + visitor.page
    visitor.form()
    assert (visitor.status, visitor.till.store.paying) == (422, {})


def test_a_wrong_number_is_answered_like_a_right_one_until_the_last_page(visitor: Payer) -> None:
    def last_page(number: str) -> str:
        page = visitor.answers(number).page
        return re.sub(r's=[\w-]+|value="[\w-]{60,}"|\d{3} \d{3}', "", page)

    assert last_page("999999") == last_page(CARD.number)


def test_tries_are_limited_and_a_payer_is_told_so(visitor: Payer) -> None:
    for _ in range(OF_AN_ADDRESS.most):
        assert visitor.answers("999999").form().status == 422
        assert PL["refused_unknown_card"] in visitor.page
    assert visitor.answers("999998").form().status == 429
    assert "Za dużo prób" in visitor.page
    visitor.till.wait(hours=1)
    assert visitor.answers().form().status == 303


def test_honest_payments_do_not_count_as_tries(visitor: Payer) -> None:
    for _ in range(OF_AN_ADDRESS.most + 2):
        assert visitor.answers().form().status == 303


@pytest.mark.parametrize("refusal", list(StartRefusal))
def test_every_refusal_has_words(refusal: StartRefusal) -> None:
    assert PL[f"refused_{refusal}"]
    assert EN[f"refused_{refusal}"]


def test_cards_that_are_not_there_and_cards_that_take_nothing_are_refused_alike() -> None:
    for words in (PL, EN):
        assert len({words[f"refused_{name}"] for name in ("unknown_card", "used_up", "expired")}) == 1


def test_a_provider_that_does_not_answer_is_said_and_the_next_try_is_a_new_payment(visitor: Payer) -> None:
    visitor.till.payu.start_fault = GatewayUnavailable("no answer")
    visitor.answers().form()
    assert visitor.status == 422
    assert PL["refused_gateway_unavailable"] in visitor.page
    visitor.till.payu.start_fault = None
    visitor.form()
    assert visitor.status == 303
    assert len(visitor.till.store.paying) == 2


def test_przelewy24_wants_an_address(visitor: Payer) -> None:
    visitor.answers(method="przelewy24")
    assert visitor.status == 422
    assert PL["email_missing"] in visitor.page


@pytest.mark.parametrize(
    ("step", "field", "typed", "error"),
    [
        (Question.NUMBER, "number", "12345", "number_wrong_white_phone"),
        (Question.NUMBER, "number", "١٢٣٤٥٦", "number_wrong_white_phone"),
        (Question.NUMBER, "number", " ", "number_missing"),
        (Question.AMOUNT, "amount", "4,99", "amount_too_little"),
        (Question.AMOUNT, "amount", "300,01", "amount_too_much"),
        (Question.AMOUNT, "amount", "dwadzieścia", "amount_unreadable"),
        (Question.EMAIL, "email", "babcia@", "email_wrong"),
        (Question.EMAIL, "email", '"><script>', "email_wrong"),
    ],
)
def test_an_error_names_its_field_and_keeps_what_was_typed(
    visitor: Payer, step: Question, field: str, typed: str, error: str
) -> None:
    visitor.opens("/topup").form(card="white_phone")
    for name, value in (("number", "123456"), ("amount", "25"), ("method", "payu")):
        if step == name:
            break
        visitor.form(**{name: value})
    visitor.form(**{field: typed})
    assert visitor.status == 422
    assert f'<a href="#{field}">{PL[error]}' in visitor.page
    assert f'id="{field}-error"' in visitor.page
    assert "<title>Błąd: " in visitor.page
    assert "<script>" not in visitor.page
    assert 'value="{}"'.format(typed.replace('"', "&#34;").replace(">", "&gt;").replace("<", "&lt;")) in (
        visitor.page
    )


# ---------------------------------------------------------------------- the seal


def test_another_browsers_answers_are_not_taken(visitor: Payer) -> None:
    visitor.answers()
    visitor.cookie = "__Host-visit=" + "0" * 32
    visitor.form()
    assert visitor.status == 400
    assert visitor.till.store.paying == {}


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_seal_that_was_touched_does_not_open(place: int, change: int) -> None:
    token = seal(SECRET, "browser", Visit(number="123456").packed(), b"n" * 16, NOW)
    touched = list(token)
    letters = string.ascii_letters + string.digits + "-_"
    at = place % (len(touched) - 1)
    touched[at] = letters[(letters.index(touched[at]) + change) % 64]
    if touched != list(token):
        assert unseal(SECRET, "browser", "".join(touched), NOW) is None
    assert unseal(SECRET, "other", token, NOW) is None


@given(st.text(max_size=300))
def test_nothing_made_up_opens(token: str) -> None:
    assert unseal(SECRET, "browser", token, NOW) is None


def test_what_is_sealed_can_not_be_read() -> None:
    token = seal(SECRET, "browser", Visit(number="123456").packed(), b"n" * 16, NOW)
    assert b"123456" not in urlsafe_b64decode(token + "==")


def test_an_old_visit_asks_for_the_card_again_and_keeps_the_rest(visitor: Payer) -> None:
    visitor.answers()
    visitor.till.wait(minutes=31)
    visitor.form()
    assert PL["expired_notice"] in visitor.page
    visitor.form(number=CARD.number).form(email="").form()
    assert visitor.status == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_form_of_another_site_does_nothing(visitor: Payer, headers: dict[str, str]) -> None:
    visitor.answers()
    state = re.search(r'name="s" value="([^"]+)"', visitor.page)
    assert state
    visitor.send("POST", "/topup/check", urlencode({"s": state[1]}), **headers)
    assert (visitor.status, visitor.till.store.paying) == (400, {})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("s=" + "x" * 9000, "application/x-www-form-urlencoded"),
        ("s=a&s=b", "application/x-www-form-urlencoded"),
        ("s=%ff", "application/x-www-form-urlencoded"),
        ("s=a", "application/x-www-form-urlencoded; charset=iso-8859-2"),
        ("{}", "application/json"),
        ("&".join(f"f{n}=1" for n in range(30)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_form_of_ours_gets_a_kind_page(visitor: Payer, body: str, content_type: str) -> None:
    visitor.send("POST", "/topup/card", body, **{"content-type": content_type})
    assert visitor.status == 400
    assert PL["bad_form_title"] in visitor.page


# ---------------------------------------------------------------------- the result


@pytest.mark.parametrize("address", ["/prices/nothing", "/terms/nothing", "/topup/nothing"])
def test_a_page_that_there_is_not_leads_back_to_one_that_there_is(visitor: Payer, address: str) -> None:
    visitor.opens(address)
    assert visitor.status == 404
    assert 'class="button" href="/topup?lang=pl"' in visitor.page


def started(till: Till, stage: PaymentStage) -> Payment:
    payment = replace(till.start(), stage=stage, settled_at=NOW)
    till.store.paying[payment.id] = payment
    return payment


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("stage", list(PaymentStage))
def test_every_stage_has_plain_words(visitor: Payer, stage: PaymentStage, language: Language) -> None:
    payment = started(visitor.till, stage)
    visitor.opens(f"/topup/payment/{payment.id}?lang={language}")
    assert visitor.status == 200
    assert f'<html lang="{language}"' in visitor.page
    assert "***456" in visitor.page
    assert CARD.number not in visitor.page
    assert EMAIL not in visitor.page


def test_who_canceled_pays_again_without_typing(visitor: Payer) -> None:
    payment = visitor.till.start()
    visitor.till.tell(payment, CANCELED)
    visitor.opens(f"/topup/payment/{payment.id}?error=501")
    link = re.search(r'href="(/topup/method[^"]+)"', visitor.page)
    assert link
    visitor.opens(link[1].replace("&amp;", "&")).form(method="przelewy24")
    assert CARD.number not in visitor.page
    assert visitor.form().status == 303
    assert len(visitor.till.store.paying) == 2


def test_payus_error_is_a_hint_and_the_notification_decides(visitor: Payer) -> None:
    payment = visitor.till.start()
    assert PL["payment_unpaid"] in visitor.opens(f"/topup/payment/{payment.id}?error=501").page
    visitor.till.tell(payment, COMPLETED)
    assert PL["payment_credited"] in visitor.opens(f"/topup/payment/{payment.id}?error=501").page


# ---------------------------------------------------------------------- every answer

ADDRESSES = [
    "/topup",
    "/topup/number?s=x",
    "/topup/nothing",
    "/topup/payment/" + "0" * 32,
    "/prices/white_phone",
    "/prices/telegrosik.txt?lang=en",
    "/terms/white_phone?print=large",
    "/terms/telegrosik.txt",
    "/terms/nobody",
    *rendering.STATIC,
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_has_its_headers_and_head_has_no_body(visitor: Payer, address: str) -> None:
    visitor.send("GET", address)
    status = visitor.status
    assert all(visitor.headers.get(name) for name in HEADERS)
    assert len(visitor.page.encode()) < 30_000 or address.startswith(("/prices", "/terms"))
    assert visitor.send("HEAD", address).status == status
    assert visitor.page == ""
    assert visitor.send("DELETE", address).status == 405


@pytest.mark.rule("WP §15.3", "WP §3.4", "TG §2.4")
@pytest.mark.parametrize("brand", list(Brand))
def test_prices_and_terms_are_there_as_a_page_as_text_and_large(visitor: Payer, brand: Brand) -> None:
    for kind in ("prices", "terms"):
        assert visitor.opens(f"/{kind}/{brand}").status == 200
        assert 'class="large"' in visitor.opens(f"/{kind}/{brand}?print=large").page
        visitor.opens(f"/{kind}/{brand}.txt")
        assert visitor.headers["content-type"] == "text/plain; charset=utf-8"
    assert "§ 11" in visitor.page or "§ 16" in visitor.page


@pytest.mark.rule("WP §6.5", "TG §6.11")
def test_a_list_is_announced_as_soon_as_it_is_published(
    visitor: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "01.01.2099" not in visitor.opens("/prices/telegrosik").page
    book, before = load_price_book(), entry.parts()
    published = PriceBook((*book.lists, a_list("2099-01", date(2099, 1, 1))))
    monkeypatch.setattr(entry, "parts", lambda: replace(before, prices=lambda: published))
    assert "01.01.2099" in visitor.opens("/prices/telegrosik").page


@pytest.mark.rule("WP §1.2.7")
def test_a_promotion_is_shown_and_its_bonus_before_paying(visitor: Payer) -> None:
    visitor.opens("/topup").form(card="white_phone").form(number=CARD.number)
    assert "Jesienny bonus 10%" in visitor.page
    visitor.form(amount="50").form(method="payu").form(email="")
    assert "5,00 zł" in visitor.page


# ---------------------------------------------------------------------- words and amounts


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    assert PL.keys() == EN.keys()
    for name in PL:
        assert re.findall(r"\{\w*\}", PL[name]).sort() == re.findall(r"\{\w*\}", EN[name]).sort()
        assert set(re.findall(r"\{\w*\}", PL[name])) == set(re.findall(r"\{\w*\}", EN[name])), name


@pytest.mark.rule("WP §4.1.2")
@pytest.mark.parametrize(
    ("typed", "grosze"),
    [
        ("5", 500),
        ("5,00", 500),
        ("5.00 zł", 500),
        ("PLN 5", 500),
        ("20,5", 2050),
        (" 300 ", 30000),
        ("300,01", AmountRefusal.TOO_MUCH),
        (" 1 000", AmountRefusal.TOO_MUCH),
        ("4.99", AmountRefusal.TOO_LITTLE),
        ("0", AmountRefusal.TOO_LITTLE),
        ("", AmountRefusal.MISSING),
        ("٣٠", AmountRefusal.UNREADABLE),
        ("1,000", AmountRefusal.UNREADABLE),
        ("-20", AmountRefusal.UNREADABLE),
        ("2e1", AmountRefusal.UNREADABLE),
        ("9" * 50, AmountRefusal.UNREADABLE),
    ],
)
def test_an_amount_as_it_is_typed(typed: str, grosze: int | AmountRefusal) -> None:
    assert typed_amount(typed) == grosze


@given(st.integers(500, 30000), st.sampled_from([",", "."]), st.sampled_from(["", " zł", "zl", " PLN"]))
def test_every_amount_that_may_be_paid_is_read_to_the_grosz(grosze: int, mark: str, currency: str) -> None:
    assert typed_amount(f"{grosze // 100}{mark}{grosze % 100:02}{currency}") == grosze


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_amount_within_the_limits_or_a_named_refusal(typed: str) -> None:
    amount = typed_amount(typed)
    assert isinstance(amount, AmountRefusal) or 500 <= amount <= 30000


# ---------------------------------------------------------------------- the payloads for the Test tab

EVENTS = {path.stem: json.loads(path.read_text()) for path in Path("events/web").glob("*.json")}
ANSWERED = {"start": 200, "forged_answer": 400, "prices": 200, "terms_as_text": 200, "unknown_payment": 404}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_payload_is_answered(till: Till, name: str) -> None:
    assert entry.handler(EVENTS[name], cast("LambdaContext", Context()))["statusCode"] == ANSWERED[name]


def test_every_payload_has_its_line_in_the_table() -> None:
    assert ANSWERED.keys() == EVENTS.keys()
