"""What an applicant is told: line by line, with the clauses, in plain Polish, by e-mail or on paper."""

from collections.abc import Iterable, Mapping

from telekarta.dialog.composer import written_date, written_money, written_telephone
from telekarta.dialog.language import Language
from telekarta.domain.brands import COMPANIES, HELP_LINES, NAMES, Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Lot, Source
from telekarta.domain.nrb import masked
from telekarta.domain.refunds.application import CLAUSE_OF_MISSING, AnswerBy, Arrival, Missing
from telekarta.domain.refunds.calculation import CLAUSE_OF_UNMET, SUMS, LineKind, Unmet
from telekarta.domain.refunds.next_action import PUT_BACK, letter_about
from telekarta.domain.refunds.refund import ACKNOWLEDGED, Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.rules import rule
from telekarta.usecases.refunds import numbers as application_pages
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

# What stands in braces is filled from the case: its policy, its days, and whether it is a card or an account.
LINE_TEXTS: Mapping[LineKind, str] = {
    LineKind.ON_CARD: "Środki {on} w chwili ich zarezerwowania",
    LineKind.CANTEEN: "Środki z karty zakupionej w kantynie",
    LineKind.TRANSFERRED: "Środki przelane z innej karty",
    LineKind.PROMOTION: "Środki z promocji",
    LineKind.NEVER_PAID_IN: "Środki, które nie pochodzą z doładowań",
    LineKind.UNPROVEN: "Doładowania bez potwierdzenia",
    LineKind.EATEN_UP: "Doładowania, z których po potrąceniu bonusu nic by nie zostało",
    LineKind.NOT_ASKED: "Środki, o których zwrot nie wniesiono",
    LineKind.REFUNDABLE: "Środki podlegające zwrotowi",
    LineKind.SPENT_BONUS: "Wykorzystany bonus przyznany do zwracanych doładowań",
    LineKind.FEE: "Opłata manipulacyjna",
    LineKind.VOUCHER_FEE: "Opłata od środków z kart doładujących Plus ({percent}%)",
    LineKind.PAYABLE: "Do wypłaty",
}

MISSING_TEXTS: Mapping[Missing, str] = {
    Missing.PIN: "aktualny kod PIN {of}",
    Missing.PIN_WRONG: "aktualny kod PIN {of} (podany kod jest nieprawidłowy)",
    Missing.PUK: "kod PUK, który został ustawiony dla {of}",
    Missing.PUK_WRONG: "kod PUK {of} (podany kod jest nieprawidłowy)",
    Missing.AMOUNT: "kwotę, o której zwrot Państwo wnoszą",
    Missing.PROOF: "{proof}",
    Missing.ACCOUNT: "numer rachunku bankowego, na który mamy zwrócić środki",
    Missing.ACCOUNT_WRONG: "prawidłowy numer rachunku bankowego (podany numer zawiera błąd)",
    Missing.OWNER: "imię i nazwisko lub nazwę właściciela rachunku",
    Missing.SIGNATURE: "podpis wnioskodawcy",
}
PROOF_TEXTS: Mapping[Brand, str] = {
    Brand.WHITE_PHONE: "potwierdzenie przelewu, a przy doładowaniu kodem sieci Plus skan lub zdjęcie karty"
    " doładującej, wydruku z terminala lub innego dokumentu, na którym widać użyty kod",
    Brand.TELEGROSIK: "potwierdzenie przelewu, a dla kwoty, z którą kupiono kartę, dowód jej zakupu"
    " (na przykład paragon)",
}
LOT_TEXTS: Mapping[Source, str] = {
    Source.BANK: "doładowanie przelewem z {day} (wniosek dotyczy {amount} z niego)",
    Source.PAYU: "doładowanie przez PayU z {day} (wniosek dotyczy {amount} z niego)",
    Source.PRZELEWY24: "doładowanie przez Przelewy24 z {day} (wniosek dotyczy {amount} z niego)",
    Source.PLUS_VOUCHER: "doładowanie kodem sieci Plus z {day} (wniosek dotyczy {amount} z niego)",
    Source.RETAIL: "kwota, z którą kupiono kartę (wniosek dotyczy {amount} z niej)",
}

# The last sentence of each ends with the clause, before its full stop.
UNMET_TEXTS: Mapping[str, str] = {
    Unmet.TOO_LATE: "Wniosek można złożyć w ciągu {months} od ostatniego doładowania. Było ono {last_top_up},"
    " więc ostatnim dniem był {last_day}",
    Unmet.BELOW_MINIMUM: "Niewykorzystanych środków {on} było mniej niż {minimum}",
    "empty": "Nie było środków {on}",
    Unmet.NOTHING_REFUNDABLE: "Nie było {on} środków, które podlegają zwrotowi",
    Unmet.NOTHING_PROVEN: "Nie potwierdzono doładowań, z których pochodzą środki {on}",
    Unmet.NOTHING_LEFT: "Opłata i potrącenia są nie mniejsze niż kwota zwrotu, więc nic nie zostałoby"
    " do wypłaty",
}

# WP §11.2, §11.5, §11.11, §12.1, §12.4.1; TG §9.1, §9.7, §9.9, §9.12
_COMPLAINT = (
    "Jeśli się Państwo z tym nie zgadzają, mogą Państwo w ciągu 12 miesięcy złożyć reklamację: pisemnie na"
    " adres {address}, e-mailem na adres {email} albo telefonicznie. Odpowiemy na nią w ciągu 30 dni"
    " ({clause}). Jeśli jej nie uwzględnimy, mogą Państwo pójść do sądu, a konsument także zwrócić się"
    " do Prezesa UKE ({after})."
)
_COMPLAINT_CLAUSES = {
    Brand.WHITE_PHONE: {"clause": "§ 11 Regulaminu", "after": "§ 12 Regulaminu"},
    Brand.TELEGROSIK: {"clause": "§ 9 Regulaminu", "after": "§ 9 ust. 12 Regulaminu"},
}

_CALL = "call"
_ACCOUNT = "account"
_SUBJECTS: Mapping[str, str] = {
    ACKNOWLEDGED: "Otrzymaliśmy wniosek o zwrot środków",
    _CALL: "Prośba o uzupełnienie wniosku o zwrot środków",
    _ACCOUNT: "Zwrot środków: prośba o numer rachunku",
    PUT_BACK: "Zwrot środków: pieniądze są znowu {on}",
    RefundStage.GRANTED: "Wniosek o zwrot środków został uwzględniony",
    RefundStage.REFUSED: "Wniosek o zwrot środków nie został uwzględniony",
    RefundStage.WITHDRAWN: "Wniosek o zwrot środków został wycofany",
    RefundStage.LAPSED: "Wniosek o zwrot środków pozostał nierozpatrzony",
}
_SERVICES = {Way.PAYU: "PayU", Way.PRZELEWY24: "Przelewy24"}


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
    """Where an applicant who used the form sees the case; "" for the others: their numbers can be guessed."""
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
    return _letter(refund, _CALL, f"{_CALL}:{calls + 1}" if calls else _CALL, paragraphs, base_url)


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
        else f"nie udało się zwrócić kwoty {amount} przez {_SERVICES[payout.way]}."
    )
    which = "innego rachunku" if payout.way is Way.BANK else "rachunku"
    paragraphs = [
        f"{happened} Dotyczy to wniosku o zwrot środków z {_card(refund)}.",
        f"Prosimy o podanie numeru {which} w polskim banku, na który mamy przekazać te pieniądze, oraz"
        " imienia i nazwiska lub nazwy jego właściciela. Mogą też Państwo poprosić, aby pieniądze wróciły"
        f" {_told(refund)['onto']}.",
        _where(refund),
    ]
    return _letter(refund, _ACCOUNT, letter_about(payout), paragraphs, base_url)


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
    """The answer to the application as the case stands: the amount, the fee, the reasons and the clauses.
    `keeper` is what got the money back, if it is no more the card that the case is about (TG §5.3)."""
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
        company, clauses = COMPANIES[refund.ref.brand], _COMPLAINT_CLAUSES[refund.ref.brand]
        paragraphs.append(
            _COMPLAINT.format(address=company.address, email=company.complaints_email, **clauses)
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
    service = _SERVICES[payout.way]
    if payout.state is PayoutState.REFUSED:
        return (
            f"Kwoty {amount} nie udało się zwrócić przez {service}. O numer rachunku bankowego, na który mamy"
            " ją przekazać, prosimy w osobnym liście."
        )
    return f"Kwotę {amount} zwracamy przez {service}, tą drogą, którą została wpłacona."


_NO_CODES = "Nie otrzymaliśmy aktualnych kodów karty"


def _refused(refund: Refund) -> list[str]:
    """Why, and how the money was; but not to who does not know the card's codes."""
    if not refund.application.knows_codes:
        return [
            f"nie możemy uwzględnić wniosku o zwrot środków z {_card(refund)}.",
            f"- {_with_clause(refund, _NO_CODES, 'WP §7.3.2')}.",
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
        subject=_SUBJECTS[subject].format(on=on),
        body=body + "\n",
        sender=company.name,
        due=refund.decide_by,
        reply_to=company.reply_to,
    )
