"""Outgoing transfers as files for the bank: Elixir-0 lines, and pain.001 as an option.

Elixir-0 is a line a transfer, in CP1250 with CRLF, fields parted by commas, texts in quotes and their four
lines of at most 35 characters parted by `|`. pain.001.001.09 is XML in UTF-8.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from html import escape

from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import as_text, midnight
from telekarta.domain.money import grosze
from telekarta.domain.nrb import bank_of, normalised


class OrderFormat(StrEnum):
    """What the bank reads."""

    ELIXIR0 = "elixir0"
    PAIN001 = "pain001"


LINE_CHARACTERS = 35
LINES = 4
ELIXIR_ENCODING = "cp1250"
# What an Elixir text may hold: Polish letters, digits and signs that part no fields.
_NOT_IN_A_TEXT = re.compile(r"[^0-9A-Za-zĄĆĘŁŃÓŚŹŻąćęłńóśźż .,/()+:;#&@%=*!?_-]")


@dataclass(frozen=True, slots=True)
class Party:
    """Who has an account; `lines` are a name and an address."""

    nrb: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nrb", normalised(self.nrb))


# WP §4.1.1 has the account that top-ups come to; Telegrosik's is on its web page (TG §2.6): here, a sample.
PAYERS = {
    Brand.WHITE_PHONE: Party(
        "75109000046599000000001010", ("Telestrada S.A.", "al. Krakowska 22A", "02-284 Warszawa")
    ),
    Brand.TELEGROSIK: Party(
        "75109000046599000000001010",
        ("Galena Sp. z o.o.", "ul. Skierniewicka 34A/U01", "01-230 Warszawa"),
    ),
}


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One transfer in złote. `reference` stands in the title, by which the statement is read."""

    payer: Party
    payee: Party
    amount_grosze: int
    title: str
    reference: str
    on: date

    def __post_init__(self) -> None:
        if grosze(self.amount_grosze) <= 0:
            raise ValueError("a transfer moves something")


def plain(text: str) -> str:
    """The text with nothing in it that a bank's file can't hold: other signs become blanks."""
    return " ".join(_NOT_IN_A_TEXT.sub(" ", text).split())


def in_lines(texts: Sequence[str]) -> tuple[str, ...]:
    """At most four lines of at most 35 characters; each text begins a line, and words are kept whole where
    that fits. What is beyond the fourth line is dropped."""
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in plain(text).split():
            while len(word) > LINE_CHARACTERS:
                room = LINE_CHARACTERS - len(line) - bool(line)
                if room > 0:
                    line = f"{line} {word[:room]}".strip()
                    word = word[room:]  # noqa: PLW2901
                lines.append(line)
                line = ""
            if len(line) + bool(line) + len(word) > LINE_CHARACTERS:
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        if line:
            lines.append(line)
    return tuple(lines[:LINES])


def _quoted(texts: Sequence[str]) -> str:
    lines = in_lines(texts)
    return '"' + "|".join((*lines, *[""] * (LINES - len(lines)))) + '"'


def elixir0_line(transfer: PaymentOrder) -> str:
    """One order, without its CRLF: 110 is a transfer, 51 the code of an ordinary one."""
    payer, payee = transfer.payer, transfer.payee
    fields = (
        "110",
        f"{transfer.on:%Y%m%d}",
        str(transfer.amount_grosze),
        bank_of(payer.nrb),
        "0",
        f'"{payer.nrb}"',
        f'"{payee.nrb}"',
        _quoted(payer.lines),
        _quoted(payee.lines),
        "0",
        bank_of(payee.nrb),
        _quoted((transfer.reference, transfer.title)),
        '""',
        '""',
        '"51"',
    )
    return ",".join(fields)


def elixir0(transfers: Sequence[PaymentOrder]) -> bytes:
    """The file for the bank."""
    return "".join(elixir0_line(each) + "\r\n" for each in transfers).encode(ELIXIR_ENCODING)


def order_file(order_format: OrderFormat, transfer: PaymentOrder) -> tuple[str, bytes]:
    """The name and the content of the file with this one order; both the same whenever they are made."""
    if order_format is OrderFormat.PAIN001:
        content = pain001([transfer], transfer.reference, midnight(transfer.on))
        return f"pain001/{transfer.reference}.xml", content
    return f"elixir0/{transfer.reference}.txt", elixir0([transfer])


def pain001(transfers: Sequence[PaymentOrder], message_id: str, made_at: datetime) -> bytes:
    """The same orders as pain.001.001.09, of one payer. ValueError for none, or for several payers."""
    if len({each.payer for each in transfers}) != 1:
        raise ValueError("one file has the orders of one payer")
    payer = transfers[0].payer
    count, amount = len(transfers), _zlote(sum(each.amount_grosze for each in transfers))
    head = (
        f"<GrpHdr><MsgId>{_xml(message_id, LINE_CHARACTERS)}</MsgId>"
        f"<CreDtTm>{as_text(made_at)}</CreDtTm><NbOfTxs>{count}</NbOfTxs><CtrlSum>{amount}</CtrlSum>"
        f"<InitgPty><Nm>{_xml(payer.lines[0], 70)}</Nm></InitgPty></GrpHdr>"
    )
    orders = "".join(_order(each) for each in transfers)
    body = (
        f"<PmtInf><PmtInfId>{_xml(message_id, LINE_CHARACTERS)}</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{amount}</CtrlSum>"
        f"<ReqdExctnDt><Dt>{transfers[0].on.isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{_xml(payer.lines[0], 70)}</Nm></Dbtr>{_account('DbtrAcct', payer)}"
        f"{_agent('DbtrAgt', payer)}{orders}</PmtInf>"
    )
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">'
        f"<CstmrCdtTrfInitn>{head}{body}</CstmrCdtTrfInitn></Document>\n"
    )
    return document.encode()


def _order(transfer: PaymentOrder) -> str:
    payee = transfer.payee
    title = _xml(f"{transfer.reference} {transfer.title}", 140)
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{_xml(transfer.reference, LINE_CHARACTERS)}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="PLN">{_zlote(transfer.amount_grosze)}</InstdAmt></Amt>'
        f"{_agent('CdtrAgt', payee)}<Cdtr><Nm>{_xml(payee.lines[0], 70)}</Nm></Cdtr>"
        f"{_account('CdtrAcct', payee)}<RmtInf><Ustrd>{title}</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def _account(tag: str, party: Party) -> str:
    return f"<{tag}><Id><IBAN>PL{party.nrb}</IBAN></Id></{tag}>"


def _agent(tag: str, party: Party) -> str:
    member = (
        f"<ClrSysMmbId><ClrSysId><Cd>PLKNR</Cd></ClrSysId><MmbId>{bank_of(party.nrb)}</MmbId></ClrSysMmbId>"
    )
    return f"<{tag}><FinInstnId>{member}</FinInstnId></{tag}>"


def _xml(text: str, longest: int) -> str:
    return escape(plain(text)[:longest], quote=False)


def _zlote(amount_grosze: int) -> str:
    return f"{amount_grosze // 100}.{amount_grosze % 100:02}"
