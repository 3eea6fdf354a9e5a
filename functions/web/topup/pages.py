"""The pages, made of their templates, their words and what they show."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from telekarta.adapters.files.terms import terms_text
from telekarta.dialog.composer.written import written_date, written_money, written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import HELP_LINES, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.ledger.postings import Source
from telekarta.domain.prices.tariff import PriceList, Prices, Rate
from telekarta.domain.rules import rule
from telekarta.domain.topups.payments import Method, Payment, PaymentStage
from telekarta.domain.topups.promotions import Promotion, bonuses
from telekarta.usecases.topups.receipts import masked_number
from web.rendering import BRANDS, other, render
from web.topup.visit import Question, Visit
from web.words import words

QUICK_AMOUNTS_ZLOTY = (20, 30, 50, 100)
_ONLINE = frozenset({Source.PAYU, Source.PRZELEWY24})
_PROVIDERS = {Method.PAYU: "PayU", Method.BLIK: "PayU", Method.PRZELEWY24: "Przelewy24"}


# ---------------------------------------------------------------------- the questions


def question(
    visit: Visit,
    step: StrEnum,
    state: str,
    promotions: Sequence[Promotion],
    now: datetime,
    *,
    typed: str | None = None,
    error: tuple[str, str] | None = None,
    notice: str = "",
) -> str:
    """One question. `error` is the field and the name of its words; what was typed stays in the field."""
    language = visit.spoken
    t = words(language)
    title = t[f"number_title_{visit.brand}"] if step is Question.NUMBER else t[f"{step}_title"]
    told = {}
    if error:
        brand = Brand(visit.brand) if visit.brand else Brand.WHITE_PHONE
        told[error[0]] = t[error[1]].format(help=written_telephone(HELP_LINES[brand]))
    number = list(Question).index(Question(step)) + 1
    values: dict[str, object] = {
        "title": title,
        "step": step.value,
        "step_number": number,
        "visit": visit,
        "state": state,
        "errors": told,
        "notice": t[notice] if notice else "",
        "typed": _typed_before(visit, step) if typed is None else typed,
        "back": visit.before(step),
        "quick_amounts": [
            (zloty, t["amount_quick_one"].format(zloty=zloty)) for zloty in QUICK_AMOUNTS_ZLOTY
        ],
        "promotions": _promotions(visit, promotions, language, day_of(now)) if visit.brand else (),
        "methods": [method.value for method in (Method.BLIK, Method.PAYU, Method.PRZELEWY24)],
        "email_needed": visit.method == Method.PRZELEWY24,
    }
    if step is Question.CHECK:
        values |= _check(visit, promotions, language, day_of(now))
    address = f"/topup/{step}?s={state}&lang={other(language)}"
    return render("question.html", language, address, **values)


def _typed_before(visit: Visit, step: StrEnum) -> str:
    """Who comes back to a question finds the answer of before, but never a number that was not typed here."""
    if step is Question.NUMBER:
        return "" if visit.masked else visit.number
    if step is Question.AMOUNT and visit.amount_grosze:
        whole, part = divmod(visit.amount_grosze, 100)
        return f"{whole},{part:02}" if visit.language == Language.PL else f"{whole}.{part:02}"
    return "" if visit.masked else visit.email or ""


def _check(visit: Visit, promotions: Sequence[Promotion], language: Language, day: date) -> dict[str, object]:
    t = words(language)
    method = Method(visit.method)
    earned = bonuses(promotions, Brand(visit.brand), method.source, visit.amount_grosze, day)
    return {
        "number_shown": t["check_pin"] if visit.pin_digest else _shown(visit),
        "email_shown": _masked_email(visit.email or "") if visit.masked else visit.email,
        "amount": written_money(visit.amount_grosze, language),
        "provider": _PROVIDERS[method],
        "bonuses": [
            (
                _named(promotion, language),
                t["check_bonus_once"].format(bonus=written_money(bonus, language))
                if promotion.once_per_card
                else written_money(bonus, language),
            )
            for promotion, bonus in earned
        ],
        "changes": [
            (step.value, t[f"change_{step}"])
            for step in (Question.NUMBER, Question.AMOUNT, Question.METHOD, Question.EMAIL)
        ],
        "back": "",
    }


def _shown(visit: Visit) -> str:
    """In groups of three, as a person compares it."""
    if visit.masked:
        return masked_number(visit.number)
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", " ", visit.number)


def _masked_email(email: str) -> str:
    name, _, house = email.partition("@")
    return f"{name[:1]}***@{house}" if house else ""


def _named(promotion: Promotion, language: Language) -> str:
    return promotion.name_pl if language is Language.PL else promotion.name_en


@rule("WP §1.2.7")
def _promotions(
    visit: Visit, promotions: Sequence[Promotion], language: Language, day: date
) -> tuple[str, ...]:
    """The promotions that a top-up on the web may earn today."""
    return tuple(
        words(language)["promotion"].format(
            name=_named(promotion, language),
            minimum=written_money(promotion.minimum_grosze, language),
            until=written_date(promotion.until, language),
        )
        for promotion in promotions
        if promotion.brand == visit.brand and promotion.is_on(day) and promotion.sources & _ONLINE
    )


# ---------------------------------------------------------------------- the payment


_WAITING = frozenset({PaymentStage.STARTED, PaymentStage.PENDING})


def payment_page(found: Payment, language: Language, again: str, *, said_unpaid: bool) -> str:
    t = words(language)
    name = "waiting" if found.stage in _WAITING else found.stage.value
    help_line = written_telephone(HELP_LINES[found.ref.brand])
    values = {
        "title": t[f"payment_title_{name}"],
        "text": t["payment_unpaid"] if said_unpaid else t[f"payment_{name}"].format(help=help_line),
        "stage": f"unpaid-{found.stage}" if said_unpaid else found.stage.value,
        "waiting": found.stage in _WAITING or found.stage is PaymentStage.PAID,
        "finished": found.stage is PaymentStage.CREDITED,
        "receipt": found.receipt and found.stage in {PaymentStage.PAID, PaymentStage.CREDITED},
        "brand": BRANDS[found.ref.brand],
        "number": masked_number(found.ref.number),
        "amount": written_money(found.amount_grosze, language),
        "bonus": written_money(found.bonus_grosze, language) if found.bonus_grosze else "",
        "id": found.id,
        "again": again,
        "continue_at": found.redirect_url if found.stage is PaymentStage.PENDING and not said_unpaid else "",
    }
    address = f"/topup/payment/{found.id}?lang={other(language)}"
    return render("payment.html", language, address, **values)


# ---------------------------------------------------------------------- prices and terms


Rows = list[tuple[str, str, str]]


def document(
    kind: str,
    brand: Brand,
    language: Language,
    now: datetime,
    prices: Callable[[], Prices],
    *,
    as_text: bool,
    large: bool,
) -> tuple[str, str]:
    """The body and its content type."""
    if as_text:
        body = terms_text(brand) if kind == "terms" else _prices_text(prices(), brand, language, day_of(now))
        return body, "text/plain; charset=utf-8"
    t = words(language)
    values: dict[str, object] = {
        "title": t[f"{kind}_title"].format(brand=BRANDS[brand]),
        "brand": brand.value,
        "large": large,
    }
    if kind == "terms":
        values["paragraphs"] = _paragraphs(brand)
    else:
        values["lists"] = price_lists(prices(), brand, language, day_of(now))
    address = f"/{kind}/{brand}?lang={other(language)}" + ("&print=large" if large else "")
    return render(f"{kind}.html", language, address, **values), "text/html; charset=utf-8"


def _paragraphs(brand: Brand) -> list[tuple[bool, str]]:
    """Each line of the document, whether it is a heading, without the marks of emphasis."""
    lines = (line.strip() for line in terms_text(brand).splitlines())
    return [
        (bool(re.match(r"§ ?\d+", line)) and len(line) < 120, line.removeprefix("- ").replace("*", ""))
        for line in lines
        if line
    ]


def price_lists(book: Prices, brand: Brand, language: Language, day: date) -> list[tuple[str, Rows]]:
    """The list in force on the day, then those that are announced."""
    t = words(language)
    now = book.current(brand, day)
    announced = sorted(
        (each for each in book.lists if each.brand is brand and each.valid_from > day),
        key=lambda each: each.valid_from,
    )
    headed = [("prices_from", now), *(("prices_announced", each) for each in announced)]
    return [
        (t[name].format(date=written_date(each.valid_from, language)), _rows(each, language))
        for name, each in headed
    ]


def _rows(prices: PriceList, language: Language) -> Rows:
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rate in prices.rates.values():
        name = rate.name_pl if language is Language.PL else rate.name_en
        grouped[name, written_rate(rate, language)].append(rate.prefix)
    return sorted((name, ", ".join(sorted(prefixes)), price) for (name, price), prefixes in grouped.items())


def written_rate(rate: Rate, language: Language) -> str:
    """The price of a minute, exactly: `0,29 zł`, `0,095 zł`."""
    zloty = Decimal(rate.units_per_min) / (Decimal(rate.units_per_grosz) * 100)
    shown = format(zloty.normalize(), "f")
    whole, _, part = shown.partition(".")
    part = part.ljust(2, "0")
    return f"{whole},{part} zł" if language is Language.PL else f"PLN {whole}.{part}"


def _prices_text(book: Prices, brand: Brand, language: Language, day: date) -> str:
    t = words(language)
    lines = [t["prices_title"].format(brand=BRANDS[brand]), t["prices_hint"]]
    for heading, rows in price_lists(book, brand, language, day):
        lines += ["", heading, ""]
        lines += [f"{name} ({prefixes}): {price}" for name, prefixes, price in rows]
    return "\n".join(lines) + "\n"
