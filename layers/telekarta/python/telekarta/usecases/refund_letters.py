"""What an applicant is told: line by line, with the clauses, in plain Polish, by e-mail or on paper."""

import re
from collections.abc import Iterable, Mapping

from telekarta.dialog.composer import written_date, written_money
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.nrb import masked
from telekarta.domain.refund_cases import ACKNOWLEDGED, Event, Payout, RefundCase, Stage, Way
from telekarta.domain.refund_sums import CLAUSE_OF_UNMET, SUMS, LineKind, Unmet
from telekarta.domain.refunds import CLAUSE_OF_MISSING, AnswerBy, Arrival, Missing
from telekarta.domain.rules import rule
from telekarta.usecases.receipts import masked_number
from telekarta.usecases.refund_ports import Letter

_OF_THE_FORM = re.compile("[0-9]{4}(?:-[0-9]{4}){3}")
_BRANDS = {Brand.WHITE_PHONE: "White Phone", Brand.TELEGROSIK: "Telegrosik"}
_OPERATORS = {
    Brand.WHITE_PHONE: "Telestrada S.A.\nBiuro Obsługi Klienta White Phone\nbezpłatna infolinia 800 00 77 80",
    Brand.TELEGROSIK: "Galena Sp. z o.o.\nBiuro Obsługi Klienta Telegrosik\ntel. 32 270 48 89",
}

LINE_TEXTS: Mapping[LineKind, str] = {
    LineKind.ON_CARD: "Środki na karcie w dniu przyjęcia wniosku",
    LineKind.CANTEEN: "Środki z karty zakupionej w kantynie",
    LineKind.TRANSFERRED: "Środki przelane z innej karty",
    LineKind.PROMOTION: "Środki z promocji",
    LineKind.NEVER_PAID_IN: "Środki, które nie pochodzą z doładowań",
    LineKind.UNPROVEN: "Doładowania bez potwierdzenia",
    LineKind.NOT_ASKED: "Środki, o których zwrot nie wniesiono",
    LineKind.EATEN_UP: "Środki, których zwrot pochłonąłby wykorzystany bonus",
    LineKind.REFUNDABLE: "Środki podlegające zwrotowi",
    LineKind.SPENT_BONUS: "Wykorzystany bonus do zwracanych doładowań",
    LineKind.FEE: "Opłata manipulacyjna",
    LineKind.VOUCHER_FEE: "Opłata od środków z kart doładowujących Plus (10%)",
    LineKind.PAYABLE: "Do wypłaty",
}

MISSING_TEXTS: Mapping[Missing, str] = {
    Missing.PIN: "aktualny kod PIN karty",
    Missing.PIN_WRONG: "aktualny kod PIN karty (podany kod jest nieprawidłowy)",
    Missing.PUK: "kod PUK, który został ustawiony dla karty",
    Missing.PUK_WRONG: "kod PUK karty (podany kod jest nieprawidłowy)",
    Missing.AMOUNT: "kwotę, o której zwrot Państwo wnoszą",
    Missing.PROOF: "potwierdzenie przelewu, a przy doładowaniu kartą Plus skan lub zdjęcie dokumentu"
    " z kodem doładowującym",
    Missing.ACCOUNT: "numer rachunku bankowego, na który mamy zwrócić środki",
    Missing.ACCOUNT_WRONG: "prawidłowy numer rachunku bankowego (podany numer zawiera błąd)",
    Missing.OWNER: "imię i nazwisko lub nazwę właściciela rachunku",
    Missing.SIGNATURE: "podpis wnioskodawcy",
}

UNMET_TEXTS: Mapping[Unmet, str] = {
    Unmet.TOO_LATE: "Wniosek wpłynął po upływie 6 miesięcy od ostatniego doładowania.",
    Unmet.BELOW_MINIMUM: "Na karcie było mniej niż 20,00 zł niewykorzystanych środków.",
    Unmet.NOTHING_REFUNDABLE: "Na karcie nie było środków, które podlegają zwrotowi.",
    Unmet.NOTHING_PROVEN: "Nie potwierdzono doładowań, z których pochodzą środki na karcie.",
    Unmet.NOTHING_LEFT: "Opłaty i potrącenia są nie mniejsze niż kwota zwrotu; środki pozostają na karcie.",
}

_SUBJECTS = {
    ACKNOWLEDGED: "Otrzymaliśmy wniosek o zwrot środków",
    "call": "Prośba o uzupełnienie wniosku o zwrot środków",
    "account": "Zwrot środków: prośba o numer rachunku",
    "put_back": "Zwrot środków: środki wróciły na kartę",
    Stage.GRANTED: "Wniosek o zwrot środków został uwzględniony",
    Stage.REFUSED: "Wniosek o zwrot środków nie został uwzględniony",
    Stage.WITHDRAWN: "Wniosek o zwrot środków został wycofany",
    Stage.LAPSED: "Wniosek o zwrot środków pozostał nierozpatrzony",
}


def days(count: int) -> str:
    """`1 dzień`, `14 dni`: this noun has but two forms after a number."""
    return f"{count} dzień" if count == 1 else f"{count} dni"


def rows(case: RefundCase) -> tuple[tuple[str, int, str], ...]:
    """The calculation as people read it: the words, the amount and the clause of each line."""
    found = case.calculation
    if found is None:
        return ()
    return tuple((LINE_TEXTS[line.kind], line.amount_grosze, line.clause) for line in found.lines)


def page_of(case: RefundCase, base_url: str) -> str:
    """Where an applicant who used the form sees the case; "" for the others: their numbers can be guessed."""
    request_id = case.id.removeprefix("refund-")
    is_ours = case.application.arrived is Arrival.WEB and _OF_THE_FORM.fullmatch(request_id)
    return f"{base_url}/refund/application/{request_id}" if is_ours else ""


def acknowledgement(case: RefundCase, base_url: str) -> Letter:
    """That the application is there, what was set aside, and the day of the answer."""
    page = page_of(case, base_url)
    held = written_money(case.held_grosze, Language.PL)
    return _letter(
        case,
        ACKNOWLEDGED,
        [
            f"otrzymaliśmy wniosek o zwrot środków z {_card(case)}. Na czas jego rozpatrywania"
            f" zarezerwowaliśmy {held}.",
            f"Odpowiemy najpóźniej {written_date(case.decide_by, Language.PL)}.",
            *([f"Stan sprawy można sprawdzić na stronie:\n{page}"] if page else []),
        ],
    )


def call_to_complete(case: RefundCase, until_text: str, base_url: str = "") -> Letter:
    """The one call: everything that is missing, each with its clause, and the last day."""
    page = page_of(case, base_url)
    lacks = _list(_with_clause(case, MISSING_TEXTS[each], CLAUSE_OF_MISSING[each]) for each in case.missing)
    calls = sum(line.event is Event.CALLED_TO_COMPLETE for line in case.history)
    return _letter(
        case,
        f"call:{calls + 1}" if calls else "call",
        [
            f"dziękujemy za wniosek o zwrot środków z {_card(case)}. Aby go rozpatrzyć, prosimy przesłać:",
            lacks,
            *([case.asked_why] if case.asked_why else []),
            *([f"Dokumenty można dodać na stronie:\n{page}"] if page else []),
            f"Prosimy o odpowiedź do dnia {until_text}. Po tym dniu wniosek pozostanie bez rozpatrzenia,"
            " a środki wrócą na kartę.",
        ],
        subject="call",
    )


def account_wanted(case: RefundCase, payout: Payout, base_url: str = "") -> Letter:
    """That the money could not be paid out, and another account is wanted."""
    amount = written_money(payout.amount_grosze, Language.PL)
    return _letter(
        case,
        f"account:{payout.number}",
        [
            f"nie udało się wypłacić {amount} z {_card(case)}. Prosimy o numer innego rachunku bankowego"
            " i dane jego właściciela albo o wiadomość, że środki mają wrócić na kartę.",
            *_where(case, base_url),
        ],
        subject="account",
    )


def put_back(case: RefundCase, amount_grosze: int, base_url: str = "") -> Letter:
    """That the money is where it was."""
    amount = written_money(amount_grosze, Language.PL)
    return _letter(
        case,
        f"put_back:{case.releases}",
        [
            f"środki, których nie udało się wypłacić ({amount}), wróciły na {_onto(case)}.",
            *_where(case, base_url),
        ],
        subject="put_back",
    )


def _where(case: RefundCase, base_url: str) -> list[str]:
    page = page_of(case, base_url)
    return [f"Stan sprawy można sprawdzić na stronie:\n{page}"] if page else []


def _onto(case: RefundCase) -> str:
    return "konto" if case.ref.number.startswith("+") else "kartę"


@rule("WP §7.10")
def answer(case: RefundCase) -> Letter:
    """The answer to the application as the case stands: the amount, the fee, the reasons and the clauses."""
    match case.stage:
        case Stage.REFUSED:
            paragraphs = _refused(case)
        case Stage.WITHDRAWN:
            paragraphs = [f"zgodnie z Państwa wolą wniosek o zwrot środków z {_card(case)} został wycofany."]
        case Stage.LAPSED:
            paragraphs = [
                f"wniosek o zwrot środków z {_card(case)} nie został uzupełniony w wyznaczonym terminie"
                " i pozostał bez rozpatrzenia. Mogą Państwo złożyć nowy wniosek."
            ]
        case _:
            return _letter(case, Stage.GRANTED, _granted(case))
    if case.held:
        back = written_money(case.held_grosze, Language.PL)
        paragraphs.append(f"Środki zarezerwowane na czas rozpatrywania wniosku ({back}) wróciły na kartę.")
    return _letter(case, case.stage, paragraphs)


def _granted(case: RefundCase) -> list[str]:
    found = case.calculation
    assert found is not None
    paid = written_money(found.payable_grosze, Language.PL)
    ways = [_way(case, payout.way, payout.amount_grosze) for payout in case.payouts if not payout.replaced]
    return [
        f"uwzględniliśmy wniosek o zwrot środków z {_card(case)}. Wypłacimy {paid}.",
        "Tak obliczyliśmy tę kwotę:",
        _table(case),
        *ways,
        *([case.reasons] if case.reasons else []),
    ]


def _way(case: RefundCase, way: Way, amount_grosze: int) -> str:
    amount = written_money(amount_grosze, Language.PL)
    if way is Way.BANK:
        return f"Kwotę {amount} przekazujemy na rachunek {masked(case.application.nrb)}."
    service = "PayU" if way is Way.PAYU else "Przelewy24"
    return f"Kwotę {amount} zwracamy przez {service}, tą drogą, którą została wpłacona."


def _refused(case: RefundCase) -> list[str]:
    found = case.calculation
    unmet = found.unmet if found else ()
    why = _list(_with_clause(case, UNMET_TEXTS[each], CLAUSE_OF_UNMET[each]) for each in unmet)
    return [
        f"nie możemy uwzględnić wniosku o zwrot środków z {_card(case)}.",
        *([why] if why else []),
        *([case.reasons] if case.reasons else []),
        *(["Tak wyglądały środki na karcie:", _table(case)] if found else []),
    ]


def _table(case: RefundCase) -> str:
    lines = []
    found = case.calculation
    assert found is not None
    for line, (text, amount, clause) in zip(found.lines, rows(case), strict=True):
        where = f" (§ {clause.partition('§')[2]} Regulaminu)" if clause else ""
        lead = "= " if line.kind in SUMS else "  "
        lines.append(f"{lead}{text}: {written_money(amount, Language.PL)}{where}")
    return "\n".join(lines)


def _with_clause(case: RefundCase, text: str, clause: str) -> str:
    """Telegrosik's terms have no such clauses to name."""
    return (
        f"{text} (§ {clause.partition('§')[2]} Regulaminu)" if case.ref.brand is Brand.WHITE_PHONE else text
    )


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _card(case: RefundCase) -> str:
    what = "konta" if case.ref.number.startswith("+") else "karty"
    return f"{what} {_BRANDS[case.ref.brand]} {masked_number(case.ref.number)}"


def _letter(case: RefundCase, name: str, paragraphs: Iterable[str], subject: str = "") -> Letter:
    application = case.application
    received = written_date(application.received_on, Language.PL)
    body = "\n\n".join(
        [
            f"Sprawa: {case.id}\nWniosek z dnia wpływu: {received}",
            "Szanowni Państwo,",
            *paragraphs,
            f"Z poważaniem\n{_OPERATORS[case.ref.brand]}",
        ]
    )
    by = application.answer_by if application.address else AnswerBy.LETTER
    sender = _OPERATORS[case.ref.brand].partition("\n")[0]
    title = _SUBJECTS[subject or name]
    return Letter(
        f"{case.id}:{name}", case.id, by, application.address, title, body + "\n", sender, case.decide_by
    )
