"""CAMT.053, versions 02 to 08 and later, whatever namespace prefix a bank likes.

A statement needs no document type and no entities: a file with either is refused before anything is expanded,
so neither bombs nor references to other files are possible. Errors are located by line.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.parsers import expat

from telekarta.adapters.bank_formats.characters import decoded
from telekarta.domain.bank.statements import (
    Booking,
    NoStatement,
    Statement,
    StatementDoubt,
    UnreadableStatement,
    statement,
)
from telekarta.domain.nrb import nrb_in

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}")
_DEEPEST = 40
_SIGN = {"CRDT": 1, "DBIT": -1}
# Polish transfers have titles of four lines of 35.
_CUT_AT = 35
_NO_REFERENCE = {"NONREF", "NOTPROVIDED", "NOTAVAILABLE"}


@dataclass(slots=True)
class _Element:
    name: str
    line: int
    currency: str = ""
    text: str = ""
    children: list["_Element"] = field(default_factory=list)

    def all(self, path: str) -> Iterator["_Element"]:
        """The elements at a path of names, such as `Acct/Id/IBAN`."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, *paths: str) -> "_Element | None":
        return next((found for path in paths for found in self.all(path)), None)

    def value(self, *paths: str) -> str:
        """The text at the first of the paths that is there, or nothing."""
        found = self.first(*paths)
        return " ".join(found.text.split()) if found is not None else ""


def read(raw: bytes) -> tuple[Statement, ...]:
    """The statements in a document. UnreadableStatement: it is no CAMT.053, or part of it is malformed."""
    document = _parsed(raw)
    statements = [_statement(each) for each in document.all("BkToCstmrStmt/Stmt")]
    if not statements:
        raise UnreadableStatement(NoStatement.NOT_A_STATEMENT)
    return tuple(statements)


def _parsed(raw: bytes) -> _Element:
    builder = _Builder()
    try:
        return builder.build(raw, None)
    except expat.ExpatError as error:
        if not _can_be_mislabelled(raw):
            raise UnreadableStatement(NoStatement.MALFORMED_XML, error.lineno) from None
    # It says UTF-8, but a bank's program wrote its own code page.
    try:
        return _Builder().build(decoded(raw).encode("utf-8", "replace"), "utf-8")
    except expat.ExpatError as error:
        raise UnreadableStatement(NoStatement.MALFORMED_XML, error.lineno) from None


def _can_be_mislabelled(raw: bytes) -> bool:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


class _Builder:
    """A tree of what expat reports, with the lines that it stood in."""

    def __init__(self) -> None:
        self._root = _Element("", 0)
        self._open = [self._root]
        self._parser: expat.XMLParserType | None = None

    def build(self, raw: bytes, encoding: str | None) -> _Element:
        parser = expat.ParserCreate(encoding, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._parser = parser
        try:
            parser.Parse(raw, True)
        except (LookupError, ValueError):
            # An encoding that it names and nobody knows, or that is not one byte a letter.
            raise UnreadableStatement(NoStatement.MALFORMED_XML, 1) from None
        return self._root.children[0]

    def _line(self) -> int:
        return self._parser.CurrentLineNumber if self._parser is not None else 0

    def _refuse(self, *_: object) -> None:
        raise UnreadableStatement(NoStatement.FORBIDDEN_XML, self._line())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if len(self._open) == 1 and not (_NAMESPACE.fullmatch(namespace) and local == "Document"):
            raise UnreadableStatement(NoStatement.NOT_A_STATEMENT, self._line(), name)
        if len(self._open) > _DEEPEST:
            raise UnreadableStatement(NoStatement.FORBIDDEN_XML, self._line())
        element = _Element(local, self._line(), attributes.get("Ccy", ""))
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].text += text


def _statement(told: _Element) -> Statement:
    account = _account(told.first("Acct/Id"))
    if not account:
        raise UnreadableStatement(NoStatement.NO_ACCOUNT, told.line)
    opening = _balance(told, "OPBD") or _balance(told, "PRCD")
    closing = _balance(told, "CLBD")
    currency = told.value("Acct/Ccy") or _currency_of(closing, opening, told.first("Ntry"))
    if not currency:
        raise UnreadableStatement(NoStatement.BAD_BALANCE, told.line)
    bookings: list[Booking] = []
    problems: list[StatementDoubt] = []
    for entry in told.all("Ntry"):
        # Pending and merely informative entries are no money yet.
        if entry.value("Sts/Cd", "Sts") in {"", "BOOK"}:
            its_bookings, adds_up = _bookings(entry)
            bookings += its_bookings
            if not adds_up:
                problems.append(StatementDoubt.BATCH_DOES_NOT_ADD_UP)
    return statement(
        account,
        told.value("ElctrncSeqNb", "LglSeqNb", "Id"),
        _day(closing, "Dt") if closing is not None else None,
        currency,
        _signed_grosze(opening, NoStatement.BAD_BALANCE) if opening is not None else None,
        _signed_grosze(closing, NoStatement.BAD_BALANCE) if closing is not None else None,
        bookings,
        problems,
    )


def _balance(told: _Element, code: str) -> _Element | None:
    return next((each for each in told.all("Bal") if each.value("Tp/CdOrPrtry/Cd") == code), None)


def _currency_of(*holders: _Element | None) -> str:
    amounts = (holder.first("Amt") for holder in holders if holder is not None)
    return next((amount.currency for amount in amounts if amount is not None), "")


def _account(identity: _Element | None) -> str:
    """The 26 digits of a Polish account, another country's IBAN, or a bank's own name for it."""
    if identity is None:
        return ""
    account = re.sub(r"[^0-9A-Z]", "", identity.value("IBAN", "Othr/Id").upper())
    return nrb_in(account) or account


def _grosze(amount: _Element) -> int:
    whole, _, part = amount.text.strip().removeprefix("+").partition(".")
    if not re.fullmatch("[0-9]{1,15}", whole) or not re.fullmatch("[0-9]{0,2}0*", part):
        raise UnreadableStatement(NoStatement.BAD_AMOUNT, amount.line, amount.text.strip())
    return int(whole) * 100 + int(part[:2].ljust(2, "0"))


def _signed_grosze(told: _Element, reason: NoStatement) -> int:
    """The amount of a balance or an entry; what it does to the account is its sign, reversal or not."""
    amount, sign = told.first("Amt"), _SIGN.get(told.value("CdtDbtInd"))
    if amount is None or sign is None:
        raise UnreadableStatement(reason, told.line)
    return sign * _grosze(amount)


def _day(told: _Element, *names: str) -> date:
    """The day in the first of the elements that is there, written as a day or as a moment."""
    written = told.value(*(f"{name}/{kind}" for name in names for kind in ("Dt", "DtTm")))
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise UnreadableStatement(NoStatement.BAD_DATE, told.line, written) from None


def _bookings(entry: _Element) -> tuple[list[Booking], bool]:
    """The bookings of an entry, and whether its parts add up to it.

    A batch whose parts don't, or are told in another currency, stays one booking with all its titles.
    """
    total_grosze = _signed_grosze(entry, NoStatement.BAD_ENTRY)
    details = list(entry.all("NtryDtls/TxDtls"))
    if len(details) < 2:
        return [_booking(entry, details, total_grosze)], True
    parts_grosze = [_part_grosze(each, entry) for each in details]
    known_grosze = [part for part in parts_grosze if part is not None]
    if len(known_grosze) != len(details) or sum(known_grosze) != total_grosze:
        return [_booking(entry, details, total_grosze)], False
    return [_booking(entry, [each], part) for each, part in zip(details, known_grosze, strict=True)], True


def _part_grosze(detail: _Element, entry: _Element) -> int | None:
    """What one part of a batch does to the account, if it is told in the entry's currency."""
    amount = detail.first("Amt", "AmtDtls/TxAmt/Amt")
    if amount is None or amount.currency != _currency_of(entry):
        return None
    return _SIGN.get(detail.value("CdtDbtInd") or entry.value("CdtDbtInd"), 0) * _grosze(amount)


def _booking(entry: _Element, details: Sequence[_Element], amount_grosze: int) -> Booking:
    # The other side: who sent what came, who got what went.
    side = "Dbtr" if amount_grosze >= 0 else "Cdtr"
    only = details[0] if len(details) == 1 else None
    titles = [title for each in details if (title := _title(each))]
    return Booking(
        booked_on=_day(entry, "BookgDt", "ValDt"),
        amount_grosze=amount_grosze,
        currency=_currency_of(entry),
        title=" ".join(titles) or entry.value("AddtlNtryInf"),
        sender_name=only.value(f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm")
        if only is not None
        else "",
        sender_nrb=nrb_in(_account(only.first(f"RltdPties/{side}Acct/Id"))) if only is not None else None,
        bank_reference=_own_reference(only, entry),
        is_reversal=entry.value("RvslInd") in {"true", "1"},
    )


def _title(detail: _Element) -> str:
    """What the sender wrote, in as many pieces as the bank made of it: a full one was cut anywhere."""
    pieces = [*detail.all("RmtInf/Ustrd"), *detail.all("RmtInf/Strd/CdtrRefInf/Ref")]
    text = "".join(each.text if len(each.text) == _CUT_AT else each.text + " " for each in pieces)
    return " ".join(text.split()) or detail.value("AddtlTxInf")


def _own_reference(detail: _Element | None, entry: _Element) -> str:
    """The bank's own reference: of the part of a batch if it has one, else of the entry."""
    written = (detail.value("Refs/AcctSvcrRef") if detail is not None else "", entry.value("AcctSvcrRef"))
    return next((own for own in written if own.strip("0") and own.upper() not in _NO_REFERENCE), "")
