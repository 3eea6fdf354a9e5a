"""The form by which money is asked back from a card: its questions, the sending, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Card
from telekarta.domain.cards.codes import same
from telekarta.domain.cards.terms import (
    PUK_DIGITS,
    TELEGROSIK_PIN_DIGITS,
    WHITE_PHONE_CARD_DIGITS,
    WHITE_PHONE_PIN_DIGITS,
)
from telekarta.domain.nrb import NotAnNrb, normalised
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.payment_orders import plain
from telekarta.domain.rules import rule
from telekarta.domain.topups.amounts import AmountRefusal, typed_amount
from telekarta.usecases.attempts import Allowance, AttemptStore
from telekarta.usecases.refunds.commands import RefundRefusal, RefundRefused
from telekarta.usecases.refunds.form import (
    DocumentRefusal,
    Outlook,
    RefundFormDeps,
    add_documents,
    application_of,
    card_by_codes,
    outlook_of,
    read_documents,
    send_application,
)
from telekarta.usecases.refunds.numbers import HOME, number_in_path, number_of, page_of
from telekarta.usecases.refunds.ports import keeper_of
from web import exchange as exchanges
from web.exchange import OF_AN_ADDRESS, begin, is_email, language_of, plain_digits, printable
from web.flow import EXPIRED, Form
from web.refund import pages
from web.refund.visit import Question, Visit
from web.wire import Reply, Request

# Wrong codes of one card, an hour. They are counted apart from those by telephone: a stranger who types wrong
# codes here shall not keep its holder from calling.
OF_A_CARD = Allowance("refund_card", 5)
# Sendings of documents for one application, an hour.
OF_AN_APPLICATION = Allowance("refund_documents", 20)
# How long the codes count that were given: enough for slow readers, too short for a tab that was forgotten.
PROVEN_S = 60 * 60
LEAST_GROSZE = 1
OWNER_AT_LEAST = 3  # letters that a bank's file can hold
OWNER_AT_MOST, ADDRESS_AT_MOST = 80, 200
# Too many to be guessed, and few enough to be read to somebody over the telephone.
_NUMBER_DIGITS = 16
_OF_AN_APPLICATION = "application"
# Why a question is asked again, as its address says it.
CODES_CHANGED, MONEY_CHANGED = "codes", "money"


class Chance(Protocol):
    def digits(self, length: int, *, leading_zero: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class RefundRoutesDeps:
    """The outside."""

    form: RefundFormDeps
    attempts: AttemptStore
    chance: Chance
    secret: Callable[[], bytes]
    base_url: str
    providers: Sequence[str] = ()


Exchange = exchanges.Exchange[RefundRoutesDeps]


def answer(parts: RefundRoutesDeps, request: Request) -> Reply:
    """The page for the request. Raises StoreUnavailable."""
    return FORM.answer(begin(parts, request, parts.form.desk.clock.now()), _get, _post)


def _page(
    exchange: Exchange,
    visit: Visit,
    step: StrEnum,
    status: int = 200,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    notice: str = "",
    outlook: Outlook | None = None,
) -> Reply:
    """The page of one question. `errors` are names of words by their fields; what was typed stays. After the
    codes no page is shown to a visitor whom they would not let in now."""
    if step not in (Question.BRAND, Question.CODES) and (asked_again := _codes_again(exchange, visit)):
        return asked_again
    if step in (Question.AMOUNT, Question.ACCOUNT, Question.CHECK) and outlook is None:
        asked = visit.amount_grosze if step is Question.CHECK else None
        outlook = outlook_of(exchange.parts.form, visit.ref, asked)
    body = pages.question(
        visit,
        step,
        exchange.seal(visit.packed()),
        outlook,
        typed=typed or {},
        errors=errors or {},
        notice=notice,
    )
    return exchange.page(status, body)


def _number(chance: Chance) -> str:
    """`1234-5678-9012-3456`: names an application, and its page."""
    return number_of(chance.digits(_NUMBER_DIGITS, leading_zero=True))


# ---------------------------------------------------------------------- pages that are asked for


def _get(exchange: Exchange) -> Reply | None:
    number = number_in_path(exchange.request.path)
    return _application(exchange, number) if number else None


def _post(exchange: Exchange) -> Reply | None:
    number = number_in_path(exchange.request.path)
    return _more_documents(exchange, number) if number else None


def _application(exchange: Exchange, request_id: str, error: str = "", status: int = 200) -> Reply:
    """What became of an application. Everybody who has the address may see it: it names no person and no
    account."""
    refund = application_of(exchange.parts.form, request_id)
    if refund is None:
        return exchange.not_found()
    language = language_of(exchange.request, refund.application.language)
    state = exchange.seal(request_id.encode(), _OF_AN_APPLICATION)
    keeper = keeper_of(exchange.parts.form.desk.store, refund.ref).ref
    today = day_of(exchange.now)
    body = pages.application(refund, request_id, language, state, today, keeper, error=error)
    return exchange.page(status, body)


# ---------------------------------------------------------------------- forms


def _brand(exchange: Exchange, visit: Visit) -> Reply:
    name = exchange.request.form.get("card", "")
    if name not in set(Brand):
        return _page(exchange, visit, Question.BRAND, 422)
    return FORM.on(exchange, visit.of_brand(Brand(name)))


@rule("WP §7.3.1", "WP §7.3.2", "WP §9.1")
def _codes(exchange: Exchange, visit: Visit) -> Reply:
    """The codes are compared and forgotten. A try is counted before, and given back if they were right."""
    typed = {name: exchange.request.form.get(name, "")[:40] for name in ("number", "pin", "puk")}
    digits = {name: plain_digits(text) for name, text in typed.items()}
    brand, kept = Brand(visit.brand), {"number": typed["number"]}
    first = "number" if brand is Brand.WHITE_PHONE else "pin"
    errors = _wrong_forms(brand, digits)
    if errors:
        return _page(exchange, visit, Question.CODES, 422, typed=kept, errors=errors)
    number, pin, puk = (digits[name] or "" for name in ("number", "pin", "puk"))
    parts, now = exchange.parts, exchange.now
    card_digest = exchange.digest("card", brand, number or pin)
    counted = (OF_AN_ADDRESS, exchange.client), (OF_A_CARD, card_digest)
    if not all(allowance.take(parts.attempts, digest, now) for allowance, digest in counted):
        reply = _page(exchange, visit, Question.CODES, 429, typed=kept, errors={first: "refused_too_many"})
        return replace(reply, metrics=("TooManyTries",))
    card = card_by_codes(parts.form, brand, number, pin, puk)
    if card is None:
        reply = _page(
            exchange, visit, Question.CODES, 422, typed=kept, errors={first: f"codes_not_right_{brand}"}
        )
        return replace(reply, metrics=("WrongCodes",))
    for allowance, digest in counted:
        allowance.give_back(parts.attempts, digest, now)
    proven = replace(
        visit,
        number=card.ref.number,
        proof=_proof_of(exchange, card),
        proved_at=int(now.timestamp()),
        amount_grosze=0,
        final_id="",
    )
    return FORM.on(exchange, proven)


def _proof_of(exchange: Exchange, card: Card) -> str:
    """Changes when a code of the card does."""
    return exchange.digest("proof", str(card.ref), card.pin_digest, card.puk_digest)


def _codes_again(exchange: Exchange, visit: Visit) -> Reply | None:
    """Back to the codes, unless those that were given are the card's still and it is not long ago: a tab may
    be open for days, and the holder may have changed the codes to shut out whoever knew them."""
    if not 0 <= exchange.now.timestamp() - visit.proved_at <= PROVEN_S:
        return FORM.on(exchange, visit.after_expiry(), old=EXPIRED)
    card = exchange.parts.form.cards.card(visit.ref)
    if card is None or not same(visit.proof, _proof_of(exchange, card)):
        return FORM.on(exchange, visit.after_expiry(), old=CODES_CHANGED)
    return None


def _wrong_forms(brand: Brand, digits: dict[str, str | None]) -> dict[str, str]:
    wanted = {"pin": TELEGROSIK_PIN_DIGITS}
    if brand is Brand.WHITE_PHONE:
        wanted = {"number": WHITE_PHONE_CARD_DIGITS, "pin": WHITE_PHONE_PIN_DIGITS}
    wrong = (name for name, count in wanted.items() if len(digits[name] or "") != count)
    errors = {name: f"{name}_wrong_{brand}" for name in wrong}
    if digits["puk"] != "" and len(digits["puk"] or "") != PUK_DIGITS:
        errors["puk"] = "puk_wrong"
    return errors


@rule("WP §7.3.3", "WP §7.5", "WP §7.9")
def _amount(exchange: Exchange, visit: Visit) -> Reply:
    form = exchange.parts.form
    if asked_again := _codes_again(exchange, visit):
        return asked_again
    outlook = outlook_of(form, visit.ref)
    if outlook is None or outlook.open_case or outlook.calculation.unmet:
        return _page(exchange, visit, Question.AMOUNT, 422, outlook=outlook)
    typed = exchange.request.form.get("amount", "")[:40]
    most_grosze = outlook.calculation.refundable_grosze
    amount = typed_amount(typed, LEAST_GROSZE, most_grosze)
    error = f"refund_amount_{amount}" if isinstance(amount, AmountRefusal) else ""
    if isinstance(amount, int):
        asked = outlook_of(form, visit.ref, amount)
        if asked is None or asked.calculation.payable_grosze == 0:
            error = "refund_amount_eaten_up"
        else:
            return FORM.on(exchange, replace(visit, amount_grosze=amount, final_id=""))
    return _page(
        exchange,
        visit,
        Question.AMOUNT,
        422,
        typed={"amount": typed},
        errors={"amount": error},
        outlook=outlook,
    )


@rule("WP §7.3.5")
def _account(exchange: Exchange, visit: Visit) -> Reply:
    form = exchange.request.form
    owner = printable(form.get("owner", ""))[:OWNER_AT_MOST]
    typed = {"account": printable(form.get("account", ""))[:60], "owner": owner}
    errors = {}
    account = ""
    try:
        account = normalised(typed["account"])
    except NotAnNrb:
        errors["account"] = "account_wrong" if typed["account"].strip() else "account_missing"
    if not typed["owner"]:
        errors["owner"] = "owner_missing"
    elif len(plain(typed["owner"])) < OWNER_AT_LEAST:
        errors["owner"] = "owner_letters"
    ticked = replace(visit, same_way=form.get("same_way") == "yes")
    if errors:
        return _page(exchange, ticked, Question.ACCOUNT, 422, typed=typed, errors=errors)
    return FORM.on(exchange, replace(ticked, account=account, owner=typed["owner"], final_id=""))


@rule("WP §7.10")
def _answer(exchange: Exchange, visit: Visit) -> Reply:
    form = exchange.request.form
    by = form.get("by", "")[:10]
    lines = (printable(line) for line in form.get("post", "").splitlines())
    post = "\n".join(line for line in lines if line)[:400]
    typed = {"by": by, "email": form.get("email", "").strip()[:200], "post": post}
    errors = {}
    if by not in set(AnswerBy):
        errors["by"] = "answer_missing"
    elif by == AnswerBy.EMAIL and not is_email(typed["email"]):
        errors["email"] = "email_wrong" if typed["email"] else "answer_email_missing"
    elif by == AnswerBy.LETTER and not 10 <= len(typed["post"]) <= ADDRESS_AT_MOST:
        errors["post"] = "post_too_long" if len(typed["post"]) > ADDRESS_AT_MOST else "post_missing"
    if errors:
        return _page(exchange, visit, Question.ANSWER, 422, typed=typed, errors=errors)
    address = typed["email"] if by == AnswerBy.EMAIL else post.replace("\n", ", ")
    return FORM.on(exchange, replace(visit, answer_by=by, address=address, final_id=""))


@rule("WP §7.1", "WP §7.3.4")
def _send(exchange: Exchange, visit: Visit) -> Reply:
    """Pressed twice, it is one application: its id was chosen with the page. What the page has shown may have
    changed since: it is looked at again, unless the application is there already."""
    parts = exchange.parts
    if asked_again := _codes_again(exchange, visit):
        return asked_again
    if application_of(parts.form, visit.final_id) is None:
        outlook = outlook_of(parts.form, visit.ref, visit.amount_grosze)
        found = outlook.calculation if outlook else None
        if found is None or found.unmet or found.refundable_grosze < visit.amount_grosze:
            return FORM.on(exchange, replace(visit, amount_grosze=0, final_id=""), old=MONEY_CHANGED)
    documents = read_documents(exchange.request.files)
    if isinstance(documents, DocumentRefusal):
        return _page(exchange, visit, Question.CHECK, 422, errors={"documents": f"documents_{documents}"})
    application = visit.application(day_of(exchange.now))
    sent = send_application(parts.form, visit.final_id, application, documents)
    if isinstance(sent, DocumentRefusal):
        return _page(exchange, visit, Question.CHECK, 422, errors={"documents": f"documents_{sent}"})
    if isinstance(sent, RefundRefused):
        error = "refused_open" if sent.reason is RefundRefusal.REFUND_IS_OPEN else "refused_unknown"
        reply = _page(exchange, visit, Question.CHECK, 422, errors={"check": error})
        return replace(reply, metrics=("ApplicationRefused",))
    return exchange.go(page_of(visit.final_id, visit.language), "ApplicationSent")


@rule("WP §7.3.4")
def _more_documents(exchange: Exchange, request_id: str) -> Reply:
    """Documents that follow. The seal says that this browser was shown this application's page."""
    opened = exchange.unseal(exchange.request.form.get("s", ""), _OF_AN_APPLICATION)
    if opened is None or opened[0] != request_id.encode() or opened[1]:
        return _application(exchange, request_id, "documents_again", 400)
    told = exchange.digest("application", request_id)
    if not OF_AN_APPLICATION.take(exchange.parts.attempts, told, exchange.now):
        return _application(exchange, request_id, "documents_too_often", 429)
    documents = read_documents(exchange.request.files)
    if isinstance(documents, DocumentRefusal):
        return _application(exchange, request_id, f"documents_{documents}", 422)
    if not documents:
        return _application(exchange, request_id, "documents_none", 422)
    added = add_documents(exchange.parts.form, request_id, documents)
    if isinstance(added, DocumentRefusal):
        return _application(exchange, request_id, f"documents_{added}", 422)
    if isinstance(added, RefundRefused):
        return exchange.not_found()
    language = language_of(exchange.request)
    return exchange.go(page_of(request_id, language), "DocumentsAdded")


FORM: Form[RefundRoutesDeps, Visit] = Form(
    home=HOME,
    visit=Visit,
    asks=_page,
    answered={
        Question.BRAND: _brand,
        Question.CODES: _codes,
        Question.AMOUNT: _amount,
        Question.ACCOUNT: _account,
        Question.ANSWER: _answer,
        Question.CHECK: _send,
    },
    new_id=lambda parts: _number(parts.chance),
    notices={
        EXPIRED: "expired_notice",
        CODES_CHANGED: "codes_changed_notice",
        MONEY_CHANGED: "money_changed_notice",
    },
)
