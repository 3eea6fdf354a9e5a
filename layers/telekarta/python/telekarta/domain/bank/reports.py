"""What became of a file of bank statements, for the accountant who put it there (WP §4.1.1, §4.9).

The sums add up: what came and what left, by what became of it, is the statement's closing less its opening
balance. The page is in Polish, as accountants read it; the document is for programs.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from telekarta.domain.bank.statements import BankEntry, NoStatement, StatementDoubt
from telekarta.domain.bank.transfers import Fate, Why
from telekarta.domain.brands import NAMES, Brand
from telekarta.domain.calendar.deadlines import WARSAW, as_text
from telekarta.domain.mail.redaction import without_codes_and_accounts

SCHEMA = 1
# More rows than this nobody reads on a page; the document has them all.
MOST_PRINTED = 2000


@dataclass(frozen=True, slots=True)
class EntryReport:
    """One entry and what became of it. `card` is the number of the card that has the money, `refund` the one
    that a payout is of; `is_new` tells whether its case was opened by this telling."""

    entry: BankEntry
    fate: Fate
    why: Why | None = None
    card: str = ""
    case: str = ""
    refund: str = ""
    bonus_grosze: int = 0
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class StatementReport:
    """One statement of the file. `brand` is None for an account that is none of ours."""

    account_nrb: str
    brand: Brand | None
    number: str
    booked_to: date | None
    currency: str
    opening_grosze: int | None
    closing_grosze: int | None
    entries: tuple[EntryReport, ...]
    problems: tuple[StatementDoubt, ...] = ()
    missing_numbers: tuple[int, ...] = ()

    @property
    def is_believed(self) -> bool:
        return self.brand is not None and not self.problems

    def totals(self) -> dict[Fate, tuple[int, int]]:
        """By what became of them: how many entries, and their sum in hundredths of the currency."""
        found: dict[Fate, list[int]] = defaultdict(lambda: [0, 0])
        for each in self.entries:
            if each.entry.currency == self.currency:
                found[each.fate][0] += 1
                found[each.fate][1] += each.entry.amount_grosze
        return {fate: (found[fate][0], found[fate][1]) for fate in Fate if fate in found}


@dataclass(frozen=True, slots=True)
class FileReport:
    """A whole file; `unreadable` if nothing in it counts. `digest` names its content."""

    name: str
    digest: str
    size_bytes: int
    made_at: datetime
    statements: tuple[StatementReport, ...] = ()
    unreadable: NoStatement | None = None
    line: int = 0  # where in the file, from 1; 0 is the file as a whole
    case: str = ""  # of a file or a statement that was not believed

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be done by taking the file again."""
        return not any(each.fate is Fate.UNFINISHED for each in self.entries())

    def entries(self) -> list[EntryReport]:
        return [entry for each in self.statements for entry in each.entries]

    def count(self, *fates: Fate) -> int:
        return sum(each.fate in fates for each in self.entries())


# ---------------------------------------------------------------------- for programs


def as_document(report: FileReport) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "file": report.name,
        "digest": report.digest,
        "size_bytes": report.size_bytes,
        "made_at": as_text(report.made_at),
        "finished": report.is_finished,
        "unreadable": report.unreadable,
        "line": report.line,
        "case": report.case,
        "statements": [_statement(each) for each in report.statements],
    }


def _statement(report: StatementReport) -> dict[str, Any]:
    return {
        "account": report.account_nrb,
        "brand": report.brand,
        "number": report.number,
        "booked_to": report.booked_to.isoformat() if report.booked_to else None,
        "currency": report.currency,
        "opening_grosze": report.opening_grosze,
        "closing_grosze": report.closing_grosze,
        "problems": list(report.problems),
        "missing_numbers": list(report.missing_numbers),
        "totals": {
            fate: {"count": count, "sum_grosze": amount} for fate, (count, amount) in report.totals().items()
        },
        "entries": [_entry(each) for each in report.entries],
    }


def _entry(report: EntryReport) -> dict[str, Any]:
    entry = report.entry
    return {
        "reference": entry.reference,
        "booked_on": entry.booked_on.isoformat(),
        "amount_grosze": entry.amount_grosze,
        "currency": entry.currency,
        "title": without_codes_and_accounts(entry.title),
        "fate": report.fate,
        "why": report.why,
        "card": report.card,
        "case": report.case,
        "refund": report.refund,
        "bonus_grosze": report.bonus_grosze,
    }


# ---------------------------------------------------------------------- for people

_FATES: Mapping[Fate, str] = {
    Fate.CREDITED: "doładowane teraz",
    Fate.CREDITED_BEFORE: "doładowane wcześniej",
    Fate.RETURNED: "zwrócone nadawcy",
    Fate.WAITS: "czeka na decyzję operatora",
    Fate.CLOSED: "sprawa zamknięta przez operatora",
    Fate.TAKEN_BACK: "cofnięte przez bank, do sprawdzenia",
    Fate.PAYOUT_CONFIRMED: "wypłata potwierdzona",
    Fate.PAYOUT_RETURNED: "wypłata wróciła",
    Fate.PAYOUT_DIFFERS: "inna kwota niż wysłana",
    Fate.NO_TOP_UP: "inne operacje (opłaty, zwroty)",
    Fate.DOUBTFUL: "nierozliczone: wyciąg budzi wątpliwości",
    Fate.UNFINISHED: "niedokończone, będzie ponowione samo",
}

_WHYS: Mapping[Why, str] = {
    Why.UNMATCHED: "brak numeru istniejącej karty w tytule",
    Why.AMBIGUOUS: "w tytule numery kilku kart",
    Why.CARD_EXPIRED: "karta straciła ważność",
    Why.CARD_USED_UP: "karta została przeniesiona na konto",
    Why.OTHER_CURRENCY: "obca waluta",
    Why.OTHER_CONTENTS: "numer operacji już był, z inną treścią",
    Why.OTHER_REFERENCE: "taka sama operacja już była, pod innym numerem",
}

_PROBLEMS: Mapping[StatementDoubt, str] = {
    StatementDoubt.NO_OPENING_BALANCE: "brak salda początkowego",
    StatementDoubt.NO_CLOSING_BALANCE: "brak salda końcowego, plik mógł zostać ucięty",
    StatementDoubt.DOES_NOT_ADD_UP: "operacje nie prowadzą od salda początkowego do końcowego",
    StatementDoubt.MIXED_CURRENCIES: "różne waluty na jednym wyciągu",
    StatementDoubt.BATCH_DOES_NOT_ADD_UP: "składniki paczki nie sumują się do jej kwoty",
}

_FETCH_AGAIN = "Proszę pobrać wyciąg z banku jeszcze raz i wgrać go ponownie."
_WANTED = "Potrzebny jest wyciąg w formacie MT940 (.sta) albo CAMT.053 (.xml)."

ADVICE: Mapping[NoStatement, str] = {
    NoStatement.EMPTY: f"Plik jest pusty. {_FETCH_AGAIN}",
    NoStatement.TOO_LARGE: "Plik jest większy niż 16 MB. Proszę pobrać z banku wyciągi za krótszy okres.",
    NoStatement.ZIP: "To archiwum ZIP albo arkusz kalkulacyjny. Proszę rozpakować archiwum i wgrać każdy"
    f" wyciąg osobno. {_WANTED}",
    NoStatement.PDF: f"To dokument PDF, którego nie da się rozliczyć. {_WANTED}",
    NoStatement.NOT_A_STATEMENT: f"To nie jest wyciąg. {_WANTED}",
    NoStatement.MALFORMED_XML: f"Plik XML jest uszkodzony albo zapisany w złym kodowaniu. {_FETCH_AGAIN}",
    NoStatement.FORBIDDEN_XML: f"Plik XML zawiera elementy, których wyciąg nie potrzebuje. {_FETCH_AGAIN}",
    NoStatement.NO_ACCOUNT: f"Na wyciągu nie ma numeru rachunku. {_FETCH_AGAIN}",
    NoStatement.BAD_BALANCE: f"Nie da się odczytać salda. {_FETCH_AGAIN}",
    NoStatement.BAD_ENTRY: f"Nie da się odczytać jednej z operacji. {_FETCH_AGAIN}",
    NoStatement.BAD_DATE: f"Nie da się odczytać daty. {_FETCH_AGAIN}",
    NoStatement.BAD_AMOUNT: f"Nie da się odczytać kwoty. {_FETCH_AGAIN}",
}


def as_text_page(report: FileReport) -> str:
    """The report for an accountant, in Polish."""
    made = report.made_at.astimezone(WARSAW)
    lines = [
        "ROZLICZENIE PLIKU Z BANKU",
        f"Plik:        {report.name}",
        f"Sporządzono: {made:%Y-%m-%d %H:%M}",
        "",
    ]
    if report.unreadable is not None:
        place = f" (wiersz {report.line})" if report.line else ""
        lines += [
            f"PLIK NIE ZOSTAŁ ODCZYTANY{place}. Żadna karta nie została doładowana.",
            ADVICE[report.unreadable],
            "Jeśli to nie pomoże, proszę przekazać plik operatorowi.",
        ]
    for each in report.statements:
        lines += _statement_lines(each)
    if not report.is_finished:
        lines += ["", "Plik nie jest jeszcze rozliczony do końca: zostanie wzięty ponownie sam."]
    if report.case:
        lines += ["", f"Sprawa operatora: {report.case}"]
    return "\n".join(lines).rstrip() + "\n"


def _statement_lines(report: StatementReport) -> list[str]:
    currency = "zł" if report.currency == "PLN" else report.currency
    whose = NAMES[report.brand] if report.brand else "to nie nasz rachunek"
    lines = [
        f"Wyciąg {report.number or 'bez numeru'}"
        + (f" do dnia {report.booked_to}" if report.booked_to else ""),
        f"Rachunek {_spaced(report.account_nrb)} ({whose})",
    ]
    if report.missing_numbers:
        numbers = ", ".join(map(str, report.missing_numbers))
        lines.append(f"UWAGA: nie było wyciągu o numerze {numbers}. Proszę go wgrać.")
    if not report.is_believed:
        whys = [_PROBLEMS[each] for each in report.problems]
        if report.brand is None:
            whys.append("rachunek nie należy do żadnej z naszych marek")
        lines.append(f"UWAGA: {'; '.join(whys)}. Nic z tego wyciągu nie zostało doładowane.")
        lines.append(_FETCH_AGAIN if report.problems else "Proszę sprawdzić, czy wgrano właściwy plik.")
    lines += ["", _row("Saldo początkowe", "", report.opening_grosze, currency)]
    for fate, (count, amount) in report.totals().items():
        lines.append(_row(f"  {_FATES[fate]}", str(count), amount, currency))
    moved = sum(amount for _, amount in report.totals().values())
    lines += [
        _row("Razem operacje", str(len(report.entries)), moved, currency),
        _row("Saldo końcowe", "", report.closing_grosze, currency),
        "",
    ]
    lines += [_entry_line(each) for each in report.entries[:MOST_PRINTED]]
    if len(report.entries) > MOST_PRINTED:
        lines.append(f"... i {len(report.entries) - MOST_PRINTED} dalszych: są w pliku .json")
    return [*lines, ""]


def _row(words: str, count: str, amount: int | None, currency: str) -> str:
    told = "-" if amount is None else f"{_amount(amount)} {currency}"
    return f"{words:<46}{count:>6}{told:>20}"


def _entry_line(report: EntryReport) -> str:
    entry = report.entry
    amount = f"{_amount(entry.amount_grosze)} {'zł' if entry.currency == 'PLN' else entry.currency}"
    become = _FATES[report.fate]
    if report.card:
        become += f": karta {report.card}"
    if report.refund:
        become += f": {report.refund}"
    if report.why:
        become += f": {_WHYS[report.why]}"
    if report.bonus_grosze:
        become += f", bonus {_amount(report.bonus_grosze)} zł"
    return f"{entry.booked_on}  {amount:>16}  {become}  | {without_codes_and_accounts(entry.title)}"


def _amount(hundredths: int) -> str:
    """1234567 -> '12 345,67', exactly."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole:,}".replace(",", " ") + f",{rest:02}"


def _spaced(nrb: str) -> str:
    return " ".join([nrb[:2], *(nrb[at : at + 4] for at in range(2, len(nrb), 4))]).strip()
