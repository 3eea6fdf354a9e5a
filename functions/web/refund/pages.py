"""The pages of the refund form, made of their templates, their words and what they show."""

import re
from collections.abc import Mapping
from enum import StrEnum

from telekarta.dialog.composer.written import written_date, written_money, written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import HELP_LINES, Brand
from telekarta.domain.nrb import grouped
from telekarta.domain.refund_cases import Event, PayoutState, RefundCase, Stage
from telekarta.domain.refund_sums import CLAUSE_OF_UNMET, SUMS, Calculation, Unmet
from telekarta.domain.refunds import AnswerBy
from telekarta.usecases.receipts import masked_number
from telekarta.usecases.refund_form import MOST_DOCUMENTS, Outlook
from web.refund.visit import Step, Visit
from web.refund.words import words
from web.rendering import BRANDS, other, render

HOME = "/refund"
_OURS = re.compile(r"refund-([0-9]{4}(?:-[0-9]{4}){3})")
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
    number = list(Step).index(Step(step)) + 1
    told = {"help": written_telephone(HELP_LINES[brand])}
    if outlook is not None:
        told["most"] = written_money(outlook.calculation.refundable_grosze, language)
    values: dict[str, object] = {
        "title": t[f"refund_{step}_title"],
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
    if step is Step.CHECK:
        values |= {"facts": _facts(visit, language), "back": ""}
    address = f"{HOME}/{step}?s={state}&lang={other(language)}"
    return render("refund.html", language, address, t=t, home=HOME, **values)


def _typed_before(visit: Visit) -> dict[str, str]:
    """Who comes back to a question finds the answer of before, but never a code."""
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
    open_here = _OURS.fullmatch(outlook.open_case)
    return {
        "open_case": outlook.open_case,
        "open_page": f"{HOME}/application/{open_here[1]}?lang={language}" if open_here else "",
        "unmet": [_unmet(each, outlook, language) for each in found.unmet],
        "rows": _rows(found, language),
        "has_online": outlook.has_online,
        "all_of_it": t["refund_amount_all"].format(amount=written_money(found.refundable_grosze, language)),
        "all_grosze": _plain(found.refundable_grosze),
    }


def _unmet(unmet: Unmet, outlook: Outlook, language: Language) -> str:
    """The condition, with its clause; Telegrosik's terms have none of these."""
    minimum = written_money(outlook.policy.minimum_grosze, language)
    text = words(language)[f"unmet_{unmet}"].format(minimum=minimum)
    clause = f" (§\u00a0{CLAUSE_OF_UNMET[unmet].partition('§')[2]})"
    return text + clause if outlook.policy.brand is Brand.WHITE_PHONE else text


def _plain(amount_grosze: int) -> str:
    """As a form sends it and `typed_amount` reads it."""
    return f"{amount_grosze // 100},{amount_grosze % 100:02}"


def _rows(found: Calculation, language: Language) -> list[tuple[str, str, str, bool]]:
    """Each line of the calculation: what it is, its clause, the amount, and whether it is a sum."""
    t = words(language)
    return [
        (
            t[f"line_{line.kind}"],
            f"§\u00a0{line.clause.partition('§')[2]}" if line.clause else "",
            written_money(line.amount_grosze, language),
            line.kind in SUMS,
        )
        for line in found.lines
    ]


def _facts(visit: Visit, language: Language) -> list[tuple[str, str, str]]:
    """What was answered, and the question where it can be changed."""
    t = words(language)
    by = AnswerBy(visit.answer_by)
    facts = [
        (t["check_card"], f"{BRANDS[visit.brand]} {visit.number}", Step.CODES),
        (t["refund_check_amount"], written_money(visit.amount_grosze, language), Step.AMOUNT),
        (t["refund_check_account"], grouped(visit.account), Step.ACCOUNT),
        (t["refund_check_owner"], visit.owner, Step.ACCOUNT),
        (t[f"refund_check_{by}"], visit.address, Step.ANSWER),
    ]
    if visit.same_way:
        facts.insert(4, (t["refund_check_same_way"], t["yes"], Step.ACCOUNT))
    return [(name, value, step.value) for name, value, step in facts]


# ---------------------------------------------------------------------- an application


def outcome_of(case: RefundCase) -> str:
    """Where it stands, in one word; what was decided stays told when the case is over."""
    ends = [_ENDS[line.event] for line in case.history if line.event in _ENDS]
    outcome = ends[-1] if ends else "open"
    if outcome == "granted" and case.is_over:
        # A transfer that came back may have been put back on the card.
        return "paid" if any(each.state is PayoutState.PAID for each in case.payouts) else "put_back"
    return outcome


def application(case: RefundCase, request_id: str, language: Language, state: str, *, error: str = "") -> str:
    t = words(language)
    outcome = outcome_of(case)
    found = case.calculation
    said = {
        "day": written_date(case.decide_by, language),
        "amount": written_money(found.payable_grosze if found else 0, language),
        "help": written_telephone(HELP_LINES[case.ref.brand]),
    }
    complete_until = written_date(case.complete_until, language) if case.complete_until else ""
    facts = [
        (t["refund_case"], case.id),
        (t["check_card"], f"{BRANDS[case.ref.brand]} {masked_number(case.ref.number)}"),
        (t["refund_received"], written_date(case.application.received_on, language)),
        (t["refund_check_amount"], written_money(case.application.asked_grosze or 0, language)),
        (t["refund_documents"], str(len(case.application.enclosed) + len(case.application.proofs))),
    ]
    if case.held and not case.released and outcome == "open":
        facts.append((t["refund_held"], written_money(case.held_grosze, language)))
    values: dict[str, object] = {
        "title": t[f"outcome_{outcome}_title"],
        "text": t[f"outcome_{outcome}"].format(**said),
        "outcome": outcome,
        "facts": facts,
        "missing": [t[f"missing_{each}"] for each in case.missing] if outcome == "open" else [],
        "complete_until": complete_until,
        "takes_documents": case.stage is Stage.OPEN,
        "most_documents": MOST_DOCUMENTS,
        "state": state,
        "id": request_id,
        "errors": {"documents": t[error]} if error else {},
    }
    address = f"{HOME}/application/{request_id}?lang={other(language)}"
    return render("application.html", language, address, t=t, home=HOME, **values)
