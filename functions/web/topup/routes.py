"""Which address shows what, and what a form's answer leads to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card, Ref
from telekarta.domain.cards.codes import telegrosik_pin_digest
from telekarta.domain.cards.terms import (
    TELEGROSIK_PIN_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
)
from telekarta.domain.prices.tariff import Prices
from telekarta.domain.rules import rule
from telekarta.domain.topups.amounts import AmountRefusal, typed_amount
from telekarta.domain.topups.payments import Method, Payment, PaymentStage
from telekarta.usecases.attempts import Allowance, AttemptStore
from telekarta.usecases.ports import Pepper
from telekarta.usecases.topups.payment_start import PaymentRequest, StartRefusal, payment, start_payment
from telekarta.usecases.topups.payments import PaymentDeps
from web import exchange as exchanges
from web import rendering
from web.exchange import OF_AN_ADDRESS, begin, is_email, language_of, plain_digits
from web.flow import Form
from web.topup import pages
from web.topup.visit import Question, Visit
from web.wire import Reply, Request

# Tries that came to nothing, an hour: a guesser shall not get far.
OF_A_CARD = Allowance("card", 20)
_PAYMENT_PAGE = re.compile(r"/topup/payment/([0-9a-f]{32})")
_DOCUMENT = re.compile(r"/(prices|terms)/([a-z_]{1,20})(\.txt)?")
_CUSTOMER_REFUSALS = frozenset({StartRefusal.UNKNOWN_CARD, StartRefusal.USED_UP, StartRefusal.EXPIRED})


class CardFinder(Protocol):
    def card_by_pin(self, pin_digest: str) -> Card | None: ...


@dataclass(frozen=True, slots=True)
class TopUpRoutesDeps:
    """The outside. `prices` reads them anew: a list is announced when the page shows it, and the notice runs
    from there (TG §6.11). `providers` are the addresses that a payer may be sent on to."""

    payments: PaymentDeps
    cards: CardFinder
    attempts: AttemptStore
    pepper: Pepper
    prices: Callable[[], Prices]
    secret: Callable[[], bytes]
    providers: Sequence[str]

    @property
    def base_url(self) -> str:
        return self.payments.base_url


Exchange = exchanges.Exchange[TopUpRoutesDeps]


def answer(parts: TopUpRoutesDeps, request: Request) -> Reply:
    """The page for the request. Raises StoreUnavailable."""
    return FORM.answer(begin(parts, request, parts.payments.clock.now()), _get)


def _page(
    exchange: Exchange,
    visit: Visit,
    step: StrEnum,
    status: int = 200,
    *,
    typed: str | None = None,
    error: tuple[str, str] | None = None,
    notice: str = "",
) -> Reply:
    """The page of one question."""
    body = pages.question(
        visit,
        step,
        exchange.seal(visit.packed()),
        exchange.parts.payments.promotions,
        exchange.now,
        typed=typed,
        error=error,
        notice=notice,
    )
    return exchange.page(status, body)


# ---------------------------------------------------------------------- pages that are asked for


def _get(exchange: Exchange) -> Reply | None:
    """The pages that are no questions."""
    path = exchange.request.path
    if static := rendering.STATIC.get(path):
        return Reply(200, static.text, rendering.static_headers(exchange.parts, static))
    if found := _PAYMENT_PAGE.fullmatch(path):
        return _payment_page(exchange, found[1])
    if found := _DOCUMENT.fullmatch(path):
        return _document(exchange, found[1], found[2], bool(found[3]))
    return None


def _payment_page(exchange: Exchange, payment_id: str) -> Reply:
    found = payment(exchange.parts.payments, payment_id)
    if found is None:
        return exchange.not_found()
    language = language_of(exchange.request, found.language)
    # PayU says so on the way back when nothing was paid; it is a hint, and the notification decides.
    said_unpaid = found.stage is PaymentStage.PENDING and "error" in exchange.request.query
    again = ""
    if said_unpaid or found.stage in {PaymentStage.CANCELED, PaymentStage.EXPIRED, PaymentStage.FAILED}:
        again = exchange.seal(replace(Visit.again(found), language=language.value).packed())
    return exchange.page(200, pages.payment_page(found, language, again, said_unpaid=said_unpaid))


@rule("WP §15.3", "WP §3.4", "TG §2.4")
def _document(exchange: Exchange, kind: str, name: str, as_text: bool) -> Reply:
    language = language_of(exchange.request)
    if name not in set(Brand):
        return exchange.not_found()
    large = exchange.request.query.get("print") == "large"
    body, content_type = pages.document(
        kind, Brand(name), language, exchange.now, exchange.parts.prices, as_text=as_text, large=large
    )
    kept = {"cache-control": "public, max-age=300", "content-type": content_type}
    return Reply(200, body, rendering.headers(exchange.parts) | kept)


# ---------------------------------------------------------------------- forms


def _brand(exchange: Exchange, visit: Visit) -> Reply:
    name = exchange.request.form.get("card", "")
    if name not in set(Brand):
        return _page(exchange, visit, Question.BRAND, 422)
    if name == visit.brand:
        return FORM.on(exchange, replace(visit, number="", pin_digest="", final_id="", masked=False))
    kept = Visit(visit.language, brand=name, amount_grosze=visit.amount_grosze, method=visit.method)
    return FORM.on(exchange, replace(kept, email=visit.email))


@rule("TG §2.10")
def _number(exchange: Exchange, visit: Visit) -> Reply:
    """Whatever has the right form goes on: whether there is such a card is not told here. A PIN is left
    behind at once, and goes on as its keyed digest."""
    typed = exchange.request.form.get("number", "")
    digits = plain_digits(typed)
    fresh = replace(visit, number="", pin_digest="", final_id="", masked=False)
    if visit.brand == Brand.WHITE_PHONE:
        if digits and len(digits) == WHITE_PHONE_CARD_DIGITS:
            return FORM.on(exchange, replace(fresh, number=digits))
    elif digits and len(digits) == TELEGROSIK_SERIAL_DIGITS:
        return FORM.on(exchange, replace(fresh, number=digits))
    elif digits and len(digits) == TELEGROSIK_PIN_DIGITS:
        digest = telegrosik_pin_digest(exchange.parts.pepper.pepper(), digits)
        return FORM.on(exchange, replace(fresh, pin_digest=digest))
    error = "number_missing" if digits == "" else f"number_wrong_{visit.brand}"
    return _page(exchange, visit, Question.NUMBER, 422, typed=typed[:40], error=("number", error))


def _amount(exchange: Exchange, visit: Visit) -> Reply:
    typed = exchange.request.form.get("amount", "")
    amount = typed_amount(typed)
    if isinstance(amount, AmountRefusal):
        error = ("amount", f"amount_{amount}")
        return _page(exchange, visit, Question.AMOUNT, 422, typed=typed[:40], error=error)
    return FORM.on(exchange, replace(visit, amount_grosze=amount, final_id=""))


def _method(exchange: Exchange, visit: Visit) -> Reply:
    name = exchange.request.form.get("method", "")
    if name not in set(Method):
        return _page(exchange, visit, Question.METHOD, 422)
    return FORM.on(exchange, replace(visit, method=name, final_id=""))


def _email(exchange: Exchange, visit: Visit) -> Reply:
    typed = exchange.request.form.get("email", "")
    email = typed.strip()
    error = ""
    if not email and visit.method == Method.PRZELEWY24:
        error = "email_missing"
    elif email and not is_email(email):
        error = "email_wrong"
    if error:
        return _page(exchange, visit, Question.EMAIL, 422, typed=typed[:200], error=("email", error))
    return FORM.on(exchange, replace(visit, email=email, final_id=""))


@rule("WP §4.1.2", "TG §2.6")
def _pay(exchange: Exchange, visit: Visit) -> Reply:
    """Start the payment and send the payer on. Pressed twice, both go the same way: the payment's id was
    chosen with the page. A try is counted before a card is looked for, and given back if there was one."""
    parts, now = exchange.parts, exchange.now
    client = exchange.client
    card = exchange.digest("card", visit.brand, visit.number or visit.pin_digest)
    allowed = OF_AN_ADDRESS.take(parts.attempts, client, now) and OF_A_CARD.take(parts.attempts, card, now)
    if not allowed:
        reply = _page(exchange, visit, Question.CHECK, 429, error=("check", "refused_too_many"))
        return replace(reply, metrics=("TooManyTries",))
    started = _start(exchange, visit)
    if started not in _CUSTOMER_REFUSALS:
        OF_AN_ADDRESS.give_back(parts.attempts, client, now)
    if isinstance(started, Payment):
        if started.stage is PaymentStage.PENDING and started.redirect_url:
            return exchange.go(started.redirect_url, "PaymentStarted")
        return exchange.go(f"/topup/payment/{started.id}")
    # What was started with the old id, if anything was, is not taken for the next try.
    fresh = replace(visit, final_id=parts.payments.chance.token())
    reply = _page(exchange, fresh, Question.CHECK, 422, error=("check", f"refused_{started}"))
    return replace(reply, metrics=("StartRefused",))


def _start(exchange: Exchange, visit: Visit) -> Payment | StartRefusal:
    number = visit.number
    if visit.pin_digest:
        found = exchange.parts.cards.card_by_pin(visit.pin_digest)
        if found is None:
            return StartRefusal.UNKNOWN_CARD
        number = found.ref.number
    email = visit.email or ""
    request = PaymentRequest(
        ref=Ref.card(Brand(visit.brand), number),
        amount_grosze=visit.amount_grosze,
        method=Method(visit.method),
        language=visit.language,
        email=email,
        customer_ip=exchange.request.source_ip,
        receipt=bool(email),
    )
    return start_payment(exchange.parts.payments, request, visit.final_id)


FORM: Form[TopUpRoutesDeps, Visit] = Form(
    home="/topup",
    visit=Visit,
    asks=_page,
    answered={
        Question.BRAND: _brand,
        Question.NUMBER: _number,
        Question.AMOUNT: _amount,
        Question.METHOD: _method,
        Question.EMAIL: _email,
        Question.CHECK: _pay,
    },
    new_id=lambda parts: parts.payments.chance.token(),
)
