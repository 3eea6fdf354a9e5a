"""What an applicant is told: line by line, with the clauses, in plain Polish, by e-mail or on paper."""

from collections.abc import Iterable, Mapping

from telekarta.dialog.composer import written_date, written_money, written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import COMPANIES, HELP_LINES, NAMES, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Lot
from telekarta.domain.nrb import masked
from telekarta.domain.refunds.application import CLAUSE_OF_MISSING, AnswerBy, Arrival, Missing
from telekarta.domain.refunds.calculation import CLAUSE_OF_UNMET, SUMS, LineKind
from telekarta.domain.refunds.next_action import PUT_BACK, letter_about
from telekarta.domain.refunds.refund import ACKNOWLEDGED, Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.rules import rule
from telekarta.usecases.refunds import numbers as application_pages
from telekarta.usecases.refunds.letter_texts import (
    ACCOUNT,
    CALL,
    COMPLAINT,
    COMPLAINT_CLAUSES,
    LINE_TEXTS,
    LOT_TEXTS,
    MISSING_TEXTS,
    NO_CODES,
    PROOF_TEXTS,
    SERVICES,
    SUBJECTS,
    UNMET_TEXTS,
)
from telekarta.usecases.refunds.ports import Letter
from telekarta.usecases.refunds.words import (
    clause_number,
    lines_shown,
    place_words,
    policy_words,
    unmet_name,
)
from telekarta.usecases.topups.receipts import masked_number

_HELP = {
    Brand.WHITE_PHONE: f"bezpłatna infolinia {written_telephone(HELP_LINES[Brand.WHITE_PHONE])}",
    Brand.TELEGROSIK: f"tel. {written_telephone(HELP_LINES[Brand.TELEGROSIK])}",
}


def days(count: int) -> str:
    """`1 dzień`, `14 dni`: this noun has but two forms after a number."""
    return f"{count} dzień" if count == 1 else f"{count} dni"


def rows(refund: Refund, *, refused: bool = False) -> tuple[tuple[LineKind, str, int, str], ...]:
    """The calculation as people read it: each line's kind, words, amount and clause."""
    found = refund.calculation
    if found is None:
        return ()
    told = _told(refund)
    return tuple(
        (line.kind, LINE_TEXTS[line.kind].format_map(told), line.amount_grosze, line.clause)
        for line in lines_shown(found, refused=refused)
    )


def page_of(refund: Refund, base_url: str) -> str:
    """The page on which an applicant who used the form sees the refund; "" for the others: their numbers can
    be guessed."""
    number = application_pages.number_of_case(refund.id)
    is_ours = refund.application.arrived is Arrival.WEB and number
    return f"{base_url}{application_pages.page_of(number, refund.application.language)}" if is_ours else ""


@rule("WP §7.3.4", "WP §7.4")
def acknowledgement(refund: Refund, base_url: str) -> Letter:
    """That the application is there, what was set aside, and the day of the answer."""
    page = page_of(refund, base_url)
    held = written_money(refund.held_grosze, Language.PL)
    there = f"otrzymaliśmy wniosek o zwrot środków z {_card(refund)}."
    if refund.held_grosze:
        there += f" Na czas jego rozpatrywania zarezerwowaliśmy {held}."
    paragraphs = [
        there,
        f"Odpowiemy najpóźniej {written_date(refund.decide_by, Language.PL)}.",
        *([f"Stan sprawy można sprawdzić na stronie:\n{page}"] if page else []),
    ]
    return _letter(refund, ACKNOWLEDGED, ACKNOWLEDGED, paragraphs, base_url)


def call_to_complete(refund: Refund, until_text: str, base_url: str) -> Letter:
    """Everything that is missing, each with its clause, where to send it, and the last day."""
    page, told = page_of(refund, base_url), _told(refund)
    wanted = refund.wanted
    lacks = _list(
        _with_clause(refund, MISSING_TEXTS[each].format_map(told), CLAUSE_OF_MISSING[each]) for each in wanted
    )
    # What is on a card is told to nobody who does not know its codes.
    knows = refund.application.knows_codes
    waits = _list(map(_lot, refund.awaited)) if knows and Missing.PROOF in wanted else ""
    calls = sum(line.event is Event.CALLED_TO_COMPLETE for line in refund.history)
    paragraphs = [
        f"dziękujemy za wniosek o zwrot środków z {_card(refund)}. Aby go rozpatrzyć, prosimy przesłać:",
        lacks,
        *([f"Te doładowania nie są jeszcze potwierdzone:\n{waits}"] if waits else []),
        *([f"Przesłane dokumenty nie wystarczą: {refund.asked_why}"] if refund.asked_why else []),
        _where(refund, until_text),
        *([f"Dokumenty można też dodać na stronie:\n{page}"] if page else []),
        _otherwise(refund),
    ]
    return _letter(refund, CALL, f"{CALL}:{calls + 1}" if calls else CALL, paragraphs, base_url)


def _otherwise(refund: Refund) -> str:
    """What becomes of it if nothing comes: a part that is proven is not laid aside."""
    silence = "Jeśli do tego dnia nie otrzymamy odpowiedzi,"
    if not refund.missing:
        return f"{silence} rozpatrzymy wniosek na podstawie dokumentów, które już mamy."
    back = f", a zarezerwowane środki wrócą {_told(refund)['onto']}" if refund.held else ""
    return f"{silence} wniosek może pozostać bez rozpatrzenia{back}."


@rule("WP §7.3.5")
def account_wanted(refund: Refund, payout: Payout, base_url: str) -> Letter:
    """A payout did not arrive, and the next one needs an account; or the money shall go back on the card."""
    amount = written_money(payout.amount_grosze, Language.PL)
    happened = (
        f"bank zwrócił nam przelew na kwotę {amount}, wysłany na rachunek {masked(refund.application.nrb)}."
        if payout.way is Way.BANK
        else f"nie udało się zwrócić kwoty {amount} przez {SERVICES[payout.way]}."
    )
    which = "innego rachunku" if payout.way is Way.BANK else "rachunku"
    paragraphs = [
        f"{happened} Dotyczy to wniosku o zwrot środków z {_card(refund)}.",
        f"Prosimy o podanie numeru {which} w polskim banku, na który mamy przekazać te pieniądze, oraz"
        " imienia i nazwiska lub nazwy jego właściciela. Mogą też Państwo poprosić, aby pieniądze wróciły"
        f" {_told(refund)['onto']}.",
        _where(refund),
    ]
    return _letter(refund, ACCOUNT, letter_about(payout), paragraphs, base_url)


def put_back(refund: Refund, amount_grosze: int, base_url: str, keeper: Ref | None = None) -> Letter:
    """What came back unpaid is on the card again, or on what `keeper` names; with the fee and the bonus, if
    nothing at all was paid out."""
    onto = place_words((keeper or refund.ref).kind, Language.PL)["onto"]
    amount = written_money(amount_grosze, Language.PL)
    what = "zwrotu" if refund.fee_given_back else "całego zwrotu"
    found = refund.calculation
    also = []
    if found is not None and refund.fee_given_back:
        also += ["opłatę"] if found.fee_grosze else []
        also += ["potrącony bonus"] if found.bonus_grosze else []
    paragraphs = [
        f"nie udało się wypłacić {what} środków z {_card(refund)}, dlatego {amount} wróciło {onto}.",
        *([f"Oddaliśmy też {' i '.join(also)}: jest to już w tej kwocie."] if also else []),
    ]
    return _letter(refund, PUT_BACK, f"{PUT_BACK}:{refund.releases}", paragraphs, base_url, keeper)


@rule("WP §7.10")
def answer(refund: Refund, base_url: str, keeper: Ref | None = None) -> Letter:
    """The answer to the application as the refund stands: the amount, the fee, the reasons and the clauses.
    `keeper` is what got the money back, if that is no more the card that was applied for (TG §5.3)."""
    match refund.stage:
        case RefundStage.REFUSED:
            paragraphs = _refused(refund)
        case RefundStage.WITHDRAWN:
            paragraphs = [
                f"zgodnie z Państwa wolą wniosek o zwrot środków z {_card(refund)} został wycofany."
            ]
        case RefundStage.LAPSED:
            paragraphs = _lapsed(refund)
        case _:
            return _letter(refund, RefundStage.GRANTED, RefundStage.GRANTED, _granted(refund), base_url)
    if refund.held:
        back = written_money(refund.held_grosze, Language.PL)
        onto = place_words((keeper or refund.ref).kind, Language.PL)["onto"]
        paragraphs.append(f"Środki zarezerwowane na czas rozpatrywania wniosku ({back}) wróciły {onto}.")
    if refund.stage is RefundStage.REFUSED:
        company, clauses = COMPANIES[refund.ref.brand], COMPLAINT_CLAUSES[refund.ref.brand]
        paragraphs.append(
            COMPLAINT.format(address=company.address, email=company.complaints_email, **clauses)
        )
    return _letter(refund, refund.stage, refund.stage, paragraphs, base_url)


def _granted(refund: Refund) -> list[str]:
    found = refund.calculation
    assert found is not None
    paid = written_money(found.payable_grosze, Language.PL)
    return [
        f"uwzględniliśmy wniosek o zwrot środków z {_card(refund)}. Wypłacimy {paid}.",
        f"Tak obliczyliśmy tę kwotę:\n{_table(refund)}",
        *(_way(refund, payout) for payout in refund.payouts if not payout.replaced),
        *([refund.reasons] if refund.reasons else []),
    ]


def _way(refund: Refund, payout: Payout) -> str:
    amount = written_money(payout.amount_grosze, Language.PL)
    if payout.way is Way.BANK:
        account = masked(refund.application.nrb)
        return f"Kwotę {amount} przekazujemy na rachunek {account}, w tytule przelewu: {payout.reference}."
    service = SERVICES[payout.way]
    if payout.state is PayoutState.REFUSED:
        return (
            f"Kwoty {amount} nie udało się zwrócić przez {service}. O numer rachunku bankowego, na który mamy"
            " ją przekazać, prosimy w osobnym liście."
        )
    return f"Kwotę {amount} zwracamy przez {service}, tą drogą, którą została wpłacona."


def _refused(refund: Refund) -> list[str]:
    """Why it is refused, and how the money on the card was. An applicant who has not shown that they know the
    card's codes is told nothing of its money."""
    if not refund.application.knows_codes:
        return [
            f"nie możemy uwzględnić wniosku o zwrot środków z {_card(refund)}.",
            f"- {_with_clause(refund, NO_CODES, 'WP §7.3.2')}.",
            *([refund.reasons] if refund.reasons else []),
        ]
    found = refund.calculation
    told = _told(refund)
    why = _list(
        f"{_with_clause(refund, UNMET_TEXTS[unmet_name(each, refund.policy)].format_map(told), clause)}."
        for each, clause in ((unmet, CLAUSE_OF_UNMET[unmet]) for unmet in (found.unmet if found else ()))
    )
    return [
        f"nie możemy uwzględnić wniosku o zwrot środków z {_card(refund)}.",
        *([why] if why else []),
        *([refund.reasons] if refund.reasons else []),
        *([f"Tak wyglądały środki {told['on']}:\n{_table(refund, refused=True)}"] if found else []),
    ]


@rule("WP §7.9")
def _lapsed(refund: Refund) -> list[str]:
    last_day = _told(refund)["last_day"] if refund.application.knows_codes else ""
    until = f" do dnia {last_day} włącznie" if last_day else ""
    again = _with_clause(refund, f"Mogą Państwo złożyć nowy wniosek{until}", "WP §7.9" if until else "")
    return [
        f"wniosek o zwrot środków z {_card(refund)} nie został uzupełniony w wyznaczonym terminie"
        f" i pozostał bez rozpatrzenia. {again}."
    ]


def _table(refund: Refund, *, refused: bool = False) -> str:
    lines = []
    for kind, text, amount, clause in rows(refund, refused=refused):
        lead = "= " if kind in SUMS else "  "
        lines.append(_with_clause(refund, f"{lead}{text}: {written_money(amount, Language.PL)}", clause))
    return "\n".join(lines)


def _with_clause(refund: Refund, text: str, clause: str) -> str:
    number = clause_number(refund.ref.brand, clause)
    return f"{text} ({in_full(number)} Regulaminu)" if number else text


def in_full(number: str) -> str:
    """A clause as lawyers name it: `7.3.5` is "§ 7 ust. 3 pkt 3.5", for that is how the terms number it."""
    section, *rest = number.split(".")
    passage = f" ust. {rest[0]}" if rest else ""
    return f"§ {section}{passage}" + (f" pkt {'.'.join(rest)}" if len(rest) > 1 else "")


def _told(refund: Refund) -> Mapping[str, str]:
    """What the texts are filled with."""
    last_top_up_at = refund.found.last_top_up_at if refund.found else None
    return {
        **policy_words(refund.policy, last_top_up_at, Language.PL),
        **place_words(refund.ref.kind, Language.PL),
        "proof": PROOF_TEXTS[refund.ref.brand],
    }


def _lot(lot: Lot) -> str:
    return LOT_TEXTS[lot.source].format(
        day=written_date(day_of(lot.granted_at), Language.PL),
        amount=written_money(lot.left_grosze, Language.PL),
    )


@rule("WP §7.2.1", "WP §7.2.2")
def _where(refund: Refund, until_text: str = "") -> str:
    company = COMPANIES[refund.ref.brand]
    addresses = f"{company.email} albo {company.address}" if company.email else company.address
    until = f" do dnia {until_text}" if until_text else ""
    return f"Odpowiedź prosimy przesłać{until} na adres {addresses}, z numerem sprawy {refund.id}."


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _card(refund: Refund) -> str:
    of = place_words(refund.ref.kind, Language.PL)["of"]
    return f"{of} {NAMES[refund.ref.brand]} {masked_number(refund.ref.number)}"


def _letter(
    refund: Refund,
    subject: str,
    name: str,
    paragraphs: Iterable[str],
    base_url: str,
    keeper: Ref | None = None,
) -> Letter:
    application, brand = refund.application, refund.ref.brand
    company = COMPANIES[brand]
    by = refund.answered_by
    page = page_of(refund, base_url)
    english = ""
    if page and by is AnswerBy.EMAIL and application.language == Language.EN:
        english = f"A summary in English is on the page of your application:\n{page}"
    addresses = [company.address, *([company.email] if company.email else []), _HELP[brand]]
    body = "\n\n".join(
        [
            *([english] if english else []),
            f"Sprawa: {refund.id}\nData wpływu wniosku: {written_date(application.received_on, Language.PL)}",
            "Szanowni Państwo,",
            *paragraphs,
            "\n".join(
                ["Z poważaniem", company.name, f"Biuro Obsługi Klienta {NAMES[brand]}", *addresses],
            ),
        ]
    )
    on = place_words((keeper or refund.ref).kind, Language.PL)["on"]
    return Letter(
        id=f"{refund.id}:{name}",
        case=refund.id,
        by=by,
        to=application.address,
        subject=SUBJECTS[subject].format(on=on),
        body=body + "\n",
        sender=company.name,
        due=refund.decide_by,
        reply_to=company.reply_to,
    )
