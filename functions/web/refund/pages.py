"""The pages of the refund form, made of their templates, their words and what they show."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from telekarta.dialog.composer.written import written_date, written_money, written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import COMPANIES, HELP_LINES, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Lot
from telekarta.domain.nrb import grouped
from telekarta.domain.refunds.application import AnswerBy, Missing
from telekarta.domain.refunds.calculation import CLAUSE_OF_UNMET, SUMS, Unmet, total
from telekarta.domain.refunds.refund import Event, Refund, RefundStage
from telekarta.usecases.refunds.form import MOST_DOCUMENTS, Outlook
from telekarta.usecases.refunds.numbers import HOME, number_of_case, page_of
from telekarta.usecases.refunds.words import (
    clause_number,
    lines_shown,
    policy_words,
    unmet_name,
)
from telekarta.usecases.topups.receipts import masked_number
from web.refund.visit import Question, Visit
from web.refund.words import words
from web.rendering import BRANDS, other, render

_ENDS = {
    Event.GRANTED: "granted",
    Event.REFUSED: "refused",
    Event.WITHDRAWN: "withdrawn",
    Event.LAPSED: "lapsed",
}


def question(
    visit: Visit,
    step: StrEnum,
    state: str,
    outlook: Outlook | None,
    *,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    notice: str = "",
) -> str:
    """One question. `errors` are fields and the names of their words; what was typed stays in the fields."""
    language = visit.spoken
    t = words(language)
    brand = Brand(visit.brand) if visit.brand else Brand.WHITE_PHONE
    number = list(Question).index(Question(step)) + 1
    told = {"help": written_telephone(HELP_LINES[brand])}
    if outlook is not None:
        told["most"] = written_money(outlook.calculation.refundable_grosze, language)
    values: dict[str, object] = {
        "title": t.get(f"refund_{step}_title_{visit.brand}", t[f"refund_{step}_title"]),
        "step": step.value,
        "step_number": number,
        "visit": visit,
        "brand": brand.value,
        "state": state,
        "errors": {name: t[error].format_map(told) for name, error in errors.items()},
        "notice": t[notice] if notice else "",
        "typed": {**_typed_before(visit), **typed},
        "back": visit.before(step),
        "most_documents": MOST_DOCUMENTS,
    }
    if outlook is not None:
        values |= _outlook(outlook, language)
    if step is Question.BRAND:
        values["write_to"] = {
            each.value: t["refund_write"].format(where=_where(each, language)) for each in Brand
        }
    if step is Question.CHECK:
        values |= {"facts": _facts(visit, language), "back": "", "privacy": _privacy(brand, language)}
    address = f"{HOME}/{step}?s={state}&lang={other(language)}"
    return render("refund.html", language, address, t=t, home=HOME, **values)


def _typed_before(visit: Visit) -> dict[str, str]:
    """What the fields hold when a visitor comes back to a question: the answer of before, but never a
    code."""
    whole, part = divmod(visit.amount_grosze, 100)
    mark = "," if visit.language == Language.PL else "."
    by_mail = visit.answer_by == AnswerBy.EMAIL
    return {
        "number": visit.number if visit.brand == Brand.WHITE_PHONE else "",
        "by": visit.answer_by,
        "amount": f"{whole}{mark}{part:02}" if visit.amount_grosze else "",
        "account": grouped(visit.account) if visit.account else "",
        "owner": visit.owner,
        "email": visit.address if by_mail else "",
        "post": "" if by_mail else visit.address,
    }


def _outlook(outlook: Outlook, language: Language) -> dict[str, object]:
    t = words(language)
    found = outlook.calculation
    open_here = number_of_case(outlook.open_case)
    where = _where(outlook.policy.brand, language)
    return {
        "open_case": outlook.open_case,
        "open_page": page_of(open_here, language) if open_here else "",
        "unmet": [_unmet(each, outlook, language) for each in found.unmet],
        "disagree": t["refund_unmet_write"].format(where=where),
        "rows": _rows(outlook, language),
        "has_online": outlook.has_online,
        "all_of_it": t["refund_amount_all"].format(amount=written_money(found.refundable_grosze, language)),
        "all_grosze": _plain(found.refundable_grosze),
    }


def _told(outlook: Outlook, language: Language) -> Mapping[str, str]:
    """What the words of the conditions and of the lines are filled with."""
    return policy_words(outlook.policy, outlook.last_top_up_at, language)


def _unmet(unmet: Unmet, outlook: Outlook, language: Language) -> str:
    """The condition, with its clause."""
    name = unmet_name(unmet, outlook.policy)
    text = words(language)[f"unmet_{name}"].format_map(_told(outlook, language))
    clause = _clause(outlook, CLAUSE_OF_UNMET[unmet])
    return f"{text} ({clause})" if clause else text


def _clause(outlook: Outlook, clause: str) -> str:
    number = clause_number(outlook.policy.brand, clause)
    return f"§\u00a0{number}" if number else ""


def _plain(amount_grosze: int) -> str:
    """As a form sends it and `typed_amount` reads it."""
    return f"{amount_grosze // 100},{amount_grosze % 100:02}"


def _rows(outlook: Outlook, language: Language) -> list[tuple[str, str, str, bool]]:
    """Each line of the calculation: what it is, its clause, the amount, and whether it is a sum."""
    t, told, found = words(language), _told(outlook, language), outlook.calculation
    return [
        (
            t[f"line_{line.kind}"].format_map(told),
            _clause(outlook, line.clause),
            written_money(line.amount_grosze, language),
            line.kind in SUMS,
        )
        for line in lines_shown(found, refused=bool(found.unmet))
    ]


def _privacy(brand: Brand, language: Language) -> dict[str, str]:
    """Who has the data of an application, and where to ask (RODO art. 13; WP §14.5, TG §11.4)."""
    t, company = words(language), COMPANIES[brand]
    return {
        "who": t["privacy_who"].format(company=company.name, address=company.address),
        "where": t["privacy_where"].format(where=_where(brand, language), document=company.privacy),
        "website": company.website,
    }


def _facts(visit: Visit, language: Language) -> list[tuple[str, str, str]]:
    """What was answered, and the question where it can be changed."""
    t = words(language)
    by = AnswerBy(visit.answer_by)
    facts = [
        (t["check_card"], f"{BRANDS[visit.brand]} {visit.number}", Question.CODES),
        (t["refund_check_amount"], written_money(visit.amount_grosze, language), Question.AMOUNT),
        (t["refund_check_account"], grouped(visit.account), Question.ACCOUNT),
        (t["refund_check_owner"], visit.owner, Question.ACCOUNT),
        (t[f"refund_check_{by}"], visit.address, Question.ANSWER),
    ]
    if visit.same_way:
        facts.insert(4, (t["refund_check_same_way"], t["yes"], Question.ACCOUNT))
    return [(name, value, step.value) for name, value, step in facts]


# ---------------------------------------------------------------------- an application


def outcome_of(refund: Refund, today: date) -> str:
    """Where the application stands, in one word; a decision is still told when the refund is over."""
    ends = [_ENDS[line.event] for line in refund.history if line.event in _ENDS]
    outcome = ends[-1] if ends else "open"
    if outcome == "open" and today > refund.decide_by:
        return "late"
    if outcome == "granted" and refund.stranded and not refund.is_over:
        return "stranded"
    if outcome == "granted" and refund.is_over:
        # A transfer that came back may have been put back on the card.
        return "paid" if refund.paid_grosze else "put_back"
    return outcome


def application(
    refund: Refund,
    request_id: str,
    language: Language,
    state: str,
    today: date,
    keeper: Ref,
    *,
    error: str = "",
) -> str:
    """`keeper` is what gets money back: the card, or the account that it was moved onto (TG §5.3)."""
    t = words(language)
    outcome = outcome_of(refund, today)
    is_open = refund.stage is RefundStage.OPEN
    wanted = refund.wanted if is_open else ()
    complete_until = written_date(refund.complete_until, language) if refund.complete_until else ""
    told = _told_of(refund, language, keeper)
    facts = [
        (t["refund_case"], refund.id),
        (t["check_card"], f"{BRANDS[refund.ref.brand]} {masked_number(refund.ref.number)}"),
        (t["refund_received"], written_date(refund.application.received_on, language)),
        (t["refund_check_amount"], written_money(refund.application.asked_grosze or 0, language)),
        (t["refund_documents"], str(len(refund.application.enclosed) + len(refund.application.proofs))),
    ]
    if refund.held and not refund.released and is_open:
        facts.append((t["refund_held"], told["held"]))
    values: dict[str, object] = {
        "title": t[f"outcome_{outcome}_title"].format_map(told),
        "texts": [t[name].format_map(told) for name in _texts_of(refund, outcome, told)],
        "outcome": outcome,
        "brand": refund.ref.brand.value,
        "facts": facts,
        "missing": [t[f"missing_{each}"] for each in wanted],
        "awaited": [_lot(lot, language) for lot in refund.awaited] if Missing.PROOF in wanted else [],
        "complete_until": complete_until,
        "takes_documents": is_open,
        "most_documents": MOST_DOCUMENTS,
        "state": state,
        "id": request_id,
        "errors": {"documents": t[error]} if error else {},
    }
    return render(
        "application.html", language, page_of(request_id, other(language)), t=t, home=HOME, **values
    )


def _texts_of(refund: Refund, outcome: str, told: Mapping[str, str]) -> list[str]:
    """The names of the words that say where it stands."""
    names = [f"outcome_{outcome}"]
    if outcome == "paid" and refund.put_back:
        names.append("outcome_part_back")
    if outcome in ("refused", "withdrawn", "lapsed") and refund.held:
        names.append("outcome_held_back")
    if outcome == "lapsed":
        names.append("outcome_again_until" if told["last_day"] else "outcome_again")
    return names


def _told_of(refund: Refund, language: Language, keeper: Ref) -> dict[str, str]:
    t = words(language)
    found = refund.calculation
    due_grosze = found.payable_grosze if found else 0
    going_grosze = sum(payout.amount_grosze for payout in refund.payouts if not payout.replaced)
    amounts = {
        "amount": going_grosze if refund.payouts else due_grosze,
        "paid": refund.paid_grosze,
        "back": total(refund.put_back),
        "stranded": sum(payout.amount_grosze for payout in refund.stranded),
        "held": refund.held_grosze,
    }
    last_top_up_at = refund.found.last_top_up_at if refund.found else None
    return {
        **policy_words(refund.policy, last_top_up_at, language),
        **{name: written_money(grosze, language) for name, grosze in amounts.items()},
        "day": written_date(refund.decide_by, language),
        "help": written_telephone(HELP_LINES[refund.ref.brand]),
        "onto": t[f"onto_{keeper.kind}"],
        "where": _where(refund.ref.brand, language),
    }


def _lot(lot: Lot, language: Language) -> str:
    return words(language)[f"lot_{lot.source}"].format(
        day=written_date(day_of(lot.granted_at), language), amount=written_money(lot.left_grosze, language)
    )


def _where(brand: Brand, language: Language) -> str:
    """Where an application or a letter to us can be sent (WP §7.2)."""
    company = COMPANIES[brand]
    ways = [company.email] if company.email else []
    return f" {words(language)['or']} ".join([*ways, company.address])
