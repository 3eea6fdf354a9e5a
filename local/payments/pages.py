"""The pages on which a payer pays, or does one of the other things that payers and providers do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from local.payments.sandbox_state import Book, Payment

TITLES = {"payu": "PayU", "przelewy24": "Przelewy24"}
USUAL_DELAY_MIN = 10
LONGEST_DELAY_MIN = 100 * 24 * 60
AFTER_LEAVING_S = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it says, the plan that it follows, and who offers it to whom."""

    pl: str
    en: str
    plan: str
    providers: tuple[str, ...] = ("payu", "przelewy24")
    when_closed: bool = False
    later_s: int | None = None  # fixed; else the form's minutes, where the plan has something later
    refunding: str = ""  # what shall come of a refund; no plan of its own


CHOICES: Mapping[str, Choice] = {
    "pay": Choice("Zapłać", "Pay", "pay"),
    "blik": Choice("Zapłać kodem BLIK", "Pay with a BLIK code", "pay"),
    "cancel": Choice("Anuluj", "Cancel", "cancel"),
    "pay_after": Choice(
        "Zapłać po powrocie do sklepu", "Pay after I have left", "pay_late", later_s=AFTER_LEAVING_S
    ),
    "pay_late": Choice("Zapłać później", "Pay late", "pay_late"),
    "pay_twice": Choice("Zapłać dwa razy", "Pay twice", "pay_twice"),
    "pay_disordered": Choice(
        "Zapłać, powiadomienia nie po kolei", "Pay, notifications out of order", "pay_disordered"
    ),
    "pay_unannounced": Choice("Zapłać, bez powiadomienia", "Pay, no notification", "pay_unannounced"),
    "pay_unconfirmed": Choice(
        "Zapłać, sklep musi potwierdzić", "Pay, the shop must confirm", "pay_unconfirmed", ("payu",)
    ),
    "leave_pending": Choice("Zostaw w toku", "Leave pending", "leave_pending"),
    "tell_again": Choice("Powiadom jeszcze raz", "Notify again", "tell_again", when_closed=True),
    "refund_refused": Choice("Odmawiaj zwrotu", "Refuse refunds", "", when_closed=True, refunding="refuse"),
    "refund_late": Choice(
        "Zwracaj po trzech dniach", "Refund after three days", "", when_closed=True, refunding="late"
    ),
    "refund_refused_late": Choice(
        "Odmów zwrotu po trzech dniach",
        "Refuse refunds after three days",
        "",
        when_closed=True,
        refunding="refuse_late",
    ),
    "refund_untold": Choice(
        "Zwracaj bez powiadomienia", "Refund, no notification", "", when_closed=True, refunding="untold"
    ),
    "pay_again": Choice(
        "Zapłać jeszcze raz", "Pay once more", "pay", providers=("przelewy24",), when_closed=True
    ),
}

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "page"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def show_all(book: Book, _request: Request, _body: bytes) -> Response:
    payments = book.payments()
    return _page(
        "payments.html",
        open=[payment for payment in payments if payment.is_open],
        closed=[payment for payment in payments if not payment.is_open],
        now=book.now(),
    )


def show_payment(book: Book, request: Request, _body: bytes) -> Response:
    payment = _payment(book, request)
    return _page("payment.html", payment=payment) if payment else _missing()


def choose(book: Book, request: Request, body: bytes) -> Response:
    """Form fields `action` (a key of CHOICES), `minutes`, `code` for BLIK, and `back` from the list."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"errorType": "OtherOrigin", "errorMessage": origin}, 403)
    payment = _payment(book, request)
    if payment is None:
        return _missing()
    form = {name: values[0].strip() for name, values in parse_qs(body.decode(), True).items()}
    action = form.get("action", "")
    choice = choices_for(payment).get(action)
    if choice is None:
        return _page("payment.html", 409, payment=payment, form=form)
    if errors := _errors(action, form):
        return _page("payment.html", 422, payment=payment, form=form, errors=errors)
    later_s = choice.later_s if choice.later_s is not None else 60 * int(form.get("minutes") or 0)
    if choice.refunding:
        with book.changing():
            payment.refunding = choice.refunding
    else:
        book.follow(payment, choice.plan, later_s)
    if form.get("back") == "list" or not payment.continue_url:
        return RedirectResponse("/pay", 303)
    return RedirectResponse(_way_back(payment, action), 303)


def _errors(action: str, form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By field, what to say about it in Polish and in English."""
    code = form.get("code", "").replace(" ", "")
    minutes = form.get("minutes", "")
    if action == "blik" and not re.fullmatch(r"[0-9]{6}", code):
        return {"code": ("Kod BLIK ma 6 cyfr.", "A BLIK code has 6 digits.")}
    if action == "pay_late" and not (
        re.fullmatch(r"[0-9]{1,6}", minutes) and int(minutes) <= LONGEST_DELAY_MIN
    ):
        return {"minutes": ("Podaj liczbę minut.", "Give a number of minutes.")}
    return {}


def _way_back(payment: Payment, action: str) -> str:
    """PayU says on the way back that a payment came to nothing; Przelewy24 says nothing at all."""
    if payment.provider != "payu" or action != "cancel":
        return payment.continue_url
    return f"{payment.continue_url}{'&' if '?' in payment.continue_url else '?'}error=501"


def choices_for(payment: Payment) -> dict[str, Choice]:
    return {
        action: choice
        for action, choice in CHOICES.items()
        if payment.provider in choice.providers and choice.when_closed is not payment.is_open
    }


def _payment(book: Book, request: Request) -> Payment | None:
    payment = book.payment(request.path_params["id"])
    return payment if payment and payment.provider == request.path_params["provider"] else None


def _missing() -> Response:
    return _page("missing.html", 404)


def _page(name: str, status: int = 200, **values: object) -> HTMLResponse:
    shared = {
        "titles": TITLES,
        "choices_for": choices_for,
        "usual_delay_min": USUAL_DELAY_MIN,
        "form": {},
        "errors": {},
    }
    return HTMLResponse(
        _templates.get_template(name).render(shared | values), status, {"Cache-Control": "no-store"}
    )
