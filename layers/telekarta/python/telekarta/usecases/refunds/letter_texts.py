"""The words of the letters about refunds, in plain Polish.

What stands in braces is filled from the refund: its policy, its days, and whether it is a card or an account.
"""

from collections.abc import Mapping

from telekarta.domain.brands import Brand
from telekarta.domain.ledger.postings import Source
from telekarta.domain.refunds.application import Missing
from telekarta.domain.refunds.calculation import LineKind, Unmet
from telekarta.domain.refunds.next_action import PUT_BACK
from telekarta.domain.refunds.refund import ACKNOWLEDGED, RefundStage, Way

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
COMPLAINT = (
    "Jeśli się Państwo z tym nie zgadzają, mogą Państwo w ciągu 12 miesięcy złożyć reklamację: pisemnie na"
    " adres {address}, e-mailem na adres {email} albo telefonicznie. Odpowiemy na nią w ciągu 30 dni"
    " ({clause}). Jeśli jej nie uwzględnimy, mogą Państwo pójść do sądu, a konsument także zwrócić się"
    " do Prezesa UKE ({after})."
)

COMPLAINT_CLAUSES = {
    Brand.WHITE_PHONE: {"clause": "§ 11 Regulaminu", "after": "§ 12 Regulaminu"},
    Brand.TELEGROSIK: {"clause": "§ 9 Regulaminu", "after": "§ 9 ust. 12 Regulaminu"},
}


# The names of the letters that ask for something.
CALL = "call"
ACCOUNT = "account"

SUBJECTS: Mapping[str, str] = {
    ACKNOWLEDGED: "Otrzymaliśmy wniosek o zwrot środków",
    CALL: "Prośba o uzupełnienie wniosku o zwrot środków",
    ACCOUNT: "Zwrot środków: prośba o numer rachunku",
    PUT_BACK: "Zwrot środków: pieniądze są znowu {on}",
    RefundStage.GRANTED: "Wniosek o zwrot środków został uwzględniony",
    RefundStage.REFUSED: "Wniosek o zwrot środków nie został uwzględniony",
    RefundStage.WITHDRAWN: "Wniosek o zwrot środków został wycofany",
    RefundStage.LAPSED: "Wniosek o zwrot środków pozostał nierozpatrzony",
}

SERVICES = {Way.PAYU: "PayU", Way.PRZELEWY24: "Przelewy24"}

NO_CODES = "Nie otrzymaliśmy aktualnych kodów karty"
