"""MT940, as Polish banks write it.

A message is a run of fields, each from `:tag:` at the beginning of a line to the next tag:

====  =====================================================================================
:25:  the account
:28C: the statement's number
:60F: opening balance (:60M: on a later page of the same statement)
:61:  a booking: day, entry day, sign, amount, kind, the customer's reference // the bank's
:86:  what the booking above says: in subfields (`?20`, `<20`, `+20`, `~20`, `^20`), in named parts
      (`TYT.: ...; OD: ...`, `/REMI/...`), or just text
:62F: closing balance (:62M: a further page follows)
====  =====================================================================================
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from telekarta.domain.bank.statements import Booking, NoStatement, Statement, UnreadableStatement, statement
from telekarta.domain.nrb import nrb_in

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)")
_END = re.compile(r"-(?:}.*)?")
_AMOUNT = r"[0-9]{1,15}(?:[.,][0-9]*)?"
_BALANCE = re.compile(rf"([CD])([0-9]{{6}})([A-Z]{{3}})({_AMOUNT})")
_ENTRY = re.compile(
    rf"(?P<day>[0-9]{{6}})(?P<entry>[0-9]{{4}})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>{_AMOUNT})"
    r"(?P<kind>[NFS][A-Z0-9]{3})?(?P<references>.*)"
)
# Reversing a credit takes money, reversing a debit brings it back.
_SIGN = {"C": 1, "D": -1, "RC": -1, "RD": 1}

_ONCE = {"25", "60F", "60M", "62F", "62M"}

# Control characters that some banks put around messages, and the end-of-file of DOS.
_CONTROL = dict.fromkeys(each for each in range(32) if each not in (9, 10, 13))


@dataclass(frozen=True, slots=True)
class _Field:
    line: int
    tag: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.lines[0].strip()


@dataclass(slots=True)
class _Page:
    """A message being read."""

    line: int
    account: str = ""
    number: str = ""
    currency: str = ""
    booked_to: date | None = None
    opening_grosze: int | None = None
    closing_grosze: int | None = None
    goes_on: bool = False
    continues: bool = False
    bookings: list[Booking] = field(default_factory=list)


def read(text: str) -> tuple[Statement, ...]:
    """The statements in a file's text. UnreadableStatement: it is no MT940, or a field of it is malformed."""
    pages = [_page(fields) for fields in _messages(_fields(text))]
    if not pages:
        raise UnreadableStatement(NoStatement.NOT_A_STATEMENT)
    return tuple(
        statement(
            page.account,
            page.number,
            page.booked_to,
            page.currency,
            page.opening_grosze,
            page.closing_grosze,
            page.bookings,
        )
        for page in _joined(pages)
    )


def _fields(text: str) -> Iterator[_Field]:
    """The fields of all messages, and a field `-` for each end of a message. Lines outside messages, such as
    envelopes and what follows the last end, are passed over."""
    open_field: tuple[int, str, list[str]] | None = None
    for number, written in enumerate(re.split(r"\r\n|\n|\r", text.translate(_CONTROL)), start=1):
        # The envelope may stand before the first field in one line.
        line = re.sub(r"^\{1:.*?\{4:", "", written)
        tag = _TAG.match(line)
        if tag is None and not _END.fullmatch(line.strip()):
            if open_field is not None:
                open_field[2].append(line)
            continue
        if open_field is not None:
            yield _Field(open_field[0], open_field[1], tuple(open_field[2]))
            open_field = None
        if tag is None:
            yield _Field(number, "-", ("",))
        else:
            open_field = (number, tag[1], [tag[2]])
    if open_field is not None:
        yield _Field(open_field[0], open_field[1], tuple(open_field[2]))


def _messages(fields: Iterable[_Field]) -> Iterator[list[_Field]]:
    """The fields of each message, from `:20:` (or `:25:` where that is missing) to its end or the next one.

    A second account or balance is never taken for the first one's.
    """
    message: list[_Field] = []
    for each in fields:
        is_second = each.tag in _ONCE and any(each.tag == other.tag for other in message)
        if message and (each.tag in {"20", "-"} or is_second):
            yield message
            message = []
        if each.tag == "-":
            continue
        if not message and each.tag not in {"20", "25"}:
            raise UnreadableStatement(NoStatement.NOT_A_STATEMENT, each.line, f":{each.tag}:")
        message.append(each)
    if message:
        yield message


def _page(fields: Sequence[_Field]) -> _Page:
    page = _Page(fields[0].line)
    entry: _Field | None = None
    words: list[str] = []
    for each in [*fields, _Field(0, "", ("",))]:
        if each.tag == "86" and entry is not None:
            words.extend(each.lines)
            continue
        if entry is not None:
            page.bookings.append(_booking(entry, words, page.currency))
            entry, words = None, []
        match each.tag:
            case "25":
                page.account = _account(each)
            case "28" | "28C":
                page.number = each.text
            case "60F" | "60M":
                page.opening_grosze, page.currency, _ = _balance(each)
                page.continues = each.tag == "60M"
            case "62F" | "62M":
                page.closing_grosze, currency, written = _balance(each)
                page.booked_to = _day(written, each)
                page.currency = page.currency or currency
                page.goes_on = each.tag == "62M"
            case "61":
                entry = each
            case "34F":
                # An interim report (MT942): its bookings may still change.
                raise UnreadableStatement(NoStatement.NOT_A_STATEMENT, each.line, ":34F:")
    if not page.account:
        raise UnreadableStatement(NoStatement.NO_ACCOUNT, page.line)
    if not page.currency:
        raise UnreadableStatement(NoStatement.BAD_BALANCE, page.line)
    return page


def _joined(pages: Iterable[_Page]) -> list[_Page]:
    """Pages of one statement are one statement: twins among its bookings are counted over all of it."""
    joined: list[_Page] = []
    for page in pages:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.goes_on
            and page.continues
            and (last.account, last.currency, last.closing_grosze)
            == (page.account, page.currency, page.opening_grosze)
        ):
            last.bookings += page.bookings
            last.closing_grosze, last.booked_to, last.goes_on = (
                page.closing_grosze,
                page.booked_to,
                page.goes_on,
            )
        else:
            joined.append(page)
    return joined


def _account(each: _Field) -> str:
    """`/PL` and 26 digits, 26 digits with spaces, a bank and an account in it; others as they are."""
    account = re.sub(r"[^0-9A-Z]", "", each.text.upper())
    nrb = re.search("[0-9]{26}", account)
    if not account:
        raise UnreadableStatement(NoStatement.NO_ACCOUNT, each.line)
    return nrb[0] if nrb else account


def _balance(each: _Field) -> tuple[int, str, str]:
    found = _BALANCE.fullmatch(each.text)
    if found is None:
        raise UnreadableStatement(NoStatement.BAD_BALANCE, each.line, each.text)
    sign, day, currency, amount = found.groups()
    return _SIGN[sign] * _grosze(amount, each), currency, day


def _grosze(amount: str, each: _Field) -> int:
    whole, _, part = amount.replace(".", ",").partition(",")
    if part[2:].strip("0"):
        raise UnreadableStatement(NoStatement.BAD_AMOUNT, each.line, amount)
    return int(whole) * 100 + int(part[:2].ljust(2, "0"))


def _day(written: str, each: _Field) -> date:
    try:
        return date(2000 + int(written[:2]), int(written[2:4]), int(written[4:6]))
    except ValueError:
        raise UnreadableStatement(NoStatement.BAD_DATE, each.line, written) from None


def _booking(each: _Field, words: Sequence[str], currency: str) -> Booking:
    found = _ENTRY.fullmatch(each.text)
    if found is None or not currency:
        raise UnreadableStatement(NoStatement.BAD_ENTRY, each.line, each.text)
    told = _Told.in_words(words)
    # What follows the line is the bank's name for the kind of booking, a stand-in for a title at best.
    stand_in = " ".join(line.strip() for line in each.lines[1:])
    return Booking(
        booked_on=_entry_day(_day(found["day"], each), found["entry"], each),
        amount_grosze=_SIGN[found["mark"]] * _grosze(found["amount"], each),
        currency=currency,
        title=_tidy(told.title) or _tidy(stand_in),
        sender_name=_tidy(told.name),
        sender_nrb=told.nrb,
        bank_reference=_own_reference(found["references"]),
        is_reversal=found["mark"].startswith("R"),
    )


def _entry_day(value_day: date, entry: str | None, each: _Field) -> date:
    """The day of booking: the month and day nearest to the value day, so that a year's turn between is seen.

    Without an entry day it is the value day."""
    if entry is None:
        return value_day
    days = []
    for year in (value_day.year - 1, value_day.year, value_day.year + 1):
        try:
            days.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue
    if not days:
        raise UnreadableStatement(NoStatement.BAD_DATE, each.line, entry)
    return min(days, key=lambda day: abs(day - value_day))


def _own_reference(references: str) -> str:
    """The bank's own reference, behind `//`. `NONREF` and zeros are none."""
    own = references.partition("//")[2].strip()
    return "" if own.upper().startswith(("NONREF", "NOTPROVIDED")) or not own.strip("0") else own


def _tidy(text: str) -> str:
    # Empty subfields are filled with 0xFF, which is one of these in the code pages.
    return re.sub(r"\s+", " ", re.sub("[ÿ˙\xa0]", " ", text)).strip()


# What a booking says

_SUBFIELD_DIALECT = re.compile(r"\s*[0-9A-Z]{0,4}\s*([?<+~^])[0-9]{2}")
_NAMED = re.compile(
    r"(?:^|;) ?(Z RACH|NA RACH|OD|DLA|TYT|TNR|DATA STEMPLA|WALUTA|KWOTA|KURS|REF\. KLIENTA)\.?: ?"
)
_CODEWORDS = re.compile(r"/(TRTP|IBAN|BIC|NAME|ORDP|BENM|REMI|EREF|CSID|MARF|OCMT|RTRN)/")
_WRAPPED_AT = 65


@dataclass(frozen=True, slots=True)
class _Told:
    """What a booking's `:86:` says."""

    title: str
    name: str = ""
    nrb: str | None = None

    @classmethod
    def in_words(cls, lines: Sequence[str]) -> "_Told":
        dialect = _SUBFIELD_DIALECT.match("".join(lines))
        if dialect is not None:
            return cls._in_subfields("".join(lines), dialect[1])
        text = _unwrapped(lines)
        if re.search(r"TYT\.?:", text):
            return cls._in_named_parts(text)
        if "/REMI/" in text:
            return cls._in_codewords(text)
        return cls(text)

    @classmethod
    def _in_subfields(cls, text: str, separator: str) -> "_Told":
        parts = _subfields(text, separator)
        # With `?` all of 20-29 is the title, as outside Poland; in the other dialects 27-29 are the sender's.
        title_to = 30 if separator == "?" else 27
        name = _put_together(parts, range(32, 34)) or _put_together(parts, range(title_to, 29))
        return cls(_put_together(parts, range(20, title_to)), name, _sender_nrb(parts, title_to))

    @classmethod
    def _in_named_parts(cls, text: str) -> "_Told":
        parts: dict[str, str] = {}
        names = list(_NAMED.finditer(text))
        ends = [*(following.start() for following in names[1:]), len(text)]
        for name, end in zip(names, ends, strict=False):
            parts.setdefault(name[1], text[name.end() : end].strip(" ;,"))
        account = parts.get("Z RACH", parts.get("NA RACH", ""))
        return cls(parts.get("TYT", text), parts.get("OD", parts.get("DLA", "")), nrb_in(account))

    @classmethod
    def _in_codewords(cls, text: str) -> "_Told":
        pieces = _CODEWORDS.split(text)
        parts: dict[str, str] = {}
        for word, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            parts.setdefault(word, piece.strip(" /"))
        return cls(parts.get("REMI", ""), parts.get("NAME", ""), nrb_in(parts.get("IBAN", "")))


def _subfields(text: str, separator: str) -> dict[int, str]:
    """Subfields by number. A number that was there already is a sender's own text, as in "karta+20zl"."""
    pieces = re.split(rf"{re.escape(separator)}([0-9]{{2}})", text)
    parts: dict[int, str] = {}
    current = -1
    for written, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if int(written) in parts:
            parts[current] += f"{separator}{written}{piece}"
        else:
            current = int(written)
            parts[current] = piece
    return parts


def _put_together(parts: dict[int, str], numbers: range) -> str:
    """The text of several subfields: cut at a fixed width, so only a shorter one ends at a word."""
    pieces = [_filled(parts[number]) for number in numbers if number in parts]
    width = max([27, *map(len, pieces)])
    return "".join(piece if len(piece) == width else piece + " " for piece in pieces)


def _filled(piece: str) -> str:
    return "" if not piece.strip(" ÿ˙\xa0") else piece


def _sender_nrb(parts: dict[int, str], title_to: int) -> str | None:
    """From the IBAN (38), the account (31; 29 where that is no title), or sort code and account (30, 31)."""
    account = parts.get(29, "") if title_to < 30 else ""
    written = (parts.get(38, ""), parts.get(31, ""), account, parts.get(30, "").strip() + parts.get(31, ""))
    return next((nrb for each in written if (nrb := nrb_in(each.strip())) is not None), None)


def _unwrapped(lines: Sequence[str]) -> str:
    """Lines of running text as one: a line that is full was cut anywhere, a shorter one between words."""
    return "".join(line if len(line) >= _WRAPPED_AT else line.rstrip() + " " for line in lines).strip()
