"""Which address shows what, and what a form's answer leads to."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from telekarta.dialog.language import Language
from telekarta.domain.amounts import AmountRefusal, typed_amount
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Card, Ref
from telekarta.domain.codes import (
    TELEGROSIK_PIN_DIGITS,
    TELEGROSIK_SERIAL_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    telegrosik_pin_digest,
)
from telekarta.domain.payments import Method, Payment, Stage
from telekarta.domain.rules import rule
from telekarta.usecases.attempts import Allowance, AttemptStore
from telekarta.usecases.payments import (
    PaymentDeps,
    PaymentRequest,
    StartRefusal,
    payment,
    start_payment,
)
from telekarta.usecases.ports import Pepper
from web import pages, sealing
from web.visit import Step, Visit
from web.wire import Reply, Request

KEPT_S = 30 * 60
# Tries that came to nothing, an hour: a wing's families may share an address, a guesser shall not get far.
OF_AN_ADDRESS = Allowance("address", 10)
OF_A_CARD = Allowance("card", 20)
_PAYMENT_PAGE = re.compile(r"/topup/payment/([0-9a-f]{32})")
_DOCUMENT = re.compile(r"/(prices|terms)/([a-z_]{1,20})(\.txt)?")
_EMAIL = re.compile(r"[^\s@<>\"',;:\\()\[\]]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_EMAIL_AT_MOST = 100
_GAPS = re.compile(r"[\s\u00a0\u202f.-]+")
_CUSTOMER_REFUSALS = frozenset({StartRefusal.UNKNOWN_CARD, StartRefusal.USED_UP, StartRefusal.EXPIRED})


class CardFinder(Protocol):
    def card_by_pin(self, pin_digest: str) -> Card | None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The outside. `providers` are the addresses that a payer may be sent on to."""

    payments: PaymentDeps
    cards: CardFinder
    attempts: AttemptStore
    pepper: Pepper
    secret: Callable[[], bytes]
    providers: Sequence[str]

    @property
    def base_url(self) -> str:
        return self.payments.base_url

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https:")

    @property
    def cookie_name(self) -> str:
        """A browser takes the prefix only with Secure, which plain http on loopback can't have."""
        return "__Host-visit" if self.is_https else "visit"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, in the browser that sent it."""

    parts: Parts
    request: Request
    now: datetime
    browser: str
    is_new: bool

    def seal(self, visit: Visit) -> str:
        return sealing.seal(
            self.parts.secret(), self.browser, visit.packed(), secrets.token_bytes(16), self.now
        )

    def page(self, status: int, body: str, *metrics: str) -> Reply:
        return Reply(status, body, pages.headers(self.parts) | self._cookie(), metrics)

    def go(self, address: str, *metrics: str) -> Reply:
        where = {"location": address}
        return Reply(303, "", pages.headers(self.parts) | self._cookie() | where, metrics)

    def to(self, visit: Visit, **more: str) -> Reply:
        """On to the next question."""
        step = visit.next_step()
        if step is Step.CHECK and not visit.payment_id:
            visit = replace(visit, payment_id=self.parts.payments.chance.token())
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return self.go(f"/topup/{step}?s={self.seal(visit)}{query}")

    def question(
        self,
        visit: Visit,
        step: Step,
        status: int = 200,
        *,
        typed: str | None = None,
        error: tuple[str, str] | None = None,
        notice: str = "",
    ) -> Reply:
        body = pages.question(
            visit,
            step,
            self.seal(visit),
            self.parts.payments.promotions,
            self.now,
            typed=typed,
            error=error,
            notice=notice,
        )
        return self.page(status, body)

    def _cookie(self) -> dict[str, str]:
        if not self.is_new:
            return {}
        secure = "; Secure" if self.parts.is_https else ""
        crumb = f"{self.parts.cookie_name}={self.browser}; Path=/; HttpOnly; SameSite=Lax{secure}"
        return {"set-cookie": crumb}


def answer(parts: Parts, request: Request) -> Reply:
    """The page for the request. Raises StoreUnavailable."""
    known = request.cookies.get(parts.cookie_name, "")
    is_known = bool(re.fullmatch(r"[0-9a-f]{32}", known))
    exchange = Exchange(
        parts, request, parts.payments.clock.now(), known if is_known else secrets.token_hex(16), not is_known
    )
    if request.method == "POST":
        return _post(exchange) if _is_own_form(parts, request) else _restart(exchange)
    if request.method not in {"GET", "HEAD"}:
        return Reply(405, "", pages.headers(parts) | {"allow": "GET, HEAD, POST"})
    return _get(exchange)


def trouble(parts: Parts, name: str, status: int, language: Language = Language.PL) -> Reply:
    """A page that says what is wrong; `name` begins the names of its words."""
    return Reply(status, pages.message(name, language), pages.headers(parts))


def _is_own_form(parts: Parts, request: Request) -> bool:
    """Browsers tell where a form was; what tells nothing still needs a seal made for its cookie."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    ours = urlsplit(parts.base_url)
    return site in {"same-origin", "none"} and origin in {None, f"{ours.scheme}://{ours.netloc}"}


def _language(request: Request, otherwise: str = "pl") -> Language:
    asked = request.query.get("lang", "")
    return Language(asked) if asked in set(Language) else Language(otherwise)


# ---------------------------------------------------------------------- pages that are asked for


def _get(exchange: Exchange) -> Reply:
    request = exchange.request
    path = request.path
    if path == "/topup":
        return exchange.question(Visit(_language(request)), Step.BRAND)
    if static := pages.STATIC.get(path):
        return Reply(200, static.text, pages.static_headers(exchange.parts, static))
    if found := _PAYMENT_PAGE.fullmatch(path):
        return _payment_page(exchange, found[1])
    if found := _DOCUMENT.fullmatch(path):
        return _document(exchange, found[1], found[2], bool(found[3]))
    step = path.removeprefix("/topup/")
    if step in set(Step):
        return _question(exchange, Step(step))
    return trouble(exchange.parts, "not_found", 404, _language(request))


def _question(exchange: Exchange, step: Step) -> Reply:
    opened = _open(exchange, exchange.request.query.get("s", ""))
    if opened is None:
        return _restart(exchange)
    visit, is_old = opened
    visit = replace(visit, language=_language(exchange.request, visit.language).value)
    if is_old:
        return exchange.to(visit.after_expiry(), old="1")
    if not visit.may_see(step):
        return exchange.to(visit)
    if step is Step.CHECK and not visit.payment_id:
        return exchange.to(visit)
    notice = "expired_notice" if exchange.request.query.get("old") else ""
    return exchange.question(visit, step, notice=notice)


def _open(exchange: Exchange, token: str) -> tuple[Visit, bool] | None:
    """The visit, and whether it is too old; None if it was never ours or was another browser's."""
    opened = sealing.unseal(exchange.parts.secret(), exchange.browser, token, exchange.now)
    return None if opened is None else (Visit.unpacked(opened.content), opened.age_s > KEPT_S)


def _restart(exchange: Exchange) -> Reply:
    visit = Visit(_language(exchange.request))
    return exchange.question(visit, Step.BRAND, 400, notice="restart_notice")


def _payment_page(exchange: Exchange, payment_id: str) -> Reply:
    found = payment(exchange.parts.payments, payment_id)
    if found is None:
        return trouble(exchange.parts, "not_found", 404, _language(exchange.request))
    language = _language(exchange.request, found.language)
    # PayU says so on the way back when nothing was paid; it is a hint, and the notification decides.
    said_unpaid = found.stage is Stage.PENDING and "error" in exchange.request.query
    again = ""
    if said_unpaid or found.stage in {Stage.CANCELED, Stage.EXPIRED, Stage.FAILED}:
        again = exchange.seal(replace(Visit.again(found), language=language.value))
    return exchange.page(200, pages.payment_page(found, language, again, said_unpaid=said_unpaid))


@rule("WP §15.3", "WP §3.4", "TG §2.4")
def _document(exchange: Exchange, kind: str, name: str, as_text: bool) -> Reply:
    language = _language(exchange.request)
    if name not in set(Brand):
        return trouble(exchange.parts, "not_found", 404, language)
    large = exchange.request.query.get("print") == "large"
    body, content_type = pages.document(kind, Brand(name), language, exchange.now, as_text, large)
    kept = {"cache-control": "public, max-age=300", "content-type": content_type}
    return Reply(200, body, pages.headers(exchange.parts) | kept)


# ---------------------------------------------------------------------- forms


def _post(exchange: Exchange) -> Reply:
    step = exchange.request.path.removeprefix("/topup/")
    if step not in set(Step):
        return trouble(exchange.parts, "not_found", 404)
    opened = _open(exchange, exchange.request.form.get("s", ""))
    if opened is None:
        return _restart(exchange)
    visit, is_old = opened
    if is_old:
        return exchange.to(visit.after_expiry(), old="1")
    if not visit.may_see(Step(step)):
        return exchange.to(visit)
    return _ANSWERED[Step(step)](exchange, visit)


def _brand(exchange: Exchange, visit: Visit) -> Reply:
    name = exchange.request.form.get("card", "")
    if name not in set(Brand):
        return exchange.question(visit, Step.BRAND, 422)
    if name == visit.brand:
        return exchange.to(replace(visit, number="", pin_digest="", payment_id="", masked=False))
    kept = Visit(visit.language, name, amount_grosze=visit.amount_grosze, method=visit.method)
    return exchange.to(replace(kept, email=visit.email))


@rule("TG §2.10")
def _number(exchange: Exchange, visit: Visit) -> Reply:
    """Whatever has the right form goes on: whether there is such a card is not told here. A PIN is left
    behind at once, and goes on as its keyed digest."""
    typed = exchange.request.form.get("number", "")
    digits = _GAPS.sub("", typed)
    plain = digits.isascii() and digits.isdecimal()
    fresh = replace(visit, number="", pin_digest="", payment_id="", masked=False)
    if visit.brand == Brand.WHITE_PHONE:
        if plain and len(digits) == WHITE_PHONE_CARD_DIGITS:
            return exchange.to(replace(fresh, number=digits))
    elif plain and len(digits) == TELEGROSIK_SERIAL_DIGITS:
        return exchange.to(replace(fresh, number=digits))
    elif plain and len(digits) == TELEGROSIK_PIN_DIGITS:
        digest = telegrosik_pin_digest(exchange.parts.pepper.pepper(), digits)
        return exchange.to(replace(fresh, pin_digest=digest))
    error = f"number_wrong_{visit.brand}" if digits else "number_missing"
    return exchange.question(visit, Step.NUMBER, 422, typed=typed[:40], error=("number", error))


def _amount(exchange: Exchange, visit: Visit) -> Reply:
    typed = exchange.request.form.get("amount", "")
    amount = typed_amount(typed)
    if isinstance(amount, AmountRefusal):
        error = ("amount", f"amount_{amount}")
        return exchange.question(visit, Step.AMOUNT, 422, typed=typed[:40], error=error)
    return exchange.to(replace(visit, amount_grosze=amount, payment_id=""))


def _method(exchange: Exchange, visit: Visit) -> Reply:
    name = exchange.request.form.get("method", "")
    if name not in set(Method):
        return exchange.question(visit, Step.METHOD, 422)
    return exchange.to(replace(visit, method=name, payment_id=""))


def _email(exchange: Exchange, visit: Visit) -> Reply:
    typed = exchange.request.form.get("email", "")
    email = typed.strip()
    error = ""
    if not email and visit.method == Method.PRZELEWY24:
        error = "email_missing"
    elif email and (len(email) > _EMAIL_AT_MOST or not _EMAIL.fullmatch(email)):
        error = "email_wrong"
    if error:
        return exchange.question(visit, Step.EMAIL, 422, typed=typed[:200], error=("email", error))
    return exchange.to(replace(visit, email=email, payment_id=""))


@rule("WP §4.1.2", "TG §2.6")
def _pay(exchange: Exchange, visit: Visit) -> Reply:
    """Start the payment and send the payer on. Pressed twice, both go the same way: the payment's id was
    chosen with the page. A try is counted before a card is looked for, and given back if there was one."""
    if not visit.payment_id:
        return exchange.to(visit)
    parts, now = exchange.parts, exchange.now
    client = sealing.digest(parts.secret(), "address", _network(exchange.request.source_ip))
    card = sealing.digest(parts.secret(), "card", visit.brand, visit.number or visit.pin_digest)
    allowed = OF_AN_ADDRESS.take(parts.attempts, client, now) and OF_A_CARD.take(parts.attempts, card, now)
    if not allowed:
        reply = exchange.question(visit, Step.CHECK, 429, error=("check", "refused_too_many"))
        return replace(reply, metrics=("TooManyTries",))
    started = _start(exchange, visit)
    if started not in _CUSTOMER_REFUSALS:
        OF_AN_ADDRESS.give_back(parts.attempts, client, now)
    if isinstance(started, Payment):
        if started.stage is Stage.PENDING and started.redirect_url:
            return exchange.go(started.redirect_url, "PaymentStarted")
        return exchange.go(f"/topup/payment/{started.id}")
    # What was started with the old id, if anything was, is not taken for the next try.
    fresh = replace(visit, payment_id=parts.payments.chance.token())
    reply = exchange.question(fresh, Step.CHECK, 422, error=("check", f"refused_{started}"))
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
    return start_payment(exchange.parts.payments, request, visit.payment_id)


def _network(address: str) -> str:
    """One subscriber of IPv6 has a /64 of addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


_ANSWERED: dict[Step, Callable[[Exchange, Visit], Reply]] = {
    Step.BRAND: _brand,
    Step.NUMBER: _number,
    Step.AMOUNT: _amount,
    Step.METHOD: _method,
    Step.EMAIL: _email,
    Step.CHECK: _pay,
}
